"""The board by owner, close month or source: columns of the same cards, to look at; stages are moved in the board by stage."""

from collections.abc import Iterable
from dataclasses import dataclass, field
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
from opportunities import cards
from opportunities.board import ORDERS, Head
from opportunities.scope import Scope
from teams.models import User

WAYS = [("stage", gettext_lazy("Stage")), ("owner", gettext_lazy("Owner")), ("month", gettext_lazy("Close month")),
        ("source", gettext_lazy("Source"))]  # fmt: skip
COLUMNS = {"owner": F("owner_id"), "source": F("source_id"), "month": TruncMonth("close_date")}
MOST = 24  # groups, those with the most deals
OPENED = 100  # cards of a group that is opened
NONE = "none"


@dataclass
class Group:
    """One column: its head, and the cards shown of it with the names of their stages."""

    key: str
    name: str
    head: Head
    is_open: bool = False
    cards: list[tuple[str, str]] = field(default_factory=list)

    @property
    def left(self) -> int:
        return max(0, self.head.count - len(self.cards))


def groups(scope: Scope, *, opened: str = "", at: datetime) -> list[Group]:
    """Return the groups with their heads and first cards: three queries, and one for the names."""
    rows = scope.rows().open().order_by()
    found = _heads(rows, scope, today=timezone.localdate(at))
    biggest = sorted(found, key=lambda value: -found[value].count)[:MOST]
    names = _names(scope.by, biggest)
    made = {value: Group(_key(value), names[value], found[value], is_open=_key(value) == opened) for value in biggest}
    _fill(rows, scope, made, at=at)
    return [made[value] for value in _in_order(scope.by, biggest, names, found)]


def _heads(rows: QuerySet, scope: Scope, *, today: date) -> dict[Any, Head]:
    bar = {
        "late": Q(next_activity_on__lt=today),
        "now": Q(next_activity_on=today),
        "later": Q(next_activity_on__gt=today),
    }
    counted = rows.annotate(into=COLUMNS[scope.by]).values("into", "currency").annotate(
        n=Count("pk"), amount=Sum("amount_open"), part=Sum("weighted"), **{name: Count("pk", filter=which) for name, which in bar.items()}
    )  # fmt: skip
    found: dict[Any, Head] = {}
    for row in counted:
        found.setdefault(row["into"], Head(scope.stages[0] if scope.stages else None)).add(row)
    return found


def _fill(rows: QuerySet, scope: Scope, made: dict[Any, Group], *, at: datetime) -> None:
    """Give each group its first cards in the board's order; an opened one more of them."""
    order, _sql = ORDERS[scope.sort]
    place = Window(RowNumber(), partition_by=[COLUMNS[scope.by]], order_by=[order, F("pk").asc()])
    numbered = (
        rows.annotate(into=COLUMNS[scope.by], place=place)
        .filter(place__lte=OPENED)
        .values_list("into", "place", "pk", "stage__name")
    )
    wanted = [
        (value, place, pk, stage) for value, place, pk, stage in numbered
        if value in made and (made[value].is_open or place <= limits.BOARD_CARDS)
    ]  # fmt: skip
    html = cards.render([pk for _value, _place, pk, _stage in wanted], scope.user, scope.stages, at=at)
    for value, _place, pk, stage in sorted(wanted, key=lambda row: row[1]):
        if pk in html:
            made[value].cards.append((html[pk], stage))


def _names(by: str, values: Iterable[Any]) -> dict[Any, str]:
    if by == "month":
        return {value: date_format(value, "F Y") if value else _("No close date") for value in values}
    model, nobody = (User, _("Nobody")) if by == "owner" else (Source, _("No source"))
    known = {row.pk: str(row) for row in model._base_manager.filter(pk__in=[value for value in values if value])}
    return {value: known.get(value, nobody) for value in values}


def _in_order(by: str, values: list[Any], names: dict[Any, str], heads: dict[Any, Head]) -> list[Any]:
    """Order months by time, people by name, sources by how many deals they brought; what has none comes last."""
    if by == "month":
        return sorted(values, key=lambda value: value or date.max)
    if by == "owner":
        return sorted(values, key=lambda value: (value is None, names[value].casefold(), value or 0))
    return sorted(values, key=lambda value: (value is None, -heads[value].count, names[value].casefold()))


def _key(value: Any) -> str:
    if value is None:
        return NONE
    return value.isoformat() if isinstance(value, date) else str(value)
