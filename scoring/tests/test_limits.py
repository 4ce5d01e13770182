"""From which score on leads are hot and warm, by shares worked by hand."""

from datetime import timedelta

import pytest

from leads.models import Lead
from scoring import limits, refreshing, scores, training
from scoring.models import TeamLimits
from teams.models import SalesTeam
from tests.factories import leads, teams
from tests.factories import scoring as factories


class TestProposal:
    @pytest.mark.parametrize(("counts", "base", "said"), [
        (dict.fromkeys(range(1, 101), 1), 20, (91, 61)),  # a hundred leads, each another score
        (dict.fromkeys(range(1, 101), 1), 75, (91, 75)),  # nobody below the base rate
        (dict.fromkeys(range(1, 101), 1), 95, (95, 95)),
        ({20: 100}, 20, (21, 21)),  # all alike: nobody stands out
        ({90: 15, 50: 25, 10: 60}, 20, (90, 50)),
        ({90: 30, 50: 30, 10: 40}, 20, (91, 90)),  # 30 % are too many to be the top tenth
        ({100: 30}, 5, (100, 100)),
        ({}, 0, (1, 1)),
    ])  # fmt: skip
    def test_is_the_top_tenth_and_the_next_three(self, counts, base, said):
        assert limits.proposed(counts, base=base) == said


@pytest.fixture
def model(at, db):
    factories.history(60, 140, won_fields={"source": "Referral"}, lost_fields={"source": "Phone"})
    return training.train(at)


@pytest.fixture
def filled(at, north, model):
    """Thirty leads by phone, two referrals, scored and graded by an older model."""
    rows = [
        leads.lead(team=north, source=leads.source("Referral" if n < 2 else "Phone"), at=at - timedelta(days=1))
        for n in range(32)
    ]
    Lead.objects.filter(pk__in=[lead.pk for lead in rows]).update(
        scored_at=at - timedelta(hours=1), score=50, temperature="warm"
    )
    return rows


def now(team) -> SalesTeam:
    return SalesTeam.objects.get(pk=team.pk)


def temperatures(rows) -> list[str]:
    return list(
        Lead.objects.filter(pk__in=[lead.pk for lead in rows]).order_by("pk").values_list("temperature", flat=True)
    )


class TestPromotion:
    def test_brings_limits_and_temperatures(self, at, north, filled):
        scores.rescore(at=at)
        limits.sweep(at=at)
        hottest, rest = Lead.objects.filter(pk=filled[0].pk).get(), Lead.objects.filter(pk=filled[5].pk).get()
        assert (now(north).hot_from, now(north).warm_from) == (hottest.score, hottest.score)
        assert rest.score < 30
        assert temperatures(filled) == ["hot"] * 2 + ["cold"] * 30
        assert limits.sweep(at=at) == 0

    def test_leaves_small_teams_alone(self, at, north, model):
        lead = leads.lead(team=north)
        Lead.objects.filter(pk=lead.pk).update(scored_at=at - timedelta(hours=1), score=50)
        scores.rescore(at=at)
        assert (now(north).hot_from, now(north).warm_from) == (70, 40)

    def test_only_tells_teams_that_fixed_their_own(self, at, north, filled):
        SalesTeam.objects.filter(pk=north.pk).update(hot_from=66, warm_from=33)
        scores.rescore(at=at)
        assert (now(north).hot_from, now(north).warm_from) == (66, 33)
        said = TeamLimits.objects.get(team=north)
        assert not said.follows
        assert said.proposed_at == at
        assert limits.follow(now(north))
        assert (now(north).hot_from, now(north).warm_from) == (said.hot_from, said.warm_from)

    def test_of_other_limits_since_ends_the_following(self, at, north, filled):
        scores.rescore(at=at)
        SalesTeam.objects.filter(pk=north.pk).update(hot_from=99)
        assert not limits.of(now(north)).follows

    def test_cannot_be_followed_before_there_is_one(self, north):
        assert not limits.follow(north)


class TestSweep:
    def test_follows_limits_set_by_hand(self, at, north, filled):
        limits.sweep(at=at)
        SalesTeam.objects.filter(pk=north.pk).update(hot_from=50, warm_from=10)
        assert limits.sweep(at=at) == 32
        assert set(temperatures(filled)) == {"hot"}
        assert Lead.objects.get(pk=filled[0].pk).temperature_at == at
        assert not filled[0].events.filter(kind="temperature").exists()

    def test_lets_rules_look_again_at_what_became_warmer(self, at, north, filled):
        Lead.objects.filter(pk=filled[0].pk).update(qualification="keep", owner=None)
        limits.sweep(at=at)
        SalesTeam.objects.filter(pk=north.pk).update(hot_from=50, warm_from=10)
        limits.sweep(at=at)
        assert Lead.objects.get(pk=filled[0].pk).qualify_due_at == at

    def test_leaves_other_teams_and_ended_leads(self, at, north, filled):
        other = leads.lead(team=teams.team("West"), score=50)
        filled[0].archive(at=at)
        limits.sweep(at=at)
        SalesTeam.objects.filter(pk=north.pk).update(hot_from=50, warm_from=10)
        assert limits.sweep(at=at) == 31
        assert Lead.objects.get(pk=other.pk).temperature == "warm"


class TestFading:
    def test_engagement_counts_less_with_time(self, at, model):
        """A reply counts 10 points and half of it after 30 days: 8 are left on the ninth day, fewer on the tenth."""
        lead = leads.lead(emails_replied=1, last_engaged_at=at)
        scores.score(lead, at=at)
        assert Lead.objects.get(pk=lead.pk).engagement == 1
        assert refreshing.fade(at=at + timedelta(hours=23)) == 0
        assert refreshing.fade(at=at + timedelta(days=10)) == 1
        assert Lead.objects.get(pk=lead.pk).engagement == 2
        assert refreshing.fade(at=at + timedelta(days=10)) == 0

    def test_is_nothing_to_leads_that_did_nothing(self, at, model):
        scores.score(leads.lead(), at=at)
        assert refreshing.fade(at=at + timedelta(days=10)) == 0
