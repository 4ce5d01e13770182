"""Which customers a lead may belong to, each with what speaks for it (only those the person may see)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from core.likeness import COMPANY, PERSON, Facts, Likeness, compare
from customers import keys
from customers.matching import companies_like, contacts_like, facts_of_companies, facts_of_contacts
from customers.models import Company, Contact
from leads import matching
from leads.cleaning import fold_company
from leads.models import Lead
from opportunities import searching
from opportunities.models import Opportunity

MOST = 6
LOOKED_AT = 20  # customers of each kind, for one lead


@dataclass
class Suggestion:
    """A contact or company with the reasons why it may be this lead's."""

    record: Contact | Company
    likeness: Likeness = field(default_factory=Likeness)

    @property
    def key(self) -> str:
        """Return what the form sends: "contact:7" or "company:3"."""
        return f"{self.record._meta.model_name}:{self.record.pk}"

    @property
    def contact(self) -> Contact | None:
        return self.record if isinstance(self.record, Contact) else None

    @property
    def company(self) -> Company | None:
        return self.record.company if isinstance(self.record, Contact) else self.record

    @property
    def reasons(self) -> list[dict[str, Any]]:
        return self.likeness.reasons

    @property
    def is_certain(self) -> bool:
        return self.likeness.is_certain

    @property
    def is_likely(self) -> bool:
        return self.likeness.is_likely


def suggestions(lead: Lead, user=None, facts: Facts | None = None) -> list[Suggestion]:
    """Return at most six customers, what speaks loudest first; without a user (rules) those of everybody. Nine queries at the most."""
    return _suggestions([lead], user, asked={lead.pk: facts} if facts else None)[lead.pk][:MOST]


def certain(lead: Lead, user=None) -> Suggestion | None:
    """Return the customer to preselect: the first certain one."""
    return certain_of([lead], user)[lead.pk]


def certain_of(leads: Sequence[Lead], user=None) -> dict[int, Suggestion | None]:
    """Return the certain customer of each lead, or None; as many queries for many as for one."""
    found = _suggestions(leads, user, similar=False)
    return {pk: next((one for one in rows if one.is_certain), None) for pk, rows in found.items()}


def _suggestions(
    leads: Sequence[Lead], user, *, similar: bool = True, asked: dict[int, Facts] | None = None
) -> dict[int, list[Suggestion]]:
    asked = asked or matching.facts_of(leads)
    people, firms = _contacts(leads, asked, user, similar=similar), _companies(leads, asked, user, similar=similar)
    return {lead.pk: _loudest([*people[lead.pk], *firms[lead.pk]]) for lead in leads}


def _loudest(found: list[Suggestion]) -> list[Suggestion]:
    told = [one for one in found if one.reasons]
    return sorted(told, key=lambda one: (-one.likeness.strength, one.contact is None, one.record.pk))


def search(text: str, user, *, most: int = 8) -> list[Suggestion]:
    """Find customers by a part of their name, accents forgiven, or by the whole e-mail."""
    if not (folded := keys.rules.fold_name(text)):
        return []
    company_key = fold_company(text) or folded
    people = _seen(Contact, user).filter(Q(name_key__contains=folded) | Q(email_key=keys.rules.email_key(text) or None))
    firms = _seen(Company, user).filter(Q(name_key__contains=company_key) | Q(domain=text.strip().lower()))
    found = [Suggestion(one) for one in firms.by_name()[:most]]
    return found + [Suggestion(one) for one in people.select_related("company").by_name()[: most - len(found)]]


def open_deals(matches: list[Suggestion], user) -> list[Opportunity]:
    """Return the open opportunities of proposed customers, to attach the lead to one of them."""
    companies = {one.company.pk for one in matches if one.company}
    contacts = {one.contact.pk for one in matches if one.contact}
    if not companies and not contacts:
        return []
    deals = Opportunity.objects.visible_to(user).open().filter(Q(company__in=companies) | Q(contact__in=contacts))
    return list(deals.select_related("company", "contact", "stage", "owner").order_by("-pk")[:10])


def search_deals(text: str, user, *, most: int = 8) -> list[Opportunity]:
    """Find open opportunities by words of their name and of their customer's, newest first."""
    deals = Opportunity.objects.visible_to(user).open()
    return list(searching.search(deals, text).select_related("company", "contact", "stage", "owner").order_by("-pk")[:most])


# ---------------------------------------------------------------------- inner


def _seen(model, user):
    rows = model.objects.standing()
    return rows.visible_to(user) if user is not None else rows


def _contacts(leads: Sequence[Lead], asked: dict[int, Facts], user, *, similar: bool) -> dict[int, list[Suggestion]]:
    linked = {lead.pk: lead.contact_id for lead in leads}
    pks = _with_linked(contacts_like(asked, similar=similar, drop_noise=False), linked)
    rows = _seen(Contact, user).select_related("company").in_bulk(set().union(*pks.values()))
    found = _compared(asked, pks, rows, facts_of_contacts(rows.values()), linked, PERSON)
    return {lead: [one for one in those if one.is_likely] for lead, those in found.items()}  # a name alone says nothing


def _companies(leads: Sequence[Lead], asked: dict[int, Facts], user, *, similar: bool) -> dict[int, list[Suggestion]]:
    linked = {lead.pk: lead.company_id for lead in leads}
    pks = _with_linked(companies_like(asked, similar=similar, drop_noise=False), linked)
    rows = _seen(Company, user).in_bulk(set().union(*pks.values()))
    return _compared(asked, pks, rows, facts_of_companies(rows.values()), linked, COMPANY)


def _compared(
    asked: dict[int, Facts], pks: dict[int, set[int]], rows: dict[int, Any], facts: dict[int, Facts], linked: dict[int, int | None],
    weights: Mapping[str, float],
) -> dict[int, list[Suggestion]]:  # fmt: skip
    """Return the customers found for each lead with what speaks for them."""
    found: dict[int, list[Suggestion]] = {lead: [] for lead in linked}
    for lead, those in found.items():
        for record in _first(rows, pks[lead]):
            like = compare(asked[lead], facts[record.pk], weights)
            if record.pk == linked[lead]:
                like.because("linked")
            those.append(Suggestion(record, like))
    return found


def _with_linked(found: dict[int, set[int]], linked: dict[int, int | None]) -> dict[int, set[int]]:
    return {lead: found.get(lead, set()) | {pk} - {None} for lead, pk in linked.items()}


def _first(rows: dict[int, Any], pks: set[int]) -> list[Any]:
    return [rows[pk] for pk in sorted(pks) if pk in rows][:LOOKED_AT]
