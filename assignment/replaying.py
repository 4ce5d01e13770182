"""Who would have got how many of the last weeks' leads by other rules, and what that would have done to first replies.

The leads are handed out anew in the order they came, moment by moment: onto the desks as they were before, with today's
caps, hours and known absences, each day's leads counted; a lead leaves its desk when it ended in truth, and who finds
nobody free waits for the next room, oldest first. Nothing is locked and nothing is written.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.db.models.functions import Least

from assignment.choosing import Around, Route, choose
from assignment.desks import Desk, Seat
from assignment.loads import Load
from assignment.models import AssignmentRule
from assignment.relations import Relations
from assignment.rules import Rules
from assignment.simulator import PaperDesks, route_of
from assignment.territories import Territories
from core.conditions.engine import Leaf
from leads.models import Lead
from teams import clocks, hours
from teams.hours import Hours
from teams.models import Membership, SalesTeam, User

MOST = 10_000  # leads of a replay, the newest
ENDS = ("converted_at", "disqualified_at", "archived_at", "merged_at")


@dataclass
class Share:
    """One person: how many leads they got, how many they would get, and how soon they reply as a rule."""

    words: str
    now: int = 0
    then: int = 0
    reply: timedelta | None = None

    @property
    def change(self) -> int:
        return self.then - self.now


@dataclass
class Replay:
    """Who would have got how many; `later` found somebody only after a while."""

    total: int = 0
    waiting: int = 0
    later: int = 0
    is_cut: bool = False
    shares: list[Share] = field(default_factory=list)
    reply_now: timedelta | None = None
    reply_then: timedelta | None = None

    @property
    def most(self) -> int:
        return max((max(share.now, share.then) for share in self.shares), default=1) or 1


def replay(leads: QuerySet, rules: Iterable[AssignmentRule] | None = None, *, since: datetime, at: datetime) -> Replay:
    """Hand the leads that got an owner since a moment out anew, by other rules or those of now."""
    rows = leads.filter(captured_at__gte=since, captured_at__lte=at, first_assigned_at__isnull=False)
    newest = list(rows.select_related("team").order_by("-captured_at", "-pk")[: MOST + 1])
    taken = newest[:MOST][::-1]
    if not taken:
        return Replay()
    run = Run(taken, rules, since=taken[0].captured_at if len(newest) > MOST else since, at=at)
    run.go()
    happened = Counter(lead.owner_id for lead in taken if lead.owner_id)
    people = User.objects.in_bulk(run.given.keys() | happened.keys())
    replies = _replies(people, at)
    shares = [Share(person.name, happened[pk], run.given[pk], replies.get(pk)) for pk, person in people.items()]
    return Replay(
        total=len(taken), waiting=len(run.waits), later=run.later, is_cut=len(newest) > MOST,
        shares=sorted(shares, key=lambda share: (-max(share.then, share.now), share.words)),
        reply_now=_typical(happened, replies), reply_then=_typical(run.given, replies),
    )  # fmt: skip


# ------------------------------------------------------------ desks of the past


@dataclass
class Moment:
    """The moment a replay has come to; every seat looks at the same one."""

    at: datetime


@dataclass
class PastLoad(Load):
    """What somebody carries at the replay's moment; when they got what is kept for the day's cap."""

    moment: Moment | None = None
    got: deque[datetime] = field(default_factory=deque)

    def give(self) -> None:
        super().give()
        self.got.append(self.moment.at)

    def end(self) -> None:
        self.open -= 1
        self.fresh = max(self.fresh - 1, 0)

    def today_in(self, zone: ZoneInfo) -> int:
        midnight = Hours(zone).midnight(self.moment.at)
        return sum(1 for at in self.got if at >= midnight)


@dataclass
class PastSeat(Seat):
    """A seat whose absence is asked anew at every moment. Whether somebody was paused then is not known."""

    moment: Moment | None = None

    @property
    def absence(self) -> str:  # type: ignore[override]
        if not self.member.takes_leads:
            return "takes_none"
        if self.member.is_away(self.moment.at):
            return "away"
        return self.hours.why_closed(self.moment.at) if self.hours else ""


class PastDesks(PaperDesks):
    """Every team's seats with what people had on their desks when the replay begins."""

    def __init__(self, since: datetime):
        self.at, self.others, self.moment = since, {}, Moment(since)
        teams = list(SalesTeam.objects.all())
        times = hours.of_teams(teams)
        ticking = clocks.of(teams, hours=times)
        self.desks = {team.pk: Desk(team, clock=ticking[team.pk]) for team in teams}
        self.loads: dict[int, PastLoad] = defaultdict(lambda: PastLoad(moment=self.moment))
        for member in Membership.objects.filter(user__is_active=True).select_related("user", "team").order_by("user_id", "pk"):
            works = times[member.team_id] if member.team.waits_for_hours else None
            seat = PastSeat(member, self.loads[member.user_id], 0, since, works, hours.zone_of(member.team), moment=self.moment)
            self.desks[member.team_id].seats.append(seat)


class Run:
    """One replay, moment by moment."""

    def __init__(self, leads: list[Lead], rows: Iterable[AssignmentRule] | None, *, since: datetime, at: datetime):
        self.leads, self.rules, self.desks = leads, Rules("assignment", at=at, rows=rows), PastDesks(since)
        self.given: Counter[int] = Counter()
        self.waits: deque[Route] = deque()
        self.later, self._ends = 0, []
        territories = Territories(at)
        read_acts(leads, [*self.rules.leaves, *territories.leaves])
        self.rules.prepare(leads)
        prefetch_related_objects(leads, "company")
        self.routes = [route_of(_unowned(lead), self.rules) for lead in leads]
        self.around = Around(self.desks, territories, Relations(self.routes), keeps_line=False)
        for owner, end in _carried(self.desks.loads.keys(), since):
            self.desks.loads[owner].open += 1
            self._leaves(owner, end)

    def go(self) -> None:
        for route in self.routes:
            self._come_to(route.lead.captured_at)
            self._drain()
            if not self._hand_out(route):
                self.waits.append(route)

    def _come_to(self, at: datetime) -> None:
        self.desks.moment.at = at
        while self._ends and self._ends[0][0] <= at:
            self.desks.loads[heappop(self._ends)[1]].end()

    def _drain(self) -> None:
        """Give what waits to whoever has room by now, oldest first; who waits for a person stays."""
        free = {pk for pk, desk in self.desks.desks.items() if desk.free} if self.waits else set()
        for _ in range(len(self.waits) if free else 0):
            route = self.waits.popleft()
            if route.team_id in free and self._hand_out(route):
                self.later += 1
                free = {pk for pk in free if self.desks[pk].free}
            else:
                self.waits.append(route)

    def _hand_out(self, route: Route) -> bool:
        choice = choose(route, self.around)
        if choice.seat is None:
            return False
        self.desks[route.team_id].give(choice.seat, takes_turn=choice.takes_turn)
        self.given[choice.seat.user_id] += 1
        self._leaves(choice.seat.user_id, _end_of(route.lead))
        return True

    def _leaves(self, owner: int, end: datetime | None) -> None:
        if end is not None:
            heappush(self._ends, (end, owner))


def read_acts(leads: list[Lead], leaves: Iterable[Leaf]) -> None:
    """Read no more of what leads did than the conditions of a replay ask about: no other kind of act, none from before.

    Ten thousand leads may have done hundreds of thousands of things. Other leaves must not be asked of these leads after it.
    """
    asked: dict[str, Q] = {}
    for leaf in leaves:
        if leaf.test is not None and leaf.field.type == "act":
            since = Q(occurred_at__gte=leaf.value.since) if leaf.value.since else Q()
            asked[leaf.field.prefetch] = asked.get(leaf.field.prefetch, Q()) | Q(**leaf.field.narrow) & since
    for relation, wanted in asked.items():
        rows = Lead._meta.get_field(relation).related_model._base_manager.filter(wanted)
        prefetch_related_objects(leads, Prefetch(relation, queryset=rows))


def _carried(people: Iterable[int], since: datetime) -> Iterable[tuple[int, datetime | None]]:
    """Return whose each lead was that had come before and had not ended yet, with its end: by its owner of now."""
    rows = Lead.objects.filter(owner__in=list(people), captured_at__lt=since).annotate(end=Least(*ENDS))
    return rows.filter(Q(end__isnull=True) | Q(end__gte=since)).order_by().values_list("owner", "end")


def _end_of(lead: Lead) -> datetime | None:
    return min((end for name in ENDS if (end := getattr(lead, name))), default=None)


def _unowned(lead: Lead) -> Lead:
    lead = copy(lead)
    lead.owner_id = None
    return lead


# --------------------------------------------------------------- first replies


def _replies(people: Iterable[int], at: datetime) -> dict[int, timedelta]:
    """Return how soon each person replied in the middle, over a quarter; of those who replied at least three times."""
    rows = Lead.objects.filter(first_contacted_by__in=list(people), first_contacted_at__gte=at - timedelta(days=90), first_contacted_at__lte=at)
    times: dict[int, list[timedelta]] = defaultdict(list)
    for person, taken in rows.order_by("-first_contacted_at").values_list("first_contacted_by", "response_time")[:MOST]:
        times[person].append(taken)
    return {person: median(found) for person, found in times.items() if len(found) >= 3}


def _typical(counts: Counter, replies: dict[int, timedelta]) -> timedelta | None:
    """Return the replies' mean, weighted by how many leads each person gets; None while too little is known."""
    known: dict[int, Any] = {pk: n for pk, n in counts.items() if pk in replies and n}
    total = sum(known.values())
    if not total or total * 2 < sum(counts.values()):
        return None
    return sum((replies[pk] * n for pk, n in known.items()), timedelta()) / total
