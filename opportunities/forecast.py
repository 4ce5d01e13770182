"""The forecast: what the open deals will bring by the month they are expected to close, beside what is won already.

Weighted = what is open times its chance; expected = weighted + won in that month. Sums stay in their own currency.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _

from opportunities.fields import month_after
from opportunities.models import Opportunity
from opportunities.scope import Scope

AHEAD = 12  # months that stand one by one; what closes after them stands together
SHOWN = 6  # of them that are shown though they hold nothing
OVERDUE, LATER, UNDATED = "overdue", "later", "undated"
NAMES = {OVERDUE: _("Should have closed"), LATER: _("Later"), UNDATED: _("No close date")}


@dataclass
class Sums:
    """What one currency comes to in one period."""

    currency: str
    open: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)
    won: Decimal = Decimal(0)
    of: Decimal = Decimal(0)  # the largest expected sum of any period, for the bar

    @property
    def expected(self) -> Decimal:
        return self.weighted + self.won

    @property
    def weighted_shown(self) -> Decimal:
        """Return the weighted sum to the nearest whole: its cents are chance, not money."""
        return self.weighted.quantize(Decimal(1), ROUND_HALF_UP)

    @property
    def expected_shown(self) -> Decimal:
        return self.expected.quantize(Decimal(1), ROUND_HALF_UP)

    @property
    def percent_won(self) -> int:
        return int(100 * self.won / self.of) if self.of else 0

    @property
    def percent(self) -> int:
        return int(100 * self.expected / self.of) if self.of else 0


@dataclass
class Period:
    """A month of the forecast, or what stands before, after and outside of all."""

    key: date | str
    count: int = 0
    won_count: int = 0
    sums: dict[str, Sums] = field(default_factory=dict)

    @property
    def month(self) -> date | None:
        return self.key if isinstance(self.key, date) else None

    @property
    def name(self) -> str:
        return "" if isinstance(self.key, date) else str(NAMES[self.key])

    @property
    def amounts(self) -> list[Sums]:
        return sorted(self.sums.values(), key=lambda one: (-one.expected, one.currency))

    def of(self, currency: str) -> Sums:
        return self.sums.setdefault(currency, Sums(currency))


def periods(scope: Scope, *, today: date) -> list[Period]:
    """Return every period in order; of those that hold nothing only the next months. Two queries, three where deals are shared."""
    this = today.replace(day=1)
    months = [month_after(this, n) for n in range(AHEAD)]
    found = {key: Period(key) for key in (OVERDUE, *months, LATER, UNDATED)}
    for row in _open(scope):
        period = found[_place(row["month"], months)]
        period.count += row["n"]
        sums = period.of(row["currency"])
        sums.open += row["open"]
        sums.weighted += row["part"]
    for row in _won(scope.rows(), since=this):
        period = found[_place(row["month"].date(), months)]
        period.won_count += row["n"]
        period.of(row["currency"]).won += row["won"]
    _measure(found.values())
    filled = [key for key, period in found.items() if period.month and (period.count or period.won_count)]
    last = max([months[SHOWN - 1], *filled])
    return [period for period in found.values() if period.count or (period.month and period.month <= last)]


def total(found: list[Period]) -> Period:
    """Return the sums over all periods."""
    whole = Period(UNDATED, count=sum(period.count for period in found), won_count=sum(period.won_count for period in found))
    for period in found:
        for one in period.sums.values():
            sums = whole.of(one.currency)
            sums.open, sums.weighted, sums.won = sums.open + one.open, sums.weighted + one.weighted, sums.won + one.won
    return whole


def _open(scope: Scope) -> Iterable[dict[str, Any]]:
    """Sum up what is open by month and currency: from the kept totals where these know, and else from the rows."""
    if not scope.is_kept:
        return _counted(scope.rows().open())
    kept = scope.month_totals().filter(count__gt=0).order_by().values("month", "currency")
    beside = scope.beside()
    return chain(kept.annotate(n=Sum("count"), open=Sum("amount"), part=Sum("weighted")), () if beside is None else _counted(beside))


def _counted(rows: QuerySet) -> QuerySet:
    by_month = rows.order_by().annotate(month=TruncMonth("close_date")).values("month", "currency")
    return by_month.annotate(n=Count("pk"), open=Sum("amount_open"), part=Sum("weighted"))


def _won(rows: QuerySet, *, since: date) -> QuerySet:
    by_month = rows.filter(state=Opportunity.State.WON, closed_at__date__gte=since).order_by().annotate(month=TruncMonth("closed_at"))
    return by_month.values("month", "currency").annotate(n=Count("pk"), won=Sum("amount_won"))


def _place(month: date | None, months: list[date]) -> date | str:
    if month is None:
        return UNDATED
    if month < months[0]:
        return OVERDUE
    return month if month <= months[-1] else LATER


def _measure(found) -> None:
    largest: dict[str, Decimal] = {}
    for period in found:
        for one in period.sums.values():
            largest[one.currency] = max(one.expected, largest.get(one.currency, Decimal(0)))
    for period in found:
        for one in period.sums.values():
            one.of = largest[one.currency]
