"""JSON in pieces reads back to what it was made of."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from core.written import Line, Written, encode, json_of, lines

PLAIN = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=2)


class TestPieces:
    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.lists(PLAIN, max_size=4), max_size=4))
    def test_lines_read_back_as_the_lists_they_are(self, rows):
        text = lines([Line(row) for row in rows])
        assert json.loads(text) == rows == [Line(row) for row in rows]
        assert text == encode(rows)

    def test_what_is_written_stays_as_it_is(self):
        assert json_of(Written('{"a":[1]}')) == '{"a":[1]}'

    def test_a_text_is_no_json_yet(self):
        assert json_of('{"a":[1]}') == '"{\\"a\\":[1]}"'
