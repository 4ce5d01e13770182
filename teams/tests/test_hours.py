"""Working hours: open or not, and when a length of working time has passed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from teams.hours import Hours

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = {day: (time(9), time(17)) for day in range(5)}
MOMENTS = st.integers(0, 60_000_000).map(lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
LENGTHS = st.timedeltas(timedelta(0), timedelta(days=9))


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)


class TestAfter:
    @pytest.mark.parametrize(("start", "length", "end"), [
        (berlin(2026, 11, 18, 10), timedelta(hours=1), berlin(2026, 11, 18, 11)),
        (berlin(2026, 11, 18, 16, 30), timedelta(hours=1), berlin(2026, 11, 19, 9, 30)),
        (berlin(2026, 11, 20, 16, 30), timedelta(hours=1), berlin(2026, 11, 23, 9, 30)),  # over the weekend
        (berlin(2026, 11, 18, 6), timedelta(minutes=5), berlin(2026, 11, 18, 9, 5)),
        (berlin(2026, 11, 18, 16), timedelta(hours=1), berlin(2026, 11, 18, 17)),
    ])  # fmt: skip
    def test_counts_working_time_only(self, start, length, end):
        assert Hours(BERLIN, OFFICE).after(start, length) == end

    def test_leaves_holidays_out(self):
        hours = Hours(BERLIN, OFFICE, frozenset({date(2026, 12, 25)}))
        assert hours.after(berlin(2026, 12, 24, 16, 30), timedelta(hours=1)) == berlin(2026, 12, 28, 9, 30)

    def test_is_exact_when_the_clocks_change(self):
        night = Hours(BERLIN, {6: (time(0), time(6))})
        assert night.after(berlin(2026, 3, 29, 0), timedelta(hours=5)).astimezone(BERLIN).hour == 6  # a short night
        assert night.after(berlin(2026, 10, 25, 0), timedelta(hours=7)).astimezone(BERLIN).hour == 6  # a long one

    def test_begins_at_the_end_of_a_gap(self):
        hours = Hours(BERLIN, {6: (time(2, 30), time(6))})
        assert hours.why_closed(datetime(2026, 3, 29, 0, 59, tzinfo=UTC)) == "off_hours"
        assert hours.why_closed(datetime(2026, 3, 29, 1, 0, tzinfo=UTC)) == ""

    def test_ends_even_where_nobody_ever_works(self):
        hours = Hours(BERLIN, {0: (time(9), time(10))}, frozenset(date(2026, 1, 1) + timedelta(days=n) for n in range(1500)))
        assert hours.after(berlin(2026, 1, 5, 9), timedelta(hours=1)) == berlin(2026, 1, 5, 10)

    @settings(max_examples=25, deadline=None)
    @given(start=MOMENTS, first=LENGTHS, second=LENGTHS)
    def test_adds_up_and_never_goes_back(self, start, first, second):
        hours = Hours(BERLIN, OFFICE)
        end = hours.after(start, first)
        assert end >= start + first
        assert hours.after(end, second) == hours.after(start, first + second)

    @settings(max_examples=25, deadline=None)
    @given(start=MOMENTS, length=LENGTHS)
    def test_without_working_days_is_the_wall_clock(self, start, length):
        hours = Hours(BERLIN)
        assert hours.after(start, length) == start + length
        assert hours.why_closed(start) == ""
