"""Who gets a lead: rules choose the team, the team's strategy the person, and a record says why (decision 29).

Everything happens under one transaction advisory lock per team, so that rotation and caps hold however many workers
assign at once. Leads passed to `assign_many` are locked by the caller, in the order of their keys or skipping locked ones.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, prefetch_related_objects

from assignment.choosing import FOR_ROOM, Around, Choice, Route, choose
from assignment.decisions import Ledger
from assignment.desks import Desk, Desks, hold_team, rooms_of_teams
from assignment.models import AssignmentRule, ClockStep, Decision, Offer
from assignment.relations import Relations
from assignment.rules import Rules
from assignment.territories import Territories, owners_of
from core import undo
from core.arrays import Among
from core.conditions.engine import Seen
from core.written import Written
from leads.bulk import Batch
from leads.exceptions import LeadNotOpen
from leads.models import Lead
from teams import clocks
from teams.models import SalesTeam, User

AT_ONCE = 1000  # leads of one transaction when a queue is drained: what people carry is counted once, locks are held for a second at most
AGAIN = timedelta(minutes=1)  # how soon a lead is looked at again that waits for a person rather than for room
LOOKED_AT = (
    "version", "team_id", "owner_id", "created_by_id", "company_id", "company_key", "company_name", "email_domain", "is_free_mail",
    "name", "email", "phone", "title", "temperature", "qualification", "captured_at", "assigned_at", "first_assigned_at", "first_contacted_at",
    "response_goal_at", "response_limit_at", "come_back_at",
)  # fmt: skip
ACCEPTED = ("accept", "opportunity")


def assign_many(leads: Sequence[Lead], *, at: datetime, batch: Batch) -> int:
    """Give locked leads to people by the rules, into a batch; returns how many got one. Oldest first.

    Must run in the transaction that flushes the batch: the teams' locks are held until it ends. Where older leads wait
    for room in a team, these get in line behind them.
    """
    return _assign(leads, at=at, batch=batch)[0]


def _assign(
    leads: Sequence[Lead], *, at: datetime, batch: Batch, keeps_line: bool = True, taken: dict[int, tuple[User, str, str]] | None = None,
    may_stay: bool = False, rules: Rules | None = None,
) -> tuple[int, Desks | None]:  # fmt: skip
    """Decide about leads; returns how many got somebody, and the desks.

    `taken` names from whom leads are taken, why (a note's code) and what they said; with `may_stay` they stay there when nobody else can.
    """
    waiting = sorted((lead for lead in leads if lead.owner_id is None), key=lambda lead: (lead.captured_at, lead.pk))
    ledger = Ledger(Decision.Kind.ASSIGNMENT, leads, batch)
    _note_kept([lead for lead in leads if lead.owner_id], ledger, batch)
    if not waiting:
        return 0, None
    rules = rules or Rules("assignment", at=at)
    rules.prepare(waiting)
    but, taken = passed_over(waiting), taken or {}
    routes = [_route(lead, rules, but.get(lead.pk, {}), taken.get(lead.pk)) for lead in waiting]
    relations = Relations(routes)
    desks = Desks((route.team_id for route in routes), at=at, user_ids=_named(routes) | relations.user_ids)
    around = Around(desks, Territories(at), relations, keeps_line)
    given = sum(_hand_out(route, around, rules, ledger, batch, may_stay=may_stay) for route in routes)
    desks.save_turns()
    return given, desks


def _route(lead: Lead, rules: Rules, but: dict[int, str], taken: tuple[User, str, str] | None) -> Route:
    seen = Seen(lead)
    rule, tested = rules.first_match(lead, seen)
    team_id = lead.team_id
    if rule:
        team_id = rule.to_team_id or (rule.to_territory.team_id if rule.to_territory_id else None) or team_id
    route = Route(lead, seen, rule, tested, team_id, but, taken[0] if taken else None)
    if taken:
        person, why, said = taken
        route.but = {**but, person.pk: why}
        if said:
            route.note(f"note_{why}_said", person=str(person), said=said)
        else:
            route.note(f"note_{why}", person=str(person))
    return route


def _named(routes: Iterable[Route]) -> set[int]:
    """Return the people whose seats are needed besides those of the teams: named by rules and territories."""
    rules = {route.rule.pk: route.rule for route in routes if route.rule}.values()
    named = {rule.to_person_id for rule in rules if rule.to_person_id}
    named |= {rule.to_territory.owner_id for rule in rules if rule.to_territory_id and rule.to_territory.owner_id}
    by_territory = {rule.to_team_id or 0 for rule in rules if rule.strategy == SalesTeam.Strategy.TERRITORY}
    teams = {route.team_id for route in routes}
    if by_territory or SalesTeam.objects.filter(pk__in=teams, strategy=SalesTeam.Strategy.TERRITORY).exists():
        named |= owners_of(teams)
    return named


def passed_over(leads: Iterable[Lead]) -> dict[int, dict[int, str]]:
    """Return by lead who had it already and did not want it or let its time pass, with why."""
    again = [lead.pk for lead in leads if lead.first_assigned_at]
    found: dict[int, dict[int, str]] = {}
    if not again:
        return found
    mine = Among("lead_id", again)
    said = Offer.objects.filter(mine, answer__in=[Offer.Answer.DECLINED, Offer.Answer.EXPIRED])
    late = ClockStep.objects.filter(mine, kind=ClockStep.Kind.REROUTED)
    for lead, owner, answer in said.values_list("lead", "owner", "answer"):
        found.setdefault(lead, {})[owner] = answer
    for lead, owner in late.values_list("lead", "owner"):
        found.setdefault(lead, {}).setdefault(owner, "late")
    return found


def _hand_out(route: Route, around: Around, rules: Rules, ledger: Ledger, batch: Batch, *, may_stay: bool) -> bool:
    """Choose for one lead, count it, and put the change, the record and the line of the story into the batch."""
    desk, lead = around.desks[route.team_id], route.lead
    candidates = desk.told(route.but)
    choice = choose(route, around)
    if choice.seat is None and may_stay and route.before:
        lead.owner_id = route.before.pk
        return False
    rule = {"rule": route.rule.name, "rule_id": route.rule.pk} if route.is_by_rule else {}
    values = {"team": desk.team.name} | rule | choice.values | ({"notes": route.notes} if route.notes else {})
    details = rules.trace(route.tested, route.seen, candidates)
    if choice.seat is None:
        _leave_waiting(route, desk, choice, values, details, ledger, batch)
        return False
    seat, at = choice.seat, batch.at
    desk.give(seat, takes_turn=choice.takes_turn)
    values["name"] = seat.user.name
    ledger.note(lead, "assigned", choice.reason, values, details, team_id=desk.team.pk, owner_id=seat.member.user_id)
    batch.record(
        lead, "assigned", to=seat.member.user_id, name=seat.user.name, team=desk.team.name, why={"code": choice.reason, "values": values},
        **({"before": str(route.before)} if route.before else {}),
    )  # fmt: skip
    if desk.team.accept_within:
        _offer(lead, seat.member.user_id, desk, batch)
    batch.change(
        lead, owner_id=seat.member.user_id, team_id=desk.team.pk, assigned_at=at, first_assigned_at=lead.first_assigned_at or at,
        **desk.clock.columns(lead.temperature, lead.clock_start),
    )  # fmt: skip
    return True


def _leave_waiting(
    route: Route, desk: Desk, choice: Choice, values: dict[str, Any], details: Written, ledger: Ledger, batch: Batch
) -> None:
    """Keep why nobody gets it now; what is taken from somebody is nobody's from here on."""
    lead = route.lead
    is_new = ledger.note(lead, "waiting", choice.reason, values, details, team_id=desk.team.pk)
    if choice.reason in FOR_ROOM:
        desk.team.has_queue = True
    changes: dict[str, Any] = {} if lead.team_id == desk.team.pk else {"team_id": desk.team.pk}
    clock = desk.clock.columns(lead.temperature, lead.clock_start)
    changes |= {name: moment for name, moment in clock.items() if getattr(lead, name) != moment}
    if lead.qualification not in ACCEPTED:
        changes["qualification"] = "accept"  # somebody asked for an owner: it is in the queue from here on
    if route.before:
        changes |= {"owner_id": None, "assigned_at": None}
        batch.record(lead, "unassigned", before=str(route.before), why=route.notes[0])
    if changes:
        batch.change(lead, **changes)
    if is_new:
        batch.record(lead, "waiting", why={"code": choice.reason, "values": values})


def _offer(lead: Lead, owner_id: int, desk: Desk, batch: Batch) -> None:
    """Ask the new owner to accept within the team's time."""
    until = desk.clock.after(batch.at, desk.team.accept_within)
    batch.add(Offer, lead, owner_id=owner_id, offered_at=batch.at, accept_by=until, answer="", said="")


def _note_kept(leads: Iterable[Lead], ledger: Ledger, batch: Batch) -> None:
    """Record why leads that came with an owner have that owner, once; their clock follows their temperature."""
    owned = list(leads)
    prefetch_related_objects(owned, "owner", "team")
    ticking = clocks.of({lead.team_id: lead.team for lead in owned}.values()) if owned else {}
    for lead in owned:
        last = ledger.last.get(lead.pk)
        if last is None or last.owner_id != lead.owner_id:
            reason = "kept" if lead.created_by_id == lead.owner_id else "had_it"
            values = {"name": lead.owner.name, "team": lead.team.name}
            ledger.note(lead, "assigned", reason, values, {}, team_id=lead.team_id, owner_id=lead.owner_id)
        clock = ticking[lead.team_id].columns(lead.temperature, lead.clock_start)
        if lead.first_contacted_at is None and any(getattr(lead, name) != moment for name, moment in clock.items()):
            batch.change(lead, **clock)


# --------------------------------------------------------------------- one lead


def assign(lead: Lead, *, at: datetime, by=None) -> Decision:
    """Give one open lead to somebody by the rules, now, and return the decision. Raises LeadNotOpen."""
    with transaction.atomic():
        locked = Lead.objects.select_for_update(no_key=True, of=("self",)).filter(pk=lead.pk).first()
        if locked is None or not locked.is_open:
            raise LeadNotOpen(locked or lead)
        batch = Batch(at=at, by=by)
        _assign([locked], at=at, batch=batch, keeps_line=False)
        batch.flush()
        return locked.decisions.filter(kind=Decision.Kind.ASSIGNMENT).order_by("-at", "-id").first()


def assign_by_ids(pks: Iterable[int], *, at: datetime, by=None, keeps_line: bool = True) -> int:
    """Give the open leads of these keys that nobody has to people by the rules, in one transaction; returns how many.

    Leads another worker holds are left to it. Without `keeps_line` they get room before older ones that wait.
    """
    with transaction.atomic():
        rules, batch = Rules("assignment", at=at), Batch(at=at, by=by)
        leads = list(_held(Lead.objects.unassigned().filter(Among("pk", pks)).order_by("captured_at", "pk"), rules))
        given, _desks = _assign(leads, at=at, batch=batch, keeps_line=keeps_line, rules=rules)
        batch.flush()
        return given


def _held(rows: QuerySet[Lead], rules: Rules) -> QuerySet[Lead]:
    """Lock leads that nobody else holds, with no more columns than assigning them looks at; others are read for all at once."""
    rows = rows.only(*LOOKED_AT, *rules.columns).fetch_mode(models.FETCH_PEERS)
    return rows.select_for_update(no_key=True, skip_locked=True, of=("self",))


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


def take_from_owners(
    leads: Sequence[Lead], *, at: datetime, why: str, stays: bool, said: str = "", by=None,
) -> dict[int, int | None]:  # fmt: skip
    """Take locked leads from their owners and give them to others by the rules; returns the owners by lead.

    `why` is a note: late, declined, expired or away; `said` is what somebody gave as a reason. With `stays` a lead nobody else can take stays where it is, else it
    waits in the queue. Must run in a transaction; leads that changed since they were read keep their owner.
    """
    taken = {lead.pk: (lead.owner, why, said) for lead in leads if lead.owner_id}
    mine = [lead for lead in leads if lead.pk in taken]
    for lead in mine:
        lead.owner_id = None
    batch = Batch(at=at, by=by)
    _assign(mine, at=at, batch=batch, keeps_line=False, taken=taken, may_stay=stays)
    stored = batch.flush()
    return {lead.pk: lead.owner_id if lead.pk in stored else taken[lead.pk][0].pk for lead in mine}


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
    for team_id in SalesTeam.objects.filter(has_queue=True).order_by("pk").values_list("pk", flat=True):
        _end_line(team_id)
    return given


def queue() -> QuerySet[Lead]:
    """Open leads that were accepted and wait for somebody: never had anybody, or were taken from who did not act.

    What somebody gave back by hand stays in the pool.
    """
    decisions = Decision.objects.filter(lead=OuterRef("pk"), kind=Decision.Kind.ASSIGNMENT).order_by("-at", "-id")
    leads = Lead.objects.unassigned().filter(qualification__in=ACCEPTED, qualify_due_at__isnull=True)
    said = Subquery(decisions.values("outcome")[:1])
    return leads.alias(said=said).filter(Q(first_assigned_at__isnull=True) | Q(said="waiting"))


def _with_reason(rows: QuerySet[Lead]) -> QuerySet[Lead]:
    """Say `why` and `when` the last decision about each lead's owner was made."""
    decisions = Decision.objects.filter(lead=OuterRef("pk"), kind=Decision.Kind.ASSIGNMENT).order_by("-at", "-id")
    return rows.alias(why=Subquery(decisions.values("reason")[:1]), when=Subquery(decisions.values("last_tried_at")[:1]))


def _to_drain(team_id: int, at: datetime) -> QuerySet[Lead]:
    """Return a team's queue, oldest first, without what was found to wait for a person a moment ago."""
    by_hand = Q(Exists(SalesTeam.objects.filter(pk=team_id, strategy=SalesTeam.Strategy.MANUAL)))
    by_hand |= Q(Exists(AssignmentRule.objects.filter(is_active=True, strategy=SalesTeam.Strategy.MANUAL)))
    for_a_person = Q(why="nobody_else") | Q(why="manual") & by_hand  # where nobody hands out by hand any more, their turn has come
    lately = Q(for_a_person, when__gt=at - AGAIN, when__lt=at)
    rows = _with_reason(queue().filter(team=team_id)).filter(Q(why__isnull=True) | ~lately)
    return rows.order_by("captured_at", "pk")


def _teams_with_queue(at: datetime) -> list[int]:
    """Return the teams in which leads wait and somebody may have room; nothing is locked to find out."""
    teams = SalesTeam.objects.order_by("pk").values_list("pk", flat=True)
    waiting = [pk for pk in teams if queue().filter(team=pk).exists()]
    rooms = rooms_of_teams(waiting, at) if waiting else {}
    return [pk for pk in waiting if rooms.get(pk) or _goes_elsewhere(pk)]


@transaction.atomic
def _end_line(team_id: int) -> None:
    """Note that nobody waits for room in a team any more, unless somebody does."""
    hold_team(team_id)
    for_room = Q(why__in=FOR_ROOM) | Q(why__isnull=True)
    if not _with_reason(queue().filter(team=team_id)).filter(for_room).exists():
        SalesTeam.objects.filter(pk=team_id).update(has_queue=False)


@transaction.atomic
def _drain_some(team_id: int, after: tuple | None, *, at: datetime, size: int) -> tuple[int, tuple | None, bool]:
    """Assign some of a team's oldest waiting leads; returns how many, where to go on, and whether there is no more to do."""
    rows = _to_drain(team_id, at)
    if after:
        rows = rows.filter(captured_at__gte=after[0]).exclude(captured_at=after[0], pk__lte=after[1])
    rules, batch = Rules("assignment", at=at), Batch(at=at)
    leads = list(_held(rows, rules)[:size])
    if not leads:
        return 0, None, True
    given, desks = _assign(leads, at=at, batch=batch, keeps_line=False, rules=rules)
    batch.flush()
    is_full = desks is None or team_id not in desks or not desks[team_id].room
    return given, (leads[-1].captured_at, leads[-1].pk), len(leads) < size or (is_full and not _goes_elsewhere(team_id))


def _goes_elsewhere(team_id: int) -> bool:
    """Tell whether a rule or relation may send this team's leads to a person or team besides it."""
    if SalesTeam.objects.filter(pk=team_id, keeps_relations=True).exists():
        return True
    rules = AssignmentRule.objects.in_order().filter(is_everyone_else=False)
    rules = rules.exclude(to_team=None, to_person=None, to_territory=None)
    return rules.exclude(to_team=team_id, to_person=None, to_territory=None).exists()
