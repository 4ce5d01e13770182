"""How a lead ends well: a customer, an opportunity, and one row that says so and can be taken back (decision 15)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal

from django.db import models, transaction

from core import undo
from core.inserts import insert, insert_all
from core.models import Change
from customers.models import Company, Contact, Status
from customers.verbs import CustomerTaken
from leads.exceptions import LeadNotOpen
from leads.holding import Belongings, belongings
from leads.models import Lead
from opportunities import lifecycle, plans, twins
from opportunities.activities import next_columns
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
    planned: str = plans.KEEP
    person: str = ""
    made: dict[str, int] = field(default_factory=dict)
    before: dict[str, Any] = field(init=False)
    later: list[models.Model] = field(default_factory=list)  # rows nobody needs to read again, for one statement

    @cached_property
    def has(self) -> Belongings:
        return belongings(self.lead)

    def has_made(self, customer: Company | Contact) -> bool:
        return self.made.get(customer._meta.model_name) == customer.pk

    def __post_init__(self) -> None:
        self.before = {"lead": {"contact": self.lead.contact_id, "company": self.lead.company_id}}


def convert(
    lead: Lead, *, at: datetime, by=None, outcome: str = "new", company: Company | str | None = AUTO, contact: Contact | str | None = AUTO,
    opportunity: Opportunity | None = None, owner=None, team=None, stage=None, name: str = "", expected: Decimal | None = None,
    currency: str = "", close_date: date | None = None, accept: tuple[str, ...] = (), planned: str = plans.KEEP,
    then: Mapping[str, Any] | None = None, person: str = "", unnamed: bool = False, along: Change | None = None,
) -> Conversion:  # fmt: skip
    """End an open lead as converted, and return the row that says how; a converted one keeps its standing conversion.

    outcome: "new" opportunity, "existing" (`opportunity`), "customer" only, "no_customer" yet, "sale" (won at once).
    company and contact: a record, "new", None, or "auto". owner: None keeps the lead's, "nobody" leaves it open.
    accept: facts of an existing contact that take the lead's value; no other is touched.
    planned: what becomes of activities planned for the lead: "keep" lets them go on at the deal, or with the customer where
    no deal is open after it; "stop" calls them off.
    then: what is planned next, as `plan` takes it: at the deal, with the customer where none is open.
    person: what a new contact is called whose lead names nobody.
    along: the merge of other leads into this one that goes with it, and is taken back with it.
    unnamed: a lead of the past that names nobody may end as "customer" without one, to be linked later.

    The row is locked first, so of two people one wins; `is_new` on the result tells who. When `leads.holding.get_held` did it
    just now, the transaction is the caller's, and a refusal ends it. Raises LeadNotOpen, OpportunityClosed, NoCustomer.
    """
    is_held = lead.__dict__.pop("is_held", False)
    with transaction.atomic(savepoint=not is_held):
        if not is_held:
            lead = Lead.objects.select_for_update(no_key=True, of=("self",)).select_related("team", "owner").get(pk=lead.pk)
        if not lead.is_open:
            return _standing(lead)
        rep = None if owner == NOBODY else owner or lead.owner
        act = Act(lead, at, by, outcome, rep, team or lead.team, planned, person.strip())
        act.before |= twins.kept_of(along)
        company, contact = _customer(act, company, contact, opportunity, accept)
        if outcome == Outcome.CUSTOMER and company is None and contact is None and not unnamed:
            raise NoCustomer
        given = {"stage": stage, "name": name, "expected": expected, "currency": currency, "close_date": close_date}
        deal = _opportunity(act, opportunity, company, contact, given)
        conversion = _write(act, deal, company, contact)
        _go_on(conversion, deal, then)
    conversion.is_new = True
    return conversion


def _write(act: Act, deal: Opportunity | None, company: Company | None, contact: Contact | None) -> Conversion:
    """Write the row, end the lead, and all that is told of both."""
    conversion = Conversion(
        lead=act.lead, outcome=act.outcome, opportunity=deal, company=company, contact=contact, by=act.by, at=act.at,
        change=undo.begin("convert", at=act.at, by=act.by, lead=act.lead.pk), before=before_of(act, deal, company, contact),
    )  # fmt: skip
    insert(conversion)
    _end_lead(act, conversion)
    insert_all(act.later)
    _follow(act, company, contact)
    return conversion


def _go_on(conversion: Conversion, deal: Opportunity | None, then: Mapping[str, Any] | None) -> None:
    """Win what is sold, plan what comes next, and keep how the deal stands after all of it."""
    at, by, is_sale = conversion.at, conversion.by, conversion.outcome == Outcome.SALE
    if is_sale:
        deal.win(at=at, by=by)
    if then:
        conversion.before |= plans.plan_next(conversion.lead, deal, then, at=at, by=by)
    if deal is not None and (then or is_sale):
        conversion.before["seen"]["opportunity"] = {"version": deal.version, "events": deal.events.count()}
    if then or is_sale:
        conversion.save(update_fields=["before"])


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
    """Return what the lead's company is made of; a number nobody's name or address goes with is the company's."""
    return {
        "name": lead.company_name, "phone": "" if lead.name or lead.email else lead.phone, "domain": "" if lead.is_free_mail else lead.email_domain, "website": lead.website,
        "industry": lead.industry, "size": lead.company_size, "street": lead.street, "street2": lead.street2,
        "postcode": lead.postcode, "city": lead.city, "region": lead.region, "country": lead.country,
    }  # fmt: skip


def _new_contact(act: Act, company: Company | None) -> Contact | None:
    if not (columns := contact_columns(act.lead, company, act.person)):
        return None
    return _add(
        act, Contact, **columns, emails=act.has.emails, phones=act.has.phones,
    )  # fmt: skip


def contact_columns(lead: Lead, company: Company | None, person: str = "") -> dict[str, Any]:
    """Return what the lead's person is made of; nothing when it names nobody. A number is a name only when nothing else is known."""
    name = lead.name or person or lead.email.partition("@")[0] or ("" if company else lead.phone)
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
        record = model.objects.add(at=act.at, by=act.by, later=act.later, **given)
    except CustomerTaken as taken:
        known = model.objects.standing() if act.by is None else model.objects.standing().visible_to(act.by)
        key = {"domain": columns.get("domain")} if taken.field == "domain" else {"email_key": act.lead.email_key}
        if found := known.filter(**key).first():
            return found
        record = model.objects.add(at=act.at, by=act.by, apart=True, later=act.later, **given)
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
    if act.planned == plans.STOP:
        act.before |= plans.call_off(act.has.planned, at=act.at, by=act.by, later=act.later)
    if act.outcome == Outcome.CUSTOMER:
        return None
    if act.outcome == Outcome.EXISTING:
        return _attach(act, opportunity, company, contact)
    goes_on = act.has.planned if act.planned == plans.KEEP and act.outcome != Outcome.SALE else []
    deal = Opportunity.objects.open_from(
        act.lead, at=act.at, by=act.by, company=company, contact=contact, owner=act.owner, team=act.team, tags=act.has.tags,
        later=act.later, **next_columns(goes_on, act.team), **given,
    )  # fmt: skip
    act.made["opportunity"] = deal.pk
    act.before |= plans.carry_over(goes_on, deal, at=act.at)
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
    if act.planned == plans.KEEP and act.has.planned:
        act.before |= plans.carry_over(act.has.planned, opportunity, at=act.at)
        opportunity.follow_activities()
    return opportunity


# ------------------------------------------------------------------------ end


def _end_lead(act: Act, conversion: Conversion) -> None:
    act.lead.mark_converted(
        at=act.at, by=act.by, customer=(conversion.company, conversion.contact), later=act.later,
        nothing_planned="activities" in act.before, **told(act, conversion),
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


def same_facts(now: dict[str, Any], seen: dict[str, Any]) -> bool:
    """Tell whether an image of a customer is one that was kept as JSON."""
    return _plain(now) == _plain(seen)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if value is not None else None for name, value in values.items()}
