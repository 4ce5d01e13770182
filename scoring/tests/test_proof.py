"""The proof page: what scores said against what happened, in figures worked by hand, and what managers do there."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from core import business
from core.models import AuditEntry
from scoring import measures, proof, retraining, scores, training
from scoring.grading import digest
from scoring.models import Score, ScoringModel, Snapshot, TeamLimits, Training, UnusedField
from tests.factories import leads
from tests.factories import scoring as factories


@pytest.fixture
def page(as_tess):
    return lambda: as_tess.get(reverse("scoring:proof")).content.decode()


@pytest.fixture
def as_tess(client, tess):
    client.force_login(tess)
    return client


def closed(value: int, won: int, lost: int, *, model, at, team):
    """Leads first scored `value`, of whom so many converted."""
    for n in range(won + lost):
        lead = factories.closed_lead(n < won, fields={}, at=at, team=team)
        Score.objects.create(lead=lead, model=model, value=value, probability=value / 100, reasons={}, scored_at=at)
        Score.objects.create(lead=lead, model=model, value=99, probability=0.99, reasons={}, scored_at=at + timedelta(days=1))


class TestFigures:
    def test_interval_is_wilsons(self):
        """8 of 10: (0.8 + 0.19207 ± 1.96 √(0.016 + 0.0096)) / 1.38416, the textbook's 0.490 to 0.943."""
        assert proof.wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=0.001)
        assert proof.wilson(0, 0) == (0.0, 1.0)

    def test_stability_by_hand(self):
        """Halves became three quarters: (0.75 - 0.5) ln 1.5 + (0.25 - 0.5) ln 0.5."""
        import numpy as np

        before, now = np.array([1, 2] * 200), np.array([1, 1, 1, 2] * 100)
        assert measures.stability(before, now) == pytest.approx(0.2747, abs=0.001)

    def test_area_by_hand(self):
        """Won 3 and 1, lost 2 and 1: of four pairs two and a half are the right way round."""
        import numpy as np

        assert measures._area(np.array([3.0, 1.0, 2.0, 1.0]), np.array([1.0, 1.0, 0.0, 0.0])) == pytest.approx(0.625)

    def test_first_scores_count_not_later_ones(self, at, db, north, ada):
        model = factories.model()
        closed(74, 16, 6, model=model, at=factories.LONG_AGO, team=north)
        rows = proof.looked_back(ada)
        assert {row["value"] for row in rows} == {74}
        band = proof.bands_of(rows)[0]
        assert (band.label, band.n, band.won) == ("70–79", 22, 16)
        assert proof.plainly([band], factories.LONG_AGO, tested=True) == "Of 22 leads scored 70–80 since March 2026, 73 % converted."


class TestPage:
    def test_says_that_nothing_can_be_proved_yet(self, page, db):
        assert "nothing can be proved" in page()

    def test_leaves_no_gap_where_nothing_is_under_way(self, at, page, db):
        assert re.search(r'<section id="underway" hidden></section>', page())
        Training.objects.create(at=at)
        assert re.search(r'<section id="underway" class="panel [^>]*>', page()) and 'id="underway" hidden' not in page()

    def test_shows_whether_scores_are_true(self, at, db, page, north):
        factories.history(150, 150, won_fields={"source": "Referral"}, lost_fields={"source": "Phone"})
        closed(74, 16, 6, model=training.train(at), at=factories.LONG_AGO, team=north)
        shown = page()
        assert "Of 22 leads scored 70–80 since" in shown
        assert "By source" in shown
        assert "Rate alone" in shown

    def test_tells_only_of_leads_one_may_see(self, at, db, page, south):
        closed(74, 16, 6, model=factories.model(), at=factories.LONG_AGO, team=south)
        assert "Of 22 leads" not in page()

    def test_is_not_there_for_reps(self, client, nora):
        client.force_login(nora)
        assert client.get(reverse("scoring:proof")).status_code == 404

    def test_warns_of_fields_filled_after_contact(self, at, db, page):
        leads.custom_field("quality")
        for lead in factories.history(30, 30, won_fields={"source": "Referral"}, lost_fields={"source": "Phone"}):
            type(lead).objects.filter(pk=lead.pk).update(custom={"quality": "good"})
        training.train(at)
        assert "is filled after contact for 100 % of leads" in page()


class TestActs:
    def test_train_now_begins_one_training(self, at, db, as_tess, tess):
        factories.history(30, 30, won_fields={"source": "Referral"}, lost_fields={"source": "Phone"})
        for _ in range(2):
            as_tess.post(reverse("scoring:training"))
        assert [run.asked_by for run in Training.objects.all()] == [tess]
        assert AuditEntry.objects.filter(action="training", actor=tess).count() == 1

    def test_an_earlier_model_serves_again(self, at, db, as_tess):
        first = factories.model()
        second = training.train(at)
        as_tess.post(reverse("scoring:service"), {"model": first.pk})
        assert scores.current()[0] == first
        assert ScoringModel.objects.get(pk=second.pk).active_until is not None

    def test_a_model_that_was_changed_does_not(self, at, db, as_tess):
        first = factories.model()
        second = training.train(at)
        ScoringModel.objects.filter(pk=first.pk).update(digest="0" * 64)
        as_tess.post(reverse("scoring:service"), {"model": first.pk})
        assert scores.current()[0] == second

    def test_a_sensitive_field_is_never_used_again(self, at, db, as_tess):
        leads.custom_field("religion")
        factories.history(30, 30, won_fields={"custom.religion": "a"}, lost_fields={"custom.religion": "b"})
        training.train(at)
        as_tess.post(reverse("scoring:fields"), {"field": "custom.religion", "why": "sensitive"})
        assert UnusedField.objects.get().why == "sensitive"
        run = retraining.current()
        assert retraining.work(run, at=at + timedelta(hours=1))
        assert run.model.coefficients["types"] == {}
        lead = leads.lead(custom={"religion": "a"})
        scores.score(lead, at=at)
        assert "custom.religion" not in Snapshot.objects.get(lead=lead).fields
        as_tess.post(reverse("scoring:fields"), {"again": "custom.religion"})
        assert not UnusedField.objects.exists()

    def test_a_field_nobody_offered_is_refused(self, at, db, as_tess):
        factories.model()
        assert as_tess.post(reverse("scoring:fields"), {"field": "owner", "why": "excluded"}).status_code == 422
        assert not UnusedField.objects.exists()

    def test_the_least_history_is_chosen(self, at, db, as_tess):
        assert as_tess.post(reverse("scoring:least"), {"least": "3"}).status_code == 422
        as_tess.post(reverse("scoring:least"), {"least": "80"})
        assert training.own_enough() == 80


class TestByHand:
    @pytest.fixture
    def lead(self, at, db, north, nora):
        factories.model()
        lead = leads.lead(team=north, owner=nora, source=leads.source("Referral"))
        scores.score(lead, at=at)
        return lead

    @pytest.fixture
    def as_nora(self, client, nora):
        client.force_login(nora)
        return client

    def test_stands_beside_the_models_with_who_and_why(self, at, lead, as_nora, nora):
        model_says = type(lead).objects.get(pk=lead.pk).score
        as_nora.post(reverse("scoring:lead_score", args=[lead.pk]), {"value": "12", "why": "a student"})
        shown = as_nora.get(lead.get_absolute_url()).content.decode()
        assert f"Set to 12 by {nora.name}" in shown
        assert "a student" in shown
        assert f"Why the score is {model_says}" in shown
        fresh = type(lead).objects.get(pk=lead.pk)
        assert (fresh.score, fresh.temperature) == (12, "cold")
        scores.score(fresh, at=at + timedelta(hours=1))
        assert type(lead).objects.get(pk=lead.pk).score == 12

    def test_has_a_way_back(self, at, lead, as_nora):
        model_says = type(lead).objects.get(pk=lead.pk).score
        as_nora.post(reverse("scoring:lead_score", args=[lead.pk]), {"value": "12", "why": "a student"})
        as_nora.post(reverse("scoring:lead_score", args=[lead.pk]), {"act": "lift"})
        assert type(lead).objects.get(pk=lead.pk).score == model_says
        assert not list(scores.Score.objects.filter(lead=lead, value=12))

    def test_needs_a_reason_and_a_score(self, lead, as_nora):
        before = type(lead).objects.get(pk=lead.pk).score
        for given in ({"value": "12", "why": ""}, {"value": "101", "why": "x"}, {"value": "", "why": "x"}):
            as_nora.post(reverse("scoring:lead_score", args=[lead.pk]), given)
        assert type(lead).objects.get(pk=lead.pk).score == before
        assert not lead.hand_scores.exists()


class TestStanding:
    """What serves now, and what the page says when the latest model does not."""

    @pytest.fixture
    def two(self, at, db):
        first = factories.model()
        return first, training.train(at)

    def spoil(self, model, **changes):
        ScoringModel.objects.filter(pk=model.pk).update(**changes)

    def test_says_why_a_model_of_another_digest_does_not_serve(self, page, two):
        first, second = two
        self.spoil(second, digest="0" * 64)
        assert scores.current()[0] == first
        assert "its figures are not those that were stored. The one before it goes on serving." in page()

    def test_says_why_a_model_of_a_newer_version_does_not_serve(self, page, two):
        first, second = two
        newer = second.coefficients | {"schema": 99}
        self.spoil(second, coefficients=newer, digest=digest(newer))
        assert scores.current()[0] == first
        assert "it was made by a newer version. The one before it goes on serving." in page()

    @pytest.mark.parametrize("coefficients", [{}, {"schema": 2}, {"schema": "two"}, {"schema": 2, "blend": {"b": 1e9, "l": 0, "c": 0}}])
    def test_says_that_figures_cannot_be_right(self, page, two, coefficients):
        first, second = two
        self.spoil(second, coefficients=coefficients, digest=digest(coefficients))
        assert scores.current()[0] == first
        assert "its figures can’t be right" in page()

    def test_says_when_none_is_left(self, page, two):
        ScoringModel.objects.update(digest="0" * 64)
        assert scores.current()[0] is None
        assert "There is none before it." in page()

    def test_says_why_a_training_stopped(self, at, page, two):
        run = retraining.start(at + timedelta(days=1))
        Training.objects.filter(pk=run.pk).update(attempts=retraining.TRIES)
        retraining.work(run, at=at)
        assert "The last training brought nothing. Stopped: the worker died three times" in page()
        assert scores.current()[0] == two[1]

    def test_of_two_trainings_at_once_one_is_at_work(self, at, as_tess, two):
        factories.history(30, 30, won_fields={"source": "Referral"}, lost_fields={"source": "Phone"})
        assert "Learning." in as_tess.post(reverse("scoring:training"), follow=True).content.decode()
        assert "A training is at work already." in as_tess.post(reverse("scoring:training"), follow=True).content.decode()
        assert Training.objects.filter(state="running").count() == 1


class TestFurtherActs:
    def test_deals_show_the_stages_or_the_models_probability(self, db, as_tess, page):
        assert "0 were won and 0 lost; from 20 on, with 5 of each, it learns. Until then stages say the probability." in page()
        as_tess.post(reverse("scoring:deal_words"), {"by": "stage"})
        assert business.get("deal_chances_by_model") is False
        assert "Show the model’s instead" in page()
        as_tess.post(reverse("scoring:deal_words"), {"by": "model"})
        assert business.get("deal_chances_by_model") is True

    def test_a_team_follows_the_proposals_again(self, at, db, as_tess, page, north):
        TeamLimits.objects.create(team=north, hot_from=81, warm_from=44, proposed_at=at, follows=False, in_force_hot=70, in_force_warm=40)
        assert "81 and 44; yours were set by hand" in page()
        as_tess.post(reverse("scoring:limits"), {"team": north.pk})
        north.refresh_from_db()
        assert (north.hot_from, north.warm_from) == (81, 44)
        assert AuditEntry.objects.filter(action="score limits").exists()

    @pytest.mark.parametrize("given", ["", "x", "0", "999999"])
    def test_no_other_team_does(self, db, as_tess, given):
        assert as_tess.post(reverse("scoring:limits"), {"team": given}).status_code == 404

    def test_another_managers_team_does_not(self, at, as_tess, south, page):
        TeamLimits.objects.create(team=south, hot_from=81, warm_from=44, proposed_at=at, follows=False, in_force_hot=70, in_force_warm=40)
        assert as_tess.post(reverse("scoring:limits"), {"team": south.pk}).status_code == 404
        assert "81 and 44" not in page()
