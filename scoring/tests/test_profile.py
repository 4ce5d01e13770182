"""Fit, engagement, and scores that follow what happens: by hand-worked numbers."""

from datetime import timedelta

import pytest

from leads.models import Engagement, Lead
from scoring import profile, refreshing, scores
from scoring.models import Score
from tests.factories import leads
from tests.factories import scoring as factories


def did(lead, kind: str, at, actor: str = "human"):
    return Engagement.objects.create(lead=lead, kind=kind, actor=actor, occurred_at=at)


class TestFit:
    @pytest.mark.parametrize(("parts", "grade"), [
        ({"industry": 0.3, "country": 0.2}, "A"), ({"industry": -0.5}, "C"), ({"custom.need": 0.39}, "B"),
        ({"source": 3.0, "visits": 3.0, "emails_opened": 3.0}, "B"), ({}, "B"),
    ])  # fmt: skip
    def test_is_who_they_are_not_what_they_did(self, parts, grade):
        assert profile.fit(parts) == grade


class TestEngagement:
    def test_halves_with_each_signals_half_life(self, at, db):
        """A reply 30 days ago counts 5, a click 14 days ago 2, an open just now 1; a machine's click nothing."""
        lead = leads.lead(last_engaged_at=at)
        for kind, days in (("reply", 30), ("click", 14), ("open", 0)):
            did(lead, kind, at - timedelta(days=days))
        did(lead, "click", at, actor="machine")
        assert profile.strengths([lead], at) == {lead.pk: pytest.approx(8.0)}
        assert [profile.level(strength) for strength in (8.0, 7.9, 2.0, 1.9)] == [1, 2, 2, 3]

    def test_counts_imported_totals_as_of_the_last_act(self, at, db):
        """Two visits a week ago: 2 x 2 x 0.5; single acts are not counted twice."""
        lead = leads.lead(visits=3, last_engaged_at=at - timedelta(days=7))
        did(lead, "visit", at - timedelta(days=14))
        assert profile.strengths([lead], at)[lead.pk] == pytest.approx(2 * 2 * 0.5 + 2 * 0.25)

    def test_stands_with_the_score(self, at, db):
        factories.model()
        lead = leads.lead(source=leads.source("Referral"))
        assert profile.worded(scores.score(lead, at=at).reasons) == {"grade": "B3", "words": "middling fit, hardly engaged"}

    def test_is_not_told_without_a_model(self, at, db):
        assert profile.worded(scores.score(leads.lead(), at=at).reasons) is None


class TestRefresh:
    @pytest.fixture
    def lead(self, at, db):
        factories.history(40, 40, won_fields={"industry": "Retail"}, lost_fields={"industry": "Mining"})
        factories.model()
        lead = leads.lead(industry="Mining")
        scores.score(lead, at=at)
        refreshing.refresh(at=at)
        return Lead.objects.get(pk=lead.pk)

    def test_follows_an_edit(self, at, lead):
        later = at + timedelta(minutes=1)
        lead.edit({"industry": "Retail"}, at=later)
        assert refreshing.refresh(at=later + timedelta(seconds=2)) == 1
        assert Lead.objects.get(pk=lead.pk).score > lead.score + 20
        assert refreshing.refresh(at=later + timedelta(seconds=4)) == 0

    def test_follows_a_human_act_and_no_machine(self, at, lead):
        later = at + timedelta(minutes=1)
        did(lead, "reply", later, actor="machine")
        assert refreshing.refresh(at=later) == 0
        did(lead, "reply", later)
        Lead.objects.filter(pk=lead.pk).update(last_engaged_at=later)
        assert refreshing.refresh(at=later + timedelta(seconds=2)) == 1
        assert Score.objects.filter(lead=lead).latest("scored_at").reasons["engagement"] == 1

    def test_leaves_ended_leads_alone(self, at, lead):
        later = at + timedelta(minutes=1)
        lead.edit({"industry": "Retail"}, at=later)
        Lead.objects.get(pk=lead.pk).archive(at=later)
        assert refreshing.refresh(at=later + timedelta(seconds=2)) == 0
