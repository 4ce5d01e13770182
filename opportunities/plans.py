"""What was planned for a lead when it ends well: it goes on at the deal, stays with the customer, or is called off; and how it comes back."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from core import reasons
from leads.models import Lead, LeadActivity, LeadEvent

if TYPE_CHECKING:
    from opportunities.models import Conversion, Opportunity, OpportunityActivity

KEEP, STOP = "keep", "stop"
SAME = ("kind", "type_id", "summary", "note", "due_at", "all_day", "assignee_id")  # of what goes on elsewhere

reasons.register(
    {
        "plan_lead_converted": _("the lead was converted"),
        "undo_plan_went_on": _("“%(name)s” was done or changed at the deal since, so it stays there."),
    }
)


def carry_over(planned: Sequence[LeadActivity], deal: "Opportunity", *, at: datetime) -> dict[str, Any]:
    """Let what was planned for a lead go on at a deal; return what undoing it needs."""
    if not planned:
        return {}
    model = deal.activities.model
    copies = model.objects.bulk_create(
        [model(opportunity=deal, created_by_id=one.created_by_id, **{name: getattr(one, name) for name in SAME}) for one in planned]
    )
    _end(planned, at)
    return {"activities": [one.pk for one in planned], "copies": {str(one.pk): copy.pk for one, copy in zip(planned, copies, strict=True)}}


def call_off(planned: Sequence[LeadActivity], *, at: datetime, by, later: list) -> dict[str, Any]:
    """Call off what was planned for a lead, each with its line and its reason; return what undoing it needs."""
    if not planned:
        return {}
    why = {"code": "plan_lead_converted", "values": {}}
    later += [
        LeadEvent(lead_id=one.lead_id, kind="did", occurred_at=at, actor=by,
                  details={**one.told, "cancelled": True, "why": why})
        for one in planned
    ]  # fmt: skip
    _end(planned, at)
    return {"activities": [one.pk for one in planned], "called_off": True}


def plan_next(lead: Lead, deal: "Opportunity | None", then: Mapping[str, Any], *, at: datetime, by) -> dict[str, Any]:
    """Plan what comes next at the open deal, else with the customer; return what undoing it needs."""
    if deal is not None and deal.is_open:
        return {"then": deal.plan(**then, at=at, by=by).pk}
    return {"then": lead.plan(**then, at=at, by=by, with_customer=True).pk}


def _end(planned: Iterable[LeadActivity], at: datetime) -> None:
    LeadActivity.objects.filter(pk__in=[one.pk for one in planned]).update(cancelled_at=at)


def take_back(lead: Lead, conversion: "Conversion", deal: "Opportunity | None", *, at: datetime) -> list[dict[str, Any]]:
    """Plan again for the lead what its conversion moved or called off; what went on at a deal that stays goes from there.

    What was done or changed at the deal since stays there. Returns what stayed.
    """
    keys = conversion.before.get("activities", [])
    ours = list(lead.activities.filter(pk__in=keys, cancelled_at=conversion.at, done_at__isnull=True).order_by("pk"))
    went_on, kept = [], []
    if deal is not None and not conversion.before.get("called_off"):
        pairs = [(one, _copy(one, conversion, deal)) for one in ours]
        went_on = [one.pk for one, copy in pairs if copy is None or not _is_same(copy, one)]
        kept = [{"code": "undo_plan_went_on", "values": {"name": one.title}} for one in ours if one.pk in went_on]
        gone = [copy.pk for one, copy in pairs if one.pk not in went_on]
        deal.activities.filter(pk__in=gone).update(cancelled_at=at)
        if gone:
            deal.follow_activities()
    lead.activities.filter(pk__in=[one.pk for one in ours if one.pk not in went_on]).update(cancelled_at=None)
    _take_back_next(lead, conversion, deal)
    lead.follow_activities()
    return kept


def _take_back_next(lead: Lead, conversion: "Conversion", deal: "Opportunity | None") -> None:
    """Remove what was planned next along with the conversion, unless it was done or called off since. It went with a deal that went."""
    if not (key := conversion.before.get("then")):
        return
    is_open_deal = conversion.outcome not in {conversion.Outcome.CUSTOMER, conversion.Outcome.SALE}
    holder = deal if is_open_deal else lead
    one = holder.activities.planned().filter(pk=key).first() if holder is not None else None
    if one is not None:
        one.delete()
        holder.follow_activities()


def _copy(one: LeadActivity, conversion: "Conversion", deal: "Opportunity") -> "OpportunityActivity | None":
    """Return what went on at the deal for an activity; conversions of before this was kept are known by what it says."""
    copies = conversion.before.get("copies")
    if copies is not None:
        return deal.activities.filter(pk=copies.get(str(one.pk))).first()
    since = conversion.change.at if conversion.change else conversion.at
    return deal.activities.planned().filter(created_at__gte=since, **{name: getattr(one, name) for name in SAME}).first()


def _is_same(copy: "OpportunityActivity", one: LeadActivity) -> bool:
    return copy.is_planned and all(getattr(copy, name) == getattr(one, name) for name in SAME)
