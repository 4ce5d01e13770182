"""What may be asked of each type of field, in SQL and of one value: both from the same parsed form.

A kind reads a raw value once (`read`), then gives a Q for many records (`q`) and a test for one value (`tester`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from re import fullmatch
from typing import Any

from django.db.models import BooleanField, Func, Q, TextField, Value
from django.db.models.functions import Coalesce, StrIndex
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, In, IsNull, LessThan, LessThanOrEqual
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext, ngettext, to_locale
from django.utils.translation import gettext_lazy as _

from core.conditions.fields import Field

MAX_VALUES = 200
MAX_CHARS = 1000
ALWAYS_NO = Q(pk__in=[])


class Wrong(ValueError):
    """A raw value which the field can't be compared with."""

    def __init__(self, code: str = "wrong_value"):
        super().__init__(code)
        self.code = code


class Folded(Func):
    """A text without case, as str.casefold does it; an absent one is the empty text."""

    function = "casefold"
    template = '%(function)s(%(expressions)s COLLATE "pg_unicode_fast")'
    output_field = TextField()

    def __init__(self, expression, **extra):
        super().__init__(Coalesce(expression, Value(""), output_field=TextField()), **extra)


class StartsWith(Func):
    function = "starts_with"
    output_field = BooleanField()


EMPTY = {"empty": _("is empty"), "filled": _("is filled in")}


class Kind(ABC):
    """What may be asked of one type of field, in SQL and of one value alike. `cost` is what asking it takes the database."""

    ops: dict[str, Any] = {}
    cost = 1

    @abstractmethod
    def read(self, op: str, raw: Any, field: Field, book) -> Any:
        """Return the stored value in its type. Raises Wrong when it is none."""

    @abstractmethod
    def q(self, op: str, value: Any, field: Field) -> Q:
        """Return the condition for many records."""

    @abstractmethod
    def tester(self, op: str, value: Any) -> Callable[[Any], bool]:
        """Return the same condition for one value."""

    def word(self, op: str, value: Any, field: Field, book) -> str:
        return str(value)

    def raw(self, value: Any) -> Any:
        """Return the JSON form of a parsed value."""
        return value


def several(raw: Any) -> list:
    """Return a list of raw values, at least one, each once. Raises Wrong."""
    values = list(raw) if isinstance(raw, list | tuple) else [raw]
    if not values or len(values) > MAX_VALUES:
        raise Wrong
    return [value for place, value in enumerate(values) if value not in values[:place]]


def any_of(parts: list[Q]) -> Q:
    joined = parts[0]
    for part in parts[1:]:
        joined |= part
    return joined


def is_empty_text(field) -> Q:
    """Return what holds for no text at all; a column that is never null is compared as it stands, so that an index serves."""
    text = field.expr if field.is_never_null else Coalesce(field.expr, Value(""), output_field=TextField())
    return Q(Exact(text, Value("")))


class Text(Kind):
    cost = 4
    ops = {
        "is": _("is"), "is_not": _("is not"), "contains": _("contains"), "not_contains": _("does not contain"),
        "starts": _("starts with"), **EMPTY,
    }  # fmt: skip

    def read(self, op, raw, field, book) -> tuple[str, ...]:
        return tuple(self._text(value) for value in several(raw))

    def _text(self, raw) -> str:
        if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
            raw = str(raw)
        if not isinstance(raw, str) or not raw or len(raw) > MAX_CHARS:
            raise Wrong
        if "\x00" in raw or any("\ud800" <= char <= "\udfff" for char in raw):
            raise Wrong
        return raw

    def q(self, op, value, field) -> Q:
        expr = field.expr
        folded = Folded(expr)
        if op in {"empty", "filled"}:
            found = is_empty_text(field)
            return found if op == "empty" else ~found
        words = [text.casefold() for text in value]
        if op in {"is", "is_not"}:
            found = Q(In(folded, words))
        elif op == "starts":
            found = any_of([Q(StartsWith(folded, Value(word))) for word in words])
        else:
            found = any_of([Q(GreaterThan(StrIndex(folded, Value(word)), Value(0))) for word in words])
        return ~found if op.startswith("not_") or op == "is_not" else found

    def tester(self, op, value):
        if op == "empty":
            return lambda seen: not seen
        if op == "filled":
            return lambda seen: bool(seen)
        words = tuple(text.casefold() for text in value)
        if op in {"is", "is_not"}:
            wanted, among = op == "is", frozenset(words)
            return lambda seen: ((seen or "").casefold() in among) is wanted
        if op == "starts":
            return lambda seen: (seen or "").casefold().startswith(words)
        wanted, only = op == "contains", words[0]
        if len(words) == 1:
            return lambda seen: (only in (seen or "").casefold()) is wanted

        def contains(seen) -> bool:
            folded = (seen or "").casefold()
            return any(word in folded for word in words) is wanted

        return contains

    def word(self, op, value, field, book) -> str:
        return listed([f"“{text}”" for text in value])

    def raw(self, value):
        return value[0] if len(value) == 1 else list(value)


class Number(Kind):
    ops = {
        "is": _("is"), "is_not": _("is not"), "gte": _("at least"), "lte": _("at most"), "gt": _("over"),
        "lt": _("under"), **EMPTY,
    }  # fmt: skip
    _lookups = {"is": Exact, "gte": GreaterThanOrEqual, "lte": LessThanOrEqual, "gt": GreaterThan, "lt": LessThan}

    def read(self, op, raw, field, book) -> Decimal:
        return number(raw)

    def q(self, op, value, field) -> Q:
        expr = field.expr
        if op in {"empty", "filled"}:
            return Q(IsNull(expr, op == "empty"))
        if op == "is_not":
            return Q(IsNull(expr, True)) | ~Q(Exact(expr, Value(value)))
        return Q(IsNull(expr, False)) & Q(self._lookups[op](expr, Value(value)))

    def tester(self, op, value):
        if value is not None and value == value.to_integral_value():
            value = int(value)  # compared with another whole number several times as quick
        return {
            "empty": lambda seen: seen is None,
            "filled": lambda seen: seen is not None,
            "is": lambda seen: seen is not None and seen == value,
            "is_not": lambda seen: seen is None or seen != value,
            "gte": lambda seen: seen is not None and seen >= value,
            "lte": lambda seen: seen is not None and seen <= value,
            "gt": lambda seen: seen is not None and seen > value,
            "lt": lambda seen: seen is not None and seen < value,
        }[op]

    def word(self, op, value, field, book) -> str:
        return number_format(value, use_l10n=True, force_grouping=True)

    def raw(self, value):
        return int(value) if value == value.to_integral_value() else float(value)


def number(raw: Any) -> Decimal:
    """Read a finite number of sensible size. Raises Wrong."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str | Decimal) or len(str(raw)) > 40:
        raise Wrong
    try:
        value = Decimal(str(raw).strip())
    except InvalidOperation:
        raise Wrong from None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 18 or value.as_tuple().exponent < -12:
        raise Wrong
    return value


@dataclass(frozen=True)
class Span:
    """Moments from `start` (included) to `end` (excluded); None is open. `raw` is how it was asked."""

    start: Any
    end: Any
    raw: str


UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


class Date(Kind):
    ops = {
        "is": _("is on"), "before": _("is before"), "after": _("is after"), "within": _("within the last"),
        "older": _("longer ago than"), "ahead": _("within the next"), **EMPTY,
    }  # fmt: skip

    def read(self, op, raw, field, book) -> Span:
        if not isinstance(raw, str | int) or isinstance(raw, bool):
            raise Wrong
        text = str(raw).strip()
        try:
            start, end = self._day(op, text) if op in {"is", "before", "after"} else self._ago(op, text, book.at, field)
            return Span(self._edge(start, field, book), self._edge(end, field, book), text)
        except (OverflowError, ValueError):
            raise Wrong from None

    def _day(self, op, text) -> tuple[date | None, date | None]:
        if not fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise Wrong
        day = date.fromisoformat(text)
        if not 1900 <= day.year <= 2999:
            raise Wrong
        following = day + timedelta(days=1)
        return {"is": (day, following), "before": (None, day), "after": (following, None)}[op]

    def _ago(self, op, text, at, field) -> tuple[datetime | None, datetime | None]:
        span = length(text)
        if field.precision != "moment":  # whole days: today counts, and so do the days begun
            span = timedelta(days=-(-span // timedelta(days=1)))
        instant = timedelta(microseconds=1) if field.precision == "moment" else timedelta(days=1)
        return {
            "within": (at - span, at + instant), "older": (None, at - span), "ahead": (at, at + span + instant),
        }[op]  # fmt: skip

    def _edge(self, edge: date | datetime | None, field: Field, book):
        """Express an edge in what the field stores: an aware moment, a day, or an ISO text."""
        if edge is None:
            return None
        if field.precision == "moment":
            return edge if isinstance(edge, datetime) else datetime.combine(edge, time(0), tzinfo=book.zone)
        day = edge.astimezone(book.zone).date() if isinstance(edge, datetime) else edge
        return day.isoformat() if field.precision == "iso" else day

    def q(self, op, value, field) -> Q:
        expr = field.expr
        if op in {"empty", "filled"}:
            return Q(IsNull(expr, op == "empty"))
        found = Q(IsNull(expr, False))
        if value.start is not None:
            found &= Q(GreaterThanOrEqual(_plain(expr, value.start), Value(value.start)))
        if value.end is not None:
            found &= Q(LessThan(_plain(expr, value.end), Value(value.end)))
        return found

    def tester(self, op, value):
        if op in {"empty", "filled"}:
            return lambda seen: (seen is None) is (op == "empty")
        start, end = value.start, value.end
        if start is None:
            return lambda seen: seen is not None and seen < end
        if end is None:
            return lambda seen: seen is not None and seen >= start
        return lambda seen: seen is not None and start <= seen < end

    def word(self, op, value, field, book) -> str:
        if op in {"is", "before", "after"}:
            return date_format(date.fromisoformat(value.raw), "DATE_FORMAT")
        return length_words(value.raw)

    def raw(self, value):
        return value.raw


class _Bytewise(Func):
    template = '%(expressions)s COLLATE "C"'
    output_field = TextField()


def _plain(expr, edge):
    return _Bytewise(expr) if isinstance(edge, str) else expr


def length(text: str) -> timedelta:
    """Read "7d", "12h", "30m" or "7" (days). Raises Wrong."""
    match = fullmatch(r"([0-9]{1,5})\s*([dhm]?)", text)
    if not match:
        raise Wrong
    span = int(match[1]) * UNITS[match[2] or "d"]
    if span > timedelta(days=36500):
        raise Wrong
    return span


def length_words(text: str) -> str:
    match = fullmatch(r"([0-9]{1,5})\s*([dhm]?)", text)
    n = int(match[1])
    words = {
        "h": ngettext("%(n)s hour", "%(n)s hours", n), "m": ngettext("%(n)s minute", "%(n)s minutes", n),
    }.get(match[2]) or ngettext("%(n)s day", "%(n)s days", n)  # fmt: skip
    return words % {"n": n}


class Choice(Kind):
    ops = {"is": _("is"), "is_not": _("is not"), **EMPTY}

    def read(self, op, raw, field, book) -> tuple:
        if isinstance(raw, str) and self.by_commas(field):
            raw = [part.strip() for part in raw.split(",")]
        return tuple(dict.fromkeys(self.one(value, field, book) for value in several(raw)))

    def by_commas(self, field) -> bool:
        """Tell whether a comma in an address parts two values: never where it may be part of one."""
        return field.cast is int

    def one(self, raw, field, book):
        if field.cast is int:
            return whole(raw)
        if not isinstance(raw, str) or not raw or len(raw) > MAX_CHARS or "\x00" in raw:
            raise Wrong
        if any("\ud800" <= char <= "\udfff" for char in raw):
            raise Wrong
        return raw

    def q(self, op, value, field) -> Q:
        expr = field.expr
        if op in {"empty", "filled"}:
            nothing = Q(IsNull(expr, True)) if field.cast is int else is_empty_text(field)
            return nothing if op == "empty" else ~nothing
        if field.ways is not None:
            found = any_of([field.ways.get(item, ALWAYS_NO) for item in value])
            return found if op == "is" else ~found
        found = Q(In(expr, list(value)))
        return found if op == "is" else Q(IsNull(expr, True)) | ~found

    def tester(self, op, value):
        if op == "empty":
            return lambda seen: seen is None or seen == ""
        if op == "filled":
            return lambda seen: seen is not None and seen != ""
        among, wanted = frozenset(value), op == "is"
        return lambda seen: (seen in among) is wanted

    def word(self, op, value, field, book) -> str:
        return listed([book.word(field, item) for item in value])

    def raw(self, value):
        return value[0] if len(value) == 1 else list(value)


def whole(raw: Any) -> int:
    """Read a primary key. Raises Wrong."""
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) < 19:
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw < 2**63:
        raise Wrong
    return raw


class Country(Choice):
    def by_commas(self, field):
        return True

    def one(self, raw, field, book):
        code = super().one(raw, field, book).upper()
        if not fullmatch("[A-Z]{2}", code):
            raise Wrong
        return code


class Person(Choice):
    def one(self, raw, field, book):
        if raw != "me":
            return whole(raw)
        if book.user is None:
            raise Wrong("needs_person")
        return book.user.pk

    def word(self, op, value, field, book) -> str:
        me = getattr(book.user, "pk", None)
        return listed([gettext("me") if item == me else book.word(field, item) for item in value])


class Tag(Choice):
    """Any of the tags, or none of them; a record may have many."""

    cost = 16  # reads another table once

    def tester(self, op, value):
        among = frozenset(value or ())
        return {
            "empty": lambda seen: not seen, "filled": lambda seen: bool(seen),
            "is": lambda seen: not among.isdisjoint(seen), "is_not": lambda seen: among.isdisjoint(seen),
        }[op]  # fmt: skip

    def q(self, op, value, field) -> Q:
        """Ask the relation's own table, so that a record appears once however many tags match."""
        record, tag = field.link
        rows = field.through()._base_manager.filter(**field.narrow)
        if op in {"is", "is_not"}:
            rows = rows.filter(**{f"{tag}__in": list(value)})
        found = Q(pk__in=rows.values(record))
        return found if op in {"is", "filled"} else ~found


class Flag(Kind):
    ops = {"is": _("is")}

    def read(self, op, raw, field, book) -> bool:
        if isinstance(raw, bool):
            return raw
        if raw in ("yes", "true", "1", 1):
            return True
        if raw in ("no", "false", "0", 0):
            return False
        raise Wrong

    def q(self, op, value, field) -> Q:
        if field.ways is not None:
            found = field.ways[True]
        else:
            found = Q(Exact(Coalesce(field.expr, Value(False), output_field=BooleanField()), Value(True)))
        return found if value else ~found

    def tester(self, op, value):
        return lambda seen: bool(seen) is value

    def word(self, op, value, field, book) -> str:
        return gettext("yes") if value else gettext("no")


KINDS: dict[str, Kind] = {
    "text": Text(), "number": Number(), "date": Date(), "choice": Choice(), "country": Country(), "person": Person(),
    "tag": Tag(), "flag": Flag(),
}  # fmt: skip


def listed(words: list[str]) -> str:
    """Join as people do: "NO, SE or DK"."""
    if len(words) < 2:
        return "".join(words)
    return gettext("%(first)s or %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


@cache
def _territories(language: str) -> list[tuple[str, str]]:
    from babel import Locale
    from babel.core import UnknownLocaleError

    try:
        names = Locale.parse(to_locale(language)).territories
    except (UnknownLocaleError, ValueError):
        names = Locale("en").territories
    codes = (code for code in names if fullmatch("[A-Z]{2}", code) and code not in {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
    return sorted(((code, names[code]) for code in codes), key=lambda pair: pair[1].casefold())


def countries() -> list[tuple[str, str]]:
    """Return (ISO code, name in the reader's language), by name."""
    return _territories(get_language() or "en")
