"""Which closed records are old enough to teach."""

from datetime import UTC, datetime, timedelta

from scoring.lessons import mature

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def row(days_ago: float, took: float) -> tuple:
    began = NOW - timedelta(days=days_ago)
    return f"{days_ago}/{took}", began, began + timedelta(days=took)


class TestMature:
    OLD = [row(30 + n, 5) for n in range(20)]
    YOUNG = [row(2, 1), row(3, 0.5)]

    def test_leaves_out_what_is_too_young_for_most_to_have_closed(self):
        assert mature([*self.OLD, *self.YOUNG], NOW, least=5) == self.OLD

    def test_keeps_what_came_with_its_end(self):
        """A file of the past comes in today and says how each ended: it is not young, and says nothing of how long others take."""
        past = [row(0, 0) for _n in range(500)]
        assert mature([*self.OLD, *self.YOUNG, *past], NOW, least=5) == [*self.OLD, *past]
        assert mature(past, NOW, least=5) == past

    def test_keeps_all_where_too_few_would_be_left(self):
        rows = [*self.OLD, *self.YOUNG]
        assert mature(rows, NOW, least=21) == rows
