"""Companies and contacts that may be the same as another, or as what somebody types; the rules are core.likeness."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core import likeness
from core.likeness import COMPANY, PERSON, PLACE, Facts, Likeness, Look, at_places, candidates, compare, nearly, orders
from customers import keys
from customers.models import Company, Contact, ContactEmail, ContactPhone

MOST = 50  # looked at for one question


@dataclass(frozen=True, slots=True)
class Match:
    """A record somebody may see that looks like the one at hand."""

    record: Any
    likeness: Likeness


def facts_of_companies(companies: Iterable[Company]) -> dict[int, Facts]:
    """Return what companies are compared by, with the domains and numbers of those merged into them. One query."""
    companies = list(companies)
    domains: dict[int, set[str]] = {}
    phones: dict[int, set[str]] = {}
    merged = Company.objects.filter(merged_into__in=[company.pk for company in companies])
    for pk, domain, number in merged.values_list("merged_into_id", "domain", "phone_e164"):
        domains.setdefault(pk, set()).add(domain)
        phones.setdefault(pk, set()).add(number)
    return {
        company.pk: Facts(
            phones=_filled(company.phone_e164, *phones.get(company.pk, ())),
            domains=_filled(company.domain, *domains.get(company.pk, ())), company=company.name_key,
            sites=_filled(keys.domain_of_site(company.website)) if company.website else frozenset(),
        )
        for company in companies
    }  # fmt: skip


def facts_of_contacts(contacts: Iterable[Contact]) -> dict[int, Facts]:
    """Return what contacts are compared by, all of their addresses. Two queries; read them with their company."""
    contacts = list(contacts)
    emails: dict[int, set[str]] = {}
    phones: dict[int, set[str]] = {}
    for pk, key in ContactEmail.objects.filter(contact__in=contacts).values_list("contact_id", "key"):
        emails.setdefault(pk, set()).add(key)
    for pk, number in ContactPhone.objects.filter(contact__in=contacts).exclude(e164="").values_list("contact_id", "e164"):
        phones.setdefault(pk, set()).add(number)
    return {contact.pk: _person(contact, emails.get(contact.pk, set()), phones.get(contact.pk, set())) for contact in contacts}


def _person(contact: Contact, emails: set[str], phones: set[str]) -> Facts:
    own = _filled(contact.email_key, *emails)
    return Facts(
        emails=own, phones=_filled(contact.phone_e164, *phones), name=contact.name_key,
        company=contact.company.name_key if contact.company else "", domains=own_domains(own),
    )  # fmt: skip


def own_domains(emails: Iterable[str]) -> frozenset[str]:
    """Return the domains of addresses that are somebody's own: no free mail."""
    domains = {keys.rules.domain_of(email) for email in emails}
    return frozenset(domain for domain in domains if domain and not keys.rules.is_free_mail(domain))


def _filled(*values: str) -> frozenset[str]:
    return frozenset(value for value in values if value)


# ------------------------------------------------------------------ where to look

_STANDING = "merged_into_id IS NULL"
_COMPANY_BY = {
    "domain": f"SELECT id FROM customers_company WHERE domain = asked.value AND domain <> '' AND {_STANDING}",
    "phone": f"SELECT id FROM customers_company WHERE phone_e164 = asked.value AND {_STANDING}",
    "name": f"SELECT id FROM customers_company WHERE name_key = asked.value AND {_STANDING}",
    "merged domain": "SELECT merged_into_id FROM customers_company WHERE domain = asked.value AND domain <> ''"
    " AND merged_into_id IS NOT NULL",
    "merged phone": "SELECT merged_into_id FROM customers_company WHERE phone_e164 = asked.value AND merged_into_id IS NOT NULL",
    "likeness": f"SELECT id FROM customers_company WHERE name_key %% asked.value AND {_STANDING}"
    " ORDER BY similarity(name_key, asked.value) DESC, id",
}
_CONTACT_BY = {
    "email": "SELECT contact_id FROM customers_contactemail WHERE key = asked.value",
    "own email": f"SELECT id FROM customers_contact WHERE email_key = asked.value AND {_STANDING}",
    "phone": "SELECT contact_id FROM customers_contactphone WHERE e164 = asked.value",
    "own phone": f"SELECT id FROM customers_contact WHERE phone_e164 = asked.value AND {_STANDING}",
    "name": f"SELECT id FROM customers_contact WHERE name_key = asked.value AND {_STANDING}",
    **{
        f"misspelt by {place}": nearly(
            "SELECT person.id, person.name_key FROM customers_company firm JOIN customers_contact person ON person.company_id = firm.id"
            f" WHERE firm.{column} = {PLACE} AND firm.{column} <> '' AND person.{_STANDING}"
        )
        for place, column in (("company", "name_key"), ("domain", "domain"))
    },
}


def companies_like(asked: Mapping[int, Facts], *, similar: bool = True, **limits: Any) -> dict[int, set[int]]:
    """Return {number asked: companies that share a domain, phone or name, or have a similar one}. One query.

    similar: False leaves the similar names out, which cost more the more companies there are and are never certain.
    """
    domains = {n: facts.domains | facts.sites for n, facts in asked.items()}
    phones = {n: facts.phones for n, facts in asked.items()}
    names = {n: [facts.company] for n, facts in asked.items()}
    alike = [Look.by(_COMPANY_BY["likeness"], names, has_noise=False)] if similar else []
    return candidates([
        Look.by(_COMPANY_BY["domain"], domains), Look.by(_COMPANY_BY["merged domain"], domains),
        Look.by(_COMPANY_BY["phone"], phones), Look.by(_COMPANY_BY["merged phone"], phones),
        Look.by(_COMPANY_BY["name"], names), *alike,
    ], **limits)  # fmt: skip


def contacts_like(asked: Mapping[int, Facts], *, similar: bool = True, **limits: Any) -> dict[int, set[int]]:
    """Return {number asked: contacts that share an address, a number or the name in any order, or misspelt at one company}. One query.

    similar: False leaves the misspelt names out, which are never certain.
    """
    emails = {n: facts.emails for n, facts in asked.items()}
    phones = {n: facts.phones for n, facts in asked.items()}
    names = {n: orders(facts.name) for n, facts in asked.items() if facts.finds_by_name}
    alike = [
        Look.by(_CONTACT_BY["misspelt by company"], at_places(asked, lambda facts: [facts.company]), has_noise=False),
        Look.by(_CONTACT_BY["misspelt by domain"], at_places(asked, lambda facts: facts.domains), has_noise=False),
    ] if similar else []  # fmt: skip
    return candidates([
        Look.by(_CONTACT_BY["email"], emails), Look.by(_CONTACT_BY["own email"], emails),
        Look.by(_CONTACT_BY["phone"], phones), Look.by(_CONTACT_BY["own phone"], phones), Look.by(_CONTACT_BY["name"], names), *alike,
    ], **limits)  # fmt: skip


# ------------------------------------------------------------------ for people to see


def matches_of_company(company: Company, user) -> list[Match]:
    """Return the companies that look like this one, what speaks loudest first: only what the person may see."""
    asked = facts_of_companies([company])[company.pk]
    pks = companies_like({company.pk: asked}, most=MOST, drop_noise=False).get(company.pk, set()) - {company.pk}
    rows = Company.objects.visible_to(user).standing().filter(pk__in=pks).select_related("owner", "team")
    return judge(asked, facts_of_companies(rows), rows, COMPANY)


def matches_of_contact(contact: Contact, user) -> list[Match]:
    """Return the contacts that look like this one, what speaks loudest first: only what the person may see."""
    asked = facts_of_contacts([contact])[contact.pk]
    pks = contacts_like({contact.pk: asked}, most=MOST, drop_noise=False).get(contact.pk, set()) - {contact.pk}
    rows = Contact.objects.visible_to(user).standing().filter(pk__in=pks).select_related("company", "owner", "team")
    return judge(asked, facts_of_contacts(rows), rows, PERSON)


def judge(asked: Facts, facts: Mapping[int, Facts], rows: Iterable[Any], weights: Mapping[str, float]) -> list[Match]:
    """Return the rows with something in common with what is asked, strongest first."""
    found = [Match(row, likeness.compare(asked, facts[row.pk], weights)) for row in rows]
    told = [match for match in found if match.likeness.reasons and not match.likeness.is_colleague]
    return sorted(told, key=lambda match: (-match.likeness.strength, match.record.pk))


__all__ = ["Match", "companies_like", "compare", "contacts_like", "facts_of_companies", "facts_of_contacts", "judge",
           "matches_of_company", "matches_of_contact", "own_domains"]  # fmt: skip
