"""Two further kinds of questions: ranges of postcodes, and what somebody did (an act, with a word in it, within some days)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from re import IGNORECASE, fullmatch, split
from typing import Any

from django.db.models import BooleanField, Exists, Func, IntegerField, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.arrays import Among
from core.conditions.fields import Field
from core.conditions.kinds import KINDS, MAX_CHARS, Folded, Kind, Text, Wrong, length, length_words, several

MAX_WORDS = 200
EVER = "ever"


@dataclass(frozen=True)
class Ends:
    """A range of postcodes, both ends included."""

    low: str
    high: str


class Code(Text):
    """A postcode: a text that also lies between two others, each compared as far as it is written."""

    ops = Text.ops | {"between": _("is between")}

    def read(self, op, raw, field, book):
        if op != "between":
            return super().read(op, raw, field, book)
        parts = several(raw) if isinstance(raw, list | tuple) else split(r"\s+to\s+|\.\.|–", self._text(raw), flags=IGNORECASE)
        if len(parts) == 1 and isinstance(parts[0], str) and parts[0].count("-") == 1:
            parts = parts[0].split("-")
        ends = [plain(self._text(part)) for part in parts]
        if not 1 <= len(ends) <= 2 or not all(ends) or ends[0] > ends[-1]:
            raise Wrong
        return Ends(ends[0], ends[-1])

    def q(self, op, value, field) -> Q:
        if op != "between":
            return super().q(op, value, field)
        ends = (Value(value.low), Value(len(value.low)), Value(value.high), Value(len(value.high)))
        return Q(_Between(_Plain(Folded(field.expr)), *ends))

    def tester(self, op, value):
        if op != "between":
            return super().tester(op, value)
        low, high = value.low, value.high

        def lies_between(seen) -> bool:
            code = plain(seen or "")
            return low <= code[: len(low)] and code[: len(high)] <= high and code != ""

        return lies_between

    def word(self, op, value, field, book) -> str:
        if op != "between":
            return super().word(op, value, field, book)
        return gettext("%(low)s and %(high)s") % {"low": value.low.upper(), "high": value.high.upper()}

    def raw(self, value):
        return f"{value.low} to {value.high}" if isinstance(value, Ends) else super().raw(value)


def plain(text: str) -> str:
    """Return a postcode without case, spaces and hyphens."""
    return text.casefold().replace(" ", "").replace("-", "")


class _Plain(Func):
    template = "replace(replace(%(expressions)s, ' ', ''), '-', '')"
    output_field = TextField()


class _Between(Func):
    """Compare by code points, as Python does."""

    output_field = BooleanField()
    arity = 5

    def as_sql(self, compiler, connection, **extra):
        code, low, low_length, high, high_length = [compiler.compile(one) for one in self.get_source_expressions()]
        sql = (
            f"(left({code[0]}, {low_length[0]}) COLLATE \"C\" >= {low[0]} "
            f"AND left({code[0]}, {high_length[0]}) COLLATE \"C\" <= {high[0]} AND {code[0]} <> '')"
        )
        order = (code, low_length, low, code, high_length, high, code)
        return sql, tuple(param for part in order for param in part[1])


@dataclass(frozen=True)
class Doing:
    """What is asked about acts: a word in them, and since when; `within` is the length as it was asked."""

    words: str
    within: str
    since: datetime | None

    @property
    def text(self) -> str:
        """Return the one text that reads back to the same."""
        within = f"within {self.within}" if self.within else ""
        return f"{self.words} {within}".strip() or EVER


def parted(raw: Any) -> tuple[str, str]:
    """Part "pricing within 30d", "30d", "within 30d", "pricing" or "ever" into the word and the length."""
    text = str(raw).strip()
    if text.casefold() == EVER:
        return "", ""
    match = fullmatch(r"(?:(.*?)\s+)?within\s+([0-9]{1,5}\s*[dhm]?)|([0-9]{1,5}[dhm])", text, flags=IGNORECASE)
    return (match[1] or "", match[2] or match[3]) if match else (text, "")


def rows_of(value: Doing, field: Field) -> QuerySet:
    """Return the acts a question is about."""
    rows = field.through()._base_manager.filter(**field.narrow)
    if value.since is not None:
        rows = rows.filter(occurred_at__gte=value.since)
    if value.words:
        position = StrIndex(Folded(field.text()), Value(value.words.casefold()), output_field=IntegerField())
        rows = rows.filter(GreaterThan(position, Value(0)))
    return rows


def ask_first(leaves: Iterable[Any], among: QuerySet) -> None:
    """Ask each different question about acts once, of some records; what these leaves ask the database is then a look at keys.

    For judging many records by many rules: the same acts are not read again for every rule and every statement.
    """
    known: dict[tuple[str, Doing], list[int]] = {}
    for leaf in leaves:
        if leaf.test is None or leaf.field.type != "act":
            continue
        asked = (leaf.field.key, leaf.value)
        if asked not in known:
            record = leaf.field.link[0]
            rows = rows_of(leaf.value, leaf.field).filter(**{f"{record}__in": among.order_by().values("pk")})
            known[asked] = list(rows.order_by().values_list(record, flat=True).distinct())
        leaf.keys = known[asked]


class Act(Kind):
    """Something a person did, once or more often: those judged human count, others don't.

    A field of this type reads one record's acts as [(moment, text), …]; `through` is their table, `narrow` which of its
    rows count, `text` the expression of what they say.
    """

    cost = 32  # reads another table once, and what its rows say
    ops = {"did": _("happened"), "did_not": _("did not happen")}

    def read(self, op, raw, field, book) -> Doing:
        if isinstance(raw, bool) or not isinstance(raw, str | int) or len(str(raw)) > MAX_CHARS:
            raise Wrong
        words, within = parted(raw)
        if len(words) > MAX_WORDS or "\x00" in words or any("\ud800" <= char <= "\udfff" for char in words) or (words and not field.text):
            raise Wrong
        return Doing(words, within.replace(" ", ""), book.at - length(within) if within else None)

    def q(self, op, value, field) -> Q:
        """Look for an act of each record: the database reads a few records' acts, or all acts once, whichever is less."""
        found = Q(Exists(rows_of(value, field).filter(**{field.link[0]: OuterRef("pk")})))
        return found if op == "did" else ~found

    def answered(self, op, keys) -> Q:
        """Say the same with the keys of those who did it at hand."""
        found = Q(Among("pk", keys))
        return found if op == "did" else ~found

    def tester(self, op, value):
        since, words, wanted = value.since, value.words.casefold(), op == "did"

        def did(seen) -> bool:
            return any((since is None or at >= since) and words in text.casefold() for at, text in seen) is wanted

        return did

    def word(self, op, value, field, book) -> str:
        when = gettext("within the last %(length)s") % {"length": length_words(value.within)} if value.within else gettext("at any time")
        return gettext("with “%(words)s” in it, %(when)s") % {"words": value.words, "when": when} if value.words else when

    def raw(self, value):
        return value.text


KINDS |= {"code": Code(), "act": Act()}

__all__ = ["Act", "Code", "Doing", "ask_first", "parted", "plain"]
