"""Who gets a lead: rules choose the team, the team's strategy the person, and a record says why (decision 29).

Everything happens under one transaction advisory lock per team, so that rotation and caps hold however many workers
assign at once. Leads passed to `assign_many` are locked by the caller, in the order of their keys or skipping locked ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db import transaction
from django.db.models import prefetch_related_objects

from assignment.decisions import Ledger
from assignment.desks import Desk, Desks, Seat, rooms_of_teams
from assignment.models import AssignmentRule, Decision
from assignment.rules import Rules
from core import conditions, undo
from core.conditions.engine import Seen
from leads.bulk import Batch
from leads.exceptions import LeadNotOpen
from leads.models import Lead
from teams.models import SalesTeam, Territory

AT_ONCE = 500  # leads of one transaction when a queue is drained: each is a few look-ups, locks are held for a second at most
BY_TURN, BY_LOAD, TERRITORY, MANUAL = "round_robin", "workload", "territory", "manual"


@dataclass
class Route:
    """Where the rules send one lead."""

    lead: Lead
    seen: Seen
    rule: AssignmentRule | None
    tested: list
    team_id: int


@dataclass(frozen=True)
class Choice:
    """Who was chosen, or why nobody: a code with values."""

    seat: Seat | None
    reason: str
    values: dict
    takes_turn: bool = False  # whom a rule or territory names keeps the place in the rotation


def assign_many(leads: Sequence[Lead], *, at: datetime, batch: Batch) -> int:
    """Give locked leads to people by the rules, into a batch; returns how many got one. Oldest first.

    Must run in the transaction that flushes the batch: the teams' locks are held until it ends.
    """
    return _assign(leads, at=at, batch=batch)[0]


def _assign(leads: Sequence[Lead], *, at: datetime, batch: Batch) -> tuple[int, Desks | None]:
    waiting = sorted((lead for lead in leads if lead.owner_id is None), key=lambda lead: (lead.captured_at, lead.pk))
    ledger = Ledger(Decision.Kind.ASSIGNMENT, leads, batch)
    _note_kept([lead for lead in leads if lead.owner_id], ledger)
    if not waiting:
        return 0, None
    rules = Rules("assignment", at=at)
    rules.prepare(waiting)
    routes = [_route(lead, rules) for lead in waiting]
    named = {route.rule.to_person_id for route in routes if route.rule and route.rule.to_person_id}
    desks = Desks((route.team_id for route in routes), at=at, user_ids=named)
    territories = Territories(at)
    given = sum(_hand_out(route, desks, rules, territories, ledger, batch) for route in routes)
    desks.save_turns()
    return given, desks


def _route(lead: Lead, rules: Rules) -> Route:
    seen = Seen(lead)
    rule, tested = rules.first_match(lead, seen)
    return Route(lead, seen, rule, tested, (rule.to_team_id if rule else None) or lead.team_id)


def _hand_out(route: Route, desks: Desks, rules: Rules, territories: "Territories", ledger: Ledger, batch: Batch) -> bool:
    """Choose for one lead, count it, and put the change, the record and the line of the story into the batch."""
    desk, lead = desks[route.team_id], route.lead
    candidates = desk.told()
    choice = _choose(route, desk, desks, territories)
    rule = {"rule": route.rule.name, "rule_id": route.rule.pk} if route.rule and not route.rule.is_everyone_else else {}
    values = {"team": desk.team.name} | rule | choice.values
    details = rules.trace(route.tested, route.seen) | {"candidates": candidates}
    if choice.seat is None:
        is_new = ledger.note(lead, "waiting", choice.reason, values, details, team_id=desk.team.pk)
        if lead.team_id != desk.team.pk:
            batch.change(lead, team_id=desk.team.pk, **_clock(lead, desk.team))
        if is_new:
            batch.record(lead, "waiting", why={"code": choice.reason, "values": values})
        return False
    seat, at = choice.seat, batch.at
    desk.give(seat, takes_turn=choice.takes_turn)
    values["name"] = seat.user.name
    ledger.note(lead, "assigned", choice.reason, values, details, team_id=desk.team.pk, owner_id=seat.member.user_id)
    batch.record(
        lead, "assigned", to=seat.member.user_id, name=seat.user.name, team=desk.team.name, why={"code": choice.reason, "values": values},
    )  # fmt: skip
    batch.change(
        lead, owner_id=seat.member.user_id, team_id=desk.team.pk, assigned_at=at, first_assigned_at=lead.first_assigned_at or at,
        **_clock(lead, desk.team),
    )  # fmt: skip
    return True


def _clock(lead: Lead, team: SalesTeam) -> dict[str, datetime]:
    return {"response_goal_at": lead.captured_at + team.response_goal, "response_limit_at": lead.captured_at + team.response_limit}


def _choose(route: Route, desk: Desk, desks: Desks, territories: "Territories") -> Choice:
    """Return who gets it: whom the rule names, else by the strategy of the rule or team."""
    rule = route.rule
    by_rule = "_rule" if rule and not rule.is_everyone_else else ""
    instead = None
    if rule and rule.to_person_id:
        seat = desks.person(rule.to_person_id)
        if seat and not seat.why_not:
            return Choice(seat, "named", {})
        instead = str(rule.to_person)
    strategy = (rule.strategy if rule else "") or desk.team.strategy
    if strategy == MANUAL and not instead:
        return Choice(None, "manual", {})
    if strategy == TERRITORY and not instead:
        found = territories.of(route, desk)
        if found:
            return Choice(found[0], f"territory{by_rule}", {"territory": found[1]})
    seat = desk.by_load() if strategy == BY_LOAD else desk.by_turn()
    if seat is None:
        return Choice(None, "nobody_free" if any(s.absence != "takes_none" for s in desk.seats) else "no_members", {})
    if instead:
        return Choice(seat, "instead", {"person": instead}, True)
    if strategy == BY_LOAD:
        return Choice(seat, f"least_load{by_rule}", {"load": seat.load.open}, True)
    return Choice(seat, f"turn{by_rule}", {}, True)


class Territories:
    """The market's parts with their owners, read when a team asks for them."""

    def __init__(self, at: datetime):
        self.book = conditions.book("lead", at=at)
        self._rows: dict[int, list] = {}

    def of(self, route: Route, desk: Desk) -> tuple[Seat, str] | None:
        """Return the free owner of the first territory of the team that holds the lead."""
        for territory, found in self._of_team(desk.team.pk):
            seat = desk.seat_of(territory.owner_id)
            if seat and not seat.why_not and found.matches(route.seen):
                return seat, territory.name
        return None

    def _of_team(self, team_id: int) -> list:
        if team_id not in self._rows:
            rows = Territory.objects.filter(team=team_id, owner__isnull=False).order_by("name", "pk")
            read = [(row, self.book.read(row.conditions)) for row in rows]
            self._rows[team_id] = [(row, found) for row, found in read if not found.is_everything and not found.problems]
        return self._rows[team_id]


def _note_kept(leads: Iterable[Lead], ledger: Ledger) -> None:
    """Record why leads that came with an owner have that owner, once."""
    owned = list(leads)
    prefetch_related_objects(owned, "owner", "team")
    for lead in owned:
        last = ledger.last.get(lead.pk)
        if last is None or last.owner_id != lead.owner_id:
            reason = "kept" if lead.created_by_id == lead.owner_id else "had_it"
            values = {"name": lead.owner.name, "team": lead.team.name}
            ledger.note(lead, "assigned", reason, values, {}, team_id=lead.team_id, owner_id=lead.owner_id)


# --------------------------------------------------------------------- one lead


def assign(lead: Lead, *, at: datetime, by=None) -> Decision:
    """Give one open lead to somebody by the rules and return the decision. Raises LeadNotOpen."""
    with transaction.atomic():
        locked = Lead.objects.select_for_update(no_key=True, of=("self",)).get(pk=lead.pk)
        if not locked.is_open:
            raise LeadNotOpen(locked)
        batch = Batch(at=at, by=by)
        assign_many([locked], at=at, batch=batch)
        batch.flush()
        return locked.decisions.filter(kind=Decision.Kind.ASSIGNMENT).order_by("-at", "-id").first()


def assign_by_ids(pks: Iterable[int], *, at: datetime, by=None) -> int:
    """Give the open leads of these keys that nobody has to people by the rules, in one transaction; returns how many.

    Leads another worker holds are left to it.
    """
    with transaction.atomic():
        leads = list(
            Lead.objects.unassigned().filter(pk__in=list(pks)).order_by("captured_at", "pk")
            .select_for_update(no_key=True, skip_locked=True, of=("self",))
        )  # fmt: skip
        batch = Batch(at=at, by=by)
        given = assign_many(leads, at=at, batch=batch)
        batch.flush()
        return given


def assign_by_hand(lead: Lead, rep, *, at: datetime, by, reason: str = "", team: SalesTeam | None = None) -> undo.Recorder | None:
    """Hand the lead to whom a person chose, caps or not, and return the change that takes it back; None when it was theirs.

    Raises LeadNotOpen, ChangedMeanwhile.
    """
    if lead.owner_id == rep.pk and team in (None, lead.team):
        return None
    values = {"name": str(by), "said": reason.strip(), "owner": str(rep)}
    with undo.recording("assign", at=at, by=by, lead=lead.pk) as change:
        change.touching(lead, "owner", "team", "assigned_at", "first_assigned_at", "response_goal_at", "response_limit_at", "qualification")
        lead.assign_to(rep, at=at, by=by, why={"code": "by_hand", "values": values}, team=team)
        Decision.objects.create(
            lead=lead, kind=Decision.Kind.ASSIGNMENT, outcome="assigned", reason="by_hand", values=values, details={}, by=by,
            team=lead.team, owner=rep, at=at, last_tried_at=at,
        )  # fmt: skip
    return change


# ------------------------------------------------------------------------ queue


def drain_queue(*, at: datetime, limit: int | None = None, seconds: float = 20, size: int = AT_ONCE) -> int:
    """Give waiting leads to whoever has room, oldest first, and return how many found somebody.

    Teams without room are not touched, so that a long queue costs nothing while nobody is free.
    """
    until, given = monotonic() + seconds, 0
    for team_id in _teams_with_queue(at):
        after = None
        while monotonic() < until and (limit is None or given < limit):
            done, after, is_last = _drain_some(team_id, after, at=at, size=size if limit is None else min(size, limit - given))
            given += done
            if is_last:
                break
    return given


def queue():
    """Open leads that were accepted and never had anybody; what somebody gave back stays in the pool."""
    return Lead.objects.unassigned().filter(
        qualification__in=["accept", "opportunity"], first_assigned_at__isnull=True, qualify_due_at__isnull=True,
    )  # fmt: skip


def _teams_with_queue(at: datetime) -> list[int]:
    """Return the teams in which leads wait and somebody may have room; nothing is locked to find out."""
    rooms = rooms_of_teams(at)
    teams = SalesTeam.objects.order_by("pk").values_list("pk", flat=True)
    return [pk for pk in teams if (rooms.get(pk) or _goes_elsewhere(pk)) and queue().filter(team=pk).exists()]


@transaction.atomic
def _drain_some(team_id: int, after: tuple | None, *, at: datetime, size: int) -> tuple[int, tuple | None, bool]:
    """Assign some of a team's oldest waiting leads; returns how many, where to go on, and whether there is no more to do."""
    rows = queue().filter(team=team_id).order_by("captured_at", "pk")
    if after:
        rows = rows.filter(captured_at__gte=after[0]).exclude(captured_at=after[0], pk__lte=after[1])
    leads = list(rows.select_for_update(no_key=True, skip_locked=True, of=("self",))[:size])
    if not leads:
        return 0, None, True
    batch = Batch(at=at)
    given, desks = _assign(leads, at=at, batch=batch)
    batch.flush()
    is_full = desks is None or team_id not in desks.desks or not desks[team_id].room
    return given, (leads[-1].captured_at, leads[-1].pk), len(leads) < size or (is_full and not _goes_elsewhere(team_id))


def _goes_elsewhere(team_id: int) -> bool:
    """Tell whether a rule may send this team's leads to a person or team besides it."""
    rules = AssignmentRule.objects.in_order().filter(is_everyone_else=False)
    return rules.exclude(to_team=None, to_person=None).exclude(to_team=team_id, to_person=None).exists()
