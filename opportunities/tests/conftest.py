"""A pipeline and a deal on it, for tests of pages."""

import pytest
from django.utils import timezone

from tests.factories import customers as make_customers
from tests.factories import opportunities as make


@pytest.fixture
def stages(db):
    return make.stages()


@pytest.fixture
def deal(nora):
    company = make_customers.company("Nordlys Interiors", owner=nora)
    return make.opportunity("Phone booths", owner=nora, company=company, expected=96000, at=timezone.now())
