from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from core import clock, limits
from tests.factories import leads, opportunities
from workspace import today
from workspace.forgotten import without_next_step


class TestWaiting:
    def test_puts_the_least_time_left_first_whatever_the_score(self, nora, at):
        late = leads.lead("Late", owner=nora, at=at - timedelta(minutes=4), score=20)
        fresh = leads.lead("Fresh", owner=nora, at=at, score=95)
        assert list(today.waiting(nora, team=False)) == [late, fresh]

    def test_shows_first_whose_goal_can_still_be_reached(self, nora, client_of, at):
        for n in range(10):
            leads.lead(f"Late {n}", owner=nora, at=at - timedelta(minutes=20 + n))
        leads.lead("In Time", owner=nora, at=at - timedelta(minutes=4))
        fresh = leads.lead("Fresh", owner=nora, at=at - timedelta(minutes=1))
        shown = today.first_waiting(nora, team=False, at=at, most=4)
        assert [lead.name for lead in shown] == ["In Time", "Fresh", "Late 9", "Late 8"]
        with clock.stopped_at(at):
            page = client_of(nora).get("/").text
        assert fresh.name in page and "Late 9" in page and "Late 0" not in page and "owner.is=me" in page

    def test_leaves_out_who_was_called_and_who_is_done_with(self, nora, at):
        leads.lead("Called", owner=nora, at=at).log_call("no_answer", at=at, by=nora)
        leads.lead("Put away", owner=nora, at=at).archive("old", at=at, by=nora)
        assert list(today.waiting(nora, team=False)) == []

    def test_shows_a_team_what_nobody_has_yet_but_not_a_teammates_own(self, nora, omar, north, at):
        free = leads.lead("Free", team=north, at=at)
        leads.lead("Omar's", owner=omar, at=at)
        assert list(today.waiting(nora, team=True)) == [free]


    def test_says_by_when_a_lead_is_accepted_or_declined(self, nora, client_of):
        lead, now = leads.lead("Ada", owner=nora), clock.now()
        lead.offers.create(owner=nora, offered_at=now, accept_by=now + timedelta(minutes=7))
        page = client_of(nora).get("/").text
        assert "Accept or decline by" in page
        lead.offers.update(answer="accepted")
        assert "Accept or decline by" not in client_of(nora).get("/").text


class TestTasks:
    def test_parts_overdue_from_due_today_in_the_persons_zone(self, nora, at):
        nora.time_zone = "Asia/Tokyo"  # 09:30 UTC is 18:30 there: their day ends 15:00 UTC
        lead = leads.lead("Ada", owner=nora, at=at)
        lead.plan("call", at - timedelta(hours=1), at=at, by=nora, summary="late")
        lead.plan("call", at + timedelta(hours=5), at=at, by=nora, summary="tonight")
        lead.plan("call", at + timedelta(hours=6), at=at, by=nora, summary="tomorrow")
        overdue, due = today.tasks(nora, team=False, at=at)
        assert [task.activity.summary for task in overdue] == ["late"]
        assert [task.activity.summary for task in due] == ["tonight"]

    def test_of_a_team_are_each_told_once_and_in_order(self, nora, omar, vera, tess, ada, north, at):
        def plan(lead, assignee, summary, hours):
            return lead.plan("todo", at - timedelta(hours=hours), at=at, by=tess, assignee=assignee, summary=summary)

        own, free, theirs = leads.lead(owner=nora, at=at), leads.lead(team=north, at=at), leads.lead(owner=omar, at=at)
        plan(own, nora, "own", 30), plan(free, nora, "free", 40), plan(theirs, nora, "helps Omar", 50), plan(theirs, omar, "Omar's", 60)
        plan(own, omar, "Omar helps", 35)

        def told(person, *, team):
            return [task.activity.summary for task in today.tasks(person, team=team, at=at)[0]]

        assert told(nora, team=False) == ["helps Omar", "free", "own"]
        assert told(nora, team=True) == ["helps Omar", "free", "Omar helps", "own"]
        assert told(tess, team=True) == told(ada, team=True) == ["Omar's", "helps Omar", "free", "Omar helps", "own"]
        assert told(vera, team=True) == [] and told(ada, team=False) == []


    def test_due_today_are_shown_however_many_are_overdue(self, nora, client_of, at):
        lead = leads.lead("Ada", owner=nora, at=at)
        deal = opportunities.opportunity("Deal", owner=nora)
        for n in range(today.ACTIVITIES_SHOWN + 3):
            (lead if n % 2 else deal).plan("todo", at - timedelta(days=1, minutes=n), at=at, by=nora, summary=f"late {n}")
        lead.plan("todo", at.replace(hour=0), at=at, by=nora, all_day=True, summary="all day")
        deal.plan("call", at + timedelta(minutes=5), at=at, by=nora, summary="soon")
        overdue, due = today.tasks(nora, team=False, at=at)
        assert [task.activity.summary for task in overdue] == [f"late {n}" for n in range(today.ACTIVITIES_SHOWN + 2, 2, -1)]
        assert [task.activity.summary for task in due] == ["all day", "soon"]
        for person, team in ((nora, False), (nora, True)):
            assert [int(count) for count in today.count_tasks(person, team=team, at=at)] == [23, 2]
        client = client_of(nora)
        with clock.stopped_at(at):
            page, more = client.get("/").text, client.get("/?more=1").text
        assert "Show all 23" in page and "late 0" not in page and "of 25" in page
        assert "late 0" in more and "Show all" not in more

    def test_of_the_chosen_team_are_shown_alone(self, ada, nora, vera, north, south, at):
        for owner in (nora, vera):
            leads.lead(owner=owner, at=at).plan("todo", at - timedelta(hours=1), at=at, by=owner, summary=owner.name)
        assert len(today.tasks(ada, team=True, at=at)[0]) == 2
        ada.current_team = north
        assert [task.activity.assignee for task in today.tasks(ada, team=True, at=at)[0]] == [nora]


class TestReplies:
    def test_are_worked_out_by_hand(self, nora, at):
        for minutes in (1, 4, 30):
            lead = leads.lead(owner=nora, at=at)
            lead.log_call("reached", at=at + timedelta(minutes=minutes), by=nora)
        found = today.replies(nora, at=at + timedelta(hours=1))
        assert found.median == timedelta(minutes=4)
        assert found.within_goal == pytest.approx(2 / 3)

    def test_have_no_figures_without_replies(self, nora, at):
        found = today.replies(nora, at=at)
        assert (found.median, found.within_goal) == (None, None)
        assert today.reply_chart(found, limit=timedelta(hours=1)) is None


class TestThePage:
    def test_greets_and_lists_who_waits(self, nora, at, client_of):
        leads.lead("Maya Lindqvist", company_name="Nordlys", owner=nora, at=at, message="24 booths")
        with clock.stopped_at(at + timedelta(minutes=2)):
            page = client_of(nora).get("/").content.decode()
        assert "Good morning, Nora" in page
        assert "Maya Lindqvist" in page
        assert "24 booths" in page

    @pytest.mark.parametrize(
        ("days", "fields", "is_there"),
        [(1, {}, True), (-1, {}, False), (20, {}, False), (1, {"archived": True}, False), (1, {"planned": True}, False)],
    )
    def test_shows_who_came_back_and_has_nothing_planned(self, nora, at, client_of, days, fields, is_there):
        lead = leads.lead("Elena Petrova", owner=nora, at=at - timedelta(days=60), come_back_at=at - timedelta(days=days))
        lead.log_call("reached", at=at - timedelta(days=50), by=nora)
        if "archived" in fields:
            lead.archive(at=at, by=nora)
        if "planned" in fields:
            lead.plan("call", at + timedelta(days=3), at=at, by=nora)
        with clock.stopped_at(at):
            assert ("Elena Petrova" in client_of(nora).get("/").content.decode()) is is_there

    def test_counts_who_waits_no_further_than_anybody_reads(self, nora, at, client_of):
        for number in range(today.WAITING_SHOWN + 2):
            leads.lead(f"Waiting {number}", owner=nora, at=at)
        with CaptureQueriesContext(connection) as asked:
            page = client_of(nora).get("/?who=team").text
        assert "10 leads are waiting for a first reply." in page and "All 10 waiting" in page
        waiting = [query["sql"] for query in asked.captured_queries if '"first_contacted_at" IS NULL' in query["sql"] and "count(*)" in query["sql"]]
        assert any(f"LIMIT {limits.EXACT_COUNT + 1}" in sql for sql in waiting)

    def test_shows_nothing_of_another_team(self, vera, nora, at, client_of):
        leads.lead("Maya Lindqvist", owner=nora, at=at)
        assert "Maya" not in client_of(vera).get("/?who=team").content.decode()

    def test_needs_the_same_few_queries_however_many_wait(self, nora, at, client_of, django_assert_max_num_queries):
        client = client_of(nora)
        client.get("/")
        for _ in range(8):
            leads.lead(owner=nora, at=at, score=80)
        with django_assert_max_num_queries(16):
            client.get("/")

    def test_gives_the_part_that_is_on_the_page(self, nora, at, client_of):
        leads.lead("Maya Lindqvist", owner=nora, at=at)
        with clock.stopped_at(at):
            part = client_of(nora).get("/", headers={"HX-Request": "true"}).content.decode()
        assert part.lstrip().startswith('<div class="page-body" id="work"')
        assert "Maya Lindqvist" in part


class TestDoneAndSnooze:
    def test_ticks_an_activity_off_and_takes_it_back(self, nora, at, client_of):
        activity = leads.lead(owner=nora, at=at).plan("todo", at, at=at, by=nora, summary="send prices")
        client = client_of(nora)
        answer = client.post(f"/activities/lead/{activity.pk}/done/", headers={"HX-Request": "true"})
        activity.refresh_from_db()
        assert activity.done_by == nora
        import json

        client.post(json.loads(answer["HX-Trigger"])["toast"]["undo"])
        activity.refresh_from_db()
        assert activity.done_at is None

    def test_puts_an_activity_off_to_tomorrow(self, nora, at, client_of):
        activity = leads.lead(owner=nora, at=at).plan("call", at - timedelta(days=2), at=at, by=nora)
        with clock.stopped_at(at):
            client_of(nora).post(f"/activities/lead/{activity.pk}/snooze/")
        activity.refresh_from_db()
        assert activity.due_at == at + timedelta(days=1)

    def test_does_not_exist_for_somebody_who_may_not_see_the_lead(self, vera, nora, at, client_of):
        activity = leads.lead(owner=nora, at=at).plan("call", at, at=at, by=nora)
        assert client_of(vera).post(f"/activities/lead/{activity.pk}/done/").status_code == 404


class TestTheTeamSwitcher:
    def test_is_a_filter_and_never_a_right(self, nora, south, client_of):
        assert client_of(nora).post("/team/", {"team": south.pk}).status_code == 404
        nora.refresh_from_db()
        assert nora.current_team is None


class TestNoNextStep:
    @pytest.mark.parametrize("team", [False, True])
    def test_counts_what_its_lists_show(self, nora, omar, at, client_of, team):
        for owner, planned in ((nora, True), (nora, False), (nora, False), (omar, False)):
            lead = leads.lead(owner=owner, at=at)
            lead.log_call("reached", at=at, by=owner)
            deal = opportunities.opportunity(owner=owner)
            for record in (lead, deal) if planned else ():
                record.plan("call", at + timedelta(days=3), at=at, by=owner)
        leads.lead("Not called yet", owner=nora, at=at)
        found = without_next_step(nora, team=team)
        assert [one.words for one in found] == ["2 leads", "2 deals"]
        page = client_of(nora).get("/?who=team" if team else "/").content.decode()
        for one in found:
            assert escape(one.url) in page
            assert client_of(nora).get(one.url).content.decode().count("<tr data-row") == 2
