"""The steps after capture: their order, and that they happen once whatever breaks."""

import os
import signal
import threading

import pytest
from django.db import connection, connections

from assignment.models import Decision
from capture import qualifying
from core import limits
from leads.models import Lead
from opportunities.models import Opportunity
from scoring.models import Score, Snapshot
from tests import faults
from tests.factories import assignment as factories
from tests.factories import leads, teams

whole = pytest.mark.django_db(transaction=True)
KILLER = "kills its worker"


@pytest.fixture
def sales(north, nora, omar):
    return north


@pytest.fixture
def crew(transactional_db):
    """A team of two whose commits are real."""
    team = teams.team("North")
    teams.person("Nora Bakke", team)
    teams.person("Omar Haddad", team)
    return team


def due_again() -> None:
    """Let leases and waiting times run out without waiting."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE leads_lead SET qualify_due_at = now() - interval '1 s', qualify_lease_until = qualify_lease_until - interval '1 h' "
            "WHERE qualify_due_at IS NOT NULL"
        )


def story(lead: Lead) -> dict[str, int]:
    """Count what there must be one of."""
    return {
        "scores": Score.objects.filter(lead=lead).count(),
        "qualified": Decision.objects.filter(lead=lead, kind="qualification").count(),
        "assigned": Decision.objects.filter(lead=lead, kind="assignment", outcome="assigned").count(),
        "lines": lead.events.filter(kind="assigned").count(),
    }


ONCE = {"scores": 1, "qualified": 1, "assigned": 1, "lines": 1}


class TestSteps:
    def test_score_qualify_and_assign_in_one_go(self, sales, nora):
        lead = factories.due_lead("Ada", team=sales)
        assert qualifying.qualify_due() == 1
        lead.refresh_from_db()
        assert (lead.score, lead.qualification, lead.owner) == (20, "accept", nora)
        assert lead.mql_at and lead.qualified_at and lead.qualify_due_at is None and lead.qualify_token is None
        assert story(lead) == ONCE
        assert list(lead.events.order_by("id").values_list("kind", flat=True)) == ["created", "scored", "qualified", "assigned"]

    def test_archive_puts_away_with_the_reason(self, sales):
        factories.qualification_rule("archive", {"field": "country", "op": "is", "value": "KP"}, name="Embargo", archive_reason="Not sold there")
        lead = factories.due_lead(team=sales, country="KP")
        qualifying.qualify_due()
        lead.refresh_from_db()
        assert (lead.status, lead.archive_reason, lead.owner) == ("archived", "Not sold there", None)
        assert lead.decisions.get().outcome == "archive"

    def test_keep_leaves_it_in_the_pool(self, sales):
        factories.qualification_rule("keep", {"field": "score", "op": "lt", "value": 50})
        lead = factories.due_lead(team=sales)
        qualifying.qualify_due()
        lead.refresh_from_db()
        assert (lead.is_open, lead.owner, lead.qualification, lead.qualify_due_at) == (True, None, "keep", None)

    def test_nurture_brings_it_back_once(self, sales):
        factories.qualification_rule("nurture", {"field": "score", "op": "lt", "value": 50}, name="Later")
        lead = factories.due_lead(team=sales)
        qualifying.qualify_due()
        lead.refresh_from_db()
        assert lead.owner is None and lead.qualify_due_at == lead.come_back_at > lead.qualified_at
        assert qualifying.qualify_due() == 0
        back = lead.come_back_at
        due_again()
        qualifying.qualify_due(at=back)
        lead.refresh_from_db()
        assert (lead.qualification, lead.come_back_at) == ("accept", back)
        assert lead.owner is not None and lead.response_goal_at == back + lead.team.response_goal

    def test_opportunity_opens_one_through_the_conversion(self, sales, nora):
        factories.qualification_rule("opportunity", {"field": "company_size", "op": "gte", "value": 50}, name="Big ones")
        lead = factories.due_lead("Ada Berg", team=sales, company_name="Nordlys", company_size=120, email="ada@nordlys.example")
        qualifying.qualify_due()
        lead.refresh_from_db()
        assert lead.status == "converted"
        deal = Opportunity.objects.get()
        assert (deal.owner, deal.conversions.get().lead) == (nora, lead)
        assert deal.company.name == "Nordlys"

    def test_what_somebody_works_on_is_left_to_them(self, sales, nora):
        factories.qualification_rule("archive", {"field": "score", "op": "lt", "value": 50})
        lead = factories.due_lead(owner=nora, created_by=nora)
        qualifying.qualify_due()
        lead.refresh_from_db()
        assert (lead.is_open, lead.owner, lead.score) == (True, nora, 20)
        assert {decision.reason for decision in lead.decisions.all()} == {"already_handled", "kept"}

    def test_an_ended_lead_is_no_longer_due(self, sales):
        lead = factories.due_lead(team=sales)
        lead.archive(at=leads.MORNING)
        assert qualifying.qualify_due() == 1
        lead.refresh_from_db()
        assert lead.qualify_due_at is None and lead.score is None
        assert Snapshot.objects.filter(lead=lead).exists()

    def test_can_be_asked_for_some_leads_only(self, sales):
        one, other = factories.due_lead(team=sales), factories.due_lead(team=sales)
        assert qualifying.qualify_due(only=[other.pk]) == 1
        assert qualifying.qualify_due(only=[]) == 0
        one.refresh_from_db()
        assert one.qualify_due_at is not None

    def test_costs_few_statements_however_many_leads(self, sales, django_assert_max_num_queries):
        for _ in range(20):
            factories.due_lead(team=sales)
        with django_assert_max_num_queries(45):
            assert qualifying.qualify_due() == 20


@whole
class TestOnce:
    def test_twice_does_it_once(self, crew):
        lead = factories.due_lead(team=crew)
        assert qualifying.qualify_due() == 1
        assert qualifying.qualify_due() == 0
        Lead.objects.filter(pk=lead.pk).update(qualify_due_at=lead.captured_at)
        assert qualifying.qualify_due() == 1
        assert story(lead) == ONCE

    def test_whole_or_not_at_all_wherever_it_breaks(self, crew):
        factories.due_lead(team=crew)
        total = faults.statements_of(qualifying.qualify_due)
        for number in range(1, total + 1):
            lead = factories.due_lead(team=crew)
            with faults.crash_after(number):
                qualifying.qualify_due()
            assert story(lead) in (ONCE, dict.fromkeys(ONCE, 0)), number
            due_again()
            qualifying.qualify_due()
            assert story(lead) == ONCE, number

    def test_a_frozen_worker_that_wakes_changes_nothing(self, crew):
        lead = factories.due_lead(team=crew)
        token, claimed = qualifying.claim(10)
        due_again()
        assert qualifying.qualify_due() == 1
        assert qualifying._decide(claimed, token, leads.MORNING) == 0
        qualifying.give_back(lead.pk, token, ValueError("late"))
        lead.refresh_from_db()
        assert (lead.qualify_due_at, lead.qualify_error) == (None, "")
        assert story(lead) == ONCE

    def test_many_workers_at_once_do_each_lead_once(self, crew):
        rows = [factories.due_lead(team=crew) for _ in range(40)]
        errors = []

        def work():
            try:
                while qualifying.qualify_due(limit=7):
                    pass
            except Exception as problem:
                errors.append(problem)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors
        assert all(story(lead) == ONCE for lead in rows)


@whole
class TestBadLead:
    def test_stops_nobody_and_is_set_aside_with_its_reason(self, crew, monkeypatch):
        rows = [factories.due_lead(team=crew) for _ in range(4)]
        bad = rows[1]
        _breaking_for(bad, monkeypatch, ValueError("no such thing"))
        assert qualifying.qualify_due() == 4
        assert all(story(lead) == ONCE for lead in rows if lead != bad)
        for _ in range(limits.TRIES - 1):
            due_again()
            assert qualifying.qualify_due() == 1
        bad.refresh_from_db()
        assert bad.qualify_stuck_at and bad.qualify_error == "ValueError: no such thing"
        assert (bad.is_open, story(bad)["assigned"]) == (True, 0)
        assert qualifying.qualify_due() == 0
        monkeypatch.undo()
        assert qualifying.release_stuck(bad.pk)
        assert qualifying.qualify_due() == 1
        assert story(bad) == ONCE

    def test_that_kills_its_worker_is_set_aside_and_holds_nobody_up(self, crew):
        rows = [factories.due_lead("Fine", team=crew) for _ in range(5)]
        killer = factories.due_lead(KILLER, team=crew)
        deaths = 0
        others = Lead.objects.filter(pk__in=[lead.pk for lead in rows], owner=None)
        for _ in range(50):
            deaths += _in_a_worker()
            if not others.exists():
                break
        assert deaths < limits.TRIES, "the others need not wait until the deadly one is given up"
        assert all(story(lead) == ONCE for lead in rows)
        while deaths < limits.TRIES:
            due_again()
            deaths += _in_a_worker()
        due_again()
        qualifying.qualify_due()
        killer.refresh_from_db()
        assert killer.qualify_stuck_at and killer.qualify_error == qualifying.DIED


def _breaking_for(lead: Lead, monkeypatch, problem: Exception) -> None:
    from assignment import qualification

    decide = qualification._decide

    def breaking(one, *args):
        if one.pk == lead.pk:
            raise problem
        return decide(one, *args)

    monkeypatch.setattr(qualification, "_decide", breaking)


def _in_a_worker() -> int:
    """Sweep in a forked process, in which one lead's name is deadly; returns 1 when it died."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        faults.forget_connections()
        from assignment import qualification

        decide = qualification._decide

        def deadly(lead, *args):
            if lead.name == KILLER:
                os.kill(os.getpid(), signal.SIGKILL)
            return decide(lead, *args)

        qualification._decide = deadly
        try:
            while qualifying.qualify_due():
                pass
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return int(os.WIFSIGNALED(status))
