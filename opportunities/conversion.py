"""How a lead ends well: a customer, an opportunity, and one row that says so and can be taken back (decision 15)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.db import transaction

from core import undo
from customers.models import Company, Contact, Status
from customers.verbs import CustomerTaken
from leads.exceptions import LeadNotOpen
from leads.models import Lead
from opportunities import lifecycle
from opportunities.exceptions import NoCustomer, OpportunityClosed
from opportunities.models import Conversion, Opportunity
from opportunities.opening import FIRST_LINES
from opportunities.suggestions import certain

Outcome = Conversion.Outcome
OPENS = (Outcome.NEW, Outcome.SALE)  # a deal with the customer
AUTO: Literal["auto"] = "auto"  # a certain match, else a new one as far as the lead names one
NEW: Literal["new"] = "new"
NOBODY: Literal["nobody"] = "nobody"
CONTACT_FACTS = ("job_title", "email", "phone", "language")
IMAGE = ("name", "email", "phone", "job_title", "language", "domain", "website", "industry", "size", "notes", "owner_id", "company_id",
         "street", "city", "postcode", "country", "custom")  # fmt: skip


@dataclass
class Act:
    """One conversion on its way: what was asked, by whom, and what it has made so far."""

    lead: Lead
    at: datetime
    by: Any
    outcome: str
    owner: Any
    team: Any
    made: dict[str, int] = field(default_factory=dict)
    before: dict[str, Any] = field(init=False)

    def has_made(self, customer: Company | Contact) -> bool:
        return self.made.get(customer._meta.model_name) == customer.pk

    def __post_init__(self) -> None:
        self.before = {"lead": {"contact": self.lead.contact_id, "company": self.lead.company_id}}


def convert(
    lead: Lead, *, at: datetime, by=None, outcome: str = "new", company: Company | str | None = AUTO, contact: Contact | str | None = AUTO,
    opportunity: Opportunity | None = None, owner=None, team=None, stage=None, name: str = "", expected: Decimal | None = None,
    currency: str = "", close_date: date | None = None, accept: tuple[str, ...] = (), unnamed: bool = False,
) -> Conversion:  # fmt: skip
    """End an open lead as converted, and return the row that says how; a converted one keeps its standing conversion.

    outcome: "new" opportunity, "existing" (`opportunity`), "customer" only, "no_customer" yet, "sale" (won at once).
    company and contact: a record, "new", None, or "auto". owner: None keeps the lead's, "nobody" leaves it open.
    accept: facts of an existing contact that take the lead's value; no other is touched.
    unnamed: a lead of the past that names nobody may end as "customer" without one, to be linked later.

    The row is locked first, so of two people one wins; `is_new` on the result tells who. Raises LeadNotOpen,
    OpportunityClosed, NoCustomer.
    """
    with transaction.atomic():
        lead = Lead.objects.select_for_update(no_key=True, of=("self",)).select_related("team", "owner").get(pk=lead.pk)
        if not lead.is_open:
            return _standing(lead)
        rep = None if owner == NOBODY else owner or lead.owner
        act = Act(lead, at, by, outcome, rep, team or lead.team)
        company, contact = _customer(act, company, contact, opportunity, accept)
        if outcome == Outcome.CUSTOMER and company is None and contact is None and not unnamed:
            raise NoCustomer
        given = {"stage": stage, "name": name, "expected": expected, "currency": currency, "close_date": close_date}
        deal = _opportunity(act, opportunity, company, contact, given)
        conversion = Conversion.objects.create(
            lead=lead, outcome=outcome, opportunity=deal, company=company, contact=contact, by=by, at=at,
            change=undo.begin("convert", at=at, by=by, lead=lead.pk), before=before_of(act, deal, company, contact),
        )  # fmt: skip
        _end_lead(act, conversion)
        _follow(act, company, contact)
        if outcome == Outcome.SALE:
            deal.win(at=at, by=by)
            conversion.before["seen"]["opportunity"] = {"version": deal.version, "events": deal.events.count()}
            conversion.save(update_fields=["before"])
    conversion.is_new = True
    return conversion


def _standing(lead: Lead) -> Conversion:
    """Return the conversion by which a lead ended. Raises LeadNotOpen when it ended otherwise."""
    standing = lead.conversions.filter(undone_at__isnull=True).select_related("opportunity", "by").first()
    if standing is None:
        raise LeadNotOpen(lead)
    standing.is_new = False
    return standing


# ------------------------------------------------------------------- customer


def _customer(act: Act, company, contact, opportunity, accept) -> tuple[Company | None, Contact | None]:
    """Return whom the lead becomes, made or linked and held, companies before contacts."""
    if act.outcome == Outcome.NO_CUSTOMER:
        return None, None
    if act.outcome == Outcome.EXISTING:
        company = opportunity.company if company in (AUTO, None) else company
        contact = opportunity.contact if contact == AUTO and opportunity.contact_id and not act.lead.name else contact
    match = certain(act.lead, act.by) if AUTO in (company, contact) else None
    if contact == AUTO:
        contact = match.contact if match and match.contact else NEW
    if company == AUTO:
        company = contact.company if isinstance(contact, Contact) else match.company if match else NEW
    lifecycle.hold(company, contact)
    if company == NEW:
        company = _new_company(act)
    if contact == NEW:
        contact = _new_contact(act, company)
    elif contact is not None:
        _accept(act, contact, company, accept)
    return company, contact


def _new_company(act: Act) -> Company | None:
    return _add(act, Company, **company_columns(act.lead)) if act.lead.company_name else None


def company_columns(lead: Lead) -> dict[str, Any]:
    return {
        "name": lead.company_name, "domain": "" if lead.is_free_mail else lead.email_domain, "website": lead.website,
        "industry": lead.industry, "size": lead.company_size, "street": lead.street, "street2": lead.street2,
        "postcode": lead.postcode, "city": lead.city, "region": lead.region, "country": lead.country,
    }  # fmt: skip


def _new_contact(act: Act, company: Company | None) -> Contact | None:
    if not (columns := contact_columns(act.lead, company)):
        return None
    return _add(
        act, Contact, **columns, emails=act.lead.emails.order_by("pk").values_list("email", "key"),
        phones=act.lead.phones.order_by("pk").values_list("number", "e164", "kind"),
    )  # fmt: skip


def contact_columns(lead: Lead, company: Company | None) -> dict[str, Any]:
    """Return what the lead's person is made of; nothing when it names nobody."""
    name = lead.name or lead.email.partition("@")[0] or lead.phone
    if not name:
        return {}
    place = {} if company else {key: getattr(lead, key) for key in ("street", "street2", "postcode", "city", "region")}
    return {
        "name": name, "first_name": lead.first_name, "last_name": lead.last_name, "job_title": lead.job_title, "email": lead.email,
        "phone": lead.phone, "language": lead.language, "country": lead.country, "company": company, **place,
    }  # fmt: skip


def _add(act: Act, model, **columns):
    """Create a customer. When somebody else has its domain or e-mail, take that one; when it can't be seen, a separate one."""
    kind = model._meta.model_name
    given = common_columns(act) | columns
    try:
        record = model.objects.add(at=act.at, by=act.by, **given)
    except CustomerTaken as taken:
        known = model.objects.standing() if act.by is None else model.objects.standing().visible_to(act.by)
        key = {"domain": columns.get("domain")} if taken.field == "domain" else {"email_key": act.lead.email_key}
        if found := known.filter(**key).first():
            return found
        record = model.objects.add(at=act.at, by=act.by, apart=True, **given)
    act.made[kind] = record.pk
    return record


def common_columns(act: Act) -> dict[str, Any]:
    """Return what every customer made by a conversion has."""
    return {
        "owner": act.owner, "team": act.team, "is_demo": act.lead.is_demo,
        "status": Status.PROSPECT if act.outcome in OPENS else Status.NONE, "details": {"lead": act.lead.pk},
    }  # fmt: skip


def _accept(act: Act, contact: Contact, company: Company | None, accept: tuple[str, ...]) -> None:
    """Write only what the person agreed to into an existing contact."""
    facts = {name: getattr(act.lead, name) for name in accept if name in CONTACT_FACTS and getattr(act.lead, name)}
    if company is not None and contact.company_id is None:
        facts["company"] = company
    before = {name: getattr(contact, name) for name in facts}
    try:
        changed = contact.edit(facts, at=act.at, by=act.by) if facts else ()
    except CustomerTaken:
        facts.pop("email", None)
        changed = contact.edit(facts, at=act.at, by=act.by) if facts else ()
    act.before["contact"] = {name: getattr(before[name], "pk", before[name]) for name in changed}


# ---------------------------------------------------------------- opportunity


def _opportunity(act: Act, opportunity, company, contact, given: dict[str, Any]) -> Opportunity | None:
    if act.outcome == Outcome.CUSTOMER:
        return None
    if act.outcome == Outcome.EXISTING:
        return _attach(act, opportunity, company, contact)
    deal = Opportunity.objects.open_from(
        act.lead, at=act.at, by=act.by, company=company, contact=contact, owner=act.owner, team=act.team, **given
    )
    act.made["opportunity"] = deal.pk
    _carry_over(act, deal)
    return deal


def _attach(act: Act, opportunity: Opportunity, company, contact) -> Opportunity:
    opportunity.hold()
    if not opportunity.is_open:
        raise OpportunityClosed(opportunity)
    links = {}
    if opportunity.company_id is None and company is not None:
        links["company"] = company
    if opportunity.contact_id is None and contact is not None:
        links["contact"] = contact
    elif contact is not None and contact.pk != opportunity.contact_id:
        act.before["involved"] = not opportunity.contacts.filter(pk=contact.pk).exists()
        opportunity.contacts.add(contact)
    act.before["linked"] = sorted(links)
    opportunity.keep(**links)
    opportunity.record("attached", at=act.at, by=act.by, lead=act.lead.pk, name=str(act.lead))
    _carry_over(act, opportunity)
    return opportunity


def _carry_over(act: Act, deal: Opportunity) -> None:
    """Let what was planned for the lead go on at the opportunity."""
    planned = list(act.lead.activities.planned().in_order())
    for activity in planned:
        deal.activities.create(
            kind=activity.kind, type_id=activity.type_id, summary=activity.summary, note=activity.note, due_at=activity.due_at, all_day=activity.all_day,
            assignee_id=activity.assignee_id, created_by_id=activity.created_by_id,
        )  # fmt: skip
    if not planned:
        return
    keys = [activity.pk for activity in planned]
    act.lead.activities.filter(pk__in=keys).update(cancelled_at=act.at)
    act.before["activities"] = keys
    act.lead.follow_activities()
    deal.follow_activities()


# ------------------------------------------------------------------------ end


def _end_lead(act: Act, conversion: Conversion) -> None:
    act.lead.mark_converted(
        at=act.at, by=act.by, customer=(conversion.company, conversion.contact), **told(act, conversion)
    )  # fmt: skip


def told(act: Act, conversion: Conversion) -> dict[str, Any]:
    """Return what the lead's story says of its conversion."""
    deal = conversion.opportunity
    return {
        "outcome": conversion.outcome, "conversion": conversion.pk, "opportunity": deal.pk if deal else None,
        "name": deal.name if deal else "", "company": str(conversion.company or ""), "contact": str(conversion.contact or ""),
        "made": sorted(act.made),
    }  # fmt: skip


def _follow(act: Act, company: Company | None, contact: Contact | None) -> None:
    """Let the customers' status follow. What was made just now was made with the right one, unless it joins a deal that was there."""
    is_settled = act.outcome != Outcome.EXISTING
    lifecycle.follow(*(one for one in (company, contact) if one and not (is_settled and act.has_made(one))))


def before_of(act: Act, deal, company, contact) -> dict[str, Any]:
    """Return what was made, touched rows as they were, and how things stand right after: undo tells what was edited since."""
    seen: dict[str, Any] = {}
    if deal:
        told = len(FIRST_LINES) if "opportunity" in act.made else deal.events.count()
        seen["opportunity"] = {"version": deal.version, "events": told}
    for kind, record in (("company", company), ("contact", contact)):
        if record is not None and kind in act.made:
            seen[kind] = {name: getattr(record, name) for name in IMAGE if hasattr(record, name)}
        elif record is not None and act.before.get(kind):
            seen[kind] = image(record)
    return act.before | {"made": act.made, "seen": seen}


def image(record: Company | Contact) -> dict[str, Any]:
    """Return the facts of a customer as they are in the database now."""
    names = [name for name in IMAGE if hasattr(record, name)]
    return type(record)._base_manager.filter(pk=record.pk).values(*names).get()
