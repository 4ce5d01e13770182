"""The two ordered lists, read once per batch: which rule catches a lead first, and what every tested one said."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.db.models import prefetch_related_objects

from assignment.models import AssignmentRule, QualificationRule, RuleList
from core import conditions
from core.conditions.engine import Conditions, Leaf, Seen
from core.conditions.fields import Problem
from core.written import Line, Written, encode, lines
from leads.models import Lead

MODELS = {"qualification": QualificationRule, "assignment": AssignmentRule}
OUTCOMES = {
    "qualification": ("outcome", "stage_id", "archive_reason", "come_back_after"),
    "assignment": ("to_team_id", "to_person_id", "to_territory_id", "strategy"),
}  # fmt: skip


@dataclass(slots=True)
class Ready:
    """One rule made ready to be asked of many leads: each test with the place of the value it asks about.

    `lines` holds what a decision keeps of it, by what each condition said: a rule has few combinations, and most leads
    have the same ones.
    """

    rule: Any
    pk: int
    outcome: str
    read: Conditions
    tests: list[tuple[int, Any]]
    broken: Line | None
    lines: dict[str, Line] = field(default_factory=dict)

    def line(self, bits: str, *, counts: bool = True) -> Line:
        """Return what a decision keeps: key, whether it matched, what each condition said."""
        if not counts:
            return Line([self.pk, 0, bits])
        found = self.lines[bits] = Line([self.pk, int(self.read.judged(bits)), bits])
        return found


class Rules:
    """One kind of rules as they are now, or those given: `first_match` for each lead, with the trace its decision keeps."""

    def __init__(self, kind: str, *, at: datetime, rows: Iterable | None = None):
        self.kind, self.rows = kind, rows
        self.book = conditions.book("lead", at=at)
        self._read: dict[int, Conditions] = {}
        self._problems: dict[int, Problem | None] = {}
        self._lists: dict[int, tuple[list[Ready], list]] = {}
        self._answers: dict[tuple, tuple[Any, list]] = {}

    @cached_property
    def rules(self) -> list:
        """Every active rule of every team, in order; «everyone else» last, a team's own before the general one."""
        related = {"qualification": ["stage__pipeline"], "assignment": ["to_team", "to_person", "to_territory__owner"]}[self.kind]
        rows = MODELS[self.kind].objects.in_order().select_related(*related) if self.rows is None else self.rows
        return sorted(rows, key=lambda rule: (rule.is_everyone_else, rule.is_everyone_else and rule.team_id is None))

    def of_team(self, team_id: int) -> tuple[list[Ready], list]:
        """Return the rules that count for a team's leads, made ready, and the fields they ask about."""
        if team_id not in self._lists:
            rules = [rule for rule in self.rules if rule.team_id in (None, team_id)]
            fields = {leaf.field.key: leaf.field for rule in rules for leaf in self.conditions_of(rule).leaves if leaf.test}
            places = {key: place for place, key in enumerate(fields)}
            self._lists[team_id] = ([self._ready(rule, places) for rule in rules], list(fields.values()))
        return self._lists[team_id]

    def _ready(self, rule: Any, places: dict[str, int]) -> Ready:
        read, problem = self.conditions_of(rule), self.problem_of(rule)
        tests = [] if problem else [(places[leaf.field.key], leaf.test) for leaf in read.leaves]
        broken = Line([rule.pk, 0, "", [problem.code, problem.field, problem.value]]) if problem else None
        return Ready(rule, rule.pk, getattr(rule, "outcome", ""), read, tests, broken)

    @cached_property
    def columns(self) -> set[str]:
        """Return the columns of a lead that the rules ask about; what a field works out by itself it reads when asked."""
        fields = (leaf.field for rule in self.rules for leaf in self.conditions_of(rule).leaves if leaf.test)
        return {"custom" if field.is_custom else field.column for field in fields if field.is_custom or (field.column and not field.prefetch)}

    @property
    def leaves(self) -> list[Leaf]:
        """Return what the rules ask about."""
        return [leaf for rule in self.rules for leaf in self.conditions_of(rule).leaves]

    def prepare(self, leads: Iterable[Lead]) -> None:
        """Read at once what the rules ask about that stands in other tables (tags, acts); rules that don't ask cost nothing."""
        for relation in sorted({leaf.field.prefetch for leaf in self.leaves if leaf.test} - {""}):
            prefetch_related_objects(list(leads), relation)

    def conditions_of(self, rule) -> Conditions:
        if rule.pk not in self._read:
            self._read[rule.pk] = self.book.read({} if rule.is_everyone_else else rule.conditions)
        return self._read[rule.pk]

    def problem_of(self, rule) -> Problem | None:
        """Return what is wrong with a rule's conditions, also names of what was deleted since: such a rule is skipped."""
        if rule.pk not in self._problems:
            found = [] if rule.is_everyone_else else self.conditions_of(rule).problems_of_names()
            self._problems[rule.pk] = found[0] if found else None
        return self._problems[rule.pk]

    def first_match(self, lead: Lead, seen: Seen, *, skip: frozenset[str] = frozenset()) -> tuple[Any, list]:
        """Return the first rule that matches (None without any) and what each tested one said.

        `skip` names outcomes that don't count this time. A rule whose conditions are broken is skipped, and the trace says so. Leads of a
        batch that look the same to the rules are told from one another by nothing, so their answer is found once.
        """
        rules, asked = self.of_team(lead.team_id)
        values = [seen.of(field) for field in asked]
        key = (lead.team_id, skip, *[frozenset(value) if isinstance(value, set) else value for value in values])
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = _find(rules, values, skip)
        return found

    def trace(self, tested: list[Line], seen: Seen, candidates: Iterable[Line] | None = None) -> Written:
        """Return what a decision keeps of how it came about: the lists as they were, what was tested and seen, and who could get it."""
        who = "" if candidates is None else f',"candidates":{lines(candidates)}'
        return Written(f'{{"list":{self.version},"tested":{lines(tested)},"seen":{encode(seen_of(seen))}{who}}}')

    @cached_property
    def version(self) -> int:
        """Return the key of the row that keeps the lists as they are now; a new one only when they changed."""
        rules = [described(rule) for rule in self.rules]
        digest = sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()
        found = RuleList.objects.filter(kind=self.kind, digest=digest).values_list("pk", flat=True).first()
        if found:
            return found
        RuleList.objects.bulk_create([RuleList(kind=self.kind, digest=digest, rules=rules)], ignore_conflicts=True)
        return RuleList.objects.values_list("pk", flat=True).get(kind=self.kind, digest=digest)


def _find(rules: list[Ready], values: list, skip: frozenset[str]) -> tuple[Any, list]:
    """Return the first rule that matches what was read of a lead, and what each tested one said."""
    tested: list[Line] = []
    for one in rules:
        if one.broken:
            tested.append(one.broken)
            continue
        bits = "".join(["1" if test(values[place]) else "0" for place, test in one.tests])
        line = one.lines.get(bits) or one.line(bits)
        if line[1] and one.outcome in skip:
            line = one.line(bits, counts=False)
        tested.append(line)
        if line[1]:
            return one.rule, tested
    return None, tested


def described(rule) -> dict[str, Any]:
    kind = "qualification" if isinstance(rule, QualificationRule) else "assignment"
    told = {"id": rule.pk, "name": rule.name, "team": rule.team_id, "last": rule.is_everyone_else, "conditions": rule.conditions}
    return told | {name: primitive(getattr(rule, name)) for name in OUTCOMES[kind]}


def seen_of(seen: Seen) -> dict[str, Any]:
    """Return what the rules read of one lead, as JSON can hold it."""
    return {key: value if value.__class__ in PLAIN else primitive(value) for key, value in seen.items()}


PLAIN = frozenset({str, int, float, bool, type(None)})


def primitive(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, tuple):  # acts: the latest few are enough to word them
        return [[primitive(part) for part in act] for act in value[:3]]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
