"""What is open follows a change of the rules it is graded by: at once and in batches, not only at its next edit."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core import business
from leads.models import Criterion, Lead
from scoring import alike, deals, regrading, scores, standing, training
from scoring.models import DealScore, Regrading, TeamLimits, Training, UnusedField
from tests.factories import leads, opportunities
from tests.factories import scoring as factories


@pytest.fixture
def later(at):
    return at + timedelta(hours=1)


@pytest.fixture
def model(at, db):
    return factories.model()


def open_leads(count: int, *, at, **facts) -> list[Lead]:
    made = [leads.lead(f"Lead {n}", **facts) for n in range(count)]
    for lead in made:
        scores.score(lead, at=at)
    return made


def fits(*made: Lead) -> list[str]:
    return list(Lead.objects.filter(pk__in=[lead.pk for lead in made]).order_by("pk").values_list("fit", flat=True))


def wanted(team) -> Criterion:
    return leads.criterion("Country", {"all": [{"field": "country", "op": "is", "value": ["FI"]}]}, team=team)


def work(at) -> int:
    """Sweep until nothing waits; returns how many grades that took."""
    done = 0
    while many := regrading.sweep(at=at):
        done += many
    return done


class TestIdealCustomer:
    def test_grades_its_teams_open_leads_anew(self, at, later, north, south):
        ours = open_leads(3, at=at, team=north, country="FI")
        theirs = open_leads(1, at=at, team=south, country="FI")
        assert work(at) == 0
        criterion = wanted(north)
        assert work(later) == 3
        assert fits(*ours, *theirs) == ["A", "A", "A", ""]
        criterion.conditions = {"all": [{"field": "country", "op": "is", "value": ["PT"]}]}
        criterion.save()
        assert work(later + timedelta(hours=1)) == 3
        assert fits(*ours) == ["C", "C", "C"]
        criterion.delete()
        assert work(later + timedelta(hours=2)) == 3
        assert fits(*ours) == ["", "", ""]
        assert not Regrading.objects.filter(ended_at=None).exists()

    def test_is_the_same_when_only_its_words_changed(self, at, later, north):
        open_leads(2, at=at, team=north)
        criterion = wanted(north)
        work(at)
        criterion.name, criterion.question = "Country", "Where do you sit?"
        criterion.save()
        assert work(later) == 0

    def test_goes_on_where_a_sweep_stopped(self, at, later, north):
        made = open_leads(5, at=at, team=north, country="FI")
        work(at)
        wanted(north)
        assert regrading.sweep(at=later, limit=2) == 2
        assert sorted(fits(*made)) == ["", "", "", "A", "A"]
        assert regrading.sweep(at=later, limit=2) == 2
        assert work(later) == 1
        assert fits(*made) == ["A"] * 5

    def test_leaves_what_ended_alone(self, at, later, north):
        lead, ended = open_leads(2, at=at, team=north, country="FI")
        ended.disqualify(leads.reason(), at=at, by=None)
        work(at)
        wanted(north)
        assert work(later) == 1
        assert fits(ended) == [""]


class TestLimits:
    def test_count_while_nothing_was_learnt_too(self, at, later, north):
        lead = open_leads(1, at=at, team=north)[0]
        work(at)
        assert Lead.objects.get(pk=lead.pk).temperature == "cold"
        type(north).objects.filter(pk=north.pk).update(warm_from=15)
        assert work(later) == 1
        assert Lead.objects.get(pk=lead.pk).temperature == "warm"
        assert work(later) == 0
        assert TeamLimits.objects.get(team=north).in_force_warm == 15


class TestField:
    @pytest.fixture
    def as_tess(self, client, tess):
        client.force_login(tess)
        return client

    def test_left_out_counts_no_longer_at_once(self, at, model, north, tess, as_tess):
        lead = open_leads(1, at=at, team=north, source=leads.source("Referral"))[0]
        before = Lead.objects.get(pk=lead.pk).score
        as_tess.post(reverse("scoring:fields"), {"field": "source", "why": "sensitive"})
        assert {row.question for row in Regrading.objects.all()} == {"lead", "deal"}
        assert work(at) >= 1
        after = Lead.objects.get(pk=lead.pk)
        assert after.score < before
        assert "source" not in str(after.scores.latest("scored_at", "pk").reasons)
        assert alike.of(after, tess, at=at) == []
        as_tess.post(reverse("scoring:fields"), {"again": "source"})
        work(at)
        assert Lead.objects.get(pk=lead.pk).score == before

    def test_may_be_marked_before_any_model_met_it(self, at, db, as_tess):
        leads.custom_field("religion", label="Religion")
        shown = as_tess.get(reverse("scoring:proof")).content.decode()
        assert "Religion" in shown
        as_tess.post(reverse("scoring:fields"), {"field": "custom.religion", "why": "sensitive"})
        assert UnusedField.objects.get().key == "custom.religion"

    def test_grades_deals_anew_too(self, at, later, north):
        stage = opportunities.stages()[0]
        closed = [opportunities.opportunity(stage=stage, source=leads.source("Referral"), at=at - timedelta(days=90)) for _ in range(20)]
        for number, one in enumerate(closed):
            if number % 3:
                one.win(at=at - timedelta(days=80))
            else:
                one.lose(opportunities.lost_reason(), at=at - timedelta(days=80))
        assert training.train(at, "deal")
        one = opportunities.opportunity(stage=stage, source=leads.source("Referral"))
        deals.rescore(at=at)
        UnusedField.objects.create(key="source", why="sensitive")
        regrading.ask_for_field("source", at=later)
        assert work(later) == 1
        grade = DealScore.objects.get(pk=one.pk)
        assert "source" not in grade.facts
        assert grade.scored_at == later

    def test_tells_the_log_loss_with_and_without_it(self, at, later, db, as_tess):
        factories.history(120, 120, won_fields={"source": "Referral"}, lost_fields={"source": "Phone"})
        training.train(at)
        UnusedField.objects.create(key="source", why="excluded", at=later)
        training.train(later + timedelta(minutes=5))
        assert "with it, 0.69" in as_tess.get(reverse("scoring:proof")).content.decode()


class TestLeast:
    def test_chosen_anew_learns_at_once_when_others_teach_then(self, at, model, client, tess):
        client.force_login(tess)
        client.post(reverse("scoring:least"), {"least": "60"})
        assert not Training.objects.filter(state="running").exists()
        opportunities.opportunity(stage=opportunities.stages()[0]).win(at=at)
        client.post(reverse("scoring:least"), {"least": "100"})
        assert business.get("scoring_least_closed") == 100
        assert Training.objects.filter(state="running", asked_by=tess).count() == 1


class TestPage:
    def test_says_what_is_under_way_and_how_far(self, at, later, client, tess, north):
        client.force_login(tess)
        open_leads(3, at=at, team=north)
        work(at)
        address = reverse("scoring:underway")
        assert "Under way" not in client.get(address).content.decode()
        wanted(north)
        regrading.sweep(at=later, limit=2)
        assert [(one["done"], one["total"]) for one in standing.underway(tess)] == [(2, 3)]
        for shown in (client.get(address), client.get(reverse("scoring:proof"))):
            assert "The ideal customer of North changed: its open leads are graded anew." in shown.content.decode()
        work(later)
        assert "Show the page anew" in client.get(address).content.decode()
