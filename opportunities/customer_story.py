"""What companies and contacts tell of their deals and of leads that became them: opened, won, lost, converted, done since."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest

from core import clock, undo
from core.models import Change
from customers.models import Company, Contact
from leads.models import Lead, LeadEvent
from opportunities.models import Conversion, Opportunity, OpportunityEvent

TOLD = ("opened", "won", "lost", "partly", "reopened")
TEMPLATE = "opportunities/_customer_event.html"


def events_of(request: HttpRequest, customer: Company | Contact, most: int) -> list:
    """Return at most so many lines of each kind, newest first, of what the person may see. Three queries."""
    theirs = Q(**{customer._meta.model_name: customer})
    conversions = _standing(request, _of_leads(Lead.objects.visible_to(request.user).filter(theirs), most))
    opened = {event.details.get("opportunity") for event in conversions if "opportunity" in event.details.get("made", ())}
    deals = _of_deals(Opportunity.objects.visible_to(request.user).filter(theirs), most)
    told = [*conversions, *(event for event in deals if event.kind != "opened" or event.opportunity_id not in opened)]
    for event in told:
        event.story_template = TEMPLATE
    return told


def _of_deals(deals: QuerySet[Opportunity], most: int) -> list[OpportunityEvent]:
    events = OpportunityEvent.objects.filter(opportunity__in=deals.values("pk"), kind__in=TOLD).select_related("actor", "opportunity")
    return list(events.defer("opportunity__custom", "opportunity__notes").order_by("-occurred_at", "-pk")[:most])


def _of_leads(leads: QuerySet[Lead], most: int) -> list[LeadEvent]:
    """Return how leads became the customer, and what was done and planned with it since."""
    since = Q(kind__in=("did", "planned"), lead__converted_at__lt=F("occurred_at"))
    events = LeadEvent.objects.filter(Q(kind="converted") | since, lead__in=leads.values("pk")).select_related("actor", "lead")
    found = list(events.defer("lead__search", "lead__custom", "lead__message").order_by("-occurred_at", "-pk")[:most])
    for event in found:
        event.part_of = ("lead", event.lead_id, event.occurred_at) if event.kind == "converted" else None
    return found


def _standing(request: HttpRequest, events: list[LeadEvent]) -> list[LeadEvent]:
    """Leave out conversions that were taken back; the others carry the address that takes them back, for those who may."""
    keys = {event.details.get("conversion") for event in events} - {None}
    known = {row.pk: row for row in Conversion.objects.filter(pk__in=keys).select_related("change")} if keys else {}
    left = []
    for event in events:
        row = known.get(event.details.get("conversion")) if event.kind == "converted" else None
        event.undo_url = undo.address(row.change) if row and may_undo(row, request.user) else ""
        if row is None or row.undone_at is None:
            left.append(event)
    return left


def may_undo(conversion: Conversion, user: Any) -> bool:
    """Tell whether this person may take a conversion back now: their own, administrators everybody's."""
    change = conversion.change
    if change is None or conversion.undone_at or change.undo != Change.Undo.OPEN or change.until <= clock.now():
        return False
    return user.is_administrator or change.by_id == user.pk


@undo.way_on("convert")
def _to_the_lead(change: Change, path: str, user: Any) -> str:
    """Lead on to the lead from the page of a deal or customer that went with its conversion."""
    conversion = Conversion.objects.select_related("lead").get(change=change)
    made, models = conversion.before["made"], {"opportunity": Opportunity, "company": Company, "contact": Contact}
    gone = [model(pk=made[kind]).get_absolute_url() for kind, model in models.items() if kind in made and not getattr(conversion, f"{kind}_id")]
    may_see = path in gone and Lead.objects.visible_to(user).filter(pk=conversion.lead_id).exists()
    return conversion.lead.get_absolute_url() if may_see else ""
