"""Who gets one lead: who knows its company, whom the rule names, else by the strategy of the rule or team."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assignment.desks import Desk, Desks, Seat
from assignment.models import AssignmentRule
from assignment.relations import Relations
from assignment.territories import Territories
from core.conditions.engine import Seen
from leads.models import Lead
from teams.models import SalesTeam, User

BY_LOAD, TERRITORY, MANUAL = SalesTeam.Strategy.WORKLOAD, SalesTeam.Strategy.TERRITORY, SalesTeam.Strategy.MANUAL
FOR_ROOM = frozenset({"nobody_free", "no_members", "off_hours", "holiday", "in_line"})  # who waits for these gets the next room, oldest first
LEAST = {"leads": "least_load", "deals": "least_deals", "weighted": "least_weighted"}


@dataclass
class Route:
    """Where the rules send one lead, and who must not get it again. `before` is whom it is taken from."""

    lead: Lead
    seen: Seen
    rule: AssignmentRule | None
    tested: list
    team_id: int
    but: Mapping[int, str] = field(default_factory=dict)
    before: User | None = None
    notes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_by_rule(self) -> bool:
        return self.rule is not None and not self.rule.is_everyone_else

    def note(self, code: str, **values: Any) -> None:
        """Remember something that the decision should say besides its reason."""
        self.notes.append({"code": code, "values": values})


@dataclass(frozen=True)
class Choice:
    """Who was chosen, or why nobody: a code with values."""

    seat: Seat | None
    reason: str
    values: dict[str, Any]
    takes_turn: bool = False  # whom a rule, a territory or a relation names keeps the place in the rotation


@dataclass
class Around:
    """What choosing looks at besides the lead itself; each is read once for a batch."""

    desks: Desks
    territories: Territories
    relations: Relations
    keeps_line: bool = True  # older leads that wait for room come first


def choose(route: Route, around: Around) -> Choice:
    """Return who gets it, or why it waits."""
    desk = around.desks[route.team_id]
    choice = _wanted(route, desk, around)
    if choice.seat and around.keeps_line and desk.team.has_queue and choice.seat in desk.seats:
        return Choice(None, "in_line", {})
    return choice


def _wanted(route: Route, desk: Desk, around: Around) -> Choice:
    if found := around.relations.of(route, around.desks):
        return Choice(found[0], found[1], found[2])
    rule, instead = route.rule, ""
    if rule and rule.to_person_id:
        seat = around.desks.person(rule.to_person_id)
        if seat and not seat.why_not and rule.to_person_id not in route.but:
            return Choice(seat, "named", {})
        instead = str(rule.to_person)
        why_not = seat.why_not or route.but.get(rule.to_person_id, "") if seat else "no_seat" if rule.to_person.is_active else "left"
        route.note("note_named", person=instead, why_not=why_not)
    strategy = (rule.strategy if rule else "") or desk.team.strategy
    if strategy == MANUAL and not instead and not (rule and rule.to_territory_id):
        return Choice(None, "manual", {})
    if not instead and (strategy == TERRITORY or (rule and rule.to_territory_id)):
        found = around.territories.seat_for(route, around.desks)
        if found:
            return Choice(found[0], "territory_rule" if route.is_by_rule else "territory", {"territory": found[1]})
    return _by_strategy(route, desk, strategy, instead)


def _by_strategy(route: Route, desk: Desk, strategy: str, instead: str) -> Choice:
    """Return the next by load or by turn; `instead` is whom the rule named and who can't."""
    seat = desk.by_load(route.but) if strategy == BY_LOAD else desk.by_turn(route.but)
    if seat is None:
        return Choice(None, _why_nobody(route, desk), {})
    by_rule = "_rule" if route.is_by_rule else ""
    if instead:
        return Choice(seat, "instead", {"person": instead}, True)
    if strategy == BY_LOAD:
        load = desk.load_of(seat)
        return Choice(seat, f"{LEAST[desk.team.workload]}{by_rule}", {"load": round(load, 1) if load % 1 else int(load)}, True)
    return Choice(seat, f"turn{by_rule}", {}, True)


def _why_nobody(route: Route, desk: Desk) -> str:
    if all(seat.absence == "takes_none" for seat in desk.seats):
        return "no_members"
    if closed := _why_closed(desk):
        return closed
    if all(seat.why_not or seat.member.user_id in route.but for seat in desk.seats) and any(
        seat.member.user_id in route.but and not seat.why_not for seat in desk.seats
    ):
        return "nobody_else"
    return "nobody_free"


def _why_closed(desk: Desk) -> str:
    """Return "holiday" or "off_hours" where the team does not work now: then none of its people can take anything."""
    return next((seat.absence for seat in desk.seats if seat.absence in ("holiday", "off_hours")), "")
