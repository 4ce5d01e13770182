"""What people carry: open leads, what they got today, and deals, each counted only when somebody asks for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum

from leads.models import Lead
from opportunities.models import Opportunity
from teams.hours import Hours
from teams.models import SalesTeam

LEADS, DEALS, WEIGHTED = SalesTeam.Workload.LEADS, SalesTeam.Workload.DEALS, SalesTeam.Workload.WEIGHTED


@dataclass
class Load:
    """What one person has on their desk, in whatever team. `given` counts what this batch gave."""

    open: int = 0
    today: dict[Any, int] = field(default_factory=dict)  # by the zone whose day it is
    fresh: int = 0  # open leads nobody has contacted yet
    deals: int = 0
    weighted: float = 0.0
    given: int = 0

    def give(self) -> None:
        self.open += 1
        self.fresh += 1
        self.given += 1

    def today_in(self, zone: ZoneInfo) -> int:
        return self.today.get(zone, 0) + self.given

    def counted(self, measure: str) -> float:
        """Return the load as a team counts it. New leads always count, or one person would get all of a busy hour."""
        if measure == DEALS:
            return self.deals + self.fresh
        return self.weighted + self.fresh if measure == WEIGHTED else self.open


def loads_of(
    user_ids: Iterable[int], *, at: datetime, zones: Iterable[ZoneInfo] = (), measures: Iterable[str] = (),
) -> dict[int, Load]:  # fmt: skip
    """Return people's open leads; with `zones` what they got since each one's midnight, and deals where a measure asks."""
    user_ids, zones, asks_deals = set(user_ids), list(zones), bool({DEALS, WEIGHTED} & set(measures))
    loads = {pk: Load() for pk in user_ids}
    rows = Lead.objects.filter(is_open=True, owner__in=user_ids).values("owner_id").annotate(n=Count("pk"))
    if asks_deals:
        rows = rows.annotate(fresh=Count("pk", filter=Q(first_contacted_at__isnull=True)))
    for row in rows.order_by():
        loads[row["owner_id"]].open = row["n"]
        loads[row["owner_id"]].fresh = row.get("fresh", 0)
    if zones:
        _count_today(loads, zones, at)
    if asks_deals:
        deals = Opportunity.objects.filter(state="open", owner__in=user_ids).values("owner_id")
        for row in deals.annotate(n=Count("pk"), weighted=Sum("stage__probability")).order_by():
            loads[row["owner_id"]].deals, loads[row["owner_id"]].weighted = row["n"], float(row["weighted"])
    return loads


def _count_today(loads: dict[int, Load], zones: list[ZoneInfo], at: datetime) -> None:
    midnights = {zone: Hours(zone).midnight(at) for zone in zones}
    counts = {f"n{number}": Count("pk", filter=Q(assigned_at__gte=midnights[zone])) for number, zone in enumerate(zones)}
    rows = Lead.objects.filter(owner__in=set(loads), assigned_at__gte=min(midnights.values())).values("owner_id").annotate(**counts)
    for row in rows.order_by():
        loads[row["owner_id"]].today = {zone: row[f"n{number}"] for number, zone in enumerate(zones)}
