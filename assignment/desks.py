"""Who can take a lead now: the members of a team with their load, caps and turns, held while a batch is decided.

Rotation is strict and fair by stride: everybody's next turn is TURN / weight further on; the one whose turn is
earliest and who can take a lead gets it. Who was away comes next when back, once, and does not catch up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import connection
from django.db.models import Count, Q

from core import locks
from leads.models import Lead
from teams.models import Membership, SalesTeam

TURN = 27_720  # divisible by every weight up to 12


@dataclass
class Load:
    """What one person has on their desk, in whatever team."""

    open: int = 0
    today: int = 0


@dataclass
class Seat:
    """One membership with its person's load. `turn` is where the rotation has it."""

    member: Membership
    load: Load
    turn: int
    at: datetime

    @property
    def user(self):
        return self.member.user

    @cached_property
    def absence(self) -> str:
        member = self.member
        if not member.takes_leads:
            return "takes_none"
        if member.is_paused:
            return "paused"
        return "away" if member.is_away(self.at) else ""

    @property
    def why_not(self) -> str:
        """Return why they can't take one now, or nothing."""
        if self.absence:
            return self.absence
        if self.load.open >= self.member.capacity:
            return "full"
        if self.member.daily_cap is not None and self.load.today >= self.member.daily_cap:
            return "day_full"
        return ""

    @property
    def room(self) -> int:
        """Return how many more they can take now."""
        if self.absence:
            return 0
        left = self.member.capacity - self.load.open
        if self.member.daily_cap is not None:
            left = min(left, self.member.daily_cap - self.load.today)
        return max(left, 0)

    def told(self) -> list:
        return [self.member.user_id, self.user.name, self.load.open, self.member.capacity, self.why_not]


@dataclass
class Desk:
    """A team's seats and its rotation."""

    team: SalesTeam
    seats: list[Seat] = field(default_factory=list)
    moved: bool = False
    _told: dict[int, tuple] = field(default_factory=dict)

    @property
    def free(self) -> list[Seat]:
        return [seat for seat in self.seats if not seat.why_not]

    @property
    def room(self) -> int:
        return sum(seat.room for seat in self.seats)

    def seat_of(self, user_id: int) -> Seat | None:
        return next((seat for seat in self.seats if seat.member.user_id == user_id), None)

    def by_turn(self) -> Seat | None:
        for seat in sorted(self.seats, key=lambda seat: (seat.turn, seat.member.pk)):
            if not seat.why_not:
                return seat
        return None

    def by_load(self) -> Seat | None:
        """Return the one with the fewest open leads for their weight; among equals, whose turn it is."""
        return min(self.free, key=lambda seat: (seat.load.open / seat.member.weight, seat.turn, seat.member.pk), default=None)

    def give(self, seat: Seat, *, takes_turn: bool) -> None:
        """Count a lead given to this seat and, when it was its turn, move the rotation on."""
        seat.load.open += 1
        seat.load.today += 1
        if not takes_turn:
            return
        before = max(seat.turn, self.team.turns_taken)
        self.team.turns_taken = before
        seat.turn = before + TURN // seat.member.weight
        self.moved = True

    def told(self) -> list[list]:
        """Return the candidates as a decision keeps them: id, name, open leads, capacity, why not."""
        for seat in self.seats:
            state = (seat.load.open, seat.load.today)
            if self._told.get(seat.member.pk, ((),))[0] != state:
                self._told[seat.member.pk] = (state, seat.told())
        return [self._told[seat.member.pk][1] for seat in self.seats]


class Desks:
    """The desks of some teams, locked in order until the transaction ends (decision 29)."""

    def __init__(self, team_ids: Iterable[int], *, at: datetime, user_ids: Iterable[int] = ()):
        self.at = at
        wanted = sorted(set(team_ids))
        for pk in wanted:
            locks.hold(f"assignment.team:{pk}")
        self.desks = {team.pk: Desk(team) for team in SalesTeam.objects.filter(pk__in=wanted)}
        self._sit(wanted, set(user_ids))

    def __getitem__(self, team_id: int) -> Desk:
        return self.desks[team_id]

    def person(self, user_id: int) -> Seat | None:
        """Return a named person's seat: in one of these teams, or elsewhere."""
        seats = [seat for desk in self.desks.values() if (seat := desk.seat_of(user_id))]
        return seats[0] if seats else self.others.get(user_id)

    def _sit(self, team_ids: list[int], user_ids: set[int]) -> None:
        """Read and lock the memberships of everybody who may be chosen, in the order of people: some sit in two teams."""
        theirs = Membership.objects.filter(Q(team__in=team_ids) | Q(user__in=user_ids)).values("user_id")
        rows = Membership.objects.filter(user__in=theirs, user__is_active=True).select_related("user")
        members = list(rows.order_by("user_id", "pk").select_for_update(no_key=True, of=("self",)))
        since = _midnight(desk.team for desk in self.desks.values()) if any(m.daily_cap is not None for m in members) else None
        loads = loads_of({member.user_id for member in members}, since=since, at=self.at)
        self.others: dict[int, Seat] = {}
        for member in members:
            seat = Seat(member, loads[member.user_id], member.last_turn, self.at)
            if member.team_id in self.desks:
                self.desks[member.team_id].seats.append(seat)
            else:
                self.others.setdefault(member.user_id, seat)

    def save_turns(self) -> None:
        """Keep the rotation of every desk that gave something."""
        moved = [desk for desk in self.desks.values() if desk.moved]
        if not moved:
            return
        teams = [(desk.team.pk, desk.team.turns_taken) for desk in moved]
        seats = [(seat.member.pk, seat.turn) for desk in moved for seat in desk.seats if seat.turn != seat.member.last_turn]
        _store("teams_salesteam", "turns_taken", teams)
        _store("teams_membership", "last_turn", seats)


def loads_of(user_ids: Iterable[int], *, at: datetime, since=None) -> dict[int, Load]:
    """Return people's open leads, and with `since` (moment → when the day began) what they got today."""
    user_ids = set(user_ids)
    loads = {pk: Load() for pk in user_ids}
    counts = Lead.objects.filter(is_open=True, owner__in=user_ids).values("owner_id").annotate(n=Count("pk"))
    for row in counts.order_by():
        loads[row["owner_id"]].open = row["n"]
    if since is not None:
        today = Lead.objects.filter(owner__in=user_ids, assigned_at__gte=since(at)).values("owner_id").annotate(n=Count("pk"))
        for row in today.order_by():
            loads[row["owner_id"]].today = row["n"]
    return loads


def _midnight(teams: Iterable[SalesTeam]):
    """Return when the teams' day began at a moment; of several zones the earliest beginning counts, so no cap is passed."""
    zones = {_zone(team.time_zone) for team in teams} or {ZoneInfo("UTC")}
    return lambda at: min(datetime.combine(at.astimezone(zone).date(), time(0), tzinfo=zone) for zone in zones)


def rooms_of_teams(at: datetime) -> dict[int, int]:
    """Return how many more leads each team could take now, without locking anything. Two or three queries."""
    members = list(Membership.objects.filter(user__is_active=True).select_related("user", "team"))
    since = _midnight(member.team for member in members) if any(m.daily_cap is not None for m in members) else None
    loads = loads_of({member.user_id for member in members}, at=at, since=since)
    rooms: dict[int, int] = {}
    for member in members:
        seat = Seat(member, loads[member.user_id], member.last_turn, at)
        rooms[member.team_id] = rooms.get(member.team_id, 0) + seat.room
    return rooms


def _store(table: str, column: str, pairs: list[tuple[int, Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS old SET {column} = new.value FROM unnest(%s::bigint[], %s::bigint[]) AS new(id, value) "
            "WHERE old.id = new.id",
            [[pk for pk, _ in pairs], [value for _, value in pairs]],
        )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
