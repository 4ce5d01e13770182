"""The demo is told by the product's own verbs and goes without a trace."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F, Q
from django.urls import reverse

from assignment import routing, troubles
from assignment.models import AssignmentRule, Decision, QualificationRule
from core import business, clock, conditions, invariants
from core.models import AuditEntry
from crm_site.demo import loading, policies, removing, stories
from customers.models import Company, Contact
from leads.models import Lead, LeadEvent
from opportunities.models import Opportunity, StageTotal
from scoring.models import Score, Training
from teams import demo_people
from teams.models import ResponseGoal, SalesTeam, Territory, User
from tests.factories import leads as factory


@pytest.fixture
def demo(transactional_db, monkeypatch):  # each story commits for itself, as it does outside tests
    """The demo with a short past, loaded now."""
    past, pool = stories.past(), stories.waiting_pool(2)
    past = [*past[:3], *past[-3:]]  # before and after the first model
    monkeypatch.setattr(stories, "past", lambda: past)
    monkeypatch.setattr(stories, "waiting_pool", lambda: pool)
    monkeypatch.setattr(stories, "DEALS", stories.DEALS[:3])
    monkeypatch.setattr(stories, "FRESH", stories.FRESH[:3])
    demo_people.ensure()
    return loading.load(at=clock.now())


class TestPast:
    def test_has_ended_on_the_day_the_first_model_is_learnt_or_begins_after_it(self):
        for story in stories.past():
            ended = story.days_ago - story.steps[-1].after / (60 * 24)
            assert ended > stories.LEARNT or story.days_ago < stories.LEARNT - 2.5
            assert story.steps[0].after < story.steps[-1].after

    def test_is_enough_to_learn_from_and_to_be_proved_by(self):
        before = [story.steps[-1].verb for story in stories.past() if story.days_ago > stories.LEARNT]
        after = [story.steps[-1].verb for story in stories.past() if story.days_ago < stories.LEARNT]
        assert len(before) > 50 < len(after)
        assert min(after.count("convert"), after.count("disqualify")) > 20


    def test_says_of_every_lead_what_scores_go_by(self):
        """A fact known of all but those that were won would teach that not knowing it wins."""
        told = [*loading.deal_stories(), *stories.WORKING, *stories.waiting_pool(), *stories.past()]
        assert [story.raw["name"] for story in told if not {"industry", "employees", "country", "email"} <= story.raw.keys()] == []


class TestLoad:
    def test_tells_a_past_that_holds_together(self, demo):
        """One load, which takes seconds, is looked at from all sides."""
        self.check_scores_are_of_models_that_were_learnt_by_then()
        self.check_tells_whole_stories_with_reasons(demo)
        self.check_every_page_of_the_teams_shows_life()
        self.check_keeps_events_in_the_past()

    def check_scores_are_of_models_that_were_learnt_by_then(self):
        """What ended early taught the model that scored later leads, so that the proof page can compare."""
        assert not Score.objects.filter(model__active_since__gt=F("scored_at")).exists()
        assert Training.objects.filter(question="lead").count() == 2
        past = Lead.objects.filter(Q(converted_at__isnull=False) | Q(disqualified_at__isnull=False), captured_at__lt=clock.now() - timedelta(days=13))
        assert past.filter(scores__model__isnull=False).exists() and past.filter(scores__model__isnull=True).exists()

    def check_tells_whole_stories_with_reasons(self, demo):
        assert demo == Lead.objects.filter(is_demo=True).count() >= 12
        assert not Lead.objects.filter(is_demo=True, score=None).exists()
        owned = Lead.objects.filter(owner__isnull=False)
        assert Decision.objects.filter(kind="assignment", lead__in=owned).count() >= owned.count()
        assert LeadEvent.objects.filter(kind="created").count() == demo
        assert Opportunity.objects.open().count() >= len(stories.DEALS)
        assert invariants.check_all() == {}

    def check_every_page_of_the_teams_shows_life(self):
        """Each policy is somebody's, each rule can be read, and what a rule names is there."""
        teams = SalesTeam.objects.filter(is_demo=True)
        assert set(teams.values_list("after_limit", flat=True)) == {"escalate", "reroute", "nothing"}
        assert teams.filter(accept_within__isnull=False).count() == 1 and teams.filter(warn_before__isnull=False).exists()
        assert {team.ideal.count() for team in teams} == {4} and {team.working_days.count() for team in teams} == {5}
        assert Territory.objects.count() == 3 and ResponseGoal.objects.exists()
        book = conditions.book("lead")
        for model in (QualificationRule, AssignmentRule):
            rows = list(model.objects.order_by("is_everyone_else", "position"))
            assert len(rows) > 2 and not all(row.is_active for row in rows)
            assert [said for said in troubles.problems_of(rows, book).values() if said] == []

    def check_keeps_events_in_the_past(self):
        first = Lead.objects.order_by("captured_at").first()
        assert first.captured_at < clock.now() - timedelta(days=10)
        assert first.events.get(kind="created").occurred_at == first.captured_at

    def test_is_done_once(self, demo):
        assert loading.load(at=clock.now()) == 0
        assert business.get("demo_is_loading") is False
        rules = AssignmentRule.objects.count()
        policies.set_up(at=clock.now())
        assert AssignmentRule.objects.count() == rules


class TestRemove:
    def test_takes_every_demo_row_and_leaves_ones_own(self, demo, at):
        nora = User.objects.get(email="nora@fjordfinch.example")
        mine = factory.lead("Mine", team=nora.seats[0].team, at=at)
        routing.assign_by_hand(mine, nora, at=at, by=nora)
        removed = removing.remove(by=None)
        assert removed["leads"] == demo
        assert AuditEntry.objects.get(action="demo removed").details == removed
        assert list(Lead.objects.all()) == [mine]
        assert (Opportunity.objects.count(), Company.objects.count(), Contact.objects.count()) == (0, 0, 0)
        assert StageTotal.objects.exclude(count=0).count() == 0
        assert invariants.check_all() == {}

    def test_by_its_button_says_how_many_went(self, demo, client):
        client.force_login(User.objects.get(email="ada@fjordfinch.example"))
        page = client.post(reverse("demo:demo"), follow=True)
        assert page.status_code == 200 and any(str(demo) in str(told) for told in page.context["messages"])
        assert not Lead.objects.exists() and business.get("demo_loaded") is False

    def test_works_with_the_rights_of_the_application(self, demo, settings):
        from core import grants

        grants.grant_to_app_role()
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {connection.ops.quote_name(settings.APP_ROLE)}")
            try:
                removing.remove(by=None)
            finally:
                cursor.execute("RESET ROLE")
        assert not Lead.objects.filter(is_demo=True).exists()
