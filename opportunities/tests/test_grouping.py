"""The board by owner, close month and source."""

from datetime import date

import pytest

from opportunities.models import Opportunity
from tests.factories import leads, opportunities


@pytest.fixture
def deals(nora, omar, tess):
    fair, web = leads.source("Fair"), leads.source("Website")
    made = [
        opportunities.opportunity("Booths", owner=nora, expected=1000, source=fair, close_date=date(2026, 12, 3)),
        opportunities.opportunity("Pods", owner=nora, expected=2000, source=web, close_date=date(2026, 12, 20)),
        opportunities.opportunity(
            "Lockers", owner=omar, expected=500, source=web, close_date=date(2027, 1, 5), currency="SEK"
        ),
        opportunities.opportunity("Chairs", owner=omar, expected=50),
    ]
    opportunities.opportunity("Sold", owner=nora, expected=9).win(at=made[0].opened_at, by=nora)
    return made


def columns(client, by: str, **query) -> list[tuple[str, str]]:
    """Return (name, text) of each column in order."""
    page = client.get("/opportunities/", {"by": by, **query}).content.decode()
    parts = page.split('<h2 id="group-')[1:]
    return [(part.split(">")[1].split("<")[0], part) for part in parts]


class TestGroups:
    def test_by_owner_are_people_by_name(self, client_of, tess, deals):
        found = columns(client_of(tess), "owner")
        assert [name for name, _text in found] == ["Nora Bakke", "Omar Haddad"]
        assert "Booths" in found[0][1] and "Lockers" in found[1][1]
        assert "€3,000" in found[0][1] and "SEK" in found[1][1] and "€50" in found[1][1]

    def test_by_month_stand_in_time_and_without_one_last(self, client_of, tess, deals):
        assert [name for name, _text in columns(client_of(tess), "month")] == [
            "December 2026",
            "January 2027",
            "No close date",
        ]

    def test_by_source_begin_with_what_brings_most(self, client_of, tess, deals):
        assert [name for name, _text in columns(client_of(tess), "source")] == ["Website", "Fair", "No source"]

    def test_leave_out_what_is_closed_and_what_one_may_not_see(self, client_of, nora, deals):
        text = client_of(nora).get("/opportunities/?by=owner").content.decode()
        assert "Sold" not in text and "Lockers" not in text and "Omar Haddad" not in text

    def test_keep_to_the_filters(self, client_of, tess, nora, deals):
        assert [name for name, _text in columns(client_of(tess), "owner", owner=nora.pk)] == ["Nora Bakke"]

    def test_show_ten_cards_and_the_rest_on_demand(self, client_of, nora):
        for n in range(13):
            opportunities.opportunity(f"Deal {n}", owner=nora)
        client = client_of(nora)
        [(_name, text)] = columns(client, "owner")
        assert text.count("<article") == 10 and "Show more (3)" in text
        [(_name, text)] = columns(client, "owner", open=nora.pk)
        assert text.count("<article") == 13 and "Show more" not in text

    @pytest.mark.parametrize("by", ["stage", "nonsense", ""])
    def test_of_no_known_kind_are_the_stages(self, client_of, nora, deals, by):
        assert "data-board" in client_of(nora).get("/opportunities/", {"by": by}).content.decode()

    @pytest.mark.parametrize("by", ["owner", "month", "source"])
    def test_cost_few_queries_however_many_cards(self, client_of, nora, deals, by, django_assert_max_num_queries):
        client = client_of(nora)
        client.get("/opportunities/", {"by": by})
        for n in range(12):
            opportunities.opportunity(f"Deal {n}", owner=nora)
        with django_assert_max_num_queries(17):
            client.get("/opportunities/", {"by": by})

    def test_name_each_cards_stage(self, client_of, nora, deals):
        stage = Opportunity.objects.get(name="Booths").stage
        [(_name, text)] = columns(client_of(nora), "owner")
        assert text.count(stage.name) >= 2

    def test_without_any_deal_say_so(self, client_of, nora):
        opportunities.pipeline()
        assert "No deals here yet" in client_of(nora).get("/opportunities/?by=owner").content.decode()


class TestLinks:
    def test_keep_the_grouping(self, client_of, nora, deals):
        text = client_of(nora).get("/opportunities/?by=owner&sort=value").content.decode()
        assert "by=owner&amp;sort=age" in text or "sort=age&amp;by=owner" in text
        form = client_of(nora).get("/opportunities/filter/?by=owner").content.decode()
        assert '<input type="hidden" name="by" value="owner">' in form
