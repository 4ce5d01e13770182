"""Read a stored condition once, then ask it of many records (a Q) or of one (with the result of every part)."""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from functools import cached_property
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext

from core import business, clock
from core.conditions.fields import Field, Problem, label_of_retired, name_of_deleted, registered
from core.conditions.kinds import ALWAYS_NO, KINDS, Wrong, countries

MAX_LEAVES = 100
MAX_DEPTH = 6


class Book:
    """What reading conditions about one kind of record needs: its fields and the names of their choices.

    Each is loaded when first asked for and kept, so that thirty rules cost as few queries as one.
    """

    def __init__(self, record: str, *, at: datetime | None = None, user=None):
        self.record, self.user = record, user
        self.at = at or clock.now()
        self._names: dict[str, dict] = {}
        self._names_before: dict[tuple[str, Any], str] = {}
        self._labels_before: dict[str, str] = {}

    @cached_property
    def fields(self) -> dict[str, Field]:
        found = registered(self.record)
        return found if self.user is not None else {key: each for key, each in found.items() if not each.options_for}

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(business.get("time_zone"))

    def names(self, field: Field) -> dict[Any, Any]:
        """Return the words of a field's choices by value."""
        if field.key not in self._names:
            self._names[field.key] = dict(self.options(field))
        return self._names[field.key]

    def word(self, field: Field, value: Any) -> str:
        """Return how one of a field's choices reads; one that is gone keeps the name it had, where that is known."""
        names = self.names(field)
        if field.cast is int and value not in names:
            return self.gone(field, value)
        return str(names.get(value, value))

    def gone(self, field: Field, value: Any) -> str:
        """Return how a choice reads that was deleted."""
        name = self.name_before(field, value)
        return gettext("“%(name)s” (deleted)") % {"name": name} if name else gettext("one that was deleted")

    def name_before(self, field: Field, value: Any) -> str:
        """Return what a choice was called that is gone: the audit keeps the names of what was deleted in the set-up."""
        if field.cast is not int:
            return str(value)
        key = (field.key, value)
        if key not in self._names_before:
            self._names_before[key] = name_of_deleted(field.table, value) if field.table else ""
        return self._names_before[key]

    def label_before(self, key: str) -> str:
        """Return what a field was called that can't be asked about any more; its key when nothing tells."""
        if key not in self._labels_before:
            self._labels_before[key] = label_of_retired(self.record, key) or key
        return self._labels_before[key]

    def options(self, field: Field) -> list[tuple[Any, Any]]:
        if field.type == "country":
            return countries()
        return field.load_options(self.user)

    def read(self, stored: Any) -> "Conditions":
        return Conditions(self, stored)


def book(record: str, *, at: datetime | None = None, user=None) -> Book:
    return Book(record, at=at, user=user)


@dataclass
class Leaf:
    """One condition as it was read; `test` is None when it could not be."""

    stored: Any
    field: Field | None = None
    op: str = ""
    value: Any = None
    problem: Problem | None = None
    test: Any = None
    place: int = -1  # among the leaves of its conditions; -1 when there are too many
    book: Any = dataclass_field(default=None, repr=False)
    keys: list[int] | None = dataclass_field(default=None, repr=False)  # who did it, once that was asked beforehand

    @property
    def q(self) -> Q:
        if self.test is None:
            return ALWAYS_NO
        if self.keys is not None:
            return KINDS[self.field.type].answered(self.op, self.keys)
        return KINDS[self.field.type].q(self.op, self.value, self.field)

    @property
    def cost(self) -> int:
        """Return how much asking it takes the database, compared with a look at a column."""
        if self.test is None:
            return 0
        return KINDS[self.field.type].cost * (2 if self.field.expression is not None or self.field.is_long else 1)

    @property
    def is_open_question(self) -> bool:
        """Tell whether an empty value leaves the answer open: whoever asks for empty values got it, and a flag or act is no."""
        return self.op not in {"empty", "filled"} and self.field.type not in {"flag", "tag", "act"}

    @property
    def words(self) -> tuple[str, str, str]:
        """Return how label, operator and value read; for one that can't be read, what was stored."""
        if self.test is None:
            stored = self.stored if isinstance(self.stored, dict) else {}
            label = str(self.field.label) if self.field else self.book.label_before(str(stored.get("field", "?")))
            return label[:80], op_words(str(stored.get("op", ""))[:20]), _as_typed(stored.get("value", ""))
        kind = KINDS[self.field.type]
        value = "" if self.value is None else kind.word(self.op, self.value, self.field, self.book)
        return str(self.field.label), str(kind.ops[self.op]), value

    @property
    def raw(self) -> dict:
        """Return the tidy JSON form."""
        if self.test is None:
            return self.stored
        if self.value is None:
            return {"field": self.field.key, "op": self.op}
        if self.field.type == "person" and self.stored.get("value") == "me":
            return {"field": self.field.key, "op": self.op, "value": "me"}
        return {"field": self.field.key, "op": self.op, "value": KINDS[self.field.type].raw(self.value)}


@dataclass
class Group:
    joined: str
    parts: list

    @property
    def cost(self) -> int:
        return sum(part.cost for part in self.parts)


@dataclass(frozen=True)
class Result:
    """What one condition said about one record."""

    leaf: Leaf
    seen: Any
    is_met: bool


class Seen(dict):
    """The values of one record, each read at most once however many rules ask."""

    def __init__(self, record):
        super().__init__()
        self.record = record

    def of(self, field: Field) -> Any:
        key = field.key
        if key in self:
            return self[key]
        value = self[key] = field.read(self.record)
        return value


class Conditions:
    """A stored condition, read: for many records `q`, for one `matches` and `results`. Reading never raises."""

    def __init__(self, book: Book, stored: Any):
        self.book, self.stored = book, stored
        self.leaves: list[Leaf] = []
        self.problems: list[Problem] = []
        self._tree = self._read(stored, 0)

    @property
    def is_everything(self) -> bool:
        return isinstance(self._tree, Group) and not self._tree.parts and self._tree.joined == "all"

    @cached_property
    def q(self) -> Q:
        return _q(self._tree)

    def matches(self, record: Any) -> bool:
        return _matches(self._tree, record if isinstance(record, Seen) else Seen(record))

    def results(self, record: Any) -> tuple[bool, list[Result]]:
        """Return the answer and what each condition said, in the order they stand."""
        seen = record if isinstance(record, Seen) else Seen(record)
        is_met, bits = self.bits(seen)
        values = [seen.of(leaf.field) if leaf.test else None for leaf in self.leaves]
        return is_met, [Result(leaf, value, bit == "1") for leaf, value, bit in zip(self.leaves, values, bits, strict=True)]

    def bits(self, seen: Seen) -> tuple[bool, str]:
        """Return the answer and each condition's as 0 or 1: what a decision keeps of a rule it tested."""
        bits = "".join(["1" if test is not None and test(seen.of(field)) else "0" for field, test in self._tests])
        return self.judged(bits), bits

    def judged(self, bits: str) -> bool:
        """Return the answer that follows from each condition's."""
        if self._flat is not None:
            return "0" not in bits if self._flat == "all" else "1" in bits
        return _judged(self._tree, bits)

    def verdict(self, record: Any) -> bool | None:
        """Return the answer for one record, or None when it hangs on something the record doesn't say."""
        seen = record if isinstance(record, Seen) else Seen(record)
        _is_met, bits = self.bits(seen)
        silent = {leaf.place for leaf in self.silent(seen)}
        if not silent:
            return _is_met
        answers = {
            _judged(self._tree, "".join(bit if place in silent else was for place, was in enumerate(bits))) for bit in "01"
        }
        return answers.pop() if len(answers) == 1 else None

    def silent(self, record: Any) -> list[Leaf]:
        """Return the conditions about values that one record doesn't have, though knowing them would tell."""
        seen = record if isinstance(record, Seen) else Seen(record)
        return [leaf for leaf in self.leaves if leaf.test and leaf.is_open_question and seen.of(leaf.field) in (None, "")]

    @cached_property
    def _tests(self) -> list[tuple]:
        return [(leaf.field, leaf.test) for leaf in self.leaves]

    @cached_property
    def _flat(self) -> str | None:
        """Return all or any when there is one group of conditions and nothing deeper, as in nearly every rule."""
        if isinstance(self._tree, Leaf):
            return "all" if self._tree.place >= 0 else None
        are_leaves = all(isinstance(part, Leaf) and part.place >= 0 for part in self._tree.parts)
        return self._tree.joined if are_leaves else None

    @property
    def sentence(self) -> str:
        """Say it in words: "Country is Norway or Sweden and Score at least 70"."""
        said = " ".join(text for kind, text in self.tokens if text) if not self.is_everything else gettext("every record")
        return said.replace("( ", "(").replace(" )", ")")

    @property
    def tokens(self) -> list[tuple[str, str]]:
        """Return the sentence in pieces: kind (field, op, value, join, open, close) and text."""
        return list(_tokens(self._tree, top=True))

    def problems_of_names(self) -> list[Problem]:
        """Return all problems, also choices that were deleted since; loads the names of the choices asked for."""
        found = list(self.problems)
        for leaf in self.leaves:
            if leaf.test and leaf.value is not None and leaf.field.type in {"choice", "person", "tag", "country"}:
                names = self.book.names(leaf.field)
                gone = [self.book.name_before(leaf.field, item) for item in leaf.value if item not in names]
                known = ", ".join(f"“{name}”" for name in gone if name)
                found += [Problem("deleted_value" if known else "deleted", str(leaf.field.label), known)] if gone else []
        return found

    @property
    def raw(self) -> dict:
        """Return the tidy JSON form, which reads back to the same."""
        return _raw(self._tree)

    # ---------------------------------------------------------------- reading

    def _read(self, stored: Any, depth: int) -> Group | Leaf:
        if stored is None or stored == {}:
            return Group("all", [])
        if isinstance(stored, dict) and depth <= MAX_DEPTH:
            for joined in ("all", "any"):
                if set(stored) == {joined} and isinstance(stored[joined], list):
                    return Group(joined, [self._read(part, depth + 1) for part in stored[joined][: MAX_LEAVES + 1]])
            if "field" in stored:
                return self._leaf(stored)
        return self._broken(stored, Problem("not_a_condition"))

    def _leaf(self, stored: dict) -> Leaf:
        if len(self.leaves) >= MAX_LEAVES:
            return self._broken(stored, Problem("too_large"))
        key, op = stored.get("field"), stored.get("op")
        found = self.book.fields.get(key) if isinstance(key, str) else None
        if found is None:
            return self._broken(stored, Problem("unknown_field", self.book.label_before(str(key))[:80]))
        kind = KINDS[found.type]
        if not isinstance(op, str) or op not in kind.ops:
            return self._broken(stored, Problem("unknown_operator", str(found.label), str(op)[:40]), found)
        try:
            value = None if op in {"empty", "filled"} else kind.read(op, stored.get("value"), found, self.book)
        except Wrong as wrong:
            return self._broken(stored, Problem(wrong.code, str(found.label), _as_typed(stored.get("value"))), found)
        leaf = Leaf(stored, found, op, value, None, kind.tester(op, value), len(self.leaves), self.book)
        self.leaves.append(leaf)
        return leaf

    def _broken(self, stored: Any, problem: Problem, field: Field | None = None) -> Leaf:
        leaf = Leaf(stored, field, problem=problem, book=self.book)
        if not self.problems or problem.code != "too_large" or self.problems[-1] != problem:
            self.problems.append(problem)
        if len(self.leaves) < MAX_LEAVES:
            leaf.place = len(self.leaves)
            self.leaves.append(leaf)
        return leaf


def op_words(op: str) -> str:
    """Return how a comparison reads where it isn't known of what: the field is gone."""
    return next((str(kind.ops[op]) for kind in KINDS.values() if op in kind.ops), op)


def _as_typed(value: Any) -> str:
    return (", ".join(str(one) for one in value) if isinstance(value, list) else str(value))[:80]


def _q(node: Group | Leaf) -> Q:
    if isinstance(node, Leaf):
        return node.q
    if not node.parts:
        return Q() if node.joined == "all" else ALWAYS_NO
    joined = Q()
    for part in sorted(node.parts, key=attrgetter("cost")):  # inside a CASE the database asks them as they stand
        piece = _q(part)
        if not piece:  # an empty «all» is always true
            if node.joined == "any":
                return Q()
            continue
        joined = piece if not joined else (joined & piece if node.joined == "all" else joined | piece)
    return joined


def _matches(node: Group | Leaf, seen: Seen) -> bool:
    if isinstance(node, Leaf):
        return node.test is not None and node.test(seen.of(node.field))
    return (all if node.joined == "all" else any)(_matches(part, seen) for part in node.parts)


def _judged(node: Group | Leaf, bits: str) -> bool:
    if isinstance(node, Leaf):
        return node.place >= 0 and bits[node.place] == "1"
    return (all if node.joined == "all" else any)(_judged(part, bits) for part in node.parts)


def _tokens(node: Group | Leaf, *, top: bool = False) -> Iterator[tuple[str, str]]:
    if isinstance(node, Leaf):
        yield from zip(("field", "op", "value"), node.words, strict=True)
        return
    if not node.parts:
        yield ("field", gettext("everything") if node.joined == "all" else gettext("nothing"))
        return
    bracket = not top and len(node.parts) > 1
    if bracket:
        yield ("open", "(")
    for number, part in enumerate(node.parts):
        if number:
            yield ("join", gettext("and") if node.joined == "all" else gettext("or"))
        yield from _tokens(part)
    if bracket:
        yield ("close", ")")


def _raw(node: Group | Leaf) -> dict:
    if isinstance(node, Leaf):
        return node.raw
    if not node.parts and node.joined == "all":
        return {}
    return {node.joined: [_raw(part) for part in node.parts]}
