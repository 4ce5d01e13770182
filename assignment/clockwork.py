"""What happens when time passes: the team's policy after the limit, unanswered offers, people who are away.

Each step is a sweep over rows that are due, bounded and safe at any time, any number of times: leads are locked one
batch at a time, and what was done once for a lead and its owner is a row of its own (ClockStep, Offer).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from assignment import news, routing
from assignment.models import ClockStep, Decision, Offer
from leads.models import Lead
from teams import clocks
from teams.models import Membership, SalesTeam

AT_ONCE = 200
STALE = timedelta(days=3)  # limits that passed longer ago were nobody's to act on: the policy came later
KEPT = ("by_hand", "kept", "had_it")  # reasons of decisions in which the rules chose nobody
POLICY = SalesTeam.AfterLimit


def sweep(*, at: datetime) -> dict[str, int]:
    """Do everything whose time has come, and say how many leads each step was about."""
    return {
        "expired": expire_offers(at=at), "late": act_on_limits(at=at), "returned": return_of_absent(at=at),
    }  # fmt: skip


def waiting_with_owner() -> QuerySet[Lead]:
    """Open leads that somebody has and nobody has tried to reach."""
    return Lead.objects.waiting_for_first_reply().filter(owner__isnull=False, sql_at__isnull=True)


def _held(rows: QuerySet[Lead]) -> list[Lead]:
    """Lock some leads, those longest with their owner first, passing over those somebody works on."""
    rows = rows.select_related("owner", "team").order_by("assigned_at", "pk")
    return list(rows.select_for_update(no_key=True, skip_locked=True, of=("self",))[:AT_ONCE])


def _without(rows: QuerySet[Lead], *kinds: str) -> QuerySet[Lead]:
    done = ClockStep.objects.filter(lead=OuterRef("pk"), owner=OuterRef("owner"), kind__in=kinds)
    return rows.filter(~Exists(done))


def _note(leads: Iterable[Lead], kind: str, owners: dict[int, int], at: datetime) -> None:
    rows = [ClockStep(lead=lead, kind=kind, owner_id=owners[lead.pk], at=at) for lead in leads]
    ClockStep.objects.bulk_create(rows, ignore_conflicts=True)


# ------------------------------------------------------------------- the limit


@transaction.atomic
def act_on_limits(*, at: datetime) -> int:
    """Do what the team's policy says with leads nobody replied to within the limit.

    Who got a lead late has the limit's length from then on. Where nobody else can take it, the manager is told instead.
    """
    rows = waiting_with_owner().exclude(team__after_limit=POLICY.NOTHING)
    rows = rows.filter(response_limit_at__lte=at, response_limit_at__gt=at - STALE)
    leads = _held(_without(rows, ClockStep.Kind.REROUTED, ClockStep.Kind.ESCALATED))
    ticking = clocks.of({lead.team_id: lead.team for lead in leads}.values())
    late = [lead for lead in leads if _is_late(lead, ticking[lead.team_id], at)]
    to_next = [lead for lead in late if lead.team.after_limit == POLICY.REROUTE]
    owners = {lead.pk: lead.owner for lead in late}
    now = routing.take_from_owners(to_next, at=at, why="late", stays=True) if to_next else {}
    moved = [lead for lead in to_next if now[lead.pk] != owners[lead.pk].pk]
    left = [lead for lead in late if lead not in moved]
    keys = {pk: owner.pk for pk, owner in owners.items()}
    _note(moved, ClockStep.Kind.REROUTED, keys, at)
    _note(left, ClockStep.Kind.ESCALATED, keys, at)
    for lead in moved:
        news.given_on(lead, owners[lead.pk], at=at)
    for lead in left:
        lead.record("escalated", at=at, name=str(owners[lead.pk]), nobody_else=lead in to_next)
        news.limit_has_passed(lead, owners[lead.pk], at=at)
    return len(late)


def _is_late(lead: Lead, clock: clocks.Clock, at: datetime) -> bool:
    return lead.response_limit_at <= at and clock.own_limit(lead.temperature, lead.assigned_at) <= at


# ------------------------------------------------------------------- absence


def return_of_absent(*, at: datetime) -> int:
    """Give untouched leads of people who are away, or who left, to others; one stays where nobody else can take it.

    Untouched: nobody tried to reach it, nothing is planned. What a person handed to somebody during their absence was meant
    so; what the rules gave them then was not: the absence was entered afterwards.
    """
    teams = SalesTeam.objects.filter(returns_when_away=True).order_by("pk").values_list("pk", flat=True)
    return sum(_return_in(team_id, at) for team_id in teams)


@transaction.atomic
def _return_in(team_id: int, at: datetime) -> int:
    away = Membership.objects.filter(user=OuterRef("owner"), team=team_id, away_from__lte=at)
    away = away.filter(Q(away_until__isnull=True) | Q(away_until__gt=at))
    given = Decision.objects.filter(lead=OuterRef("pk"), kind=Decision.Kind.ASSIGNMENT, owner=OuterRef("owner"), at=OuterRef("assigned_at"))
    by_rules = given.filter(by__isnull=True).exclude(reason__in=KEPT)
    rows = waiting_with_owner().filter(team=team_id, next_activity_at__isnull=True, qualify_due_at__isnull=True)
    had_before = Exists(away.filter(away_from__gt=OuterRef("assigned_at")))
    leads = _held(rows.filter(had_before | Q(Exists(away), Exists(by_rules)) | Q(owner__is_active=False)))
    owners = {lead.pk: lead.owner for lead in leads}
    now = routing.take_from_owners(leads, at=at, why="away", stays=True) if leads else {}
    moved = [lead for lead in leads if now[lead.pk] != owners[lead.pk].pk]
    for lead in moved:
        news.given_on(lead, owners[lead.pk], at=at)
    return len(moved)


# -------------------------------------------------------------------- offers


def offer_to(lead: Lead, person, *, latest: Sequence[Offer] | None = None) -> Offer | None:
    """Return the offer somebody has to answer, if the lead is theirs and they did not yet; `latest` is the newest if it was read."""
    latest = next(iter(lead.offers.order_by("-pk")[:1] if latest is None else latest), None)
    is_open = latest is not None and not latest.answer and latest.owner_id == person.pk == lead.owner_id
    return latest if is_open and lead.is_open and lead.first_contacted_at is None else None


@transaction.atomic
def accept(offer: Offer, *, at: datetime) -> bool:
    """Take the lead on. False when it was answered, or its time had passed, before."""
    if not _answer(offer, Offer.Answer.ACCEPTED, at):
        return False
    offer.lead.record("accepted", at=at, by=offer.owner)
    return True


@transaction.atomic
def decline(offer: Offer, *, at: datetime, said: str = "") -> int | None:
    """Give the lead to the next; returns who has it then. None when it was answered before, or nobody could take it."""
    lead = Lead.objects.select_related("owner", "team").select_for_update(no_key=True, of=("self",)).get(pk=offer.lead_id)
    if not _answer(offer, Offer.Answer.DECLINED, at, said) or lead.owner_id != offer.owner_id or not lead.is_open:
        return None
    said = said.strip()[:300]
    lead.record("declined", at=at, by=offer.owner, **({"text": said} if said else {}))
    return routing.take_from_owners([lead], at=at, why="declined", stays=False, said=said)[lead.pk]


def _answer(offer: Offer, answer: str, at: datetime, said: str = "") -> bool:
    mine = Offer.objects.filter(pk=offer.pk, answer="")
    return mine.update(answer=answer, answered_at=at, said=said.strip()[:300]) == 1


@transaction.atomic
def expire_offers(*, at: datetime) -> int:
    """Give leads on that nobody accepted in time; a reply is an acceptance, and who got it otherwise has no offer."""
    due = list(Offer.objects.filter(answer="", accept_by__lte=at).order_by("accept_by", "pk")[:AT_ONCE])
    leads = {lead.pk: lead for lead in _held(Lead.objects.filter(pk__in={offer.lead_id for offer in due}))}
    taken = []
    for offer in due:
        if (lead := leads.get(offer.lead_id)) is None:
            continue  # somebody works on it: next time
        if not lead.is_open or lead.owner_id != offer.owner_id:
            _answer(offer, Offer.Answer.OVERTAKEN, at)
        elif lead.first_contacted_at:
            _answer(offer, Offer.Answer.ACCEPTED, at)
        elif _answer(offer, Offer.Answer.EXPIRED, at):
            taken.append(lead)
    owners = {lead.pk: lead.owner for lead in taken}
    if taken:
        routing.take_from_owners(taken, at=at, why="expired", stays=False)
    for lead in taken:
        news.given_on(lead, owners[lead.pk], at=at)
    return len(taken)
