"""Whom a lead's verbs tell, and of what."""

from datetime import timedelta

import pytest
from django.urls import reverse

from assignment import routing
from core import clock, undo
from core.models import Notice, NoticeWishes
from core.notices.reminders import remind
from leads import notices, tasks
from leads.models import LeadActivity
from tests.factories import assignment, leads


def said(person) -> list[str]:
    return [str(notice) for notice in person.notices.order_by("pk")]


class TestHandingOver:
    def test_tells_the_new_owner_and_the_one_before(self, nora, omar, tess, at):
        lead = leads.lead("Ada Lovelace", owner=nora)
        lead.assign_to(omar, at=at, by=tess)
        assert said(omar) == [f"{tess} assigned Ada Lovelace to you."]
        assert said(nora) == ["Ada Lovelace went from you to Omar Haddad."]
        assert nora.notices.get().url == ""

    def test_to_oneself_is_no_news(self, nora, at):
        leads.lead("Ada").assign_to(nora, at=at, by=nora)
        assert not Notice.objects.exists()

    def test_again_to_the_same_one_says_nothing_more(self, nora, omar, at):
        lead = leads.lead("Ada")
        for _time in range(2):
            lead.assign_to(omar, at=at, by=nora)
        assert omar.notices.count() == 1

    def test_there_and_back_leaves_one_unread_notice(self, nora, omar, tess, at):
        lead = leads.lead("Ada")
        lead.assign_to(nora, at=at, by=tess)
        lead.assign_to(omar, at=at, by=tess)
        lead.assign_to(nora, at=at, by=tess)
        assert nora.notices.unread().count() == 1
        assert nora.notices.unread().get().kind == "lead_assigned"

    def test_back_to_the_pool_tells_who_had_it(self, nora, tess, at):
        leads.lead("Ada", owner=nora).release(at=at, by=tess)
        assert said(nora) == ["Ada went from you back to the team."]

    def test_of_many_in_the_list_gives_one_digest(self, client_of, nora, omar, tess):
        rows = [leads.lead(f"Lead {n}", owner=nora) for n in range(5)]
        answer = client_of(tess).post(
            reverse("leads:bulk"), {"do": "assign", "chosen": "1", "owner": omar.pk, "lead": [lead.pk for lead in rows]}
        )
        assert answer.status_code == 302
        assert said(omar) == ["5 leads were assigned to you."]
        assert said(nora) == ["5 of your leads went to somebody else."]

    def test_by_the_rules_names_few_and_counts_many(self, north, nora, at):
        assignment.assignment_rule(to_person=nora)
        few = [leads.lead(f"Few {n}", team=north, at=at) for n in range(2)]
        routing.assign_by_ids([lead.pk for lead in few], at=at)
        assert sorted(said(nora)) == ["Few 0 was assigned to you.", "Few 1 was assigned to you."]
        many = [leads.lead(f"Many {n}", team=north, at=at) for n in range(7)]
        routing.assign_by_ids([lead.pk for lead in many], at=at)
        assert said(nora)[-1] == "7 leads were assigned to you."
        assert nora.notices.count() == 3


class TestFirstReplies:
    @pytest.fixture
    def lead(self, nora, at):
        """Captured now, to be answered within five minutes."""
        return leads.lead("Ada", owner=nora, at=at)

    @pytest.mark.parametrize(
        ("minutes", "told"),
        [(1, []), (3.9, []), (4.1, ["The goal for a first reply to Ada is near."]),
         (6, ["Ada waits longer for a first reply than the goal allows."]), (20, [])],
    )  # fmt: skip
    def test_are_watched_at_their_moments(self, lead, nora, at, minutes, told):
        notices.watch_replies(at=at + timedelta(minutes=minutes))
        assert said(nora) == told

    def test_are_told_once_each(self, lead, nora, at):
        for minutes in (4.2, 4.5, 5.5, 6, 7):
            notices.watch_replies(at=at + timedelta(minutes=minutes))
        assert [notice.kind for notice in nora.notices.order_by("pk")] == ["response_near", "response_missed"]
        assert nora.notices.unread().count() == 1

    def test_ask_nothing_of_what_was_answered_or_has_nobody(self, lead, nora, at):
        leads.lead("Nobody's", at=at)
        lead.log_call("reached", at=at, by=nora)
        assert notices.watch_replies(at=at + timedelta(minutes=6)) == 0

    def test_many_at_once_are_one_digest(self, lead, nora, at):
        for n in range(4):
            leads.lead(f"Lead {n}", owner=nora, at=at)
        notices.watch_replies(at=at + timedelta(minutes=6))
        assert said(nora) == ["5 leads wait longer for a first reply than the goal allows."]
        notices.watch_replies(at=at + timedelta(minutes=6, seconds=10))
        assert nora.notices.count() == 1


class TestReminders:
    def planned(self, nora, at, **more):
        lead = leads.lead("Ada", owner=nora)
        return lead.plan("call", more.pop("due_at", at), at=at - timedelta(days=1), by=nora, **more)

    def remind(self, at) -> int:
        return remind(LeadActivity, "lead", at=at)

    def test_come_ten_minutes_before_and_once(self, nora, at):
        self.planned(nora, at, summary="Ask for the plans")
        assert [self.remind(at - timedelta(minutes=minutes)) for minutes in (11, 10, 9)] == [0, 1, 0]
        assert said(nora) == ["Due: Ask for the plans, Ada."]

    def test_come_when_the_person_wishes(self, nora, at):
        NoticeWishes.objects.create(person=nora, remind_minutes=0)
        self.planned(nora, at)
        assert [self.remind(at - timedelta(minutes=1)), self.remind(at)] == [0, 1]

    def test_come_again_when_it_was_put_off(self, nora, at):
        activity = self.planned(nora, at)
        self.remind(at)
        activity.put_off(at + timedelta(hours=2), at=at, by=nora)
        assert self.remind(at) == 0
        assert self.remind(at + timedelta(hours=2)) == 1
        assert nora.notices.count() == 2

    def test_of_a_whole_day_come_in_its_morning(self, nora, at):
        midnight = at.replace(hour=0, minute=0)
        self.planned(nora, at, due_at=midnight, all_day=True)
        assert self.remind(midnight + timedelta(minutes=1)) == 0
        assert self.remind(midnight + timedelta(hours=8)) == 1

    @pytest.mark.parametrize("end", ["done", "cancel", "lead"])
    def test_never_come_for_what_is_settled(self, nora, at, end):
        activity = self.planned(nora, at)
        if end == "lead":
            activity.lead.archive(at=at, by=nora)
        else:
            getattr(activity, end)(at=at, by=nora)
        self.remind(at)
        assert not nora.notices.filter(kind="activity_due").exists()

    def test_many_at_once_are_one_digest(self, nora, at):
        for _n in range(6):
            self.planned(nora, at)
        self.remind(at)
        assert said(nora) == ["6 activities are due."]

    def test_planning_for_a_colleague_tells_them(self, nora, omar, at):
        self.planned(nora, at, assignee=omar, summary="Ask for the plans")
        assert said(omar) == ["Nora Bakke planned for you: Ask for the plans, Ada."]
        assert not nora.notices.exists()

    def test_the_sweep_does_both(self, nora, at):
        self.planned(nora, at)
        with clock.stopped_at(at):
            assert tasks.watch() >= 1


class TestUndo:
    def test_of_a_handing_over_keeps_the_story_straight(self, nora, omar, tess, at):
        lead = leads.lead("Ada", owner=nora)
        with undo.recording("lead_assigned", at=at, by=tess) as change:
            change.touching(lead, "owner", "assigned_at")
            lead.assign_to(omar, at=at, by=tess)
        undo.ask(change.change, by=tess, at=at)
        lead.refresh_from_db()
        assert lead.owner == nora
