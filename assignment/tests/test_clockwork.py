"""What time brings: warnings, the policy after the limit, offers that nobody answers, people who are away."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.utils import timezone

from assignment import clockwork, routing
from assignment.models import ClockStep, Offer
from assignment.words import sentence
from core import clock
from core.models import Notice
from leads import notices
from leads.models import Lead
from teams.models import ResponseGoal, SalesTeam, WorkingDay
from tests.factories import capture, leads

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def set_up(team: SalesTeam, **columns) -> None:
    SalesTeam.objects.filter(pk=team.pk).update(**columns)
    for name, value in columns.items():
        setattr(team, name, value)


def given(team, **facts) -> Lead:
    """Make a lead that the rules gave to somebody at AT."""
    lead = leads.lead(team=team, at=AT, qualification="accept", **facts)
    routing.assign(lead, at=AT)
    return fresh(lead)


def fresh(lead: Lead) -> Lead:
    return Lead.objects.select_related("owner", "team").get(pk=lead.pk)


def told(person) -> list[str]:
    return [notice.kind for notice in Notice.objects.filter(person=person).order_by("pk")]


class TestWarning:
    def test_comes_as_long_before_the_goal_as_the_team_wants(self, north, nora):
        set_up(north, warn_before=4 * MINUTE)
        given(north)
        assert notices.watch_replies(at=AT + timedelta(seconds=50)) == 0
        assert notices.watch_replies(at=AT + timedelta(seconds=70)) == 1
        assert notices.watch_replies(at=AT + timedelta(seconds=80)) == 0
        assert told(nora) == ["lead_assigned", "response_near"]

    def test_counts_from_the_day_a_lead_came_back(self, nora):
        back = AT + timedelta(days=9)
        clock_of_it = {"response_goal_at": back + 5 * MINUTE, "response_limit_at": back + 60 * MINUTE}
        leads.lead(owner=nora, at=AT, qualification="accept", come_back_at=back, **clock_of_it)
        assert notices.watch_replies(at=back + 3 * MINUTE) == 0
        assert notices.watch_replies(at=back + 4.5 * MINUTE) == 1


class TestCountdown:
    def test_on_today_runs_to_the_leads_own_goal(self, client_of, north, nora):
        ResponseGoal.objects.create(team=north, temperature="hot", goal=2 * MINUTE, limit=9 * MINUTE)
        given(north, score=95)
        page = client_of(nora).get("/").text
        assert 'data-goal="120" data-limit="540"' in page

    def test_begins_with_the_teams_hours_when_a_lead_comes_in(self, north):
        set_up(north, clock_in_hours=True, time_zone="UTC", response_goal=timedelta(hours=9))
        WorkingDay.objects.bulk_create(WorkingDay(team=north, weekday=day, opens=time(9), closes=time(17)) for day in range(7))
        capture.taken_in("manual", team=north, name="Ida", email="ida@x.example")
        lead = Lead.objects.get()
        assert lead.response_goal_at - lead.captured_at > timedelta(hours=9)  # no day has nine hours


class TestLimit:
    def test_gives_the_lead_to_the_next_with_a_record(self, north, nora, omar):
        set_up(north, after_limit="reroute")
        lead = given(north)
        assert clockwork.act_on_limits(at=AT + 59 * MINUTE) == 0
        assert clockwork.act_on_limits(at=AT + 61 * MINUTE) == 1
        decision = lead.decisions.order_by("-pk").first()
        assert fresh(lead).owner == omar == decision.owner
        assert sentence(decision) == "Omar Haddad, because it was their turn in North. Nora Bakke did not reply within the limit."
        assert {row[1]: row[4] for row in decision.details["candidates"]} == {"Nora Bakke": "late", "Omar Haddad": ""}
        assert told(nora) == ["lead_assigned", "lead_taken"]
        assert lead.events.filter(kind="assigned").latest("pk").details["before"] == "Nora Bakke"

    def test_gives_the_next_one_a_limit_of_their_own_and_then_tells_the_manager(self, north, nora, omar, tess):
        tess.memberships.update(takes_leads=False)
        set_up(north, after_limit="reroute")
        lead = given(north)
        clockwork.act_on_limits(at=AT + 61 * MINUTE)
        assert clockwork.act_on_limits(at=AT + 100 * MINUTE) == 0
        assert clockwork.act_on_limits(at=AT + 122 * MINUTE) == 1
        assert clockwork.act_on_limits(at=AT + 300 * MINUTE) == 0
        assert fresh(lead).owner == omar  # everybody had it: it stays, and the manager knows
        assert told(tess) == ["lead_limit_passed"]
        assert lead.events.filter(kind="escalated").count() == 1
        assert sorted(ClockStep.objects.values_list("kind", "owner")) == [("escalated", omar.pk), ("rerouted", nora.pk)]

    def test_shows_who_got_it_late_both_clocks(self, client_of, north, nora, omar, tess):
        set_up(north, after_limit="reroute")
        lead = given(north)
        clockwork.act_on_limits(at=AT + 61 * MINUTE)
        with clock.stopped_at(AT + 70 * MINUTE):
            page, today = client_of(omar).get(lead.get_absolute_url()).text, client_of(omar).get("/").text
            others = client_of(tess).get(lead.get_absolute_url()).text
        since, until = (f"{timezone.localtime(AT + n * MINUTE, omar.zone):%H:%M}" for n in (61, 121))
        start = f"{timezone.localtime(AT, omar.zone):%H:%M}"
        assert f"The customer has waited since {start}. Yours since {since}: reply by {until}." in page
        assert f"yours since {since}, reply by {until}" in today and 'data-countdown="4200"' in today
        assert "Omar Haddad has it since" in others

    def test_who_had_it_from_the_start_has_one_clock(self, client_of, north, nora):
        lead = given(north)
        with clock.stopped_at(AT + 70 * MINUTE):
            assert "Goal of North" in client_of(nora).get(lead.get_absolute_url()).text

    def test_tells_nobody_of_a_missed_goal_who_got_it_after(self, north, nora, omar):
        set_up(north, response_goal=MINUTE, response_limit=2 * MINUTE, after_limit="reroute")
        given(north)
        clockwork.act_on_limits(at=AT + 3 * MINUTE)
        notices.watch_replies(at=AT + 4 * MINUTE)
        assert told(omar) == ["lead_assigned"]

    def test_tells_the_manager_where_the_team_wants_that(self, north, nora, omar, tess):
        tess.memberships.update(takes_leads=False)
        set_up(north, after_limit="escalate")
        lead = given(north)
        clockwork.act_on_limits(at=AT + 61 * MINUTE)
        assert fresh(lead).owner == nora
        assert (told(tess), told(nora)) == (["lead_limit_passed"], ["lead_assigned"])

    def test_tells_the_administrators_of_a_team_without_a_manager(self, north, nora, ada):
        set_up(north, after_limit="escalate")
        given(north)
        clockwork.act_on_limits(at=AT + 61 * MINUTE)
        assert told(ada) == ["lead_limit_passed"]

    @pytest.mark.parametrize("policy", ["nothing", "reroute", "escalate"])
    def test_leaves_alone_what_was_replied_to_or_ended(self, north, nora, omar, policy):
        set_up(north, after_limit=policy)
        given(north).contacted(at=AT + MINUTE, by=nora)
        given(north).archive(at=AT)
        assert clockwork.act_on_limits(at=AT + 61 * MINUTE) == 0

    def test_takes_nothing_from_a_lead_that_ended_meanwhile(self, north, nora, omar):
        stale = given(north)
        fresh(stale).archive(at=AT)
        assert routing.take_from_owners([stale], at=AT, why="late", stays=True) == {stale.pk: nora.pk}
        assert fresh(stale).owner == nora and stale.decisions.count() == 1


class TestOffers:
    @pytest.fixture(autouse=True)
    def asks(self, north):
        set_up(north, accept_within=10 * MINUTE)

    def test_are_made_with_the_assignment(self, north, nora):
        lead = given(north)
        offer = clockwork.offer_to(lead, nora)
        assert offer.accept_by == AT + 10 * MINUTE
        assert clockwork.accept(offer, at=AT + MINUTE)
        assert not clockwork.accept(offer, at=AT + 2 * MINUTE)
        assert clockwork.offer_to(lead, nora) is None

    def test_declined_go_to_the_next_and_not_back(self, north, nora, omar):
        lead = given(north)
        assert clockwork.decline(clockwork.offer_to(lead, nora), at=AT + MINUTE, said="My neighbour") == omar.pk
        assert clockwork.decline(clockwork.offer_to(fresh(lead), omar), at=AT + MINUTE) is None
        lead = fresh(lead)
        assert lead.owner is None
        decision = lead.decisions.order_by("-pk").first()
        assert (decision.outcome, decision.reason) == ("waiting", "nobody_else")
        assert routing.drain_queue(at=AT + 20 * MINUTE) == 0
        nora.memberships.update(capacity=99)
        assert fresh(lead).owner is None  # who declined it does not get it again by itself

    def test_declined_while_all_are_full_wait_and_are_drained(self, north, nora, omar):
        omar.memberships.update(is_paused=True)
        lead = given(north)
        clockwork.decline(clockwork.offer_to(lead, nora), at=AT + MINUTE)
        assert routing.drain_queue(at=AT + 2 * MINUTE) == 0
        omar.memberships.update(is_paused=False)
        assert routing.drain_queue(at=AT + 5 * MINUTE) == 1
        assert fresh(lead).owner == omar

    def test_leave_a_line_when_declined_and_when_accepted(self, north, nora, omar, client_of):
        lead = given(north)
        clockwork.decline(clockwork.offer_to(lead, nora), at=AT + MINUTE, said=" Too far for me ")
        clockwork.accept(clockwork.offer_to(fresh(lead), omar), at=AT + 2 * MINUTE)
        told = lead.events.order_by("-occurred_at", "-pk").values_list("kind", "actor", "details__text")[:3]
        assert list(told) == [("accepted", omar.pk, None), ("assigned", None, None), ("declined", nora.pk, "Too far for me")]
        page = client_of(omar).get(lead.get_absolute_url()).text
        assert "<b>Nora Bakke</b> declined it" in page and "Too far for me" in page
        assert "It went on from Nora Bakke to <b>Omar Haddad</b>: it was their turn in North" in page
        assert "<b>Omar Haddad</b> accepted it" in page

    def test_leave_no_line_when_answered_twice(self, north, nora, omar):
        offer = clockwork.offer_to(given(north), nora)
        clockwork.accept(offer, at=AT + MINUTE)
        clockwork.accept(offer, at=AT + MINUTE)
        assert clockwork.decline(offer, at=AT + MINUTE) is None
        assert offer.lead.events.filter(kind__in=["accepted", "declined"]).count() == 1

    def test_run_out(self, north, nora, omar):
        lead = given(north)
        assert clockwork.expire_offers(at=AT + 9 * MINUTE) == 0
        assert clockwork.expire_offers(at=AT + 11 * MINUTE) == 1
        assert fresh(lead).owner == omar
        assert Offer.objects.get(owner=nora).answer == "expired"

    def test_say_in_the_story_from_whom_the_lead_was_taken(self, north, nora, omar, client_of):
        lead = given(north)
        clockwork.expire_offers(at=AT + 11 * MINUTE)
        page = client_of(omar).get(lead.get_absolute_url()).text
        assert "Nora Bakke did not accept it in time. It went on from Nora Bakke to <b>Omar Haddad</b>" in page

    def test_are_accepted_by_replying(self, north, nora, omar):
        lead = given(north)
        lead.contacted(at=AT + MINUTE, by=nora)
        assert clockwork.offer_to(fresh(lead), nora) is None
        assert clockwork.expire_offers(at=AT + 11 * MINUTE) == 0
        assert (fresh(lead).owner, Offer.objects.get().answer) == (nora, "accepted")

    def test_are_overtaken_by_a_person(self, north, nora, omar, tess):
        lead = given(north)
        routing.assign_by_hand(lead, omar, at=AT, by=tess)
        clockwork.expire_offers(at=AT + 11 * MINUTE)
        assert (fresh(lead).owner, Offer.objects.get().answer) == (omar, "overtaken")


class TestAbsence:
    @pytest.fixture
    def lead(self, north, nora, omar):
        set_up(north, returns_when_away=True)
        return given(north)

    def test_sends_untouched_leads_back_into_the_rotation(self, lead, nora, omar):
        nora.memberships.update(away_from=AT + MINUTE)
        assert clockwork.return_of_absent(at=AT) == 0
        assert clockwork.return_of_absent(at=AT + 2 * MINUTE) == 1
        assert fresh(lead).owner == omar
        assert sentence(lead.decisions.order_by("-pk").first()).endswith("Nora Bakke is away.")

    def test_keeps_leads_somebody_began_to_work_on(self, lead, nora):
        leads.activity(lead, by=nora)
        nora.memberships.update(away_from=AT + MINUTE)
        assert clockwork.return_of_absent(at=AT + 2 * MINUTE) == 0

    def test_keeps_leads_where_nobody_else_can_take_them(self, lead, nora, omar):
        nora.memberships.update(away_from=AT + MINUTE)
        omar.memberships.update(is_paused=True)
        assert clockwork.return_of_absent(at=AT + 2 * MINUTE) == 0
        assert fresh(lead).owner == nora
        assert lead.decisions.count() == 1

    def test_keeps_what_was_handed_over_during_the_absence(self, north, lead, nora, omar, tess):
        nora.memberships.update(away_from=AT - MINUTE)
        routing.assign_by_hand(lead, omar, at=AT, by=tess)
        routing.assign_by_hand(fresh(lead), nora, at=AT + MINUTE, by=tess)
        assert clockwork.return_of_absent(at=AT + 2 * MINUTE) == 0

    def test_sends_back_what_the_rules_gave_before_the_absence_was_entered(self, lead, nora, omar):
        nora.memberships.update(away_from=AT - MINUTE)
        assert clockwork.return_of_absent(at=AT + 2 * MINUTE) == 1
        assert fresh(lead).owner == omar

    def test_counts_people_who_left(self, lead, nora, omar):
        nora.is_active = False
        nora.save()
        assert clockwork.return_of_absent(at=AT + 2 * MINUTE) == 1
        assert fresh(lead).owner == omar

    def test_only_where_the_team_wants_it(self, lead, north, nora):
        set_up(north, returns_when_away=False)
        nora.memberships.update(away_from=AT + MINUTE)
        assert clockwork.return_of_absent(at=AT + 2 * MINUTE) == 0


class TestSweep:
    def test_twice_does_nothing_more(self, north, nora, omar, tess):
        set_up(north, after_limit="escalate", accept_within=timedelta(hours=2), returns_when_away=True)
        given(north)
        assert sum(clockwork.sweep(at=AT + 4 * MINUTE).values()) == 0
        assert clockwork.sweep(at=AT + 61 * MINUTE) == {"expired": 0, "late": 1, "returned": 0}
        assert sum(clockwork.sweep(at=AT + 61 * MINUTE).values()) == 0
