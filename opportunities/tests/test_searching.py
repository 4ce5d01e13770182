"""Deals are found by the words of their names and their customers', which triggers keep."""

import unicodedata

import pytest
from django.db import connection

from core import clock, invariants
from core.merging import KINDS, merge
from leads.lists import sought
from leads.texts import unaccented
from opportunities.models import Opportunity
from opportunities.searching import DealSearch, holds, search, write_words_again
from tests.factories import customers as make_customers
from tests.factories import opportunities as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def helio(nora):
    return make_customers.company("Helio Énergi", owner=nora)


@pytest.fixture
def deal(nora, helio):
    return make.opportunity("Réception refit, Øst", owner=nora, company=helio)


def found(text: str) -> list[Opportunity]:
    return list(search(Opportunity.objects.order_by("pk"), text))


class TestSearch:
    @pytest.mark.parametrize("text", ["reception", "RÉCEPTION OST", "helio refit", "energi", "ost", "re", "fit, "])
    def test_finds_each_word_in_the_deal_or_its_customer(self, deal, text):
        assert found(text) == [deal]

    @pytest.mark.parametrize("text", ["zebra", "reception zebra", "100%", "it", "_", "'"])
    def test_finds_nothing_else(self, deal, text):
        assert found(text) == []

    def test_asks_the_index_of_words(self, deal):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        for text in ("reception", "re", "helio refit"):
            assert "deal_search" in DealSearch.objects.filter(sought(text, holds)).explain(), text


class TestWords:
    def test_follow_the_name_and_the_customer(self, nora, deal, helio):
        ada = make_customers.contact("Ada Quist", owner=nora, company=helio)
        Opportunity.objects.filter(pk=deal.pk).update(name="Library", contact=ada)
        assert found("library quist") == [deal] and not found("reception")
        type(helio).objects.filter(pk=helio.pk).update(name="Fjordbank")
        type(ada).objects.filter(pk=ada.pk).update(name="Berit Aas")
        assert found("fjordbank berit") == [deal] and not found("helio") and not found("quist")
        Opportunity.objects.filter(pk=deal.pk).update(company=None, contact=None)
        assert not found("fjordbank") and DealSearch.objects.get(pk=deal.pk).search == "library"

    def test_follow_a_merge(self, nora, deal, helio):
        other = make_customers.company("Nordlys", owner=nora)
        merge(KINDS["company"], other.pk, [helio.pk, other.pk], at=clock.now(), by=nora)
        assert found("nordlys") == [deal]

    def test_stay_as_they_are_when_a_deal_moves(self, deal):
        with connection.cursor() as cursor:
            cursor.execute("SELECT xmin FROM opportunities_dealsearch WHERE opportunity_id = %s", [deal.pk])
            before = cursor.fetchone()
            Opportunity.objects.filter(pk=deal.pk).update(next_activity_at=clock.now(), name=deal.name)
            cursor.execute("SELECT xmin FROM opportunities_dealsearch WHERE opportunity_id = %s", [deal.pk])
            assert cursor.fetchone() == before

    def test_go_along_with_their_deal(self, deal):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        Opportunity.objects.filter(pk=deal.pk)._raw_delete("default")
        assert not DealSearch.objects.exists()

    def test_can_be_written_again(self, deal):
        DealSearch.objects.update(search="")
        assert write_words_again(DealSearch.objects.all()) == 1 and found("helio") == [deal]


def test_the_database_folds_as_python_does():
    letters = [chr(code) for code in range(1, 0x10000) if unicodedata.category(chr(code))[0] in "LMNPSZ"]
    letters = [letter for letter in letters if letter.lower() == letter.casefold()] + ["Straße", "Οδός", "Æsir ŒUVRE Þór"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(folded(letter) ORDER BY n) FROM unnest(%s::text[]) WITH ORDINALITY AS each(letter, n)", [letters])
        (kept,) = cursor.fetchone()
    assert [pair for pair in zip(letters, kept, strict=True) if pair[1] != unaccented(pair[0])] == []


def test_an_invariant_finds_words_that_are_not_the_deals(deal):
    check = "a deal is found by the names it has"
    assert check not in invariants.check_all()
    DealSearch.objects.update(search="somebody else")
    assert invariants.check_all()[check] == [{"opportunity": str(deal.pk)}]
