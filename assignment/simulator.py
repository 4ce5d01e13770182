"""Rules on paper: the path one lead would take now, and who would have got how many of the last weeks' leads.

The same rules, the same choosing and the same seats as in earnest; nothing is locked and nothing is written.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects

from assignment import tracing
from assignment.choosing import Around, Route, choose
from assignment.desks import Desk, Desks, Seat, seats_of
from assignment.loads import Load
from assignment.models import AssignmentRule, Decision, RuleList
from assignment.qualification import GOES_ON
from assignment.relations import Relations
from assignment.rules import Rules, described, seen_of
from assignment.territories import Territories
from core.conditions.engine import Seen
from leads.models import Lead
from teams import clocks, hours
from teams.models import Membership, SalesTeam, User

MOST = 10_000  # leads of a replay, the newest
PLENTY = 10**9


class PaperDesks(Desks):
    """Every team's seats as they are now, without locks; `is_empty` begins with empty desks and everybody there."""

    def __init__(self, *, at: datetime, is_empty: bool = False):
        self.at, self.others = at, {}
        teams = list(SalesTeam.objects.all())
        times = hours.of_teams(teams)
        ticking = clocks.of(teams, hours=times)
        self.desks = {team.pk: Desk(team, clock=ticking[team.pk]) for team in teams}
        members = list(Membership.objects.filter(user__is_active=True).select_related("user", "team").order_by("user_id", "pk"))
        for member, seat in _empty(members, at) if is_empty else seats_of(members, at=at, times=times):
            self.desks[member.team_id].seats.append(seat)


def _empty(members: Sequence[Membership], at: datetime) -> list[tuple[Membership, Seat]]:
    loads: dict[int, Load] = defaultdict(Load)
    for member in members:
        member.capacity, member.daily_cap, member.is_paused = PLENTY, None, False
        member.away_from = member.away_until = None
    return [(member, Seat(member, loads[member.user_id], 0, at)) for member in members]


# ------------------------------------------------------------------- one lead


@dataclass(frozen=True)
class Path:
    """What would become of one lead now: two decisions on paper, worded as real ones are."""

    qualification: tracing.Trace
    assignment: tracing.Trace | None
    owner: User | None


def walk(lead: Lead, *, at: datetime) -> Path:
    """Return the path of a lead as if it came in now. One nobody saved must carry its tags and acts already."""
    lead = copy(lead)
    lead.owner = None
    qualified, kind = _qualified(lead, at)
    if kind not in GOES_ON:
        return Path(qualified, None, None)
    assigned, owner = _assigned(lead, at)
    return Path(qualified, assigned, owner)


def _qualified(lead: Lead, at: datetime) -> tuple[tracing.Trace, str]:
    rules, seen = Rules("qualification", at=at), Seen(lead)
    rule, tested = rules.first_match(lead, seen)
    kind = rule.outcome if rule else "keep"
    reason = "no_rule" if rule is None else "everyone_else" if rule.is_everyone_else else "rule"
    values = {"rule": rule.name} if rule else {}
    return _on_paper(rules, seen, tested, Decision(kind="qualification", outcome=kind, reason=reason, values=values, at=at)), kind


def _assigned(lead: Lead, at: datetime) -> tuple[tracing.Trace, User | None]:
    rules, desks = Rules("assignment", at=at), PaperDesks(at=at)
    route = route_of(lead, rules)
    desk = desks[route.team_id]
    candidates = desk.told()
    choice = choose(route, Around(desks, Territories(at), Relations([route])))
    values = {"team": desk.team.name} | ({"rule": route.rule.name} if route.rule else {}) | choice.values
    owner = choice.seat.user if choice.seat else None
    decision = Decision(
        kind="assignment", outcome="assigned" if owner else "waiting", reason=choice.reason, at=at, owner=owner,
        values=values | ({"name": owner.name} if owner else {}) | ({"notes": route.notes} if route.notes else {}),
    )  # fmt: skip
    return _on_paper(rules, route.seen, route.tested, decision, candidates), owner


def route_of(lead: Lead, rules: Rules) -> Route:
    """Return where the rules send a lead."""
    seen = Seen(lead)
    rule, tested = rules.first_match(lead, seen)
    team_id = lead.team_id
    if rule:
        team_id = rule.to_team_id or (rule.to_territory.team_id if rule.to_territory_id else None) or team_id
    return Route(lead, seen, rule, tested, team_id)


def _on_paper(rules: Rules, seen: Seen, tested: list, decision: Decision, candidates: Sequence = ()) -> tracing.Trace:
    decision.details = {"tested": tested, "seen": seen_of(seen), "candidates": list(candidates)}
    known = RuleList(kind=rules.kind, rules=[described(rule) for rule in rules.rules])
    return tracing.trace_of(decision, known, rules.book)


# -------------------------------------------------------------------- replay


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
    """Who would have got how many."""

    total: int = 0
    waiting: int = 0
    is_cut: bool = False
    shares: list[Share] = field(default_factory=list)
    reply_now: timedelta | None = None
    reply_then: timedelta | None = None

    @property
    def most(self) -> int:
        return max((max(share.now, share.then) for share in self.shares), default=1) or 1


def replay(leads: QuerySet, rules: Iterable[AssignmentRule] | None = None, *, since: datetime, at: datetime) -> Replay:
    """Hand the leads that got an owner since a moment out anew, oldest first, by other rules or those of now.

    As if everybody were there with an empty desk: capacity, absence and hours of then are not known any more.
    """
    rows = leads.filter(captured_at__gte=since, captured_at__lte=at, first_assigned_at__isnull=False)
    newest = list(rows.select_related("team").order_by("-captured_at", "-pk")[: MOST + 1])
    taken = newest[:MOST][::-1]
    given, waiting = _hand_out(taken, rules, at)
    happened = Counter(lead.owner_id for lead in taken if lead.owner_id)
    people = User.objects.in_bulk(given.keys() | happened.keys())
    replies = _replies(people, at)
    shares = [Share(person.name, happened[pk], given[pk], replies.get(pk)) for pk, person in people.items()]
    return Replay(
        total=len(taken), waiting=waiting, is_cut=len(newest) > MOST,
        shares=sorted(shares, key=lambda share: (-max(share.then, share.now), share.words)),
        reply_now=_typical(happened, replies), reply_then=_typical(given, replies),
    )  # fmt: skip


def _hand_out(leads: list[Lead], rows: Iterable[AssignmentRule] | None, at: datetime) -> tuple[Counter, int]:
    rules, desks, given, waiting = Rules("assignment", at=at, rows=rows), PaperDesks(at=at, is_empty=True), Counter(), 0
    rules.prepare(leads)
    prefetch_related_objects(leads, "company")
    routes = [route_of(_unowned(lead), rules) for lead in leads]
    around = Around(desks, Territories(at), Relations(routes), keeps_line=False)
    for route in routes:
        choice = choose(route, around)
        if choice.seat is None:
            waiting += 1
            continue
        around.desks[route.team_id].give(choice.seat, takes_turn=choice.takes_turn)
        given[choice.seat.member.user_id] += 1
    return given, waiting


def _unowned(lead: Lead) -> Lead:
    lead = copy(lead)
    lead.owner_id = None
    return lead


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

