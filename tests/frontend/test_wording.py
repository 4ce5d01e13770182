"""Times, amounts and people as the pages word them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from core import wording

NOW = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_berlin():
    with timezone.override("Europe/Berlin"), translation.override("en"):
        yield


class TestDuration:
    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (0, "0 s"),
            (39, "39 s"),
            (60, "1 min"),
            (1080, "18 min"),
            (4920, "1 h 22"),
            (3660, "1 h 01"),
            (3600, "1 h"),
            (53 * 3600, "53 h"),
            (12 * 86400, "12 days"),
        ],
    )
    def test_is_said_as_people_say_it(self, seconds, words):
        assert wording.duration(timedelta(seconds=seconds)) == words

    def test_of_nothing_is_empty(self):
        assert wording.duration(None) == ""

    def test_is_never_negative_when_two_clocks_disagree(self):
        assert wording.duration(timedelta(seconds=-5)) == "0 s"


class TestAgo:
    @pytest.mark.parametrize(
        ("before", "words"),
        [
            (timedelta(0), "just now"),
            (timedelta(minutes=12), "12 min ago"),
            (timedelta(hours=3), "07:00"),
            (timedelta(days=1), "Yesterday 10:00"),
            (timedelta(days=3), "16 Nov 10:00"),
            (timedelta(days=400), "15 Oct 2025"),
        ],
    )
    def test_grows_coarser_with_age(self, before, words):
        assert wording.ago(NOW - before, now=NOW) == words


class TestDue:
    @pytest.mark.parametrize(
        ("moment", "state", "words"),
        [
            (None, "none", "None"),
            (NOW - timedelta(days=2), "over", "2 days late"),
            (NOW - timedelta(days=1), "over", "Yesterday 10:00"),
            (NOW - timedelta(hours=1), "over", "since 09:00"),
            (NOW + timedelta(hours=1), "today", "11:00"),
            (NOW + timedelta(days=1), "plan", "tomorrow 10:00"),
            (NOW + timedelta(days=5), "plan", "24 Nov"),
            (date(2026, 11, 18), "over", "1 day late"),
            (date(2026, 11, 19), "today", "today"),
            (date(2027, 2, 3), "plan", "3 Feb 2027"),
        ],
    )
    def test_says_how_urgent_it_is(self, moment, state, words):
        assert wording.due(moment, now=NOW) == (state, words)

    def test_counts_days_in_the_readers_zone(self):
        late_evening = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)  # already the 20th in Berlin
        assert wording.due(date(2026, 11, 20), now=late_evening)[0] == "today"


class TestResponseClock:
    @pytest.mark.parametrize(
        ("waited", "tone", "big", "small"),
        [
            (84, "ok", "3:36 left", "of 5 min"),
            (180, "warm", "2:00 left", "of 5 min"),
            (255, "bad", "0:45 left", "of 5 min"),
            (300, "bad", "0:00 left", "of 5 min"),
            (301, "warm", "5 min", "54 min left to 1 h"),
            (1140, "warm", "19 min", "41 min left to 1 h"),
            (4920, "bad", "1 h 22", "22 min over 1 h"),
        ],
    )
    def test_counts_to_the_goal_then_to_the_limit_then_beyond(self, waited, tone, big, small):
        assert wording.response_clock(waited, 300, 3600)[0] == tone
        assert wording.response_clock(waited, 300, 3600)[2:] == (big, small)

    @pytest.mark.parametrize(("waited", "big"), [(0, "20 h left"), (60 * 60 * 12, "8 h 24 left"), (73440 - 3600, "1 h left"), (73440 - 3599, "59:59 left")])
    def test_of_a_team_that_starts_tomorrow_says_hours(self, waited, big):
        assert wording.response_clock(waited, 73440, 77040)[2:] == (big, "of 20 h")


class TestMoney:
    @pytest.mark.parametrize(
        ("amount", "language", "words"),
        [("96000", "en", "€96,000"), ("14.5", "en", "€14.50"), ("96000", "de", "96.000\xa0€"), ("-3", "en", "-€3")],
    )
    def test_is_written_in_the_readers_language(self, amount, language, words):
        with translation.override(language):
            assert wording.money(Decimal(amount), "EUR") == words

    def test_can_be_short(self):
        assert wording.money(Decimal(1_240_000), "EUR", short=True) == "€1.24M"

    def test_keeps_cents_of_large_amounts(self):
        assert wording.money(Decimal("12345678901234.99"), "EUR") == "€12,345,678,901,234.99"

    def test_of_nothing_is_empty(self):
        assert wording.money(None, "EUR") == ""


class TestPeople:
    @pytest.mark.parametrize(
        ("name", "letters"), [("Nora Bakke", "NB"), ("Acme", "AC"), ("Jean-Luc Picard", "JP"), ("123", "?"), ("", "?")]
    )
    def test_have_initials(self, name, letters):
        assert wording.initials(name) == letters

    def test_keep_their_colour(self):
        assert wording.hue("Nora Bakke") == wording.hue("Nora Bakke")
        assert {wording.hue(f"Person {n}") for n in range(200)} == set(range(1, 9))


class TestSparkline:
    def test_makes_noise_look_like_noise(self):
        heights = [float(point.split(",")[1]) for point in wording.spark_points([100, 101, 100, 99]).split()]
        assert max(heights) - min(heights) < 1

    def test_of_one_value_is_one_point(self):
        assert len(wording.spark_points([5]).split()) == 1
