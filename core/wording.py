"""How times, amounts and people are worded on a page, in the reader's language."""

import re
import zlib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.core import UnknownLocaleError
from babel.numbers import format_compact_currency, format_currency
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext, pgettext, to_locale

MINUTE, HOUR, DAY = 60, 3600, 86400


def seconds_of(value: timedelta | float) -> int:
    """Return whole seconds, never negative: clocks of two machines may disagree."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    return max(0, int(seconds))


def duration(value: timedelta | float | None) -> str:
    """Say a length of time as people do: "39 s", "18 min", "1 h 22", "53 h", "12 days"."""
    if value is None:
        return ""
    seconds = seconds_of(value)
    if seconds < MINUTE:
        return gettext("%(n)s s") % {"n": seconds}
    if seconds < HOUR:
        return gettext("%(n)s min") % {"n": seconds // MINUTE}
    hours, minutes = divmod(seconds // MINUTE, 60)
    if hours < 10 and minutes:
        return gettext("%(h)s h %(m)02d") % {"h": hours, "m": minutes}
    if hours < 96:
        return gettext("%(n)s h") % {"n": hours}
    days = hours // 24
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def minutes_and_seconds(seconds: int) -> str:
    """Return "4:05" for 245 seconds."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def day(value: date | datetime, *, now: datetime) -> str:
    """Return "18 Nov", with the year only when it is another one."""
    return _day(_local(value).date() if isinstance(value, datetime) else value, _local(now).date())


def _day(there: date, today: date) -> str:
    return _date(there, "j M" if there.year == today.year else "j M Y", get_language())


def clock_time(value: datetime) -> str:
    """Return "14:30" in the reader's zone."""
    return f"{_local(value):%H:%M}"


def ago(value: datetime, *, now: datetime) -> str:
    """Say when something happened: "just now", "12 min ago", "09:12", "Yesterday 17:20", "18 Nov 21:14"."""
    past = (now - value).total_seconds()
    if -MINUTE < past < MINUTE:
        return gettext("just now")
    if MINUTE <= past < HOUR:
        return gettext("%(n)s min ago") % {"n": int(past // MINUTE)}
    there, today = _local(value), _local(now).date()
    days = (today - there.date()).days
    if days == 0:
        return f"{there:%H:%M}"
    if days == 1:
        return gettext("Yesterday %(time)s") % {"time": f"{there:%H:%M}"}
    if there.year != today.year:
        return _day(there.date(), today)
    return f"{_day(there.date(), today)} {there:%H:%M}"


def due(value: date | datetime | None, *, now: datetime) -> tuple[str, str]:
    """Return the state (over, today, plan, none) and the words of a planned moment."""
    if value is None:
        return "none", pgettext("no planned activity", "None")
    timed = isinstance(value, datetime) and _local(value).time() != time(0)  # midnight stands for its day
    there = _local(value).date() if isinstance(value, datetime) else value
    days = (there - _local(now).date()).days
    late = value < now if timed else days < 0
    words = _due_words(value if timed else None, there, days, now)
    if late and days == 0:
        words = gettext("since %(time)s") % {"time": clock_time(value)}
    return _due_state(days, late), words


def _due_state(days: int, late: bool) -> str:
    if late:
        return "over"
    return "today" if days == 0 else "plan"


def _due_words(moment: datetime | None, there: date, days: int, now: datetime) -> str:
    at = clock_time(moment) if moment and _local(moment).time() != time(0) else ""
    if days < -1:
        return ngettext("%(n)s day late", "%(n)s days late", -days) % {"n": -days}
    if days == -1:
        return gettext("Yesterday %(time)s") % {"time": at} if at else gettext("1 day late")
    if days == 0:
        return at or gettext("today")
    if days == 1:
        return gettext("tomorrow %(time)s") % {"time": at} if at else gettext("tomorrow")
    return day(there, now=now)


def money(amount: Decimal | int | None, currency: str, *, short: bool = False) -> str:
    """Format an amount in the reader's language: "€96,000", "€14.50", short "€1.24M"."""
    return "" if amount is None else _money(Decimal(amount), currency, short, get_language() or "en")


@lru_cache(maxsize=4096)
def _money(amount: Decimal, currency: str, short: bool, language: str) -> str:
    locale = _babel_locale(language)
    if short and abs(amount) >= 1000:
        digits = 2 if abs(amount) >= 1_000_000 else 0
        return format_compact_currency(amount, currency, locale=locale, fraction_digits=digits)
    if amount == amount.to_integral_value():
        return format_currency(amount, currency, locale=locale, currency_digits=False, format=_whole(locale))
    return format_currency(amount, currency, locale=locale)


def _whole(locale: Locale) -> str:
    """Return the language's currency pattern without decimals."""
    return re.sub(r"\.0+", "", locale.currency_formats["standard"].pattern)


def _babel_locale(language: str) -> Locale:
    try:
        return Locale.parse(to_locale(language))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def moment(value: datetime, *, now: datetime) -> str:
    """Name a moment in a sentence: "18 Nov 21:14", with the year only when it is another one."""
    return f"{day(value, now=now)} {clock_time(value)}"


def today_or_moment(value: datetime, *, now: datetime) -> str:
    """Name a moment near now: "14:30", with the day unless it is today."""
    return clock_time(value) if _local(value).date() == _local(now).date() else moment(value, now=now)


def planned_for(value: date | datetime, *, now: datetime) -> str:
    """Name the moment of a plan, or its day; midnight stands for a day on which no time was set."""
    timed = isinstance(value, datetime) and _local(value).time() != time(0)
    return moment(value, now=now) if timed else day(value, now=now)


def stored(text: str) -> date | datetime:
    """Return the moment, or the day, that an event keeps in ISO form."""
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def full(value: date | datetime) -> str:
    """Return the whole date, for the title of a shortened one."""
    if isinstance(value, datetime):
        there = _local(value)
        return f"{_date(there.date(), 'DATE_FORMAT', get_language())} {there:%H:%M}"
    return _date(value, "DATE_FORMAT", get_language())


def response_clock(waited: int, goal: int, limit: int) -> tuple[str, int, str, str]:
    """Return tone, filled percent and the two lines of a waiting lead's clock; all in seconds.

    Up to the goal the time left counts down, second by second in the last hour (green, amber from 2 min left, red from
    45 s); then the minutes waited and what is left to the limit; after the limit how much it is over. static/js/countdown.js follows the same rule.
    """
    left = goal - waited
    if left >= 0:
        tone = "ok" if left > 120 else "warm" if left > 45 else "bad"
        big = gettext("%(time)s left") % {"time": minutes_and_seconds(left) if left < HOUR else duration(left)}
        return tone, round(100 * left / goal) if goal else 0, big, gettext("of %(time)s") % {"time": duration(goal)}
    if waited < limit:
        words = {"left": duration(limit - waited), "limit": duration(limit)}
        percent = round(100 * (limit - waited) / limit)
        return "warm", percent, duration(waited), gettext("%(left)s left to %(limit)s") % words
    words = {"over": duration(waited - limit), "limit": duration(limit)}
    return "bad", 100, duration(waited), gettext("%(over)s over %(limit)s") % words


def ended(text: str) -> str:
    """Return a sentence without a second full stop where its last word brings one: "Handed to Acme Inc.", "Next: a long na…"."""
    return re.sub(r"([…!?]|(?<!\.)\.|\.{3})\.$", r"\1", str(text))


def initials(name: str) -> str:
    """Return one or two letters for an avatar: "NB" for Nora Bakke, "AC" for Acme."""
    parts = [word for word in re.split(r"[\s\-]+", name) if word and word[0].isalpha()]
    if not parts:
        return "?"
    second = parts[-1][0] if len(parts) > 1 else parts[0][1:2]
    return (parts[0][0] + second).upper()


def hue(name: str) -> int:
    """Return 1 to 8, always the same for the same name."""
    return zlib.crc32(name.encode()) % 8 + 1


def spark_points(values: list[float], width: int = 80, height: int = 22) -> str:
    """Return the points of a sparkline; the range is at least 60 % of the maximum, so that noise looks like noise."""
    if not values:
        return ""
    low, high = min(values), max(values)
    span = max(high - low, 0.6 * high) or 1
    low = (low + high - span) / 2
    step = width / max(1, len(values) - 1)
    return " ".join(f"{i * step:.1f},{1 + height - (v - low) / span * height:.1f}" for i, v in enumerate(values))


@lru_cache(maxsize=4096)
def _date(value: date, pattern: str, language: str | None) -> str:
    """Format a day in the active language, which is part of the key: a page says the same few days many times."""
    return date_format(value, pattern)


def _local(value: datetime) -> datetime:
    return timezone.localtime(value)
