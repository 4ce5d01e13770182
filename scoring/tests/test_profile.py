"""Fit, engagement, and scores that follow what happens: by hand-worked numbers."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from core import conditions
from leads.ideals import Criterion
from leads.models import Engagement, Lead
from scoring import profile, refreshing, scores
from scoring.models import Score
from tests.factories import leads
from tests.factories import scoring as factories


def did(lead, kind: str, at, actor: str = "human"):
    return Engagement.objects.create(lead=lead, kind=kind, actor=actor, occurred_at=at)


class TestList:
    def test_filters_sorts_and_shows_both(self, at, db, client, ada):
        factories.model()
        lead = leads.lead("Ines Okafor", source=leads.source("Referral"), emails_replied=1, last_engaged_at=at)
        plain = leads.lead("Omar Haddad")
        for one in (lead, plain):
            scores.score(one, at=at)
        client.force_login(ada)
        only = client.get("/leads/?engagement.is=1").content.decode()
        assert "Ines Okafor" in only
        assert "Omar Haddad" not in only
        for sort, first in (("engagement", "Ines Okafor"), ("-engagement", "Omar Haddad")):
            page = client.get(f"/leads/?sort={sort}").content.decode()
            assert page.index(first) == min(page.index("Ines Okafor"), page.index("Omar Haddad"))
        fit = Lead.objects.get(pk=lead.pk).fit
        assert "Ines Okafor" in client.get(f"/leads/?fit.is={fit}&sort=fit").content.decode()
        client.post(reverse("workspace:columns", args=["lead"]), {"column": ["score", "fit"]})
        assert f"{fit}1</td>" in client.get("/leads/").content.decode()

    def test_rules_can_ask_for_them(self, at, db):
        found = conditions.book("lead", at=at).read({"all": [{"field": "fit", "op": "is", "value": "A"}, {"field": "engagement", "op": "is", "value": 1}]})
        assert not found.problems
        good, other = leads.lead(fit="A", engagement=1), leads.lead(fit="A", engagement=3)
        assert [found.matches(good), found.matches(other)] == [True, False]
        assert list(Lead.objects.filter(found.q)) == [good]


class TestFit:
    @pytest.mark.parametrize(("parts", "grade"), [
        ({"industry": 0.3, "country": 0.2}, "A"), ({"industry": -0.5}, "C"), ({"custom.need": 0.39}, "B"),
        ({"source": 3.0, "visits": 3.0, "emails_opened": 3.0}, "B"), ({}, "B"),
    ])  # fmt: skip
    def test_is_who_they_are_not_what_they_did(self, parts, grade):
        assert profile.fit(parts) == grade


class TestIdealCustomer:
    @pytest.fixture
    def ideal(self, north):
        return Criterion.objects.create(team=north, name="Energy", conditions={"field": "industry", "op": "is", "value": "Energy"})

    @pytest.mark.parametrize(("parts", "ideal", "grade"), [
        ({}, "A", "A"), ({}, "C", "C"), ({}, "B", "B"), ({"industry": -0.5}, "A", "B"), ({"industry": 0.9}, "C", "A"),
    ])  # fmt: skip
    def test_counts_with_the_model(self, parts, ideal, grade):
        assert profile.fit(parts, ideal) == grade

    def test_says_how_warm_a_lead_is_until_something_was_learnt(self, at, north, ideal):
        fits, other, nowhere = leads.lead(team=north, industry="Energy"), leads.lead(team=north, industry="Mining"), leads.lead()
        found = [scores.score(lead, at=at) and Lead.objects.get(pk=lead.pk) for lead in (fits, other, nowhere)]
        assert [(lead.fit, lead.temperature, lead.score) for lead in found] == [("A", "hot", 20), ("C", "cold", 20), ("", "cold", 20)]
        assert profile.worded(fits.scores.get().reasons)["grade"] == "A3"

    def test_stays_in_a_grading_of_many(self, at, north, ideal):
        factories.history(60, 60, won_fields={"source": "Referral"}, lost_fields={"source": "Phone"})
        lead = leads.lead(team=north, industry="Energy", at=at - timedelta(days=2))
        Lead.objects.filter(pk=lead.pk).update(scored_at=at - timedelta(days=1), score=20)
        factories.model(at=at)
        assert scores.rescore(at=at) == 1
        assert Lead.objects.get(pk=lead.pk).fit == "A"


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
        assert profile.worded(scores.score(lead, at=at).reasons) == {"grade": "B3", "words": "middling fit by past leads, hardly engaged"}

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

    def test_goes_on_where_it_stopped_when_there_is_more_than_one_sweep_reads(self, at, lead, monkeypatch):
        monkeypatch.setattr(refreshing, "MOST", 2)
        monkeypatch.setattr(refreshing, "OVERLAP", 0)
        later, other = at + timedelta(minutes=1), leads.lead(industry="Mining")
        scores.score(other, at=at)
        for name in ("One", "Two"):
            lead.edit({"company_name": name}, at=later)
        other.edit({"industry": "Retail"}, at=later)
        sweeps = [refreshing.refresh(at=later + timedelta(seconds=n)) for n in (2, 4, 6)]
        assert sweeps == [1, 1, 0]


@pytest.mark.django_db(transaction=True)
class TestRefreshBesideOthers:
    def test_holds_no_lead_longer_than_a_few_are_graded(self, at, monkeypatch):
        """What was graded first can be read from elsewhere while the next is graded."""
        monkeypatch.setattr(refreshing, "TOGETHER", 1)
        factories.history(40, 40, won_fields={"industry": "Retail"}, lost_fields={"industry": "Mining"})
        factories.model()
        later, elsewhere, done = at + timedelta(minutes=1), connection.copy(), []
        for n in range(3):
            lead = leads.lead(f"Person {n}", industry="Mining")
            scores.score(lead, at=at)
            lead.edit({"industry": "Retail"}, at=later)
        until = later + timedelta(seconds=2)

        def looking(execute, sql, params, many, context):
            if "FOR NO KEY UPDATE" in sql:
                with elsewhere.cursor() as cursor:
                    cursor.execute("SELECT count(*) FROM leads_lead WHERE scored_at = %s", [until])
                    done.append(cursor.fetchone()[0])
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(looking):
                assert refreshing.refresh(at=until) == 3
        finally:
            elsewhere.close()
        assert done == [0, 1, 2]
