"""The board by owner, close month or source: columns of the same cards, drawn as those of stages are."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber, TruncMonth
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import limits
from leads.models import Source
from opportunities.board import ORDERS, Column, Head
from opportunities.fields import month_after
from opportunities.forms import people_of
from opportunities.models import Opportunity
from opportunities.scope import Scope, is_key
from teams.models import User

WAYS = [("stage", gettext_lazy("Stage")), ("owner", gettext_lazy("Owner")), ("month", gettext_lazy("Close month")),
        ("source", gettext_lazy("Source"))]  # fmt: skip
COLUMNS = {"owner": F("owner_id"), "source": F("source_id"), "month": TruncMonth("close_date")}
MOST = 24  # columns, those with the most deals
NONE = "none"
READY = 3  # months from now on that stand ready though nothing closes in them
AHEAD = 12  # months from now on that a card's menu offers


@dataclass(frozen=True)
class Place:
    """What stands where a board by stage has its stage: key, name, and what a new deal of the column begins with."""

    pk: str
    name: str
    begins: str = ""


def key_of(by: str, value: Any) -> str:
    """Return a column's key: "owner-12", "month-2026-12", "source-none"."""
    if value is None:
        return f"{by}-{NONE}"
    return f"{by}-{value:%Y-%m}" if isinstance(value, date) else f"{by}-{value}"


def value_of(by: str, key: str) -> Any:
    """Return the value of a column's key; None is that of those without one. Raises ValueError when it is no such key."""
    way, _dash, text = key.partition("-")
    if way != by:
        raise ValueError(key)
    if text == NONE:
        return None
    if by == "month":
        return date.fromisoformat(f"{text}-01")
    if not is_key(text):
        raise ValueError(key)
    return int(text)


def where(deal: Opportunity, by: str) -> Any:
    """Return the value of the column an opportunity stands in."""
    if by == "month":
        return deal.close_date and deal.close_date.replace(day=1)
    return deal.owner_id if by == "owner" else deal.source_id


def day_in(month: date, before: date | None) -> date:
    """Return the day of a month that an expected close is moved to: the same day, or the last one."""
    last = monthrange(month.year, month.month)[1]
    return month.replace(day=min(before.day, last) if before else last)


def columns(scope: Scope, *, at: datetime, offsets: Mapping[str, int] | None = None) -> list[Column]:
    """Return the columns with their heads and the keys of their first cards; `offsets` begins some further down."""
    offsets = offsets or {}
    found = heads(scope, at=at)
    keys = first_cards(scope, found, most=lambda value: limits.BOARD_CARDS)
    for value, head in found.items():
        if offset := offsets.get(head.stage.pk):
            keys[value] = further_cards(scope, value, offset=offset)
    return [Column(head, keys[value], offsets.get(head.stage.pk, 0)) for value, head in found.items()]


def heads(scope: Scope, *, at: datetime) -> dict[Any, Head]:
    """Return the heads of the largest columns, in order: owners by name, months by time, sources by what they bring."""
    counted: dict[Any, Head] = defaultdict(lambda: Head(None))
    for row in _counted(scope, timezone.localdate(at)):
        counted[row["into"]].add(row)
    found = {value: head for value, head in counted.items() if head.count}
    biggest = sorted(found, key=lambda value: -found[value].count)[:MOST]
    if found and scope.by == "month" and not (scope.narrowing or set(biggest) == {None}):
        this = timezone.localdate(at).replace(day=1)
        biggest += [month for n in range(READY) if (month := month_after(this, n)) not in biggest]
    names = _names(scope.by, biggest)
    ordered = {value: counted[value] for value in _in_order(scope.by, biggest, names, counted)}
    for value, head in ordered.items():
        head.stage = Place(key_of(scope.by, value), names[value], _begins(scope.by, value))
    return ordered


def _counted(scope: Scope, today: date) -> Iterable[dict[str, Any]]:
    """Count the columns' cards and sum up their amounts: those by owner from the kept totals, others from the rows."""
    if scope.by != "owner" or not scope.is_kept:
        return _summed(scope.rows().open(), scope.by, Count("pk"), Sum("amount_open"), lambda which: Count("pk", filter=which), today)
    kept = _summed(scope.totals(), scope.by, Sum("count"), Sum("amount"), lambda which: Sum("count", filter=which), today)
    beside = scope.beside()
    if beside is None:
        return kept
    more = _summed(beside, scope.by, Count("pk"), Sum("amount_open"), lambda which: Count("pk", filter=which), today)
    return [*kept, *more]


def _summed(rows: QuerySet, by: str, number, amount, some: Callable[[Q], Any], today: date) -> QuerySet:
    bar = {
        "late": some(Q(next_activity_on__lt=today)), "now": some(Q(next_activity_on=today)), "later": some(Q(next_activity_on__gt=today)),
    }  # fmt: skip
    grouped = rows.order_by().annotate(into=COLUMNS[by]).values("into", "currency")
    return grouped.annotate(n=number, amount=amount, part=Sum("weighted"), **bar)


def first_cards(scope: Scope, values: Iterable[Any], *, most: Callable[[Any], int]) -> dict[Any, list[int]]:
    """Return the keys of each column's first cards in the board's order, `most(value)` of each. One query."""
    wanted = {value: most(value) for value in values}
    found: dict[Any, list[int]] = {value: [] for value in wanted}
    if not wanted:
        return found
    order, _sql = ORDERS[scope.sort]
    place = Window(RowNumber(), partition_by=[COLUMNS[scope.by]], order_by=[order, F("pk").asc()])
    rows = scope.rows().open().order_by().annotate(into=COLUMNS[scope.by], place=place).filter(place__lte=max(wanted.values()))
    for value, number, key in rows.order_by("place").values_list("into", "place", "pk"):
        if number <= wanted.get(value, 0):
            found[value].append(key)
    return found


def further_cards(scope: Scope, value: Any, *, offset: int, limit: int = limits.BOARD_CARDS) -> list[int]:
    """Return the keys of one column's cards further down. One query."""
    order, _sql = ORDERS[scope.sort]
    rows = scope.rows().open().annotate(into=COLUMNS[scope.by])
    rows = rows.filter(into__isnull=True) if value is None else rows.filter(into=value)
    return list(rows.order_by(order, "pk").values_list("pk", flat=True)[offset : offset + limit])


def choices(scope: Scope, shown: Iterable[Column], *, at: datetime) -> list[tuple[str, str]]:
    """Return the columns a card may be moved to by its menu, those that are not on the board included."""
    if scope.by == "month":
        this = timezone.localdate(at).replace(day=1)
        months = {month_after(this, n) for n in range(AHEAD)}
        months |= {value_of("month", column.stage.pk) for column in shown} - {None}
        values: list[Any] = sorted(months)
    elif scope.by == "owner":
        values = list(people_of(scope.user).values_list("pk", flat=True))
    else:
        values = list(Source.objects.order_by("name", "pk").values_list("pk", flat=True))
    names = _names(scope.by, [*values, None])
    return [(key_of(scope.by, value), names[value]) for value in [*values, None]]


def _names(by: str, values: Iterable[Any]) -> dict[Any, str]:
    if by == "month":
        return {value: date_format(value, "F Y") if value else _("No close date") for value in values}
    model, nobody = (User, _("Nobody")) if by == "owner" else (Source, _("No source"))
    known = {row.pk: str(row) for row in model._base_manager.filter(pk__in=[value for value in values if value])}
    return {value: known.get(value, nobody) for value in values}


def _begins(by: str, value: Any) -> str:
    if value is None or by == "source":
        return ""
    return f"close_date={day_in(value, None)}" if by == "month" else f"owner={value}"


def _in_order(by: str, values: list[Any], names: dict[Any, str], heads: Mapping[Any, Head]) -> list[Any]:
    """Order months by time, people by name, sources by how many deals they brought; what has none comes last."""
    if by == "month":
        return sorted(values, key=lambda value: value or date.max)
    if by == "owner":
        return sorted(values, key=lambda value: (value is None, names[value].casefold(), value or 0))
    return sorted(values, key=lambda value: (value is None, -heads[value].count, names[value].casefold()))
