"""The leads that `./crm bench merge` merges: no worker may have a reason to touch them."""

import pytest

from core import undo
from core.merging import KINDS
from core.merging.execution import merge
from crm_site.bench.merging import RECORDS, _leads
from leads.models import Lead
from tests.factories import leads

pytestmark = pytest.mark.django_db


def test_they_wait_for_nothing_though_the_last_round_was_taken_back(nora, north, at):
    first = leads.lead("First", owner=nora, email="first@made.example")
    last = leads.lead("Last", owner=nora, email="last@made.example")
    leads.lead("Nobody's", team=north, email="new@made.example")
    change = merge(KINDS["lead"], last.pk, [first.pk, last.pk], at=at, by=nora)
    undo.take_back(change, by=nora, at=at)
    last.refresh_from_db()
    assert last.qualify_due_at is not None  # what came back is qualified again
    made = Lead.objects.filter(pk__in=_leads())
    assert len(made) == RECORDS
    assert all(lead.owner == nora and lead.qualify_due_at is None and lead.qualify_token is None for lead in made)
    assert not set(made) & set(Lead.objects.to_qualify())
