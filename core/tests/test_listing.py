"""A list is what its address says: filters, search, sort, page; what it doesn't know is left out and said."""

import pytest
from django.test import RequestFactory

from core import limits
from core.counting import Count, count_all
from leads.lists import LEADS
from leads.models import Lead
from tests.factories import leads as factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def read(nora):
    def read(address: str):
        request = RequestFactory().get(f"/leads/{address}")
        request.user = nora
        shown = LEADS.read(request, Lead.objects.visible_to(nora))
        shown.count()
        return shown

    return read


def names(shown) -> list[str]:
    return [lead.name for lead in shown.page.rows]


@pytest.fixture
def three(nora):
    return [
        factories.lead("Anna", owner=nora, score=90, country="NO", email="anna@one.example"),
        factories.lead("Björn", owner=nora, score=50, country="SE", city="Malmö"),
        factories.lead("Carla", owner=nora, country="SE"),
    ]


class TestFilters:
    def test_narrow_and_stand_as_chips(self, read, three):
        shown = read("?score.gte=40&country.is=SE")
        assert names(shown) == ["Björn"]
        assert [(str(chip.label), str(chip.operator), chip.value) for chip in shown.chips] == [
            ("Score", "at least", "40"), ("Country", "is", "Sweden"),
        ]  # fmt: skip

    def test_are_removed_one_by_one_by_their_chips(self, read, three):
        shown = read("?score.gte=40&country.is=SE&sort=name&view=mine")
        assert shown.chips[0].remove_url == "/leads/?country.is=SE&sort=name&view=mine"
        assert shown.chips[1].remove_url == "/leads/?score.gte=40&sort=name&view=mine"
        assert shown.clear_url == "/leads/?sort=name&view=mine"

    def test_a_key_said_twice_is_any_of_them(self, read, three):
        shown = read("?country.is=NO&country.is=SE")
        assert len(names(shown)) == 3
        assert [chip.value for chip in shown.chips] == ["Norway or Sweden"]
        assert shown.chips[0].remove_url == "/leads/"

    def test_two_limits_of_one_field_are_two_chips(self, read, three):
        shown = read("?score.gte=40&score.gte=60")
        assert names(shown) == ["Anna"]
        assert shown.chips[0].remove_url == "/leads/?score.gte=60"

    @pytest.mark.parametrize(("address", "notice"), [
        ("?nonsense.is=1", "There is no field “nonsense” any more. This filter is left out."),
        ("?password.is=x", "There is no field “password” any more. This filter is left out."),
        ("?owner__password.contains=x", "There is no field “owner__password” any more. This filter is left out."),
        ("?score.gte=many", "“many” is not a value for “Score”. This filter is left out."),
        ("?score.contains=9", "“Score” can't be compared by “contains”. This filter is left out."),
        ("?source.is=999999", "“Source” names something that was deleted. This filter is left out."),
        ("?foo=1", "“foo” is not a filter of this list."),
        ("?score__gte=1", "“score__gte” is not a filter of this list."),
        ("?sort=password", "This list can't be sorted by “password”."),
        ("?where=[[[", "A part of it is not a condition. This filter is left out."),
    ])  # fmt: skip
    def test_what_is_not_known_is_said_and_only_that_left_out(self, read, three, address, notice):
        shown = read(f"{address}&country.is=SE")
        assert shown.notices == [notice]
        assert sorted(names(shown)) == ["Björn", "Carla"]
        assert [str(chip.label) for chip in shown.chips] == ["Country"]

    def test_a_nested_condition_is_one_chip(self, read, three):
        shown = read('?where={"any":[{"field":"country","op":"is","value":"NO"},{"field":"score","op":"empty"}]}')
        assert sorted(names(shown)) == ["Anna", "Carla"]
        assert "Norway" in shown.chips[0].value


class TestFilterForm:
    def test_becomes_a_plain_address(self, read):
        assert read("?view=mine&field=score&op=gte&value=70").redirect == "/leads/?view=mine&score.gte=70"
        assert read("?field=country&op=is&value=NO&value=SE").redirect == "/leads/?country.is=NO&country.is=SE"
        assert read("?field=email&op=empty&value=").redirect == "/leads/?email.empty="

    def test_shows_what_may_be_asked_of_a_field(self, read, three):
        editor = read("?add=country").editor
        assert editor.input == "many"
        assert ("NO", "Norway", False) in editor.options
        assert [key for key, _words, _chosen in editor.operators] == ["is", "is_not", "empty", "filled"]

    def test_changes_a_filter_keeping_the_others(self, read, three):
        shown = read("?score.gte=40&country.is=SE")
        editor = read(shown.chips[1].change_url.removeprefix("/leads/")).editor
        assert editor.values == ["SE"]
        assert editor.carried == [("score.gte", "40")]

    def test_of_an_unknown_field_is_not_shown(self, read):
        assert read("?add=password").editor is None

    def test_an_empty_answer_asks_nothing(self, read, three):
        assert read("?field=score&op=gte&value=").redirect == "/leads/"


class TestSort:
    def test_puts_empty_values_last_both_ways(self, read, three):
        assert names(read("?sort=-score")) == ["Anna", "Björn", "Carla"]
        assert names(read("?sort=score")) == ["Björn", "Anna", "Carla"]

    def test_is_total(self, read, nora):
        same = [factories.lead(f"L{n}", owner=nora, score=50) for n in range(5)]
        assert [lead.pk for lead in read("?sort=-score").page.rows] == [lead.pk for lead in reversed(same)]

    def test_offers_the_other_way_round_next(self, read):
        links = read("?sort=name&view=mine").sort_of
        assert links["name"].direction == "ascending"
        assert links["name"].url == "/leads/?view=mine&sort=-name"
        assert links["score"].url == "/leads/?view=mine"


class TestPages:
    def test_are_of_one_size_and_end(self, read, nora, monkeypatch):
        monkeypatch.setattr(limits, "PAGE_ROWS", 2)
        for n in range(5):
            factories.lead(f"L{n}", owner=nora)
        assert names(read("?sort=name&page=3")) == ["L4"]
        page = read("?sort=name&page=2").page
        assert (page.start_index, page.end_index, str(page.count)) == (3, 4, "5")
        assert page.next_url == "/leads/?sort=name&page=3"
        assert page.previous_url == "/leads/?sort=name"

    @pytest.mark.parametrize("asked", ["99", "0", "-1", "two", "1e9", "９"])
    def test_an_odd_number_shows_a_page_there_is(self, read, three, asked):
        assert len(names(read(f"?page={asked}"))) == 3

    def test_count_exactly_up_to_a_limit(self, read, nora, monkeypatch):
        monkeypatch.setattr(limits, "EXACT_COUNT", 3)
        for n in range(5):
            factories.lead(f"L{n}", owner=nora)
        assert str(read("").total) == "3+"
        assert str(Count(3)) == "3"

    def test_counts_several_in_one_query(self, nora, three, django_assert_num_queries):
        with django_assert_num_queries(1):
            counted = count_all({"all": Lead.objects.all(), "none": Lead.objects.none(), "scored": Lead.objects.filter(score__gt=1)})
        assert {name: int(count) for name, count in counted.items()} == {"all": 3, "none": 0, "scored": 2}


class TestSearch:
    @pytest.mark.parametrize("words", ["bjorn", "BJÖRN", "björn", "bjö", "  bj  "])
    def test_forgives_accents_and_case(self, read, three, words):
        assert names(read(f"?q={words}")) == ["Björn"]

    def test_takes_the_signs_of_patterns_as_they_are(self, read, nora):
        factories.lead("100% off_er", owner=nora)
        factories.lead("1000 offers", owner=nora)
        assert names(read("?q=100%25 off_")) == ["100% off_er"]
