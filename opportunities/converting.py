"""Many leads of the past that became customers, at once: the rows `convert` would leave of each, in a handful of statements.

Leads that share an address, a number, a domain, a company or a name meet the same customer, so they go one after the
other, in rounds: each round looks at what the one before it made. Only a lead whose domain or e-mail somebody else's
customer has goes by the verb, which knows what to do then.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from core import undo
from core.likeness import Facts
from customers import keys
from customers.models import Company, Contact
from leads import matching
from leads.bulk import Batch
from leads.models import Lead
from opportunities import lifecycle
from opportunities.conversion import Act, before_of, common_columns, company_columns, contact_columns, convert, told
from opportunities.models import Conversion
from opportunities.suggestions import Suggestion, certain_of

CUSTOMER = Conversion.Outcome.CUSTOMER


def become_customers(pks: Iterable[int], *, at: datetime, by=None) -> list[Conversion]:
    """End open leads as customers only, each linked to its certain match or made one, and return their conversions.

    As `convert(…, outcome="customer", unnamed=True)` for each, in the order of keys; leads that are not open are left out.
    """
    with transaction.atomic():
        held = Lead.objects.select_for_update(no_key=True, of=("self",)).select_related("team", "owner")
        left = list(held.filter(pk__in=pks, is_open=True).prefetch_related("emails", "phones").order_by("pk"))
        made: list[Conversion] = []
        while left:
            now, left = _apart(left, matching.facts_of(left))
            made += _round(now, at=at, by=by)
        return made


def _apart(leads: Sequence[Lead], facts: dict[int, Facts]) -> tuple[list[Lead], list[Lead]]:
    """Part the leads that share nothing with one before them from the others, which come later."""
    seen: set[tuple[str, str]] = set()
    now, later = [], []
    for lead in leads:
        named = set(_named(facts[lead.pk]))
        (now if named.isdisjoint(seen) else later).append(lead)
        seen |= named
    return now, later


def _named(facts: Facts) -> Iterable[tuple[str, str]]:
    yield from (("email", value) for value in facts.emails)
    yield from (("phone", value) for value in facts.phones)
    yield from (("domain", value) for value in facts.domains | facts.sites)
    if facts.company:
        yield "company", facts.company
    if facts.name:
        yield "name", " ".join(sorted(facts.name.split()))


def _round(leads: list[Lead], *, at: datetime, by) -> list[Conversion]:
    """End leads that have nothing in common with each other."""
    match = certain_of(leads, by)
    lifecycle.hold(*(record for one in match.values() if one for record in (one.company, one.contact)))
    taken = _taken(leads, match)
    at_once = [lead for lead in leads if lead.pk not in taken]
    try:
        with transaction.atomic():
            made = _end([Act(lead, at, by, CUSTOMER, lead.owner, lead.team) for lead in at_once], match)
    except IntegrityError:  # somebody was quicker with a domain or an e-mail
        taken, made = {lead.pk for lead in leads}, []
    one_by_one = [lead for lead in leads if lead.pk in taken]
    return made + [convert(lead, at=at, by=by, outcome=CUSTOMER, unnamed=True) for lead in one_by_one]


def _taken(leads: list[Lead], match: dict[int, Suggestion | None]) -> set[int]:
    """Return the leads that would make a customer whose domain or e-mail there is already, seen or not."""
    domains, mails = {}, {}
    for lead in leads:
        one = match[lead.pk]
        if one is None and lead.company_name:
            company = Company(**company_columns(lead))
            keys.derive(company)
            domains[lead.pk] = company.domain
        if lead.email and (one is None or one.contact is None):
            mails[lead.pk] = keys.rules.email_key(lead.email)
    firms = set(Company.objects.filter(merged_into=None, domain__in=set(domains.values()) - {""}).values_list("domain", flat=True))
    people = set(Contact.objects.filter(merged_into=None, email_key__in=set(mails.values()) - {""}).values_list("email_key", flat=True))
    return {lead.pk for lead in leads if domains.get(lead.pk) in firms or mails.get(lead.pk) in people}


def _end(acts: list[Act], match: dict[int, Suggestion | None]) -> list[Conversion]:
    """Make or link the customers, write the conversions, and end the leads with them."""
    firms = _companies(acts, match)
    people = _contacts(acts, match, firms)
    changes = undo.begin_all("convert", ({"lead": act.lead.pk} for act in acts), at=acts[0].at, by=acts[0].by) if acts else []
    rows = []
    for act, change in zip(acts, changes, strict=True):
        company, contact = firms.get(act.lead.pk), people.get(act.lead.pk)
        rows.append(Conversion(
            lead=act.lead, outcome=CUSTOMER, company=company, contact=contact, by=act.by, at=act.at, change=change,
            before=before_of(act, None, company, contact),
        ))  # fmt: skip
    Conversion.objects.bulk_create(rows, batch_size=1000)
    _end_leads(acts, rows)
    return rows


def _companies(acts: list[Act], match: dict[int, Suggestion | None]) -> dict[int, Company]:
    """Return the company of each lead that has one: that of its match, else a new one as far as it names one."""
    found, new = {}, {}
    for act in acts:
        if one := match[act.lead.pk]:
            found[act.lead.pk] = one.company
        elif act.lead.company_name:
            new[act.lead.pk] = company_columns(act.lead) | common_columns(act)
    return {pk: company for pk, company in (found | _made(Company, acts, new)).items() if company}


def _contacts(acts: list[Act], match: dict[int, Suggestion | None], firms: dict[int, Company]) -> dict[int, Contact]:
    """Return the contact of each lead: that of its match, else a new one unless it names nobody."""
    found = {pk: one.contact for pk, one in match.items() if one and one.contact}
    new = {}
    for act in acts:
        if act.lead.pk in found:
            act.before["contact"] = {}  # none of its facts takes the lead's value
        elif (said := contact_columns(act.lead, firms.get(act.lead.pk))):
            new[act.lead.pk] = said | _addresses(act.lead) | common_columns(act)
    return found | _made(Contact, acts, new)


def _made(model, acts: list[Act], new: dict[int, dict[str, Any]]) -> dict[int, Any]:
    """Create customers, and note in the act of each lead that it made one."""
    if not new:
        return {}
    made = dict(zip(new, model.objects.add_all(new.values(), at=acts[0].at, by=acts[0].by), strict=True))
    for act in acts:
        if act.lead.pk in made:
            act.made[model._meta.model_name] = made[act.lead.pk].pk
    return made


def _addresses(lead: Lead) -> dict[str, Any]:
    return {
        "emails": [(row.email, row.key) for row in sorted(lead.emails.all(), key=lambda row: row.pk)],
        "phones": [(row.number, row.e164, row.kind) for row in sorted(lead.phones.all(), key=lambda row: row.pk)],
    }


def _end_leads(acts: list[Act], rows: list[Conversion]) -> None:
    if not acts:
        return
    batch, linked = Batch(at=acts[0].at, by=acts[0].by), {}
    for act, row in zip(acts, rows, strict=True):
        lead = act.lead
        batch.change(
            lead, converted_at=act.at, sql_at=lead.sql_at or act.at, contact_id=row.contact_id or lead.contact_id,
            company_id=row.company_id or lead.company_id,
        )  # fmt: skip
        batch.record(lead, "converted", **told(act, row))
        linked |= {(type(one), one.pk): one for one in (row.company, row.contact) if one and not act.has_made(one)}
    batch.flush()
    lifecycle.follow(*linked.values())
