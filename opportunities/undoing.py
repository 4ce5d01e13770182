"""Taking back what was done to opportunities: conversions, moves, closings. What was edited since is kept and listed."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext_lazy as _

from core import reasons, undo
from customers.models import Company, Contact
from leads.exceptions import AddressTaken
from leads.models import Lead
from opportunities import lifecycle, plans, twins
from opportunities.conversion import image, same_facts
from opportunities.models import Conversion, Opportunity, OpportunityActivity, Stage
from opportunities.news import tell_boards

reasons.register(
    {
        "undo_address_taken": _("%(lead)s can't be opened again: %(other)s has the same e-mail or phone and is open."),
        "undo_deal_edited": _("“%(name)s” was worked on since, so it stays."),
        "undo_deal_closed": _("“%(name)s” was won or lost since, so it stays, with what was closed."),
        "undo_deal_shared": _("Another lead leads to “%(name)s” by now, so it stays."),
        "undo_customer_edited": _("%(name)s was changed since or is used elsewhere, so it stays."),
        "undo_moved_since": _("“%(name)s” was moved or closed since, so it stays where it is."),
    }
)
Kept = list[dict[str, Any]]


@undo.undoer("convert")
def _undo_convert(change, *, by, at: datetime) -> Kept:
    return undo_conversion(change.conversion, by=by, at=at)


@transaction.atomic
def undo_conversion(conversion: Conversion, *, at: datetime, by=None) -> Kept:
    """Open the lead again and remove what the conversion made, unless something else hangs on it by now.

    Returns what was kept, as [{"code", "values"}]. When another open lead has taken the address, the lead stays converted
    and nothing is touched. Repeated, it does nothing.
    """
    twins.hold(twins.leads_of(conversion))
    lead = Lead.objects.select_for_update(no_key=True, of=("self",)).get(pk=conversion.lead_id)
    conversion = Conversion.objects.select_for_update(no_key=True, of=("self",)).get(pk=conversion.pk)
    if conversion.undone_at:
        return []
    company, contact, deal = conversion.company, conversion.contact, conversion.opportunity
    lifecycle.hold(company, contact)
    if deal:
        deal.hold()
    try:
        with transaction.atomic():
            was_opened = lead.unmark_converted(at=at, by=by, tell=False)
    except AddressTaken:
        return [_taken(lead, by)]
    _relink(lead, conversion)
    Conversion.objects.filter(pk=conversion.pk).update(undone_at=at)
    name = deal.name if deal else str(company or contact or "")
    is_gone, kept = _take_back_deal(conversion, deal, at=at, by=by) if deal else (True, [])
    kept += plans.take_back(lead, conversion, None if is_gone else deal, at=at)
    kept += _take_back_customer(conversion, contact, at=at, by=by)
    kept += _take_back_customer(conversion, company, at=at, by=by)
    kept += twins.part(conversion, at=at, by=by)
    lifecycle.follow(company, contact)
    if was_opened:
        lead.record("undone", at=at, by=by, verb="converted", name=name, **({"kept": kept} if kept else {}))
    return kept


def _taken(lead: Lead, by) -> dict[str, Any]:
    """Say who has the address now, by name only to somebody who may see them."""
    same = Lead.objects.filter(is_open=True).exclude(pk=lead.pk)
    if by is not None:
        same = same.visible_to(by)
    same = same.filter(email_key=lead.email_key) if lead.email_key else same.filter(phone_e164=lead.phone_e164)
    return {
        "code": "undo_address_taken",
        "values": {"lead": str(lead), "other": str(same.first() or _("another lead"))},
    }


def _relink(lead: Lead, conversion: Conversion) -> None:
    """Give the lead the customer back that it had before, unless somebody linked another one since."""
    before = conversion.before["lead"]
    for name in ("contact", "company"):
        if getattr(lead, f"{name}_id") == getattr(conversion, f"{name}_id"):
            Lead.objects.filter(pk=lead.pk).update(**{name: before[name]})


def _take_back_deal(conversion: Conversion, deal: Opportunity, *, at: datetime, by) -> tuple[bool, Kept]:
    """Return whether the deal went, and what stayed of it."""
    before, seen = conversion.before, conversion.before["seen"]["opportunity"]
    untouched = deal.version == seen["version"] and deal.events.count() == seen["events"]
    if "opportunity" in before["made"]:
        others = deal.conversions.exclude(pk=conversion.pk).exists()
        if untouched and not others and _remove(conversion, "opportunity", deal):
            return True, []
        deal.record("undone", at=at, by=by, verb="converted", lead=conversion.lead_id)
        return False, [{"code": _why_it_stays(deal, seen, is_shared=others), "values": {"name": deal.name}}]
    for name in before.get("linked", []):
        if untouched:
            deal.keep(**{name: None})
    if before.get("involved"):
        deal.contacts.remove(conversion.contact_id)
    deal.record("undone", at=at, by=by, verb="converted", lead=conversion.lead_id)
    return False, []


def _why_it_stays(deal: Opportunity, seen: dict[str, Any], *, is_shared: bool) -> str:
    if is_shared:
        return "undo_deal_shared"
    was_closed = deal.version != seen["version"] and deal.closings.exists()
    return "undo_deal_closed" if was_closed else "undo_deal_edited"


def _take_back_customer(conversion: Conversion, record: Company | Contact | None, *, at: datetime, by) -> Kept:
    """Remove a customer the conversion made, or give an existing contact its facts back."""
    if record is None:
        return []
    kind = record._meta.model_name
    before, seen = conversion.before, conversion.before["seen"].get(kind)
    same = seen is not None and same_facts(image(record), seen)
    if kind in before["made"]:
        gone = same and record.events.count() == 1 and _remove(conversion, kind, record)
        return [] if gone else [{"code": "undo_customer_edited", "values": {"name": record.name}}]
    facts = dict(before.get(kind) or {})
    if not facts:
        return []
    if not same:
        return [{"code": "undo_customer_edited", "values": {"name": record.name}}]
    if "company" in facts:
        facts["company"] = Company.objects.filter(pk=facts["company"]).first()
    record.edit(facts, at=at, by=by)
    return []


def _remove(conversion: Conversion, kind: str, record) -> bool:
    """Delete a row that the conversion made; False when something else holds on to it."""
    try:
        with transaction.atomic():
            Conversion.objects.filter(pk=conversion.pk).update(**{kind: None})
            record.delete()
            tell_boards(getattr(record, "pipeline_id", None))
    except (ProtectedError, RestrictedError):
        return False
    return True


# ---------------------------------------------------------- moves and closings


@undo.undoer("move")
def _undo_move(change, *, by, at: datetime) -> Kept:
    """Move the card back, if it still stands where it was moved to."""
    deal = Opportunity.objects.get(pk=change.details["opportunity"])
    back = Stage.objects.filter(pk=change.details["from"], is_active=True).first()
    deal.hold()
    if not deal.is_open or deal.stage_id != change.details["to"] or back is None:
        return [{"code": "undo_moved_since", "values": {"name": deal.name}}]
    deal.move_to(back, at=at, by=by)
    since = datetime.fromisoformat(change.details["since"])
    deal.keep(stage_since=since)
    return []


@undo.undoer("close")
def _undo_close(change, *, by, at: datetime) -> Kept:
    """Reopen what was won or lost, with the amounts it had, if nothing happened to it since."""
    details = change.details
    deal = Opportunity.objects.select_related("company", "contact").get(pk=details["opportunity"])
    lifecycle.hold(deal.company, deal.contact)
    deal.hold()
    if deal.version != details["version"] or deal.is_open:
        return [{"code": "undo_moved_since", "values": {"name": deal.name}}]
    deal.reopen(at=at, by=by)
    if details["expected"] != f"{deal.expected}":
        from decimal import Decimal

        deal.edit({"expected": Decimal(details["expected"])}, at=at, by=by)
    return []


@undo.undoer("hand_deal")
def _undo_hand(change, *, by, at: datetime) -> Kept:
    """Give it back to whom it was taken from, unless somebody handed it on since."""
    from teams.models import SalesTeam, User

    deal = Opportunity.objects.get(pk=change.details["opportunity"])
    if deal.owner_id != change.details["to"]:
        return [{"code": "undo_moved_since", "values": {"name": deal.name}}]
    before = change.details["before"]
    owner = User.objects.filter(pk=before["owner"]).first()
    deal.assign_to(owner, team=SalesTeam.objects.get(pk=before["team"]), at=at, by=by)
    return []


@undo.undoer("edit_deal")
def _undo_edit(change, *, by, at: datetime) -> Kept:
    """Give the facts back, unless the opportunity was changed since."""
    deal = Opportunity.objects.get(pk=change.details["opportunity"])
    if deal.version != change.details["version"]:
        return [{"code": "undo_deal_edited", "values": {"name": deal.name}}]
    deal.edit({name: _value(name, value) for name, value in change.details["before"].items()}, at=at, by=by)
    return []


def _value(name: str, value: Any) -> Any:
    """Return a stored fact as the verb takes it."""
    field = Opportunity._meta.get_field(name)
    if field.is_relation:
        return field.related_model.objects.filter(pk=value).first()
    return field.to_python(value)


@undo.undoer("opportunity_activity")
def _undo_activity(change, *, by, at: datetime) -> Kept:
    """Put planned activities back as they were; their deals follow them and get a line."""
    deals = set(OpportunityActivity.objects.filter(pk__in=change.rows.values("row")).values_list("opportunity", flat=True))
    kept = undo.row_by_row(change, by=by, at=at)
    for deal in Opportunity.objects.filter(pk__in=deals).order_by("pk"):
        deal.hold()
        deal.follow_activities()
        deal.record("undone", at=at, by=by, verb=change.verb)
    return kept
