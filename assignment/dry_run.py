"""What a changed list of rules would do: the leads of some weeks, tried on the rules as they are and as they would be.

Read-only: the database judges every lead by both lists at once, some thousands per statement. Rules are tried on what
is known of the leads now.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from assignment import tracing
from assignment.rules import OUTCOMES
from core import conditions
from core.conditions.acts import ask_first
from core.conditions.engine import Book, Conditions
from leads.models import Lead

AT_ONCE = 10_000  # leads judged in one statement: a fraction of a second, however many came in on one day
LISTED = 100
NO_RULE = -1
MAX_KEY = 2**63 - 1
Pair = tuple[int, int]  # a place in either list


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

    @cached_property
    def read(self) -> list[Conditions]:
        return [self.book.read({} if rule.is_everyone_else else rule.conditions) for rule in self.ordered]

    def case(self) -> Case:
        """Return the place of the first rule that matches a lead, as the database finds it."""
        whens, default = [], NO_RULE
        for place, (rule, read) in enumerate(zip(self.ordered, self.read, strict=True)):
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
    counts: Counter[Pair] = Counter()
    moving: list[tuple[int, Pair]] = []
    for rows in _judged(leads, was, would, since=since, at=at):
        found = Counter((a, b) for _moment, _pk, a, b in rows)
        counts += found
        elsewhere = {(a, b) for a, b in found if was.outcome_at(a) != would.outcome_at(b)}
        if elsewhere and len(moving) < LISTED:
            moving += [(pk, (a, b)) for _moment, pk, a, b in rows if (a, b) in elsewhere]
    return _summed(counts, was, would, _movers(moving[:LISTED], was, would))


def _judged(leads: QuerySet, was: List, would: List, *, since: datetime, at: datetime) -> Iterator[list[tuple[datetime, int, int, int]]]:
    """Yield (moment, key, place now, place then) of each lead, the newest first, so many per statement.

    Sixty rules are put into SQL once: that takes as long as judging thousands of leads by it.
    """
    end = at + timedelta(seconds=1)
    rows = leads.filter(captured_at__gte=since, captured_at__lt=end)
    ask_first((leaf for tried in (was, would) for read in tried.read for leaf in read.leaves), rows)
    rows = rows.annotate(was=was.case(), would=would.case())
    try:
        sql, given = rows.order_by().values_list("captured_at", "pk", "was", "would").query.sql_with_params()
    except EmptyResultSet:
        return
    sql = (
        f"SELECT * FROM ({sql}) AS judged(captured_at, id, was, would) WHERE (captured_at, id) < (%s, %s) "
        "ORDER BY captured_at DESC, id DESC LIMIT %s"
    )
    edge, found = (end, MAX_KEY), []
    while not found or len(found) == AT_ONCE:
        with connection.cursor() as cursor:
            cursor.execute(sql, [*given, *edge, AT_ONCE])
            found = cursor.fetchall()
        if not found:
            return
        yield found
        edge = found[-1][:2]


def _summed(counts: Counter[Pair], was: List, would: List, movers: list[Mover]) -> DryRun:
    flows: Counter[tuple[str, str]] = Counter()
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for (a, b), number in counts.items():
        before[was.words_at(a)] += number
        after[would.words_at(b)] += number
        if was.outcome_at(a) != would.outcome_at(b):
            flows[was.words_at(a), would.words_at(b)] += number
    shares = [Share(words, before[words], after[words]) for words in before.keys() | after.keys()]
    return DryRun(
        total=sum(counts.values()), moved=sum(flows.values()),
        flows=[Flow(a, b, number) for (a, b), number in sorted(flows.items(), key=lambda item: (-item[1], item[0]))],
        shares=sorted(shares, key=lambda share: (-max(share.now, share.then), share.words)),
        movers=movers,
    )  # fmt: skip


def _movers(moving: list[tuple[int, Pair]], was: List, would: List) -> list[Mover]:
    """Return leads that would go elsewhere, as they were found; one that was deleted since is left out."""
    leads = Lead.objects.in_bulk([pk for pk, _pair in moving])
    return [
        Mover(leads[pk], was.words_at(a), would.words_at(b), str(would.rule_at(b) or "")) for pk, (a, b) in moving if pk in leads
    ]
