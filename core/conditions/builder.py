"""Conditions as a form that reads as a sentence: rows of field, comparison and value, and groups of rows.

    builder = Builder(book, stored)                    # or Builder.posted(book, request.POST)
    builder.act(request.POST.get("do", ""))            # a button of the form: add, group, add-p1, remove-p0-r2, show
    builder.is_valid(); builder.stored                 # the JSON form; each row tells its own problem

Works without JavaScript: every button posts the whole form. Templates: core/_builder.html. Deeper groups than the form
can show are kept as they are, as one line that can be removed.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from re import fullmatch
from typing import Any

from django.utils.translation import gettext as _

from core.conditions.acts import EVER, parted
from core.conditions.address import NO_VALUE
from core.conditions.engine import Book, Conditions
from core.conditions.fields import Field, Problem
from core.conditions.kinds import KINDS, Wrong, length
from core.conditions.languages import language_name

MOST_PARTS, MOST_ROWS = 40, 40
FEW = 12  # choices that show as boxes to tick
CHOOSES = frozenset({"choice", "country", "person", "tag"})
ONE_VALUE = frozenset({"between"}) | NO_VALUE
AGO = frozenset({"within", "older", "ahead"})
UNITS = ("d", "h", "m")


def unit_words() -> list[tuple[str, str]]:
    return [("d", _("days")), ("h", _("hours")), ("m", _("minutes"))]


@dataclass
class Row:
    """One condition as it stands in the form. `name` begins the names of its controls."""

    book: Book
    key: str = ""
    op: str = ""
    values: list[str] = field(default_factory=list)
    number: str = ""  # of a length of time
    unit: str = "d"
    name: str = ""
    problem: str = ""
    wants_another: bool = False  # an empty control beside the values there are

    @property
    def field(self) -> Field | None:
        return self.book.fields.get(self.key)

    @property
    def is_empty(self) -> bool:
        return not self.key

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def takes_several(self) -> bool:
        """Tell whether any of several texts may be looked for."""
        return self.input in {"text", "code", "language"} and self.op not in ONE_VALUE

    @property
    def texts(self) -> list[str]:
        """Return what the controls hold, the first of them even when it is empty."""
        if not self.takes_several:
            return [self.value]
        values = [language_name(value) or value for value in self.values] if self.input == "language" else self.values
        return [*values, *([""] if self.wants_another or not self.values else [])]

    @property
    def input(self) -> str:
        """Return which controls ask for the value. They stand there for «is empty» too, out of sight: another comparison shows them."""
        kind = self.field.type if self.field else ""
        if kind in CHOOSES:
            return "few" if len(self.options) <= FEW else "many"
        if kind == "date":
            return "length" if self.op in AGO else "day"
        return kind

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, str, bool]]]]:
        """Return all fields by group, the chosen one marked; one that is gone stays to be seen."""
        groups: dict[str, list[tuple[str, str, bool]]] = {}
        for one in self.book.fields.values():
            groups.setdefault(str(one.group), []).append((one.key, str(one.label), one.key == self.key))
        found = list(groups.items())
        if self.field or self.is_empty:
            return found
        return [(_("No longer there"), [(self.key, self.book.label_before(self.key), True)]), *found]

    @property
    def operators(self) -> list[tuple[str, str, bool]]:
        return [(op, str(words), op == self.op) for op, words in KINDS[self.field.type].ops.items()] if self.field else []

    @property
    def options(self) -> list[tuple[str, str, bool]]:
        """Return the choices, the chosen ones marked; one that was deleted stays to be seen."""
        known = [(str(value), str(words)) for value, words in self.book.options(self.field)]
        cast, names = self.field.cast, dict(known)
        gone = [(value, self.book.gone(self.field, _cast(value, cast))) for value in self.values if value not in names and value != "me"]
        return [(value, words, value in self.values) for value, words in gone + known]

    @property
    def units(self) -> list[tuple[str, str, bool]]:
        return [(unit, words, unit == self.unit) for unit, words in unit_words()]

    def settle(self) -> None:
        """Choose a comparison the field knows, and what a control without an empty choice shows."""
        if self.field and self.op not in KINDS[self.field.type].ops:
            self.op, self.values = next(iter(KINDS[self.field.type].ops)), []
        if self.input == "flag" and not self.values:
            self.values = ["yes"]

    @property
    def stored(self) -> dict[str, Any]:
        """Return the condition as it was said, right or wrong."""
        condition: dict[str, Any] = {"field": self.key, "op": self.op}
        if self.op in NO_VALUE:
            return condition
        return condition | {"value": self._said()}

    def _said(self) -> Any:
        kind = self.input
        if kind in {"few", "many"} or (self.takes_several and self.values):
            return self.values[0] if len(self.values) == 1 else list(self.values)
        if kind == "length":
            return f"{self.number}{self.unit}"
        if kind == "act":
            if self.number and not self._has_length:
                return [self.value, self.number]  # no word to look for: it can't be read
            within = f"within {self.number}{self.unit}" if self.number else ""
            return f"{self.value} {within}".strip() or EVER
        return self.value

    def check(self) -> dict[str, Any]:
        """Find what is wrong with the row, say so in it, and return the tidy condition."""
        found = self.book.read(self.stored)
        problems = found.problems_of_names()
        if problems and (self.input == "length" or (self.input == "act" and self.number)) and not self._has_length:
            problems = [Problem("wrong_value", str(self.field.label), self.number)]
        self.problem = f"{problems[0]} {self._hint()}".strip() if problems else ""
        return found.raw

    @property
    def _has_length(self) -> bool:
        return fullmatch("[0-9]{1,5}", self.number) is not None

    def _hint(self) -> str:
        if self.field is None:
            return _("Choose another one, or remove the condition.")
        if self.input in {"few", "many"}:
            return "" if self.values else _("Choose at least one.")
        return {
            "day": _("Write a day as 2026-11-18."), "length": _("Write a whole number."), "act": _("Write a whole number."), "flag": _("Choose yes or no."),
            "number": _("Write a number."), "code": _("Write one, or two as 69000 to 69999."),
        }.get(self.input, "" if self.value else _("Write what to look for."))  # fmt: skip


@dataclass
class Group:
    joined: str
    rows: list[Row]
    name: str = ""


@dataclass
class Kept:
    """A part the form can't show: it stays as it is."""

    stored: dict
    sentence: str
    name: str = ""

    @property
    def text(self) -> str:
        return json.dumps(self.stored, ensure_ascii=False)


type Part = Row | Group | Kept


class Builder:
    """The form of one set of conditions."""

    def __init__(self, book: Book, stored: Any = None, *, joined: str = "all", parts: list[Part] | None = None):
        self.book = book
        self.joined, self.parts = joined, parts if parts is not None else []
        if parts is None:
            self._read(stored or {})
        self._name()

    # --------------------------------------------------------------- reading

    def _read(self, stored: dict) -> None:
        self.joined = "any" if set(stored) == {"any"} else "all"
        parts = stored.get(self.joined, [stored] if stored else [])
        self.parts = [self._part(part) for part in (parts if isinstance(parts, list) else [stored])[:MOST_PARTS]]

    def _part(self, stored: Any) -> Part:
        if is_leaf(stored):
            return self._row(stored)
        for joined in ("all", "any"):
            rows = stored.get(joined) if isinstance(stored, dict) and set(stored) == {joined} else None
            if isinstance(rows, list) and rows and all(is_leaf(row) for row in rows):
                return Group(joined, [self._row(row) for row in rows[:MOST_ROWS]])
        return Kept(stored, self.book.read(stored).sentence)

    def _row(self, stored: dict) -> Row:
        row = Row(self.book, str(stored["field"]), str(stored.get("op", "")))
        value = stored.get("value")
        kind = row.input
        if kind == "length":
            row.number, row.unit = _length_of(str(value))
        elif kind == "act":
            words, within = parted(value)
            row.values = [words] if words else []
            row.number, row.unit = _length_of(within) if within else ("", "d")
        elif isinstance(value, bool):
            row.values = ["yes" if value else "no"]
        else:
            row.values = [str(one) for one in (value if isinstance(value, list) else [value]) if one is not None]
        return row

    @classmethod
    def posted(cls, book: Book, data: Mapping) -> "Builder":
        """Read the form as it was sent; nothing in it is trusted, rows beyond the limits are left out."""
        parts: list[Part] = []
        for number in range(MOST_PARTS):
            name = f"p{number}"
            if f"{name}-kept" in data:
                parts.append(_kept(book, data[f"{name}-kept"]))
            elif f"{name}-joined" in data:
                rows = [_row_of(book, data, f"{name}-r{n}") for n in range(MOST_ROWS) if f"{name}-r{n}-field" in data]
                parts.append(Group("any" if data[f"{name}-joined"] == "any" else "all", rows))
            elif f"{name}-field" in data:
                parts.append(_row_of(book, data, name))
        return cls(book, joined="any" if data.get("joined") == "any" else "all", parts=parts)

    # --------------------------------------------------------------- buttons

    def act(self, button: str) -> None:
        """Do what one of the form's buttons asks for. An unknown one does nothing."""
        verb, _dash, name = button.partition("-")
        found = next((part for part in self.parts if part.name == name), None)
        if verb == "add" and not name and len(self.parts) < MOST_PARTS:
            self.parts.append(Row(self.book))
        elif verb == "group" and len(self.parts) < MOST_PARTS:
            self.parts.append(Group("all" if self.joined == "any" else "any", [Row(self.book), Row(self.book)]))
        elif verb == "add" and isinstance(found, Group) and len(found.rows) < MOST_ROWS:
            found.rows.append(Row(self.book))
        elif verb == "another":
            for row in self.rows():
                row.wants_another = row.name == name
        elif verb == "remove":
            self.parts = [part for part in self.parts if part.name != name]
            for part in self.parts:
                if isinstance(part, Group):
                    part.rows = [row for row in part.rows if row.name != name]
            self.parts = [part for part in self.parts if not (isinstance(part, Group) and not part.rows)]
        self._name()

    def _name(self) -> None:
        """Number the parts anew, with an empty row where there is none, and let each row have a comparison its field knows."""
        self.parts = self.parts or [Row(self.book)]
        for number, part in enumerate(self.parts):
            part.name = f"p{number}"
            for n, row in enumerate(part.rows if isinstance(part, Group) else []):
                row.name = f"{part.name}-r{n}"
        for row in self.rows():
            row.settle()

    # ---------------------------------------------------------------- result

    def rows(self) -> Iterator[Row]:
        for part in self.parts:
            if isinstance(part, Row):
                yield part
            elif isinstance(part, Group):
                yield from part.rows

    def is_valid(self) -> bool:
        """Check every row that says something; each keeps what is wrong with it."""
        for row in self.rows():
            if not row.is_empty:
                row.check()
        return not any(row.problem for row in self.rows())

    @property
    def stored(self) -> dict[str, Any]:
        """Return the JSON form of what is said so far; rows without a field are left out."""
        found = []
        for part in self.parts:
            if isinstance(part, Kept):
                found.append(part.stored)
            elif isinstance(part, Row):
                found += [] if part.is_empty else [_tidy(part)]
            elif rows := [_tidy(row) for row in part.rows if not row.is_empty]:
                found.append(rows[0] if len(rows) == 1 else {part.joined: rows})
        return {self.joined: found} if found else {}

    @property
    def conditions(self) -> Conditions:
        return self.book.read(self.stored)

    @property
    def is_ready(self) -> bool:
        """Tell whether what is said so far can be counted: everything in it can be read."""
        return not self.conditions.problems

    @property
    def join_words(self) -> str:
        return _("and") if self.joined == "all" else _("or")


def _cast(value: str, cast: type) -> Any:
    return int(value) if cast is int and value.isascii() and value.isdigit() else value


def is_leaf(stored: Any) -> bool:
    return isinstance(stored, dict) and isinstance(stored.get("field"), str)


def _tidy(row: Row) -> dict[str, Any]:
    return row.book.read(row.stored).raw


def _row_of(book: Book, data: Mapping, name: str) -> Row:
    values = data.getlist(f"{name}-value") if hasattr(data, "getlist") else [data.get(f"{name}-value", "")]
    unit, key = data.get(f"{name}-unit", "d"), data.get(f"{name}-field", "")[:200]
    if data.get(f"{name}-was", key) != key:  # another field was chosen: what was said about the one before goes
        return Row(book, key, name=name)
    return Row(
        book, key, data.get(f"{name}-op", "")[:40],
        [value.strip() for value in values[:200] if value.strip()], data.get(f"{name}-number", "").strip()[:20],
        unit if unit in UNITS else "d", name,
    )  # fmt: skip


def _kept(book: Book, text: str) -> Kept:
    try:
        stored = json.loads(text)
    except (ValueError, RecursionError):
        stored = None
    found = book.read(stored if isinstance(stored, dict) else {"not": "a condition"})
    return Kept(found.raw, found.sentence)


def _length_of(text: str) -> tuple[str, str]:
    """Return number and unit of "7d", as they stand in the form."""
    text = text.strip()
    try:
        length(text)
    except Wrong:
        return text, "d"
    return text.rstrip("dhm ").strip(), text[-1] if text[-1] in UNITS else "d"
