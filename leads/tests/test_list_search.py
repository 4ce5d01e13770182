"""Finding a lead by what somebody types, and the list in every order, page by page."""

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from core import limits
from core.counting import Count, among_newest
from leads import lists
from leads.lists import ALL_LEADS, LEADS, VERY_MANY_LEADS, _telling_part, search, search_few
from leads.models import Lead
from tests.factories import leads as factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(nora):
    return [
        factories.lead("Åse Berg-Ødegård", owner=nora, email="ase.berg2041@fjord-finch-trading.example", company_name="Fjord & Finch",
                       phone="+47 22 11 00 10"),
        factories.lead("李 伟", owner=nora, email="li.wei@dongfang.example", company_name="东方 Marine"),
        factories.lead("Ольга Петрова", owner=nora, email="olga@vostok.example", company_name="Восток"),
        factories.lead("Ali O’Connor", owner=nora, email="al@b.example"),
    ]  # fmt: skip


class TestSearch:
    @pytest.mark.parametrize(("typed", "found"), [
        ("odegard", [0]), ("ÅSE", [0]), ("berg2041", [0]), ("ase.berg2041@fjord-finch-trading.example", [0]),
        ("fjord-finch-trading.example", [0]), ("ase.berg2041@fjord-finch-trading.exampel", []), ("2211 00", [0]), ("fjord & finch", [0]),
        ("李", [1]), ("伟 李", [1]), ("东方", [1]), ("方", []), ("ольг", [2]), ("al", [3]), ("o", [0, 2, 3]), ("al@b", [3]),
        ("&", []), ("%", []), ("_", []), ("--", []), ("é", []),
    ])  # fmt: skip
    def test_by_words_parts_and_beginnings(self, people, typed, found):
        rows = search(Lead.objects.all(), typed)
        if typed == "o":  # whatever begins with it, in any script's folded form
            assert people[3] in rows and people[1] not in rows
        else:
            assert {lead.pk for lead in rows} == {people[n].pk for n in found}
        assert set(search_few(Lead.objects.all(), typed)) == set(rows)

    @pytest.mark.parametrize(("word", "asked"), [
        ("kestrel-tech-systems-3.example", "stems-3."), ("nn319@polaris", "nn319@"), ("ase.berg2041@fjord.example", "erg2041@"),
        ("inbox.example", "inbox."), ("info@acme.example", "info@acme."), ("mail.acme.co.uk", "mail.acme.co"), ("korstrom", "korstrom"),
        ("wolfeschlegelsteinhausen", "wolfeschlege"), ("a.b.example", "a.b.example"), ("...example", "...example"), ("4922110010", "22110010"),
    ])  # fmt: skip
    def test_asks_the_index_for_the_part_that_tells_most(self, word, asked):
        assert _telling_part(word) == asked

    @pytest.mark.parametrize("name", ["Ø" * 300, "ก" * 300, "محمد " * 60, "a" * 300])
    def test_of_names_of_three_hundred_letters(self, nora, name):
        lead = factories.lead(name.strip(), owner=nora)
        assert list(search(Lead.objects.all(), name[:200].strip())) == [lead]


class TestOnce:
    def test_a_search_asks_for_what_it_finds_once(self, nora, people):
        with CaptureQueriesContext(connection) as asked:
            shown = LEADS.read(_request(nora, "q=example"), Lead.objects.visible_to(nora))
            shown.count()
            assert len(shown.page.rows) == 4
        assert sum(" LIKE " in query["sql"] for query in asked.captured_queries) == 1

    def test_many_found_are_said_as_more_than_a_thousand(self, nora, people, monkeypatch):
        for module in ("core.listing", "core.counting"):
            monkeypatch.setattr(f"{module}.FEW", 2)
        shown = LEADS.read(_request(nora, "q=example&sort=name"), Lead.objects.visible_to(nora))
        shown.count()
        assert str(shown.total) == "2+" and shown.keys is None and len(shown.page.rows) == 4


class TestMany:
    """What finds more than is counted is met by walking along the order, or read and sorted; the page is the same."""

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch):
        monkeypatch.setattr(limits, "PAGE_ROWS", 3)
        for module in ("core.listing", "core.counting"):
            monkeypatch.setattr(f"{module}.FEW", 4)

    @pytest.fixture
    def crowd(self, nora, at):
        for n in range(14):
            filled = {"score": n * 10 % 70, "fit": "ABC"[n % 3], "engagement": n % 4, "next_activity_at": at} if n % 3 else {}
            factories.lead(f"{'Rubin' if n % 2 else 'Other'} {n * 5 % 14}", owner=nora, **filled)

    @pytest.mark.parametrize(("at_once", "walked", "glanced", "looked_at"), [
        (5, 2, 1, 2), (5, 5, 14, 14), (5, 50, 3, 14), (50, 2, 2, 9), (50, 2, 5, 50),
    ])  # fmt: skip
    @pytest.mark.parametrize("key", ALL_LEADS.sorts)
    @pytest.mark.parametrize("way", ["", "-"])
    def test_pages_are_those_of_a_plain_search(self, ada, crowd, monkeypatch, at_once, walked, glanced, looked_at, key, way):
        for name, value in {"SORTED_AT_ONCE": at_once, "WALKED": walked, "GLANCED": glanced, "LOOKED_AT": looked_at}.items():
            monkeypatch.setattr(f"core.listing.{name}", value)
        for page in (1, 2, 3):
            pages = []
            for listing in (LEADS, ALL_LEADS, VERY_MANY_LEADS):
                shown = listing.read(_request(ada, f"q=rubin&sort={way}{key}&page={page}"), Lead.objects.visible_to(ada).open())
                shown.count()
                assert shown.total.is_capped
                pages.append(([lead.pk for lead in shown.page.rows], shown.page.has_next))
            assert pages[0] == pages[1] == pages[2] and len(pages[0][0]) == (3, 3, 1)[page - 1]

    @pytest.mark.parametrize("at_once", [5, 50])
    def test_the_index_is_asked_once(self, ada, crowd, monkeypatch, at_once):
        """Some more than are counted are sorted by the statement that counts them; many more are met along the order."""
        monkeypatch.setattr("core.listing.SORTED_AT_ONCE", at_once)
        with CaptureQueriesContext(connection) as asked:
            shown = ALL_LEADS.read(_request(ada, "q=rubin"), Lead.objects.visible_to(ada).open())
            shown.count()
            assert len(shown.page.rows) == 3
        assert sum(" LIKE " in query["sql"] for query in asked.captured_queries) == 1


    @pytest.mark.parametrize(("typed", "glanced", "looked_at", "found"), [
        ("rubin", 14, 14, (5, 9)), ("rubin", 2, 14, (5, 9)), ("other", 1, 14, (0, 1)), ("rubin", 15, 8, (4, 8)), ("rubin 1", 20, 20, (0, 0)),
    ])  # fmt: skip
    def test_the_newest_are_looked_at_till_they_are_more_than_are_counted(self, ada, crowd, typed, glanced, looked_at, found):
        leads, meet = Lead.objects.visible_to(ada).open(), ALL_LEADS.sought(typed)
        assert among_newest(leads, meet, most=4, within=looked_at, first=glanced) == found

    def test_what_is_common_asks_no_index(self, ada, crowd, monkeypatch):
        monkeypatch.setattr("core.listing.GLANCED", 2)
        monkeypatch.setattr("core.listing.LOOKED_AT", 10)
        with CaptureQueriesContext(connection) as asked:
            shown = VERY_MANY_LEADS.read(_request(ada, "q=rubin"), Lead.objects.visible_to(ada).open())
            shown.count()
            assert len(shown.page.rows) == 3 and str(shown.total) == "4+"
        assert not [query for query in asked.captured_queries if " LIKE " in query["sql"]]


class TestListing:
    def test_is_read_through_by_who_sees_few(self, nora, ada, north):
        few, many = Count(lists.FEW_SEEN), Count(lists.FEW_SEEN + 1)
        view, everything = lists.VIEWS["open"], lists.VIEWS["all"]
        assert lists.listing_for(nora, {"open": few}, view) is lists.FEW_LEADS
        assert lists.listing_for(nora, {"open": many}, view) is LEADS
        assert lists.listing_for(nora, {"open": few, "ended": Count(1)}, everything) is LEADS
        assert lists.listing_for(ada, {"open": few}, view) is ALL_LEADS
        assert lists.listing_for(ada, {"open": Count(limits.EXACT_COUNT + 1)}, view) is VERY_MANY_LEADS
        ada.current_team = north
        assert lists.listing_for(ada, {"open": many}, view) is LEADS


class TestOrders:
    @pytest.mark.parametrize("key", LEADS.sorts)
    @pytest.mark.parametrize("way", ["", "-"])
    def test_give_every_lead_once_page_by_page_as_the_whole_list_stands(self, nora, monkeypatch, at, key, way):
        monkeypatch.setattr(limits, "PAGE_ROWS", 3)
        for n in range(8):
            filled = {"score": n * 10 % 70, "fit": "ABC"[n % 3], "engagement": n % 4, "next_activity_at": at} if n % 3 else {}
            factories.lead(f"Person {n * 5 % 8}", owner=nora, **filled)
        rows, read = Lead.objects.visible_to(nora), []
        for page in (1, 2, 3):
            shown = LEADS.read(_request(nora, f"sort={way}{key}&page={page}"), rows)
            read += [lead.pk for lead in shown.page.rows]
        assert read == [lead.pk for lead in shown.ordered] and len(set(read)) == 8
        first = LEADS.read_query(f"sort={way}{key}", rows, user=nora, path="/leads/")
        assert first.beside(read[2]) == (read[1], read[3])


def _request(user, query: str):
    request = RequestFactory().get(f"/leads/?{query}")
    request.user = user
    assert QueryDict(query)
    return request
