"""Searching with a slip of the pen: near words come in when little is found, and only words one may see."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection

from leads import spelling
from leads.models import Lead
from leads.spelling import SearchText, SearchWord
from tests.factories import leads

TODAY = date(2026, 11, 18)


@pytest.fixture
def learned(north, south):
    leads.lead("Solveig Nordlys", team=north, company_name="Fjordfinch AS", email="sol@fjord.example")
    leads.lead("Ingrid Kvamme", team=south, company_name="Nordlius Sekret", email="in@kvam.example")
    spelling.learn(TODAY)


class TestTheTextThatIsSearched:
    """Kept by the database whichever way a lead is written."""

    @staticmethod
    def kept() -> dict[int, str]:
        return dict(SearchText.objects.values_list("lead", "text"))

    def test_arrives_changes_and_leaves_with_its_lead(self, north):
        maya, tess = leads.lead("Maya Lindqvist", team=north), leads.lead("Tess Roth", team=north)
        assert self.kept() == {maya.pk: maya.search, tess.pk: tess.search}
        Lead.objects.update(search="quite another")
        assert self.kept() == {maya.pk: "quite another", tess.pk: "quite another"}
        Lead.objects.filter(pk=maya.pk).delete()
        assert self.kept() == {tess.pk: "quite another"}

    def test_is_left_alone_by_other_changes(self, north, at):
        maya = leads.lead("Maya Lindqvist", team=north)
        where = "SELECT ctid::text FROM leads_searchtext WHERE lead_id = %s"
        before = _value(where, maya.pk)
        Lead.objects.filter(pk=maya.pk).update(score=70, stars=3)
        maya.refresh_from_db()
        maya.save()
        assert _value(where, maya.pk) == before


def _value(sql: str, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


class TestLearn:
    def test_keeps_folded_words_of_letters(self, learned):
        words = set(SearchWord.objects.values_list("word", flat=True))
        assert {"solveig", "nordlys", "fjordfinch", "example", "kvamme"} <= words
        assert not {word for word in words if len(word) < spelling.LEAST_LETTERS or not word.isalpha()}

    def test_reads_each_lead_once_a_day_and_forgets_what_is_gone(self, learned, north):
        assert spelling.learn(TODAY) == 0
        leads.lead("Aurelio Bianchi", team=north)
        assert spelling.learn(TODAY) == 1
        Lead.objects.filter(name="Solveig Nordlys").delete()
        tomorrow = TODAY + timedelta(days=1)
        while spelling.learn(tomorrow):
            pass
        words = set(SearchWord.objects.values_list("word", flat=True))
        assert "aurelio" in words and "solveig" not in words

    def test_goes_on_in_turns(self, learned, north, monkeypatch):
        monkeypatch.setattr(spelling, "AT_ONCE", 1)
        for name in ("Berthold", "Casimir", "Dagobert"):
            leads.lead(name, team=north)
        assert [spelling.learn(TODAY) for _ in range(4)] == [1, 1, 1, 0]
        assert SearchWord.objects.filter(word__in=["berthold", "casimir", "dagobert"]).count() == 3


class TestSearch:
    def test_with_a_slip_finds_what_was_meant_and_says_so(self, client_of, nora, learned):
        page = client_of(nora).get("/leads/", {"q": "nordlis"}).text
        assert "Solveig Nordlys" in page
        assert "Nothing is spelled “nordlis”. Similar words are shown instead: <b>nordlys</b>." in page

    def test_tells_what_is_spelled_so_from_what_is_alike(self, client_of, nora, learned, north):
        leads.lead("Nordlis Ek", team=north)
        page = client_of(nora).get("/leads/", {"q": "nordlis"}).text
        assert "Only one is spelled “nordlis”, so similar words are shown too: <b>nordlys</b>." in page and "Solveig" in page
        page = client_of(nora).get("/leads/", {"q": "nordlis", "near": "0"}).text
        assert "Nordlis Ek" in page and "Solveig" not in page and "Just what is spelled “nordlis” is shown." in page

    def test_goes_on_into_file_neighbours_and_acts(self, client_of, tess, learned, north):
        other, lead = leads.lead("Nordlys Haug", team=north), Lead.objects.get(name="Solveig Nordlys")
        client = client_of(tess)
        page = client.get("/leads/", {"q": "nordlis", "sort": "name"}).text
        query = re.search(r'name="query" value="([^"]+)"', page)[1].replace("&amp;", "&")
        assert query == "q=nordlis&sort=name&near=1"
        assert all(str(each) in client.get(f"/leads/export/?{query}").content.decode() for each in (lead, other))
        assert lead.get_absolute_url() in client.get(other.get_absolute_url(), {"list": query}).text
        client.post("/leads/selection/", {"do": "archive", "every": "1", "query": query})
        assert not Lead.objects.filter(pk__in=[lead.pk, other.pk], is_open=True).exists()

    def test_tells_no_word_of_another_team(self, client_of, nora, learned):
        page = client_of(nora).get("/leads/", {"q": "nordlis"}).text
        assert "nordlius" not in page.lower()
        assert "similar words" not in client_of(nora).get("/leads/", {"q": "kvame"}).text

    def test_that_finds_enough_stays_as_it_is(self, client_of, nora, learned, north):
        for n in range(5):
            leads.lead(f"Nordlis {n}", team=north)
        page = client_of(nora).get("/leads/", {"q": "nordlis"}).text
        assert "Solveig" not in page and "similar words" not in page

    @pytest.mark.parametrize("typed", ["zzzz", "abc", "030 123", "n@", "%%", "'", "é" * 200])
    def test_of_nothing_alike_finds_nothing(self, client_of, nora, learned, typed):
        answer = client_of(nora).get("/leads/", {"q": typed})
        assert answer.status_code == 200 and "similar words" not in answer.text

    def test_costs_a_question_for_each_word_alike(self, nora, learned, django_assert_max_num_queries):
        from leads.lists import search_near

        with django_assert_max_num_queries(5):
            rows, meant = search_near(Lead.objects.visible_to(nora), "nordlis")
            assert [lead.name for lead in rows] == ["Solveig Nordlys"] and meant == ["nordlys"]
