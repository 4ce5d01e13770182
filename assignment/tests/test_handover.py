"""A leaver's whole book in one act, and back again."""

from datetime import UTC, datetime, timedelta

import pytest

from assignment import handover
from core import undo
from core.models import Notice
from leads.models import Lead
from opportunities.models import Opportunity, StageTotal
from tests.factories import leads, opportunities, teams

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


@pytest.fixture
def book(north, nora):
    """Three leads, two deals and activities on them, all Nora's; what has ended is nobody's business."""
    rows = [leads.lead(f"Lead {n}", owner=nora, at=AT - timedelta(days=n)) for n in range(3)]
    leads.lead("Gone", owner=nora).archive(at=AT)
    deals = [opportunities.opportunity(f"Deal {n}", owner=nora) for n in range(2)]
    leads.activity(rows[0], by=nora)
    deals[0].plan("call", AT, at=AT, by=nora)
    return rows, deals


def owners(rows) -> list[str]:
    return [row.owner.get_short_name() for row in type(rows[0]).objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")]


class TestHandOver:
    def test_gives_everything_to_one(self, book, nora, omar, ada):
        rows, deals = book
        _change, told = handover.hand_over(nora, [omar], at=AT, by=ada, reason="Nora left")
        assert told == {"leads": 3, "deals": 2, "activities": 2}
        assert owners(rows) == ["Omar"] * 3 and owners(deals) == ["Omar"] * 2
        assert rows[0].activities.get().assignee == omar == deals[0].activities.get().assignee
        assert handover.book_of(nora, by=ada).count() == {"leads": 0, "deals": 0, "activities": 0}

    def test_keeps_a_record_of_each_and_tells_the_taker_once(self, book, nora, omar, ada):
        rows, deals = book
        handover.hand_over(nora, [omar], at=AT, by=ada, reason="Nora left")
        decision = rows[0].decisions.get()
        assert (decision.owner, decision.by, decision.values["said"]) == (omar, ada, "Nora left")
        assert rows[0].events.get(kind="assigned").details["before"] == "Nora Bakke"
        assert deals[0].events.filter(kind="assigned").latest("pk").actor == ada
        assert [(notice.kind, notice.n) for notice in Notice.objects.filter(person=omar)] == [("book_handed", 5)]

    def test_shares_in_turns(self, book, nora, omar, north, ada):
        rita = teams.person("Rita Moe", north)
        handover.hand_over(nora, [omar, rita], at=AT, by=ada)
        assert (omar.leads.open().count(), rita.leads.open().count()) == (2, 1)
        assert (omar.opportunities.count(), rita.opportunities.count()) == (1, 1)

    def test_is_taken_back_in_one_act(self, book, nora, omar, ada):
        rows, deals = book
        change, _told = handover.hand_over(nora, [omar], at=AT, by=ada)
        done = undo.take_back(change, by=ada, at=AT)
        assert done.kept == []
        assert owners(rows) == ["Nora"] * 3 and owners(deals) == ["Nora"] * 2
        assert rows[0].activities.get().assignee == nora
        assert rows[0].events.filter(kind="undone").count() == 1

    def test_keeps_what_was_handed_on_since_when_taken_back(self, book, nora, omar, ada, tess):
        rows, _deals = book
        change, _told = handover.hand_over(nora, [omar], at=AT, by=ada)
        Lead.objects.get(pk=rows[0].pk).assign_to(tess, at=AT, by=ada)
        done = undo.take_back(change, by=ada, at=AT)
        assert [kept["code"] for kept in done.kept] == ["undo_edited_since"]
        assert sorted(owners(rows)) == ["Nora", "Nora", "Tess"]

    def test_twice_hands_on_nothing_more(self, book, nora, omar, ada):
        handover.hand_over(nora, [omar], at=AT, by=ada)
        assert handover.hand_over(nora, [omar], at=AT, by=ada)[1] == {"leads": 0, "deals": 0, "activities": 0}

    def test_leaves_out_what_the_manager_does_not_see(self, book, nora, omar, south, tess):
        teams.member(nora, south)
        hidden = leads.lead("Hidden", owner=nora, team=south)
        assert handover.hand_over(nora, [omar], at=AT, by=tess)[1]["leads"] == 3
        assert owners([hidden]) == ["Nora"]

    def test_keeps_the_heads_of_the_board_right(self, book, nora, omar, ada):
        handover.hand_over(nora, [omar], at=AT, by=ada)
        heads = StageTotal.objects.filter(count__gt=0).values_list("owner", "count")
        assert {owner for owner, _count in heads} == {omar.pk}
        assert sum(count for _owner, count in heads) == Opportunity.objects.count() == 2

    @pytest.mark.parametrize("to_self", [True, False])
    def test_needs_somebody_else(self, book, nora, omar, ada, to_self):
        with pytest.raises(ValueError, match="somebody else"):
            handover.hand_over(nora, [nora] if to_self else [], at=AT, by=ada)

    def test_costs_no_more_statements_for_more_leads(self, north, nora, omar, ada, django_assert_max_num_queries):
        from tests.factories import assignment as factories

        factories.waiting_leads(60, north, owner=nora, assigned_at=AT)
        with django_assert_max_num_queries(30):
            assert handover.hand_over(nora, [omar], at=AT, by=ada)[1]["leads"] == 60
