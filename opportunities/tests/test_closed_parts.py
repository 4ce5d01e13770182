"""What a deal's page says is closed: only what still is."""

import re
from decimal import Decimal

import pytest

from tests.factories import opportunities as make

pytestmark = pytest.mark.django_db


class TestClosedParts:
    def test_are_those_that_no_reopening_took_back(self, client_of, nora, at):
        deal = make.opportunity("Phone booths", owner=nora, expected=96000, at=at)

        def shown() -> list[str]:
            page = client_of(nora).get(deal.get_absolute_url()).content.decode()
            side = page.partition('id="side-parts"')[2].partition("</section>")[0]
            return re.findall(r"<dt>(\w+)</dt><dd>[^<]*?(\d[\d,]*\d)", side)

        assert shown() == []
        deal.close_part("won", Decimal(6000), at=at)
        deal.win(at=at)
        assert shown() == [("won", "90,000"), ("won", "6,000")]
        deal.reopen(at=at)
        assert shown() == [("won", "6,000")]
        deal.lose(make.lost_reason(), at=at)
        assert shown() == [("lost", "90,000"), ("won", "6,000")]
