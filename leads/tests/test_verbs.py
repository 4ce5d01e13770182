"""What a lead lets be done to it, what it refuses, and the one line each act leaves in its story."""

from datetime import timedelta

import pytest
from django.db import connection

from leads.exceptions import (
    AddressTaken,
    ChangedMeanwhile,
    LeadNotOpen,
    NoteNeeded,
    NothingSaid,
    NotRestorable,
)
from leads.models import Lead
from tests.factories import leads as factories

pytestmark = pytest.mark.django_db


def kinds(lead) -> list[str]:
    return list(lead.events.order_by("pk").values_list("kind", flat=True))


class TestAssignTo:
    def test_hands_the_lead_to_a_rep_and_says_why(self, nora, tess, north, at):
        lead = factories.lead("Maya", team=north)
        assert lead.assign_to(nora, at=at, by=tess, why={"code": "turn", "values": {"team": "North"}})
        lead.refresh_from_db()
        assert (lead.owner, lead.assigned_at, lead.first_assigned_at) == (nora, at, at)
        event = lead.events.get(kind="assigned")
        assert event.actor == tess
        assert event.details["name"] == "Nora Bakke"
        assert event.details["why"] == {"code": "turn", "values": {"team": "North"}}

    def test_changes_nothing_when_the_rep_has_it_already(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        version = lead.version
        assert not lead.assign_to(nora, at=at)
        lead.refresh_from_db()
        assert lead.version == version
        assert kinds(lead) == ["created"]

    def test_keeps_the_moment_of_the_first_assignment(self, nora, omar, at):
        lead = factories.lead("Maya", owner=nora)
        first = lead.first_assigned_at
        lead.assign_to(omar, at=at)
        lead.refresh_from_db()
        assert (lead.owner, lead.assigned_at, lead.first_assigned_at) == (omar, at, first)
        assert lead.events.get(kind="assigned").details["before"] == "Nora Bakke"

    def test_refuses_an_ended_lead(self, nora, omar, at):
        lead = factories.lead("Maya", owner=nora)
        lead.archive("spam", at=at, by=nora)
        with pytest.raises(LeadNotOpen):
            lead.assign_to(omar, at=at)
        assert Lead.objects.get(pk=lead.pk).owner == nora

    def test_tells_the_second_of_two_who_hand_it_around_at_once(self, nora, omar, tess, north, at):
        lead = factories.lead("Maya", team=north)
        seen_by_omar = Lead.objects.get(pk=lead.pk)
        lead.assign_to(nora, at=at, by=tess)
        with pytest.raises(ChangedMeanwhile) as refusal:
            seen_by_omar.assign_to(omar, at=at, by=omar)
        assert refusal.value.lead.owner == nora
        assert kinds(lead).count("assigned") == 1

    def test_counts_the_response_clock_from_the_capture_with_the_teams_goals(self, vera, south, north, at):
        south.response_goal, south.response_limit = timedelta(minutes=10), timedelta(hours=2)
        south.save()
        lead = factories.lead("Maya", team=north, at=at)
        lead.assign_to(vera, at=at + timedelta(minutes=3), team=south)
        lead.refresh_from_db()
        assert lead.team == south
        assert lead.response_goal_at == at + timedelta(minutes=10)
        assert lead.response_limit_at == at + timedelta(hours=2)


class TestRelease:
    def test_gives_the_lead_back_to_the_pool(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        assert lead.release(at=at, by=nora, why="on leave")
        lead.refresh_from_db()
        assert (lead.owner, lead.assigned_at) == (None, None)
        assert lead.events.get(kind="unassigned").details == {"before": "Nora Bakke", "text": "on leave"}

    def test_changes_nothing_the_second_time(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        lead.release(at=at, by=nora)
        assert not lead.release(at=at, by=nora)
        assert kinds(lead).count("unassigned") == 1


class TestContacted:
    def test_keeps_only_the_first_attempt(self, nora, omar, at):
        lead = factories.lead("Maya", owner=nora, at=at)
        assert lead.contacted(at=at + timedelta(minutes=4), by=nora)
        assert not lead.contacted(at=at + timedelta(minutes=9), by=omar)
        lead.refresh_from_db()
        assert lead.response_time == timedelta(minutes=4)
        assert lead.first_contacted_by == nora
        assert lead.events.get(kind="contacted").details["seconds"] == 240

    def test_never_counts_below_zero_when_clocks_disagree(self, nora, at):
        lead = factories.lead("Maya", owner=nora, at=at)
        lead.contacted(at=at - timedelta(minutes=1), by=nora)
        assert lead.response_time == timedelta(0)

    @pytest.mark.parametrize(("outcome", "reached"), [("reached", True), ("no_answer", False), ("voicemail", False)])
    def test_counts_a_call_answered_or_not(self, nora, at, outcome, reached):
        lead = factories.lead("Maya", owner=nora)
        lead.log_call(outcome, " asked for Jan ", at=at, by=nora)
        lead.refresh_from_db()
        assert lead.first_contacted_at == at
        assert bool(lead.reached_at) is reached
        assert lead.events.get(kind="called").details == {"outcome": outcome, "note": "asked for Jan"}

    def test_marks_reached_on_a_later_call(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        lead.log_call("no_answer", at=at, by=nora)
        lead.log_call("reached", at=at + timedelta(hours=1), by=nora)
        lead.refresh_from_db()
        assert (lead.first_contacted_at, lead.reached_at) == (at, at + timedelta(hours=1))


class TestNote:
    def test_keeps_what_was_said(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        assert lead.note("  Decides with the landlord.\n", at=at, by=nora).details == {"text": "Decides with the landlord."}

    def test_refuses_an_empty_one(self, nora, at):
        with pytest.raises(NothingSaid):
            factories.lead("Maya", owner=nora).note(" \n", at=at, by=nora)


class TestPlan:
    def test_shows_the_first_planned_activity_on_the_lead(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        lead.plan("call", at + timedelta(days=2), at=at, by=nora, summary="Second call")
        lead.plan("meeting", at + timedelta(days=1), at=at, by=nora)
        lead.refresh_from_db()
        assert lead.next_activity_at == at + timedelta(days=1)
        assert lead.activities.filter(assignee=nora).count() == 2

    def test_moves_on_to_the_next_when_one_is_done(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        first = lead.plan("call", at + timedelta(days=1), at=at, by=nora)
        lead.plan("todo", at + timedelta(days=2), at=at, by=nora)
        assert first.done(at=at, by=nora, outcome="will decide on Friday")
        lead.refresh_from_db()
        assert lead.next_activity_at == at + timedelta(days=2)
        assert lead.first_contacted_at == at

    def test_shows_none_when_all_are_done_or_called_off(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        lead.plan("todo", at + timedelta(days=1), at=at, by=nora).cancel(at=at, by=nora)
        lead.refresh_from_db()
        assert lead.next_activity_at is None

    def test_ticks_off_once_however_often_it_is_asked(self, nora, omar, at):
        activity = factories.activity(factories.lead("Maya", owner=nora))
        assert activity.done(at=at, by=nora)
        assert not activity.done(at=at, by=omar)
        assert activity.done_by == nora
        assert kinds(activity.lead).count("did") == 1

    def test_a_todo_is_no_attempt_to_reach_anybody(self, nora, at):
        activity = factories.activity(factories.lead("Maya", owner=nora), kind="todo")
        activity.done(at=at, by=nora)
        activity.lead.refresh_from_db()
        assert activity.lead.first_contacted_at is None

    def test_puts_off(self, nora, at):
        activity = factories.activity(factories.lead("Maya", owner=nora))
        activity.put_off(at + timedelta(days=9), at=at, by=nora)
        activity.lead.refresh_from_db()
        assert activity.lead.next_activity_at == at + timedelta(days=9)

    def test_will_not_put_off_what_is_done(self, nora, at):
        activity = factories.activity(factories.lead("Maya", owner=nora))
        activity.done(at=at, by=nora)
        with pytest.raises(ChangedMeanwhile):
            activity.put_off(at + timedelta(days=9), at=at, by=nora)

    def test_refuses_an_ended_lead(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        Lead.objects.get(pk=lead.pk).archive("x", at=at)
        with pytest.raises(LeadNotOpen):
            lead.plan("call", at, at=at, by=nora)


class TestEnding:
    def test_disqualifies_with_a_reason(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        lead.disqualify(factories.reason("No budget"), note="next year", at=at, by=nora)
        lead.refresh_from_db()
        assert (lead.status, lead.is_open, lead.disqualify_note) == ("disqualified", False, "next year")
        assert lead.events.get(kind="disqualified").details == {"reason": "No budget", "note": "next year"}

    def test_asks_for_a_note_when_the_reason_does(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        with pytest.raises(NoteNeeded):
            lead.disqualify(factories.reason("Something else", needs_note=True), note=" ", at=at, by=nora)
        lead.refresh_from_db()
        assert lead.is_open

    def test_ends_once_when_two_end_it_at_once(self, nora, omar, at):
        lead = factories.lead("Maya", owner=nora)
        other = Lead.objects.get(pk=lead.pk)
        lead.archive("spam", at=at, by=nora)
        with pytest.raises(LeadNotOpen):
            other.disqualify(factories.reason(), at=at, by=omar)
        lead.refresh_from_db()
        assert lead.status == "archived"
        assert "disqualified" not in kinds(lead)

    def test_archives_with_a_coded_reason(self, at):
        lead = factories.lead("Maya")
        lead.archive({"code": "rule", "values": {"rule": "Free mail"}}, at=at)
        assert lead.archive_reason == "rule"
        assert lead.events.get(kind="archived").details == {"why": {"code": "rule", "values": {"rule": "Free mail"}}}

    def test_restores_what_was_archived_or_disqualified(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        lead.disqualify(factories.reason(), at=at, by=nora)
        assert lead.restore(at=at, by=nora)
        lead.refresh_from_db()
        assert lead.is_open
        assert lead.disqualify_reason is None
        assert not lead.restore(at=at, by=nora)
        assert kinds(lead).count("restored") == 1

    def test_does_not_restore_a_converted_lead(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        lead.mark_converted(at=at, by=nora)
        with pytest.raises(NotRestorable):
            lead.restore(at=at, by=nora)

    def test_does_not_restore_over_another_open_lead_with_the_same_address(self, nora, at):
        old = factories.lead("Maya", email="maya@nordlys.example", owner=nora)
        old.archive("spam", at=at, by=nora)
        factories.lead("Maya again", email="Maya@Nordlys.example", owner=nora)
        with pytest.raises(AddressTaken):
            old.restore(at=at, by=nora)
        old.refresh_from_db()
        assert old.status == "archived"

    def test_converts_once_and_comes_back(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        lead.mark_converted(at=at, by=nora)
        assert (lead.status, lead.sql_at) == ("converted", at)
        with pytest.raises(LeadNotOpen):
            lead.mark_converted(at=at, by=nora)
        assert lead.unmark_converted(at=at, by=nora)
        lead.refresh_from_db()
        assert lead.is_open


class TestSetScore:
    def test_keeps_score_and_temperature_of_the_team(self, north, at):
        north.hot_from, north.warm_from = 60, 30
        north.save()
        lead = factories.lead("Maya", team=north)
        lead.set_score(65, at=at)
        lead.refresh_from_db()
        assert (lead.score, lead.temperature, lead.scored_at) == (65, "hot", at)
        assert lead.events.get(kind="scored").details == {"before": None, "after": 65}

    def test_says_nothing_when_the_score_stays(self, north, at):
        lead = factories.lead("Maya", team=north, score=65)
        lead.set_score(65, at=at)
        assert "scored" not in kinds(lead)


class TestEdit:
    def test_changes_facts_cleans_them_and_tells_what_changed(self, nora, at):
        lead = factories.lead("Maya", owner=nora, email="maya@nordlys.example")
        assert lead.edit({"email": "Maya.L@Nordlys.example", "city": "Malmö", "name": "Maya"}, at=at, by=nora) == ("email", "city")
        lead.refresh_from_db()
        assert lead.email_key == "maya.l@nordlys.example"
        assert lead.events.get(kind="changed").details["fields"] == {
            "email": ["maya@nordlys.example", "Maya.L@Nordlys.example"], "city": ["", "Malmö"],
        }  # fmt: skip
        assert lead.qualify_due_at is not None
        assert set(lead.emails.values_list("key", flat=True)) == {"maya@nordlys.example", "maya.l@nordlys.example"}

    def test_changes_nothing_when_all_reads_the_same(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        assert lead.edit({"name": "Maya"}, at=at, by=nora) == ()
        assert kinds(lead) == ["created"]

    @pytest.mark.parametrize("field", ["owner", "score", "team", "captured_at", "email_key", "version", "nonsense"])
    def test_refuses_fields_that_are_not_facts(self, nora, at, field):
        lead = factories.lead("Maya", owner=nora)
        with pytest.raises(ValueError, match=field):
            lead.edit({field: 1}, at=at, by=nora)

    def test_keeps_what_somebody_else_changed_meanwhile(self, nora, omar, at):
        lead = factories.lead("Maya", owner=nora, city="Lund")
        Lead.objects.get(pk=lead.pk).edit({"city": "Malmö"}, at=at, by=omar)
        with pytest.raises(ChangedMeanwhile) as refusal:
            lead.edit({"city": "Oslo", "region": "Skåne"}, seen={"city": "Lund", "region": ""}, at=at, by=nora)
        assert refusal.value.fields == ("city",)
        assert refusal.value.lead.city == "Malmö"
        assert Lead.objects.get(pk=lead.pk).region == ""

    def test_takes_another_field_while_somebody_changes_this_one(self, nora, omar, at):
        lead = factories.lead("Maya", owner=nora, city="Lund")
        Lead.objects.get(pk=lead.pk).edit({"city": "Malmö"}, at=at, by=omar)
        lead.edit({"region": "Skåne"}, seen={"region": ""}, at=at, by=nora)
        fresh = Lead.objects.get(pk=lead.pk)
        assert (fresh.city, fresh.region) == ("Malmö", "Skåne")

    def test_refuses_an_old_version(self, nora, omar, at):
        lead = factories.lead("Maya", owner=nora)
        Lead.objects.get(pk=lead.pk).edit({"city": "Malmö"}, at=at, by=omar)
        with pytest.raises(ChangedMeanwhile):
            lead.edit({"region": "Skåne"}, at=at, by=nora, version=lead.version)

    def test_refuses_the_address_of_another_open_lead(self, nora, at):
        factories.lead("Jan", owner=nora, email="jan@polder.example")
        lead = factories.lead("Maya", owner=nora)
        with pytest.raises(AddressTaken):
            lead.edit({"email": "jan@polder.example"}, at=at, by=nora)
        assert Lead.objects.get(pk=lead.pk).email == ""

    def test_refuses_to_blank_all_there_is(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        with pytest.raises(NothingSaid):
            lead.edit({"name": ""}, at=at, by=nora)

    def test_types_custom_values_and_merges_them_key_by_key(self, nora, at):
        factories.custom_field("budget", type="number")
        factories.custom_field("fair", type="flag")
        lead = factories.lead("Maya", owner=nora, custom={"fair": True})
        lead.edit({"custom": {"budget": "80.000,50"}}, at=at, by=nora)
        lead.refresh_from_db()
        assert lead.custom == {"fair": True, "budget": 80000.5}
        assert lead.events.get(kind="changed").details["fields"] == {"custom.budget": [None, 80000.5]}
        lead.edit({"custom": {"fair": ""}}, at=at, by=nora)
        assert Lead.objects.get(pk=lead.pk).custom == {"budget": 80000.5}

    def test_refuses_custom_fields_nobody_defined(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        with pytest.raises(ValueError, match="is_staff"):
            lead.edit({"custom": {"is_staff": "yes"}}, at=at, by=nora)

    def test_keeps_the_field_history_in_the_database(self, nora, at):
        lead = factories.lead("Maya", owner=nora)
        lead.edit({"city": "Malmö"}, at=at, by=nora)
        with connection.cursor() as cursor:
            cursor.execute("SELECT city FROM leads_leadfieldhistory WHERE pgh_obj_id = %s", [lead.pk])
            assert cursor.fetchall()


def test_every_verb_leaves_one_line(nora, omar, north, at):
    """The story of a whole life, in order."""
    lead = factories.lead("Maya", team=north)
    lead.assign_to(nora, at=at)
    lead.log_call("no_answer", at=at, by=nora)
    activity = lead.plan("call", at + timedelta(days=1), at=at, by=nora)
    activity.done(at=at, by=nora)
    lead.edit({"city": "Oslo"}, at=at, by=nora)
    lead.release(at=at, by=nora)
    lead.assign_to(omar, at=at)
    lead.disqualify(factories.reason(), at=at, by=omar)
    lead.restore(at=at, by=omar)
    lead.archive("later", at=at, by=omar)
    assert kinds(lead) == [
        "created", "assigned", "called", "contacted", "planned", "did", "changed", "unassigned", "assigned",
        "disqualified", "restored", "archived",
    ]  # fmt: skip
