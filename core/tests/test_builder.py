"""The form of conditions: what it shows, what its buttons do, and that it says again what was stored."""

from datetime import UTC, datetime

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from core import conditions
from core.conditions.builder import Builder, Group, Kept, Row

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
LEAVES = [
    {"field": "score", "op": "gte", "value": 60}, {"field": "country", "op": "is", "value": ["BE", "FR"]},
    {"field": "temperature", "op": "is", "value": "hot"}, {"field": "industry", "op": "contains", "value": "hotel"},
    {"field": "captured_at", "op": "within", "value": "7d"}, {"field": "captured_at", "op": "is", "value": "2026-11-18"},
    {"field": "is_customer", "op": "is", "value": True}, {"field": "did.page", "op": "did", "value": "pricing within 30d"},
    {"field": "did.open", "op": "did_not", "value": "within 12h"}, {"field": "did.event", "op": "did", "value": "Lyon"},
    {"field": "did.reply", "op": "did", "value": "ever"}, {"field": "postcode", "op": "between", "value": "69000 to 69999"},
    {"field": "phone", "op": "empty"}, {"field": "message", "op": "contains", "value": ["rent", "free sample"]},
]  # fmt: skip
GROUPS = st.builds(lambda joined, rows: {joined: rows}, st.sampled_from(["all", "any"]), st.lists(st.sampled_from(LEAVES), min_size=2, max_size=3))


@pytest.fixture
def book(db):
    return conditions.book("lead", at=AT)


def posted(builder: Builder) -> QueryDict:
    """Return what a browser sends of the form as it is shown."""
    data = QueryDict(mutable=True)
    data["joined"] = builder.joined
    for part in builder.parts:
        if isinstance(part, Kept):
            data[f"{part.name}-kept"] = part.text
            continue
        if isinstance(part, Group):
            data[f"{part.name}-joined"] = part.joined
        for row in part.rows if isinstance(part, Group) else [part]:
            data[f"{row.name}-field"] = data[f"{row.name}-was"] = row.key
            data[f"{row.name}-op"] = row.op
            data.setlist(f"{row.name}-value", row.values)
            data[f"{row.name}-number"], data[f"{row.name}-unit"] = row.number, row.unit
    return data


class TestBuilder:
    def test_says_again_what_was_stored(self, book):
        @settings(max_examples=25, deadline=None)
        @given(joined=st.sampled_from(["all", "any"]), parts=st.lists(st.one_of(st.sampled_from(LEAVES), GROUPS), min_size=1, max_size=4))
        def check(joined, parts):
            stored = {joined: parts}
            again = Builder.posted(book, posted(Builder(book, stored)))
            assert again.is_valid(), [row.problem for row in again.rows()]
            assert again.stored == stored

        check()

    def test_keeps_what_it_can_not_show(self, book):
        deep = {"all": [{"any": [LEAVES[0], {"all": [LEAVES[1], LEAVES[2]]}]}]}
        builder = Builder(book, deep)
        assert isinstance(builder.parts[0], Kept) and "Score at least 60" in builder.parts[0].sentence
        assert Builder.posted(book, posted(builder)).stored == deep

    def test_shows_an_empty_row_where_there_is_nothing(self, book):
        builder = Builder(book, {})
        assert [type(part) for part in builder.parts] == [Row]
        assert builder.is_valid() and builder.stored == {} and builder.conditions.is_everything

    def test_buttons_add_and_remove_rows_and_groups(self, book):
        builder = Builder(book, {"all": [LEAVES[0]]})
        builder.act("group")
        builder.act("add")
        builder.act("add-p1")
        assert [part.name for part in builder.parts] == ["p0", "p1", "p2"]
        assert [row.name for row in builder.parts[1].rows] == ["p1-r0", "p1-r1", "p1-r2"]
        builder.act("remove-p1-r1")
        builder.act("remove-p0")
        assert [type(part) for part in builder.parts] == [Group, Row]
        assert len(builder.parts[0].rows) == 2
        for _ in range(2):
            builder.act("remove-p0-r0")
        assert [type(part) for part in builder.parts] == [Row]
        builder.act("remove-p77")
        builder.act("nonsense")
        assert len(builder.parts) == 1

    def test_another_field_forgets_what_was_said_about_the_one_before(self, book):
        data = posted(Builder(book, {"all": [LEAVES[1]]}))
        data["p0-field"] = "score"
        row = next(Builder.posted(book, data).rows())
        assert (row.key, row.op, row.values) == ("score", "is", [])

    def test_asks_for_each_kind_of_value_in_its_own_way(self, book):
        shown = [row.input for row in Builder(book, {"all": LEAVES}).rows()]
        assert shown == ["number", "many", "few", "text", "length", "day", "flag", "act", "act", "act", "act", "code", "text", "text"]

    @pytest.mark.parametrize("asked", [{"field": "did.event", "op": "did", "value": "Expo within 30d"}, {"field": "captured_at", "op": "within", "value": "30d"}])
    def test_a_length_that_is_no_number_is_never_a_word_to_look_for(self, book, asked):
        data = posted(Builder(book, {"all": [asked]}))
        data["p0-number"] = "x"
        builder = Builder.posted(book, data)
        assert not builder.is_valid() and not builder.is_ready
        assert next(builder.rows()).problem.startswith("“x” is not a value for") and "whole number" in next(builder.rows()).problem

    def test_another_comparison_finds_its_controls_after_is_empty(self, book):
        data = posted(Builder(book, {"all": [{"field": "phone", "op": "empty"}]}))
        assert next(Builder.posted(book, data).rows()).input == "text"
        assert Builder.posted(book, data).stored == {"all": [{"field": "phone", "op": "empty"}]}

    def test_a_text_takes_another_one_and_keeps_all(self, book):
        data = posted(Builder(book, {"all": [{"field": "message", "op": "contains", "value": "rent"}]}))
        builder = Builder.posted(book, data)
        builder.act("another-p0")
        assert next(builder.rows()).texts == ["rent", ""] and builder.stored == {"all": [{"field": "message", "op": "contains", "value": "rent"}]}
        data.setlist("p0-value", ["rent", "free sample"])
        builder = Builder.posted(book, data)
        assert next(builder.rows()).texts == ["rent", "free sample"]
        assert builder.conditions.sentence == "Message contains “rent” or “free sample”"

    def test_a_language_reads_as_people_call_it(self, book):
        row = next(Builder(book, {"field": "language", "op": "is", "value": ["de", "sv"]}).rows())
        assert row.texts == ["German", "Swedish"]
        assert Builder.posted(book, posted(Builder(book, {"field": "language", "op": "is", "value": "Swedish"}))).stored == (
            {"all": [{"field": "language", "op": "is", "value": "sv"}]}
        )

    def test_a_yes_that_is_shown_counts(self, book):
        row = Row(book, "waiting")
        assert Builder(book, parts=[row]).stored == {"all": [{"field": "waiting", "op": "is", "value": True}]}

    def test_shows_each_group_of_fields_once(self, book):
        groups = [str(group) for group, _fields in Row(book).groups]
        assert len(groups) == len(set(groups))

    def test_is_bounded(self, book):
        data = QueryDict(mutable=True)
        for n in range(500):
            data[f"p{n}-field"] = "score"
        builder = Builder.posted(book, data)
        builder.act("add")
        assert len(builder.parts) == 40

    @pytest.mark.parametrize("kept", ["", "[", "[1]", '{"x": 1}', "null"])
    def test_a_forged_part_matches_nothing(self, book, kept):
        data = QueryDict(mutable=True)
        data["p0-kept"] = kept
        assert Builder.posted(book, data).conditions.problems
