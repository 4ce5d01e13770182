"""Which leads are the same person: at the door (decision 19), in the warning while typing, on the lead's page, in the queue.

What makes two of them alike are the rules of core.likeness. At the door: same e-mail joins. Same phone joins only when one side has no e-mail and the names agree; otherwise it is a pair for people
to look at. A name alone never joins anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection
from django.db.models import Q

from core.arrays import texts_array
from core.likeness import PLACE, Facts, Likeness, Look, at_places, candidates, compare, nearly, orders
from customers.keys import domain_of_site
from customers.matching import own_domains
from leads.cleaning import Cleaned, email_key, fold_company, fold_name, phone
from leads.models import Lead, LeadEmail, LeadPhone
from leads.querysets import ROW

MOST_PAIRS = 3  # of one entry; a number that more leads share is a switchboard and says nothing about a person

@dataclass(frozen=True, slots=True)
class Standing:
    """An open lead as matching sees it."""

    pk: int
    email_key: str
    name_key: str
    is_apart: bool


@dataclass(slots=True)
class OpenLeads:
    """The open leads that share an address or number with a batch of entries, read in two queries.

    A lead about to be made is added too, so that a batch finds its own.
    """

    by_email: dict[str, list[Standing]] = field(default_factory=dict)
    by_phone: dict[str, list[Standing]] = field(default_factory=dict)

    @classmethod
    def sharing(cls, entries: Iterable[Cleaned]) -> "OpenLeads":
        keys, numbers = set(), set()
        for entry in entries:
            keys.update(key for _typed, key in entry.emails)
            numbers.update(e164 for _typed, e164, _kind in entry.phones if e164)
        found = cls()
        for key, lead in _with_emails(list(keys)):
            found.by_email.setdefault(key, []).append(lead)
        for key, leads in found.by_email.items():
            leads.sort(key=lambda lead: (lead.is_apart, lead.email_key != key, lead.pk))
        for number, lead in _with_phones(list(numbers)):
            found.by_phone.setdefault(number, []).append(lead)
        return found

    def add(self, entry: Cleaned, pk: int) -> None:
        """Let the entries that follow find the lead this one is about to become."""
        lead = Standing(pk, entry.values["email_key"], entry.values["name_key"], False)
        for _typed, key in entry.emails:
            self.by_email.setdefault(key, []).append(lead)
        for _typed, number, _kind in entry.phones:
            if number:
                self.by_phone.setdefault(number, []).append(lead)

    def joined(self, entry: Cleaned, pk: int) -> None:
        """Let the entries that follow see the addresses this one brings to a lead that had none."""
        for _typed, key in entry.emails:
            self.by_email.setdefault(key, []).append(Standing(pk, key, entry.values["name_key"], False))
        for _typed, number, _kind in entry.phones if entry.emails else ():
            self.by_phone[number] = [
                replace(lead, email_key=entry.emails[0][1]) if lead.pk == pk and not lead.email_key else lead
                for lead in self.by_phone.get(number, ())
            ]

    def match(self, entry: Cleaned) -> tuple[list[int], list[tuple[int, str]]]:
        """Return (open leads the entry may join, the right one first; [(other lead, reason)] for people to look at)."""
        if same := [lead.pk for _typed, key in entry.emails for lead in self.by_email.get(key, ())]:
            return list(dict.fromkeys(same)), []
        name, has_email = entry.values["name_key"], bool(entry.emails)
        pairs: dict[int, str] = {}
        for _typed, number, _kind in entry.phones:
            sharing = self.by_phone.get(number, ())
            if same := [lead.pk for lead in sharing if lead.name_key == name and not (has_email and lead.email_key)]:
                return same, []
            if len(sharing) <= MOST_PAIRS:
                pairs |= {lead.pk: "same_phone_other_" + ("email" if lead.name_key == name else "name") for lead in sharing}
        return [], list(pairs.items())[:MOST_PAIRS]


def open_match(entry: Cleaned) -> tuple[int | None, list[tuple[int, str]]]:
    """Return (id of the open lead a cleaned entry joins or None, pairs to look at): OpenLeads for a single entry."""
    leads, pairs = OpenLeads.sharing([entry]).match(entry)
    return (leads[0] if leads else None), pairs


def _with_emails(keys: list[str]) -> Iterable[tuple[str, Standing]]:
    return _read(
        "SELECT e.key, l.id, l.email_key, l.name_key, l.apart_from_id IS NOT NULL FROM leads_leademail e"
        " JOIN leads_lead l ON l.id = e.lead_id WHERE e.key = ANY(%s) AND l.is_open"
        " UNION SELECT email_key, id, email_key, name_key, apart_from_id IS NOT NULL FROM leads_lead"
        " WHERE email_key = ANY(%s) AND email_key <> '' AND is_open",
        keys,
    )  # fmt: skip


def _with_phones(numbers: list[str]) -> Iterable[tuple[str, Standing]]:
    return _read(
        "SELECT p.e164, l.id, l.email_key, l.name_key, l.apart_from_id IS NOT NULL FROM leads_leadphone p"
        " JOIN leads_lead l ON l.id = p.lead_id WHERE p.e164 = ANY(%s) AND p.e164 <> '' AND l.is_open"
        " UNION SELECT phone_e164, id, email_key, name_key, apart_from_id IS NOT NULL FROM leads_lead"
        " WHERE phone_e164 = ANY(%s) AND phone_e164 <> '' AND is_open ORDER BY 2",
        numbers,
    )  # fmt: skip


def _read(sql: str, values: list[str]) -> list[tuple[str, Standing]]:
    if not values:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, [texts_array(values)] * 2)
        return [(row[0], Standing(*row[1:])) for row in cursor]


# ------------------------------------------------------------------ where to look

_BY = {
    "email": "SELECT lead_id FROM leads_leademail WHERE key = asked.value",
    "own email": "SELECT id FROM leads_lead WHERE email_key = asked.value AND email_key <> '' AND merged_into_id IS NULL",
    "phone": "SELECT lead_id FROM leads_leadphone WHERE e164 = asked.value AND e164 <> ''",
    "own phone": "SELECT id FROM leads_lead WHERE phone_e164 = asked.value AND phone_e164 <> '' AND merged_into_id IS NULL",
    "name": "SELECT id FROM leads_lead WHERE name_key = asked.value AND name_key <> '' AND merged_into_id IS NULL",
    "company": "SELECT id FROM leads_lead WHERE company_key = asked.value AND company_key <> '' AND name_key = ''"
    " AND merged_into_id IS NULL",
    **{
        f"misspelt by {place}": nearly(
            f"SELECT id, name_key FROM leads_lead WHERE {column} = {PLACE} AND {column} <> '' AND name_key <> '' AND merged_into_id IS NULL"
        )
        for place, column in (("company", "company_key"), ("domain", "email_domain"))
    },
}


def leads_like(asked: Mapping[int, Facts], **limits: Any) -> dict[int, set[int]]:
    """Return {number asked: leads that share an address, a number or the name in any order, or misspelt at one company}. One query.

    A company entered without a person is looked for among those; otherwise working at the same place finds nobody.
    """
    emails = {n: facts.emails for n, facts in asked.items()}
    phones = {n: facts.phones for n, facts in asked.items()}
    names = {n: orders(facts.name) for n, facts in asked.items() if facts.finds_by_name}
    firms = {n: [facts.company] for n, facts in asked.items() if facts.is_company_only}
    return candidates([
        Look.by(_BY["email"], emails), Look.by(_BY["own email"], emails), Look.by(_BY["phone"], phones),
        Look.by(_BY["own phone"], phones), Look.by(_BY["name"], names), Look.by(_BY["company"], firms),
        Look.by(_BY["misspelt by company"], at_places(asked, lambda facts: [facts.company]), has_noise=False),
        Look.by(_BY["misspelt by domain"], at_places(asked, lambda facts: facts.domains), has_noise=False),
    ], **limits)  # fmt: skip


def facts_of(leads: Iterable[Lead]) -> dict[int, Facts]:
    """Return what leads are compared by, all of their addresses. Two queries."""
    leads = list(leads)
    emails: dict[int, set[str]] = {}
    phones: dict[int, set[str]] = {}
    for pk, key in LeadEmail.objects.filter(lead__in=leads).values_list("lead_id", "key"):
        emails.setdefault(pk, set()).add(key)
    for pk, number in LeadPhone.objects.filter(lead__in=leads).exclude(e164="").values_list("lead_id", "e164"):
        phones.setdefault(pk, set()).add(number)
    return {lead.pk: _facts(lead, emails.get(lead.pk, set()), phones.get(lead.pk, set())) for lead in leads}


def _facts(lead: Lead, emails: set[str], phones: set[str]) -> Facts:
    own = frozenset({lead.email_key, *emails} - {""})
    site = domain_of_site(lead.website) if lead.website else ""
    return Facts(
        emails=own, phones=frozenset({lead.phone_e164, *phones} - {""}), domains=own_domains(own),
        sites=frozenset({site} - {""}), company=lead.company_key, name=lead.name_key,
    )  # fmt: skip


# ------------------------------------------------------- for people to see

MOST = 50  # looked at for one question


@dataclass(frozen=True, slots=True)
class Match:
    """A lead somebody may see that looks like the one at hand, with what speaks for it."""

    lead: Lead
    likeness: Likeness

    @property
    def record(self) -> Lead:
        return self.lead

    @property
    def reasons(self) -> list[dict[str, Any]]:
        return self.likeness.reasons

    @property
    def is_certain(self) -> bool:
        """Tell whether the front door would join the two."""
        return "same_email" in self.likeness.codes


def matches_of(
    email: str = "", phone_number: str = "", name: str = "", company: str = "", *, user, country: str = "", limit: int = 5
) -> list[Match]:
    """Return leads that look like what is being typed, open ones first, then surest: only what `user` may see."""
    key, number = email_key(email), phone(phone_number, country)[0] if phone_number else ""
    emails = frozenset({key} - {""})
    asked = Facts(emails=emails, phones=frozenset({number} - {""}), domains=own_domains(emails), name=fold_name(name),
                  company=fold_company(company))  # fmt: skip
    return _seen(0, asked, user)[:limit]


def matches_of_lead(lead: Lead, *, user, limit: int = 20, facts: Facts | None = None) -> list[Match]:
    """Return the leads that look like this one and may be merged with it, surest first: only what `user` may see."""
    found = _seen(lead.pk, facts or facts_of([lead])[lead.pk], user)
    return [match for match in found if match.lead.converted_at is None][:limit]


def _seen(n: int, asked: Facts, user) -> list[Match]:
    pks = leads_like({n: asked}, most=MOST, drop_noise=False).get(n, set()) - {n}
    if not pks:
        return []
    rows = list(Lead.objects.visible_to(user).filter(pk__in=pks, merged_into__isnull=True).for_list().only(*ROW, "website"))
    facts = facts_of(rows)
    found = [Match(lead, compare(asked, facts[lead.pk])) for lead in rows]
    told = [match for match in found if match.reasons and (asked.is_company_only or not match.likeness.is_colleague)]
    return sorted(told, key=lambda match: (not match.lead.is_open, -match.likeness.strength, -match.lead.pk))


def earlier_leads_of(lead: Lead, *, user, limit: int = 10):
    """Return other leads of the same person, ended ones too, newest first: same address, or same number and name."""
    emails = {row.key for row in lead.emails.all()}
    facts, same = _facts(lead, emails, {row.e164 for row in lead.phones.all()}), Q()
    if facts.emails:
        same |= Q(email_key__in=facts.emails)
    if facts.phones:
        same |= Q(phone_e164__in=facts.phones, name_key=lead.name_key)
    if not same:
        return Lead.objects.none()
    return Lead.objects.visible_to(user).filter(same).exclude(pk=lead.pk).exclude(merged_into=lead.pk).newest_first()[:limit]
