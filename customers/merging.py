"""How companies and contacts are merged: what to choose, and what follows them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.conditions.kinds import countries
from core.likeness import COMPANY, PERSON, compare
from core.merging import Addresses, Field, Kind, register
from core.merging.choices import custom_choices
from core.merging.kinds import Move, incoming, involved
from customers import lists, matching
from customers.models import Company, CompanyPair, Contact, ContactEmail, ContactPair, ContactPhone, Status

ADDRESS = ("street", "street2", "postcode", "city", "region", "country")
FURTHEST = [Status.NONE, Status.LEAD, Status.FORMER, Status.PROSPECT, Status.CUSTOMER]


def plain(name: str, label: Any, *more: str, most=None) -> Field:
    """Return a fact of one column (with those that are derived from it)."""
    return Field(name, label, (name, *more), lambda record: _words(getattr(record, name)), most)


def _words(value: Any) -> str:
    return "" if value is None else str(value)


def address() -> Field:
    return Field("address", _("Address"), ADDRESS, in_one_line)


def in_one_line(record: Any) -> str:
    """Return the postal address of a record."""
    country = str(dict(countries()).get(record.country, record.country)) if record.country else ""
    town = " ".join(part for part in (record.postcode, record.city) if part)
    return ", ".join(part for part in (record.street, record.street2, town, record.region, country) if part)


def owner(*more: str) -> Field:
    return Field("owner", _("Owner"), ("owner", "team", *more), lambda record: _words(record.owner))


def status() -> Field:
    return Field("status", _("Status"), ("status",), lambda record: str(record.get_status_display()),
                 lambda record: FURTHEST.index(record.status))  # fmt: skip


class CustomerKind(Kind):
    """What companies and contacts have in common: everything that points to one follows it."""

    def moves(self) -> list[Move]:
        return incoming(self.model, apart=[part.model for part in self.addresses])

    def shared_rows(self) -> list[tuple[Any, str, str]]:
        return involved(self.model)

    def search(self, text: str, user) -> list[Any]:
        find = lists.search_companies if self.model is Company else lists.search_contacts
        return list(find(self.visible_to(user).standing(), text).by_name()[:20])

    def pairs_among(self, pks: Sequence[int], rows, facts_of, like, weights) -> Iterable[tuple[int, int, Any]]:
        """Compare the standing records of these keys with all that share something with them."""
        facts = facts_of(rows.filter(pk__in=pks))
        near: dict[int, set[int]] = like(facts)
        known = facts | facts_of(rows.filter(pk__in={pk for found in near.values() for pk in found} - facts.keys()))
        for pk, others in near.items():
            for other in sorted(others & known.keys() - {pk}):
                yield pk, other, compare(known[pk], known[other], weights)


class CompanyKind(CustomerKind):
    def fields(self, records: Sequence[Any]) -> list[Field]:
        return [
            plain("name", _("Name"), "name_key"), plain("domain", _("Domain")), plain("website", _("Website")),
            plain("industry", _("Industry")), plain("size", _("Employees")), plain("phone", _("Phone"), "phone_e164"), status(),
            address(), owner(), plain("notes", _("Notes")), *custom_choices("company", records),
        ]  # fmt: skip

    def lines(self, record: Company) -> list[str]:
        return [part for part in (record.domain, record.city, str(record.owner or "")) if part]

    def look_alikes(self, record: Company, user) -> list[Any]:
        return matching.matches_of_company(record, user)

    def alike(self, pks: Sequence[int]) -> Iterable[tuple[int, int, Any]]:
        return self.pairs_among(pks, Company.objects.standing(), matching.facts_of_companies, matching.companies_like, COMPANY)

    def kept(self, records: Sequence[Any]) -> list[str]:
        people = Contact.objects.standing().filter(company__in=records).count()
        return [ngettext("%(n)s contact", "%(n)s contacts", people) % {"n": people}] if people else []


class ContactKind(CustomerKind):
    def fields(self, records: Sequence[Any]) -> list[Field]:
        return [
            plain("name", _("Name"), "name_key", "first_name", "last_name"), plain("job_title", _("Job title")),
            Field("company", _("Company"), ("company",), lambda record: _words(record.company)),
            plain("email", _("E-mail"), "email_key"), plain("phone", _("Phone"), "phone_e164"), plain("language", _("Language")),
            status(), address(), owner(), plain("notes", _("Notes")), *custom_choices("contact", records),
        ]  # fmt: skip

    def lines(self, record: Contact) -> list[str]:
        return [part for part in (_words(record.company), record.email, record.phone, str(record.owner or "")) if part]

    def look_alikes(self, record: Contact, user) -> list[Any]:
        return matching.matches_of_contact(record, user)

    def alike(self, pks: Sequence[int]) -> Iterable[tuple[int, int, Any]]:
        rows = Contact.objects.standing().select_related("company")
        return self.pairs_among(pks, rows, matching.facts_of_contacts, matching.contacts_like, PERSON)

    def kept(self, records: Sequence[Any]) -> list[str]:
        return address_words(ContactEmail, ContactPhone, "contact", records)


def address_words(emails, phones, owner: str, records: Sequence[Any]) -> list[str]:
    """Say how many different e-mails and phones the records have together."""
    mails = emails.objects.filter(**{f"{owner}__in": records}).values("key").distinct().count()
    numbers = phones.objects.filter(**{f"{owner}__in": records}).values("number").distinct().count()
    return [
        *([ngettext("%(n)s e-mail address", "%(n)s e-mail addresses", mails) % {"n": mails}] if mails else []),
        *([ngettext("%(n)s phone number", "%(n)s phone numbers", numbers) % {"n": numbers}] if numbers else []),
    ]  # fmt: skip


register(CompanyKind(
    "company", Company, CompanyPair, _("Company"), _("Companies"), "customers:merge_companies", "customers:company_pairs",
    "customers:company_pair",
))  # fmt: skip
register(ContactKind(
    "contact", Contact, ContactPair, _("Contact"), _("People"), "customers:merge_contacts", "customers:contact_pairs",
    "customers:contact_pair", looks=("owner", "team", "company"),
    addresses=(
        Addresses(ContactEmail, ("email", "key"), "key", ("email", "email_key")),
        Addresses(ContactPhone, ("number", "e164", "kind"), "number", ("phone", "phone_e164", "''")),
    ),
))  # fmt: skip
