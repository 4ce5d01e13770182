"""What the lead page shows of decisions: why somebody has the lead, or why nobody does."""

from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from assignment import clockwork
from assignment.models import Decision, Offer
from assignment.words import sentence
from core import alongside, clock, wording
from core.alongside import Part
from leads.ideals import CRITERIA, Ideals
from leads.models import Lead
from teams import rights


def _latest(lead) -> QuerySet:
    """Return the latest decision of each kind; of those about who gets it the latest that names who has it now, also after an undo."""
    is_todays = ExpressionWrapper(Q(owner=F("lead__owner")), output_field=BooleanField())
    newest = Decision.objects.filter(lead=lead).alias(is_todays=is_todays)
    return newest.order_by("kind", F("is_todays").desc(nulls_last=True), "-at", "-id").distinct("kind")


DECISIONS = Part("latest_decisions", _latest, without=("details",))
OFFERS = Part("latest_offers", lambda lead: Offer.objects.filter(lead=lead).order_by("-pk")[:1])


def why(request: HttpRequest, lead: Lead) -> dict[str, Any] | None:
    """Return the panel «Why did I get this?» or «Why is this unassigned?»; None before anything was decided. One query."""
    found = {decision.kind: decision for decision in alongside.of(lead, DECISIONS)}
    if not found and not lead.qualify_stuck_at:
        return None
    assignment, qualification = found.get(Decision.Kind.ASSIGNMENT), found.get(Decision.Kind.QUALIFICATION)
    if assignment and assignment.owner_id != lead.owner_id:
        assignment = None  # it was handed on or given back since
    shown = [decision for decision in (assignment, qualification) if decision]
    return {
        "template": "assignment/_why.html", "lead": lead, "title": _title(request, lead), "stuck": bool(lead.qualify_stuck_at),
        "queue": lead.owner_id is None and rights.may(request.user, "hand out leads"),
        "lines": [{"sentence": sentence(decision), "decision": decision} for decision in shown],
    }  # fmt: skip


def fit(request: HttpRequest, lead: Lead) -> dict[str, Any] | None:
    """Return how the lead fits its team's ideal customer; None where the team has none. One query then."""
    found = Ideals([lead.team_id], at=clock.now(), rows=alongside.of(lead, CRITERIA)).of(lead)
    return {"template": "assignment/_fit.html", "lead": lead, "fit": found} if found else None


def _title(request: HttpRequest, lead: Lead) -> str:
    if lead.owner_id is None:
        return _("Why is this unassigned?")
    if lead.owner_id == request.user.pk:
        return _("Why did I get this?")
    return _("Why does %(name)s have this?") % {"name": lead.owner.get_short_name()}


def offer(request: HttpRequest, lead: Lead) -> dict[str, Any] | None:
    """Return the panel that asks whether one takes a lead one was given; None when there is nothing to answer."""
    if lead.owner_id != request.user.pk or lead.first_contacted_at or not lead.is_open:
        return None
    found = clockwork.offer_to(lead, request.user, latest=alongside.of(lead, OFFERS))
    if found is None:
        return None
    return {
        "template": "assignment/_offer.html", "lead": lead, "offer": found, "until": wording.today_or_moment(found.accept_by, now=clock.now()),
        "waited": clock.now() - found.offered_at, "time": found.accept_by - found.offered_at,
    }  # fmt: skip
