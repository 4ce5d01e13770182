"""The board: columns with their heads from the kept totals, and the first cards of every column by one query."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Count, F, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.utils import timezone

from core import limits
from core.prepared import Prepared
from opportunities.models import Opportunity, Stage
from opportunities.scope import Scope

ORDERS: dict[str, tuple[Any, str]] = {
    # the column to order by, and the same in SQL over what a branch returns
    "next": (F("next_activity_at").asc(nulls_last=True), "place ASC NULLS LAST"),
    "score": (F("score").desc(nulls_last=True), "place DESC NULLS LAST"),
    "value": (F("amount_open").desc(), "place DESC"),
    "age": (F("stage_since").asc(), "place ASC"),
}
COLUMNS = {"next": "next_activity_at", "score": "score", "value": "amount_open", "age": "stage_since"}


@dataclass
class Amounts:
    """What one currency comes to in a column."""

    currency: str
    amount: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)

    @property
    def percent(self) -> int:
        """Return the chance the column's money has on average: its deals' own ones, weighted by their amounts."""
        return round(100 * self.weighted / self.amount) if self.amount else 0


@dataclass
class Head:
    """A column's head: how many, how much, and what is planned for them."""

    stage: Stage
    count: int = 0
    overdue: int = 0
    today: int = 0
    planned: int = 0
    sums: dict[str, Amounts] = field(default_factory=dict)

    @property
    def none(self) -> int:
        return self.count - self.overdue - self.today - self.planned

    @property
    def amounts(self) -> list[Amounts]:
        """Return one line for each currency, the largest first."""
        return sorted(self.sums.values(), key=lambda one: (-one.amount, one.currency))

    @property
    def words(self) -> str:
        """Return all that its drawing says, by which the drawing is kept."""
        bar = (self.count, self.overdue, self.today, self.planned)
        sums = [(one.currency, one.amount, one.weighted, one.percent) for one in self.amounts]
        return repr((self.stage.pk, self.stage.name, self.begins, bar, sums))

    @property
    def begins(self) -> str:
        """Return what a new deal of this column begins with, as an address says it; "" when nothing can."""
        return getattr(self.stage, "begins", f"stage={self.stage.pk}")

    def add(self, row: dict[str, Any]) -> None:
        self.count += row["n"] or 0
        self.overdue += row["late"] or 0
        self.today += row["now"] or 0
        self.planned += row["later"] or 0
        if row["n"] or row["amount"]:
            sums = self.sums.setdefault(row["currency"], Amounts(row["currency"]))
            sums.amount += row["amount"] or 0
            sums.weighted += row["part"] or 0


@dataclass
class Column:
    """A stage with the cards shown of it."""

    head: Head
    keys: list[int]
    offset: int = 0
    cards: str = ""  # drawn, one a line

    @property
    def stage(self) -> Stage:
        return self.head.stage

    @property
    def next_offset(self) -> int:
        return self.offset + len(self.keys)

    @property
    def has_more(self) -> bool:
        return self.head.count > self.next_offset and bool(self.keys)

    @property
    def left(self) -> int:
        return self.head.count - self.next_offset


def heads(scope: Scope, stages: list[Stage], *, today: date) -> dict[int, Head]:
    """Return the heads of some columns: one query over the kept totals, one over what is shared with the person."""
    found = {stage.pk: Head(stage) for stage in stages}
    if scope.is_kept:
        if scope.narrowing is None:
            sources = [_TOTALS.rows(*scope.keys, tuple(found), today=today, **scope.words)]
        else:
            sources = [_sums(scope, found, today)]
        beside = scope.beside()
    else:  # narrowed by what the totals don't know: the rows themselves are counted
        sources, beside = [], scope.rows().open()
    if beside is not None:
        rows = beside.filter(stage__in=found)
        sources.append(_summed(rows, Count("pk"), Sum("amount_open"), Sum("weighted"), _counted, today))
    for source in sources:
        for row in source:
            found[row["stage_id"]].add(row)
    return found


def _sums(scope: Scope, stages: Iterable[int], today: date) -> QuerySet:
    kept = scope.totals().filter(stage__in=stages)
    return _summed(kept, Sum("count"), Sum("amount"), Sum("weighted"), _totalled, today)


_TOTALS = Prepared(lambda *keys, today, **words: _sums(Scope.like(*keys[:-1], **words), keys[-1], today))


def _summed(rows: QuerySet, number, amount, weighted, some, today: date) -> QuerySet:
    bar = {
        "late": some(Q(next_activity_on__lt=today)), "now": some(Q(next_activity_on=today)), "later": some(Q(next_activity_on__gt=today)),
    }  # fmt: skip
    return rows.order_by().values("stage_id", "currency").annotate(n=number, amount=amount, part=weighted, **bar)


def _totalled(which: Q) -> Sum:
    return Sum("count", filter=which)


def _counted(which: Q) -> Count:
    return Count("pk", filter=which)


def first_cards(
    scope: Scope, stages: list[Stage], *, offset: int = 0, limit: int = limits.BOARD_CARDS
) -> dict[int, list[int]]:
    """Return the keys of each stage's first opportunities in the board's order, by one query.

    For every stage the database reads just as many index entries as cards are shown, once for each way to see one.
    """
    found: dict[int, list[int]] = defaultdict(list)
    if scope.narrowing is None and scope.beside() is None:
        branches = [_FIRST.sql(*scope.keys, n=n, limit=offset + limit, **scope.words) for n in range(1 if scope.ways is None else len(scope.ways))]
    else:
        branches = [_first_of(branch, scope.sort, offset + limit).query.sql_with_params() for branch in scope.branches()]
    if not branches or not stages:
        return found
    params = [param for _sql, given in branches for param in given]
    sql = (
        "SELECT board_stage.id, card.key FROM unnest(%s::bigint[]) AS board_stage(id) CROSS JOIN LATERAL ("
        f"SELECT key, place FROM ({' UNION '.join(f'({sql})' for sql, _given in branches)}) AS seen(key, place)"
        f" ORDER BY {ORDERS[scope.sort][1]}, key OFFSET %s LIMIT %s) AS card"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [[stage.pk for stage in stages], *params, offset, limit])
        for stage, key in cursor.fetchall():
            found[stage].append(key)
    return found


def _first_of(branch: QuerySet, sort: str, limit: int) -> QuerySet:
    here = RawSQL("opportunities_opportunity.stage_id = board_stage.id", [], output_field=BooleanField())
    rows = branch.filter(here).order_by(ORDERS[sort][0], "pk").annotate(place=F(COLUMNS[sort]))
    return rows.values_list("pk", "place")[:limit]


_FIRST = Prepared(lambda *keys, n, limit, **words: _first_of(Scope.like(*keys, **words).ranges()[n], words["sort"], limit))


def columns(scope: Scope, *, at: datetime, offsets: dict[int, int] | None = None) -> list[Column]:
    """Return every column with its head and the keys of its first cards; `offsets` begins some columns further down."""
    offsets = offsets or {}
    found = heads(scope, scope.stages, today=timezone.localdate(at))
    keys = first_cards(scope, [stage for stage in scope.stages if not offsets.get(stage.pk)])
    for stage in scope.stages:
        if offset := offsets.get(stage.pk):
            keys |= first_cards(scope, [stage], offset=offset)
    return [Column(found[stage.pk], keys.get(stage.pk, []), offsets.get(stage.pk, 0)) for stage in scope.stages]


def summary(heads_of_all: list[Head]) -> Head | None:
    """Return one head over all columns, for the page's own head."""
    if not heads_of_all:
        return None
    whole = Head(heads_of_all[0].stage)
    for head in heads_of_all:
        whole.count += head.count
        for one in head.sums.values():
            sums = whole.sums.setdefault(one.currency, Amounts(one.currency))
            sums.amount += one.amount
            sums.weighted += one.weighted
    return whole


def _closed_since(scope: Scope, start: datetime) -> QuerySet:
    rows = scope.rows().exclude(state=Opportunity.State.OPEN).filter(closed_at__gte=start).order_by()
    return rows.values("state", "currency").annotate(n=Count("pk", distinct=True), won=Sum("amount_won"), lost=Sum("amount_lost"))


_CLOSED = Prepared(lambda *keys, **words: _closed_since(Scope.like(*keys[:-1], **words), keys[-1]))


@dataclass
class Fold:
    """What closed this quarter one way."""

    count: int = 0
    amounts: list[Amounts] = field(default_factory=list)


def folds(scope: Scope, *, at: datetime) -> dict[str, Fold]:
    """Return what was won and what was lost in the present quarter. One query."""
    here = timezone.localtime(at)
    start = here.replace(month=(here.month - 1) // 3 * 3 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
    found = {"won": Fold(), "lost": Fold()}
    for row in _CLOSED.rows(*scope.keys, start, **scope.words) if scope.narrowing is None else _closed_since(scope, start):
        fold = found[row["state"]]
        fold.count += row["n"]
        fold.amounts.append(Amounts(row["currency"], row[row["state"]]))
    return found
