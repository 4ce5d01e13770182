"""Who is the same person: at the door (decision 19), in the warning while typing, and on the lead's page.

Same e-mail joins. Same phone joins only when one side has no e-mail and the names agree; otherwise it is a pair for people
to look at. A name alone never joins anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import reasons
from leads.cleaning import Cleaned, email_key, fold_company, fold_name, phone
from leads.models import Lead
from leads.texts import unaccented

MOST_PAIRS = 3  # of one entry; a number that more leads share is a switchboard and says nothing about a person

reasons.register(
    {
        "same_email": _("Same e-mail"),
        "same_phone": _("Same phone number"),
        "same_phone_other_name": _("Same phone number, another name"),
        "same_phone_other_email": _("Same phone number, another e-mail"),
        "same_name_and_company": _("Same name and company"),
        "same_name": _("Same name"),
        "entered_apart": _("Entered by somebody who can't see the other one"),
    }
)


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
        " JOIN leads_lead l ON l.id = p.lead_id WHERE p.e164 = ANY(%s) AND l.is_open"
        " UNION SELECT phone_e164, id, email_key, name_key, apart_from_id IS NOT NULL FROM leads_lead"
        " WHERE phone_e164 = ANY(%s) AND phone_e164 <> '' AND is_open ORDER BY 2",
        numbers,
    )  # fmt: skip


def _read(sql: str, values: list[str]) -> list[tuple[str, Standing]]:
    if not values:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, [values, values])
        return [(row[0], Standing(*row[1:])) for row in cursor]


# ------------------------------------------------------- for people to see


@dataclass(frozen=True, slots=True)
class Likeness:
    """A lead somebody may see that looks like the one at hand, with the codes of why."""

    lead: Lead
    reasons: tuple[str, ...]

    @property
    def is_certain(self) -> bool:
        return "same_email" in self.reasons


def matches_of(
    email: str = "", phone_number: str = "", name: str = "", company: str = "", *, user, country: str = "", apart_from: int | None = None,
    limit: int = 5,
) -> list[Likeness]:  # fmt: skip
    """Return leads that look like what is being typed, surest first: only what `user` may see."""
    key, number = email_key(email), phone(phone_number, country)[0] if phone_number else ""
    wanted = _likeness_filter(key, number, name)
    if not wanted:
        return []
    rows = Lead.objects.visible_to(user).filter(wanted, merged_into__isnull=True).exclude(pk=apart_from)
    asked = {"email": key, "phone": number, "name": fold_name(name), "company": fold_company(company)}
    found = [Likeness(lead, why) for lead in rows.for_list().prefetch_related("emails", "phones").newest_first()[:50] if (why := tuple(_why(lead, asked)))]
    return sorted(found, key=lambda like: (not like.lead.is_open, _rank(like)))[:limit]


def _likeness_filter(key: str, number: str, name: str) -> Q:
    wanted = Q()
    if key:
        wanted |= Q(email_key=key) | Q(pk__in=_ids("leads_leademail", "key", key))
    if number:
        wanted |= Q(phone_e164=number) | Q(pk__in=_ids("leads_leadphone", "e164", number))
    if len(fold_name(name)) >= 5:  # the trigram index finds the longest word, the key decides
        wanted |= Q(search__contains=max(unaccented(name).split(), key=len), name_key=fold_name(name))
    return wanted


def _ids(table: str, column: str, value: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT lead_id FROM {table} WHERE {column} = %s LIMIT 50", [value])
        return [row[0] for row in cursor]


def _why(lead: Lead, asked: dict[str, Any]) -> Iterable[str]:
    if asked["email"] and (lead.email_key == asked["email"] or asked["email"] in _addresses(lead)):
        yield "same_email"
    if asked["phone"] and (lead.phone_e164 == asked["phone"] or asked["phone"] in _numbers(lead)):
        yield "same_phone"
    if asked["name"] and lead.name_key == asked["name"]:
        yield "same_name_and_company" if asked["company"] and lead.company_key == asked["company"] else "same_name"


def _addresses(lead: Lead) -> set[str]:
    return {email.key for email in lead.emails.all()}


def _numbers(lead: Lead) -> set[str]:
    return {phone.e164 for phone in lead.phones.all()}


def _rank(like: Likeness) -> int:
    order = ("same_email", "same_phone", "same_name_and_company", "same_name")
    return min(order.index(reason) for reason in like.reasons)


def earlier_leads_of(lead: Lead, *, user, limit: int = 10):
    """Return other leads of the same person, ended ones too, newest first: same address, or same number and name."""
    same = Q()
    keys = {lead.email_key, *(_addresses(lead) if lead.pk else ())} - {""}
    if keys:
        same |= Q(email_key__in=keys)
    numbers = {lead.phone_e164, *(_numbers(lead) if lead.pk else ())} - {""}
    if numbers:
        same |= Q(phone_e164__in=numbers, name_key=lead.name_key)
    if not same:
        return Lead.objects.none()
    return Lead.objects.visible_to(user).filter(same).exclude(pk=lead.pk).exclude(merged_into=lead.pk).newest_first()[:limit]
