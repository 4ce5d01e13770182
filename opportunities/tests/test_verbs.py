"""What happens to an opportunity, with amounts worked out by hand."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core import undo
from opportunities import cards
from opportunities.exceptions import (
    AmountTooLarge,
    ChangedMeanwhile,
    NoteNeeded,
    OpportunityClosed,
    OpportunityOpen,
    StageGone,
)
from opportunities.models import Closing, Opportunity, Stage, StageTotal
from opportunities.templatetags.deals import event_icon
from tests.factories import opportunities as make

pytestmark = pytest.mark.django_db


def parts(opportunity: Opportunity) -> tuple[int, ...]:
    opportunity.refresh_from_db()
    return tuple(int(getattr(opportunity, f"amount_{name}")) for name in ("open", "won", "lost", "moved"))


def kinds(opportunity: Opportunity) -> list[str]:
    return list(opportunity.events.order_by("pk").values_list("kind", flat=True))


@pytest.fixture
def deal(nora, at):
    return make.opportunity("Booths", owner=nora, expected=100, at=at)


class TestMoveTo:
    def test_takes_the_stages_probability_and_says_so(self, deal, stages, nora, at):
        assert deal.move_to(stages[2], at=at + timedelta(days=3), by=nora)
        deal.refresh_from_db()
        assert (deal.stage, deal.probability, deal.weighted) == (stages[2], Decimal("0.6"), Decimal("60.00"))
        event = deal.events.get(kind="moved")
        assert (
            event.details["before"] == "Qualified"
            and event.details["after"] == "Quote sent"
            and event.details["days"] == 3
        )

    def test_keeps_a_probability_set_by_hand(self, deal, stages, nora, at):
        deal.edit({"probability": Decimal("0.55")}, at=at, by=nora)
        deal.move_to(stages[3], at=at, by=nora)
        assert deal.probability == Decimal("0.55")
        deal.edit({"probability": None}, at=at, by=nora)
        assert deal.probability == Decimal("0.8")

    def test_to_where_it_stands_changes_nothing(self, deal, stages, at):
        version = deal.version
        assert not deal.move_to(stages[0], at=at)
        assert deal.version == version and "moved" not in kinds(deal)

    def test_tells_who_moved_it_meanwhile(self, deal, stages, nora, omar, at):
        Opportunity.objects.get(pk=deal.pk).move_to(stages[1], at=at, by=omar)
        with pytest.raises(ChangedMeanwhile) as refusal:
            deal.move_to(stages[2], at=at, by=nora, seen=stages[0].pk)
        assert refusal.value.by == omar
        assert Opportunity.objects.get(pk=deal.pk).stage == stages[1]

    def test_refuses_a_stage_deleted_while_dragged(self, deal, stages, at):
        Stage.objects.get(pk=stages[2].pk).delete()
        with pytest.raises(StageGone):
            deal.move_to(stages[2], at=at)

    def test_refuses_a_stage_out_of_use(self, deal, stages, at):
        Stage.objects.filter(pk=stages[2].pk).update(is_active=False)
        with pytest.raises(StageGone):
            deal.move_to(stages[2], at=at)

    def test_refuses_what_is_closed(self, deal, stages, at):
        deal.win(at=at)
        with pytest.raises(OpportunityClosed):
            deal.move_to(stages[1], at=at)


class TestClosing:
    def test_won_closes_all_that_is_open(self, deal, nora, at):
        closing = deal.win(at=at, by=nora)
        assert parts(deal) == (0, 100, 0, 0) and deal.state == "won" and deal.closed_at == at
        assert (closing.kind, closing.amount, closing.by) == ("won", 100, nora)

    def test_won_with_another_amount_corrects_what_was_expected(self, deal, at):
        deal.win(amount=Decimal("120.50"), at=at)
        deal.refresh_from_db()
        assert (deal.expected, deal.amount_won, deal.amount_open) == (Decimal("120.50"), Decimal("120.50"), 0)

    def test_lost_keeps_reason_note_and_probability(self, deal, at):
        deal.edit({"probability": Decimal("0.55")}, at=at)
        reason = make.lost_reason("Price")
        deal.lose(reason, note=" too dear ", at=at)
        assert parts(deal) == (0, 0, 100, 0)
        assert (deal.state, deal.lost_reason, deal.lost_note, deal.probability) == (
            "lost",
            reason,
            "too dear",
            Decimal("0.55"),
        )

    def test_lost_asks_for_the_note_its_reason_needs(self, deal, at):
        with pytest.raises(NoteNeeded):
            deal.lose(make.lost_reason("Other", needs_note=True), at=at)
        assert parts(deal) == (100, 0, 0, 0)

    def test_parts_add_up_and_the_last_one_ends_it_as_won(self, deal, at):
        price = make.lost_reason("Price")
        deal.close_part("won", Decimal(30), at=at)
        assert parts(deal) == (70, 30, 0, 0) and deal.is_open
        deal.close_part("lost", Decimal(20), reason=price, at=at)
        follow_up = deal.close_part("moved", Decimal(10), at=at).to
        assert parts(deal) == (40, 30, 20, 10) and deal.weighted == Decimal("8.00")
        assert parts(follow_up) == (10, 0, 0, 0) and follow_up.followed == deal
        deal.lose(price, at=at)
        assert parts(deal) == (0, 30, 60, 10) and deal.state == "won"
        assert kinds(deal) == ["opened", "partly", "partly", "partly", "lost"]

    def test_refuses_more_than_is_open(self, deal, at):
        for amount in (Decimal("100.01"), Decimal(0), Decimal(-1)):
            with pytest.raises(AmountTooLarge):
                deal.close_part("won", amount, at=at)
        with pytest.raises(AmountTooLarge):
            deal.close_part("moved", Decimal(100), at=at)
        assert parts(deal) == (100, 0, 0, 0) and not deal.closings.exists()

    def test_moved_parts_grow_an_opportunity_that_is_there(self, deal, nora, at):
        other = make.opportunity(owner=nora, expected=5)
        deal.close_part("moved", Decimal(40), to=other, at=at)
        assert parts(other) == (45, 0, 0, 0) and parts(deal) == (60, 0, 0, 40)

    def test_what_was_planned_rests_while_it_is_closed(self, deal, nora, at):
        deal.plan("call", at - timedelta(days=2), at=at, by=nora, summary="Call about pods")
        deal.win(at=at, by=nora)
        deal.refresh_from_db()
        assert (deal.next_activity_at, deal.next_activity_on, deal.next_activity_label) == (None, None, "")
        assert deal.activities.planned().exists(), "it is not called off"
        deal.reopen(at=at, by=nora)
        deal.refresh_from_db()
        assert (deal.next_activity_at, deal.next_activity_label) == (at - timedelta(days=2), "Call about pods")

    def test_reopened_only_gives_back_what_closed_it(self, deal, at):
        deal.close_part("won", Decimal(30), at=at)
        deal.lose(make.lost_reason(), at=at)
        deal.reopen(at=at)
        assert parts(deal) == (70, 30, 0, 0) and deal.is_open and deal.lost_reason is None
        with pytest.raises(OpportunityOpen):
            deal.reopen(at=at)

    def test_expected_can_not_fall_below_what_is_closed(self, deal, at):
        deal.close_part("won", Decimal(60), at=at)
        with pytest.raises(AmountTooLarge):
            deal.edit({"expected": Decimal(59)}, at=at)
        deal.edit({"expected": Decimal(65)}, at=at)
        assert parts(deal) == (5, 60, 0, 0)

    def test_rows_of_closings_are_what_the_columns_say(self, deal, at):
        deal.close_part("won", Decimal(30), at=at)
        deal.win(at=at)
        assert sum(Closing.objects.filter(opportunity=deal, kind="won").values_list("amount", flat=True)) == 100


class TestEdit:
    def test_says_what_changed_and_refuses_an_old_version(self, deal, nora, omar, at):
        seen = deal.version
        Opportunity.objects.get(pk=deal.pk).edit({"name": "Phone booths"}, at=at, by=omar)
        with pytest.raises(ChangedMeanwhile) as refusal:
            deal.edit({"name": "Pods"}, at=at, by=nora, version=seen)
        assert refusal.value.by == omar
        assert deal.events.get(kind="changed").details["fields"] == {"name": ["Booths", "Phone booths"]}

    def test_takes_only_fields_that_are_offered(self, deal, at):
        for name in ("owner", "team", "stage", "state", "amount_won"):
            with pytest.raises(ValueError, match="not editable"):
                deal.edit({name: 1}, at=at)


class TestStages:
    def test_one_with_open_deals_stays_in_use(self, deal, stages, at):
        stages[1].is_active = deal.stage.is_active = False
        stages[1].full_clean()
        with pytest.raises(ValidationError, match="1 open deal is in this stage. Move it first."):
            deal.stage.full_clean()


class TestAssignTo:
    def test_takes_the_team_of_the_new_owner(self, deal, vera, south, at):
        deal.assign_to(vera, at=at)
        assert (deal.owner, deal.team) == (vera, south)

    def test_the_same_again_changes_nothing(self, deal, nora, at):
        assert not deal.assign_to(nora, at=at)


class TestActivities:
    def test_a_whole_day_stays_that_day_on_every_clock(self, deal, nora, at):
        day = date(2026, 11, 25)
        deal.plan("call", timezone.make_aware(datetime.combine(day, time(0))), all_day=True, summary="Ring", at=at, by=nora)
        for zone in ("Asia/Tokyo", "America/New_York"):
            with timezone.override(zone):
                html = cards.draw(Opportunity.objects.for_cards().get(pk=deal.pk), at=at)
            assert re.search("Ring <time [^>]*>25 Nov</time>", html), (zone, html)

    def test_the_next_one_stands_on_the_card(self, deal, nora, at):
        later = deal.plan("call", at + timedelta(days=2), at=at, by=nora)
        sooner = deal.plan("meeting", at + timedelta(days=1), summary="Site visit", at=at, by=nora)
        assert (deal.next_activity_label, deal.next_activity_at) == ("Site visit", sooner.due_at)
        assert sooner.done(at=at, by=nora, outcome="fine") and not sooner.done(at=at, by=nora)
        deal.refresh_from_db()
        assert (deal.next_activity_label, deal.next_activity_on) == ("Call", later.due_at.date())
        later.cancel(at=at, by=nora)
        deal.refresh_from_db()
        assert (deal.next_activity_label, deal.next_activity_at, deal.next_activity_on) == ("", None, None)
        off, done = deal.events.filter(kind="did").order_by("-pk")
        assert "#i-circle-x" in event_icon(off) and "#i-circle-check" in event_icon(done)

    def test_notes_and_calls_are_kept_on_closed_ones_too(self, deal, nora, at):
        deal.win(at=at)
        deal.note("They were happy", at=at, by=nora)
        deal.log_call("reached", at=at, by=nora)
        assert kinds(deal)[-2:] == ["noted", "called"]


class TestUndo:
    def test_a_move_goes_back_with_its_age(self, deal, stages, nora, at):
        since = deal.stage_since
        with undo.recording("move", at=at, by=nora, opportunity=deal.pk, **{"from": stages[0].pk, "to": stages[2].pk},
                            since=since.isoformat()) as change:  # fmt: skip
            deal.move_to(stages[2], at=at + timedelta(days=1), by=nora)
        done = undo.ask(change.change, by=nora, at=at + timedelta(days=2))
        deal.refresh_from_db()
        assert done.undo == "undone" and (deal.stage, deal.stage_since) == (stages[0], since)

    def test_a_move_since_is_kept(self, deal, stages, nora, omar, at):
        with undo.recording("move", at=at, by=nora, opportunity=deal.pk, **{"from": stages[0].pk, "to": stages[2].pk},
                            since=at.isoformat()) as change:  # fmt: skip
            deal.move_to(stages[2], at=at, by=nora)
        deal.move_to(stages[3], at=at, by=omar)
        assert undo.ask(change.change, by=nora, at=at).kept[0]["code"] == "undo_moved_since"


class TestStageTotal:
    def test_follows_every_verb(self, deal, stages, nora, at):
        make.opportunity(owner=nora, expected=50)
        deal.move_to(stages[1], at=at)
        rows = {total.stage_id: (total.count, total.amount) for total in StageTotal.objects.filter(count__gt=0)}
        assert rows == {stages[0].pk: (1, 50), stages[1].pk: (1, 100)}
        deal.win(at=at)
        assert not StageTotal.objects.filter(stage=stages[1], count__gt=0).exists()
