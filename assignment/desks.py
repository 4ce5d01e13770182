"""Who can take a lead now: the members of a team with their load, caps and turns, held while a batch is decided.

Rotation is strict and fair by stride: everybody's next turn is TURN / weight further on; the one whose turn is
earliest and who can take a lead gets it. Who was away comes next when back, once, and does not catch up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Q

from assignment.loads import LEADS, Load, loads_of
from core import locks
from core.written import Line
from teams import clocks, hours
from teams.hours import Hours
from teams.models import Membership, SalesTeam

TURN = 27_720  # divisible by every weight up to 12
NOBODY: Mapping[int, str] = {}


def hold_team(team_id: int) -> None:
    """Decide alone about a team's rotation until the transaction ends."""
    locks.hold(f"assignment.team:{team_id}")


@dataclass
class Seat:
    """One membership with its person's load. `turn` is where the rotation has it."""

    member: Membership
    load: Load
    turn: int
    at: datetime
    hours: Hours | None = None  # of a team that hands out leads in working hours only
    zone: Any = None
    pk: int = field(init=False)
    user_id: int = field(init=False)
    row: Line | None = None  # as a decision keeps the person, while their load stays

    def __post_init__(self):
        self.pk, self.user_id = self.member.pk, self.member.user_id

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
        if member.is_away(self.at):
            return "away"
        return self.hours.why_closed(self.at) if self.hours else ""

    @property
    def why_not(self) -> str:
        """Return why they can't take one now, or nothing."""
        if self.absence:
            return self.absence
        if self.load.open >= self.member.capacity:
            return "full"
        if self.member.daily_cap is not None and self.load.today_in(self.zone) >= self.member.daily_cap:
            return "day_full"
        return ""

    @property
    def weighed(self) -> list[float]:
        """Return what counts as their load in this team, where that isn't their open leads."""
        measure = self.member.team.workload
        return [] if measure == LEADS else [round(self.load.counted(measure), 1)]

    @property
    def room(self) -> int:
        """Return how many more they can take now."""
        if self.absence:
            return 0
        left = self.member.capacity - self.load.open
        if self.member.daily_cap is not None:
            left = min(left, self.member.daily_cap - self.load.today_in(self.zone))
        return max(left, 0)

    def told(self) -> Line:
        """Return the person as a decision keeps them, made anew only when their load has changed."""
        if self.row is None or self.row[2] != self.load.open:
            self.row = Line([self.user_id, self.user.name, self.load.open, self.member.capacity, self.why_not, *self.weighed])
        return self.row


@dataclass
class Desk:
    """A team's seats and its rotation."""

    team: SalesTeam
    seats: list[Seat] = field(default_factory=list)
    clock: clocks.Clock | None = None
    moved: bool = False
    had_queue: bool = False

    def __post_init__(self):
        self.had_queue = self.team.has_queue

    @property
    def free(self) -> list[Seat]:
        return [seat for seat in self.seats if not seat.why_not]

    @property
    def room(self) -> int:
        return sum(seat.room for seat in self.seats)

    def seat_of(self, user_id: int) -> Seat | None:
        return next((seat for seat in self.seats if seat.user_id == user_id), None)

    def by_turn(self, but: Mapping[int, str] = NOBODY) -> Seat | None:
        """Return whose turn it is; `but` names people who must not get this lead."""
        best = None
        for seat in self.seats:
            is_earlier = best is None or seat.turn < best.turn or (seat.turn == best.turn and seat.pk < best.pk)
            if is_earlier and seat.user_id not in but and not seat.why_not:
                best = seat
        return best

    def by_load(self, but: Mapping[int, str] = NOBODY) -> Seat | None:
        """Return the one with the least load for their weight; among equals, whose turn it is."""
        free = (seat for seat in self.free if seat.user_id not in but)
        return min(free, key=lambda seat: (self.load_of(seat) / seat.member.weight, seat.turn, seat.pk), default=None)

    def load_of(self, seat: Seat) -> float:
        """Return what counts as somebody's load in this team."""
        return seat.load.counted(self.team.workload)

    def give(self, seat: Seat, *, takes_turn: bool) -> None:
        """Count a lead given to this seat and, when it was its turn, move the rotation on."""
        seat.load.give()
        if not takes_turn:
            return
        before = max(seat.turn, self.team.turns_taken)
        self.team.turns_taken = before
        seat.turn = before + TURN // seat.member.weight
        self.moved = True

    def told(self, but: Mapping[int, str] = NOBODY) -> list[Line]:
        """Return the candidates as a decision keeps them: id, name, open leads, capacity, why not, and the load where it counts otherwise."""
        told = [row if (row := seat.row) and row[2] == seat.load.open else seat.told() for seat in self.seats]
        return [Line([*row[:4], row[4] or but.get(row[0], ""), *row[5:]]) if row[0] in but else row for row in told] if but else told


class Desks:
    """The desks of some teams, locked in order until the transaction ends (decision 29)."""

    def __init__(self, team_ids: Iterable[int], *, at: datetime, user_ids: Iterable[int] = ()):
        self.at = at
        wanted = sorted(set(team_ids))
        for pk in wanted:
            hold_team(pk)
        teams = list(SalesTeam.objects.filter(pk__in=wanted))
        times = hours.of_teams(teams)
        ticking = clocks.of(teams, hours=times)
        self.desks = {team.pk: Desk(team, clock=ticking[team.pk]) for team in teams}
        self._sit(wanted, set(user_ids), times)

    def __getitem__(self, team_id: int) -> Desk:
        return self.desks[team_id]

    def __contains__(self, team_id: int) -> bool:
        return team_id in self.desks

    def person(self, user_id: int) -> Seat | None:
        """Return a named person's seat: in one of these teams, or elsewhere."""
        seats = [seat for desk in self.desks.values() if (seat := desk.seat_of(user_id))]
        return seats[0] if seats else self.others.get(user_id)

    def _sit(self, team_ids: list[int], user_ids: set[int], times: dict[int, Hours]) -> None:
        """Read and lock the memberships of everybody who may be chosen, in the order of people: some sit in two teams."""
        theirs = Membership.objects.filter(Q(team__in=team_ids) | Q(user__in=user_ids)).values("user_id")
        rows = Membership.objects.filter(user__in=theirs, user__is_active=True).select_related("user", "team")
        members = list(rows.order_by("user_id", "pk").select_for_update(no_key=True, of=("self",)))
        elsewhere = {member.team_id: member.team for member in members if member.team_id not in times}
        self.others: dict[int, Seat] = {}
        for member, seat in seats_of(members, at=self.at, times=times | hours.of_teams(elsewhere.values())):
            if member.team_id in self.desks:
                self.desks[member.team_id].seats.append(seat)
            else:
                self.others.setdefault(member.user_id, seat)

    def save_turns(self) -> None:
        """Keep the rotation of every desk that gave something, and which teams somebody waits for."""
        for desk in self.desks.values():
            if desk.team.has_queue != desk.had_queue:
                SalesTeam.objects.filter(pk=desk.team.pk).update(has_queue=desk.team.has_queue)
                desk.had_queue = desk.team.has_queue
        moved = [desk for desk in self.desks.values() if desk.moved]
        if not moved:
            return
        teams = [(desk.team.pk, desk.team.turns_taken) for desk in moved]
        seats = [(seat.member.pk, seat.turn) for desk in moved for seat in desk.seats if seat.turn != seat.member.last_turn]
        _store("teams_salesteam", "turns_taken", teams)
        _store("teams_membership", "last_turn", seats)


def seats_of(members: list[Membership], *, at: datetime, times: Mapping[int, Hours]) -> list[tuple[Membership, Seat]]:
    """Return the seats of some memberships, with what each person carries."""
    zones = {hours.zone_of(member.team) for member in members if member.daily_cap is not None}
    measures = {member.team.workload for member in members}
    loads = loads_of({member.user_id for member in members}, at=at, zones=zones, measures=measures)
    return [
        (member, Seat(
            member, loads[member.user_id], member.last_turn, at,
            times.get(member.team_id) if member.team.waits_for_hours else None, hours.zone_of(member.team),
        ))
        for member in members
    ]  # fmt: skip


def rooms_of_teams(team_ids: Iterable[int], at: datetime) -> dict[int, int]:
    """Return how many more leads each of the teams could take now, without locking anything. A handful of queries."""
    members = list(Membership.objects.filter(user__is_active=True, team__in=list(team_ids)).select_related("user", "team"))
    times = hours.of_teams({member.team_id: member.team for member in members}.values())
    rooms: dict[int, int] = {}
    for member, seat in seats_of(members, at=at, times=times):
        rooms[member.team_id] = rooms.get(member.team_id, 0) + seat.room
    return rooms


def _store(table: str, column: str, pairs: list[tuple[int, Any]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS old SET {column} = new.value FROM unnest(%s::bigint[], %s::bigint[]) AS new(id, value) "
            "WHERE old.id = new.id",
            [[pk for pk, _ in pairs], [value for _, value in pairs]],
        )
