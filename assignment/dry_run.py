"""What a changed list of rules would do: the leads of some weeks, tried on the rules as they are and as they would be.

Set-based and read-only: the database judges every lead by both lists at once, a few days per statement. Rules are tried
on what is known of the leads now.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from assignment import tracing
from assignment.rules import OUTCOMES
from core import conditions
from core.conditions.engine import Book
from leads.models import Lead

STEP = timedelta(days=7)  # of leads judged in one statement
LISTED = 100
NO_RULE = -1


@dataclass(frozen=True)
class Flow:
    """So many leads that would go from one outcome to another."""

    was: str
    would: str
    number: int


@dataclass(frozen=True)
class Share:
    """One outcome: how many leads get it now, and how many would."""

    words: str
    now: int
    then: int

    @property
    def change(self) -> int:
        return self.then - self.now


@dataclass(frozen=True)
class Mover:
    """One lead that would go elsewhere."""

    lead: Lead
    was: str
    would: str
    rule: str


@dataclass
class List:
    """One ordered list as it is to be tried, with what each of its rules leads to."""

    rules: Sequence[Any]
    book: Book

    @cached_property
    def ordered(self) -> list:
        return sorted(self.rules, key=lambda rule: (rule.is_everyone_else, rule.is_everyone_else and rule.team_id is None))

    def case(self) -> Case:
        """Return the place of the first rule that matches a lead, as the database finds it."""
        whens, default = [], NO_RULE
        for place, rule in enumerate(self.ordered):
            read = self.book.read({} if rule.is_everyone_else else rule.conditions)
            if read.problems_of_names():
                continue
            found = read.q
            found &= Q(team=rule.team_id) if rule.team_id else Q()
            if not found:
                default = place
                break
            whens.append(When(found, then=Value(place)))
        return Case(*whens, default=Value(default), output_field=IntegerField())

    def rule_at(self, place: int):
        return None if place == NO_RULE else self.ordered[place]

    def words_at(self, place: int) -> str:
        rule = self.rule_at(place)
        return _("no rule") if rule is None else tracing.outcome_of(rule)

    def outcome_at(self, place: int) -> tuple:
        rule = self.rule_at(place)
        kind = "assignment" if hasattr(rule, "to_team_id") else "qualification"
        return () if rule is None else tuple(getattr(rule, name) for name in OUTCOMES[kind])


@dataclass
class DryRun:
    """What came of trying both lists."""

    total: int = 0
    moved: int = 0
    flows: list[Flow] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    movers: list[Mover] = field(default_factory=list)

    @property
    def most(self) -> int:
        return max((max(share.now, share.then) for share in self.shares), default=1) or 1

    @property
    def not_listed(self) -> int:
        return self.moved - len(self.movers)


def try_rules(now: Iterable[Any], then: Iterable[Any], leads: QuerySet, *, since: datetime, at: datetime) -> DryRun:
    """Try both lists on the leads captured since a moment. Nothing is written."""
    book = conditions.book("lead", at=at)
    was, would = List(list(now), book), List(list(then), book)
    counts: Counter[tuple[int, int]] = Counter()
    windows = []
    for start, end in _windows(since, at):
        judged = leads.filter(captured_at__gte=start, captured_at__lt=end).annotate(was=was.case(), would=would.case())
        found = Counter({(a, b): n for a, b, n in judged.order_by().values_list("was", "would").annotate(n=Count("pk"))})
        counts += found
        if any(was.outcome_at(a) != would.outcome_at(b) for a, b in found):
            windows.append(judged)
    return _summed(counts, was, would, windows)


def _windows(since: datetime, at: datetime) -> list[tuple[datetime, datetime]]:
    """Part the time into steps, the newest first."""
    edges, edge = [at + timedelta(seconds=1)], at
    while edge > since:
        edge = max(edge - STEP, since)
        edges.append(edge)
    return [(start, end) for end, start in zip(edges, edges[1:], strict=False)]


def _summed(counts: Counter, was: List, would: List, windows: list[QuerySet]) -> DryRun:
    flows: Counter[tuple[str, str]] = Counter()
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    moving = []
    for (a, b), number in counts.items():
        before[was.words_at(a)] += number
        after[would.words_at(b)] += number
        if was.outcome_at(a) != would.outcome_at(b):
            flows[was.words_at(a), would.words_at(b)] += number
            moving.append((a, b))
    shares = [Share(words, before[words], after[words]) for words in before.keys() | after.keys()]
    return DryRun(
        total=sum(counts.values()), moved=sum(flows.values()),
        flows=[Flow(a, b, number) for (a, b), number in sorted(flows.items(), key=lambda item: (-item[1], item[0]))],
        shares=sorted(shares, key=lambda share: (-max(share.now, share.then), share.words)),
        movers=_movers(moving, was, would, windows),
    )  # fmt: skip


def _movers(moving: list[tuple[int, int]], was: List, would: List, windows: list[QuerySet]) -> list[Mover]:
    """Return the newest leads that would go elsewhere."""
    elsewhere = Q(pk__in=[])
    for a, b in moving:
        elsewhere |= Q(was=a, would=b)
    found: list[Mover] = []
    for judged in windows:
        for lead in judged.filter(elsewhere).order_by("-captured_at", "-pk")[: LISTED - len(found)]:
            rule = would.rule_at(lead.would)
            found.append(Mover(lead, was.words_at(lead.was), would.words_at(lead.would), str(rule) if rule else ""))
        if len(found) >= LISTED:
            break
    return found
