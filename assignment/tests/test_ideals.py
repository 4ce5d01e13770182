"""The ideal customer: what a lead meets, misses and doesn't say, the letter, the panel and the pages."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from core import conditions
from leads import ideals
from leads.models import Criterion, Lead
from scoring import scores
from tests.factories import leads

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
HOTELS = {"all": [{"field": "industry", "op": "contains", "value": "hotel"}]}
NEAR = {"any": [{"field": "country", "op": "is", "value": ["FR", "BE"]}, {"field": "language", "op": "is", "value": "fr"}]}
PAGE = "/settings/ideal-customer/"


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


class TestVerdict:
    @pytest.mark.parametrize(("stored", "facts", "expected"), [
        (HOTELS, {"industry": "Hotels"}, True), (HOTELS, {"industry": "Retail"}, False), (HOTELS, {}, None),
        (NEAR, {"country": "FR"}, True), (NEAR, {"country": "NO"}, None), (NEAR, {"country": "NO", "language": "no"}, False),
        ({"field": "industry", "op": "is_not", "value": "Retail"}, {}, None), ({"field": "industry", "op": "empty"}, {}, True),
        ({"field": "is_customer", "op": "is", "value": True}, {}, False),
        ({"all": [{"field": "score", "op": "gte", "value": 5}, {"field": "country", "op": "is", "value": "NO"}]}, {"country": "SE"}, False),
    ])  # fmt: skip
    def test_is_open_while_the_lead_does_not_say(self, db, stored, facts, expected):
        lead = leads.lead("Somebody", **facts)
        assert conditions.book("lead", at=AT).read(stored).verdict(lead) is expected


class TestFit:
    def test_counts_by_weight_and_asks_for_what_is_unknown(self, north):
        leads.criterion("Large", team=north, weight=3)
        leads.criterion("Hotels", HOTELS, team=north, weight=1, question="Which trade are you in?")
        leads.criterion("Near", NEAR, team=north)
        lead = leads.lead(team=north, company_size=300, country="NO", language="no")
        fit = ideals.Ideals([north.pk], at=AT).of(lead)
        assert [answer.verdict for answer in fit.answers] == ["met", "unknown", "missed"]
        assert fit.questions == ["Which trade are you in?"]
        assert fit.letter == "B"  # (3 + 0.5) / 5

    def test_says_that_too_little_is_known_rather_than_that_it_is_poor(self, north):
        leads.criterion("Large", team=north, weight=3)
        leads.criterion("Near", NEAR, team=north)
        fit = ideals.Ideals([north.pk], at=AT).of(leads.lead(team=north, country="NO", language="no"))
        assert (fit.letter, fit.words) == ("C", "too little known")

    def test_words_a_question_where_none_was_written(self, north):
        leads.criterion(team=north)
        fit = ideals.Ideals([north.pk], at=AT).of(leads.lead(team=north))
        assert fit.questions == ["Ask: Employees"]

    def test_tells_nothing_where_a_team_has_none(self, north, south):
        leads.criterion(team=south)
        assert ideals.Ideals([north.pk], at=AT).of(leads.lead(team=north)) is None
        assert ideals.letters([leads.lead(team=north), leads.lead(team=south, company_size=500)], at=AT).keys() == {Lead.objects.latest("pk").pk}

    def test_a_broken_criterion_does_not_count(self, north):
        leads.criterion("Gone", {"field": "custom.gone", "op": "is", "value": 1}, team=north, weight=5)
        leads.criterion(team=north)
        fit = ideals.Ideals([north.pk], at=AT).of(leads.lead(team=north, company_size=200))
        assert fit.letter == "A" and "custom.gone" in fit.answers[0].problem

    def test_costs_the_same_for_many_leads(self, north, django_assert_max_num_queries):
        for _ in range(4):
            leads.criterion("Near", NEAR, team=north)
        rows = [leads.lead(team=north, country="FR") for _ in range(10)]
        with django_assert_max_num_queries(4):
            assert set(ideals.letters(rows, at=AT).values()) == {"A"}


class TestWithoutAModel:
    @pytest.mark.parametrize(("size", "fit", "temperature"), [(300, "A", "hot"), (None, "B", "warm"), (3, "C", "cold")])
    def test_fit_says_how_warm_a_lead_is(self, north, size, fit, temperature):
        leads.criterion(team=north)
        lead = leads.lead(team=north, company_size=size)
        scores.score(lead, at=AT)
        lead.refresh_from_db()
        assert (lead.fit, lead.temperature) == (fit, temperature)

    def test_a_team_without_one_goes_by_the_score(self, north, south):
        leads.criterion(team=south)
        lead = leads.lead(team=north, company_size=300)
        scores.score(lead, at=AT)
        lead.refresh_from_db()
        assert (lead.fit, lead.temperature) == ("", north.temperature_of(lead.score))


class TestPages:
    def test_the_lead_page_shows_each_criterion(self, north, nora, client_of):
        leads.criterion("Large", team=north)
        leads.criterion("Hotels", HOTELS, team=north, question="Which trade are you in?")
        page = text_of(client_of(nora).get(leads.lead(owner=nora, company_size=10).get_absolute_url()))
        assert "Ideal customer: poor match" in page and "Large" in page and "Which trade are you in?" in page
        assert ">C</span>" not in page  # the score beside it grades with the same letters

    def test_a_manager_adds_changes_and_deletes(self, tess, north, south, client_of):
        client = client_of(tess)
        data = {"team": north.pk, "name": "Hotels", "weight": "2", "question": "", "p0-field": "industry", "p0-op": "contains", "p0-value": "hotel"}
        assert client.post(f"{PAGE}new/", data).status_code == 302
        one = Criterion.objects.get()
        assert (one.team, one.weight, one.conditions) == (north, 2, HOTELS)
        page = text_of(client.get(PAGE))
        assert "Hotels" in page and "contains" in page
        address = reverse("assignment:criterion", args=[one.pk])
        assert client.post(address, data | {"weight": "9"}).status_code == 422
        assert client.post(address, {key: value for key, value in data.items() if not key.startswith("p0")}).status_code == 422
        assert client.post(address, data | {"team": south.pk}).status_code == 422
        assert 'name="p1-field"' in text_of(client.post(address, data | {"do": "add"}))
        client.post(reverse("assignment:criterion_removal", args=[one.pk]))
        assert not Criterion.objects.exists()

    def test_another_teams_are_not_there(self, tess, south, client_of):
        theirs = leads.criterion("Theirs", team=south)
        client = client_of(tess)
        assert "Theirs" not in text_of(client.get(PAGE))
        assert client.get(reverse("assignment:criterion", args=[theirs.pk])).status_code == 404
        assert client.post(reverse("assignment:criterion_removal", args=[theirs.pk])).status_code == 404
