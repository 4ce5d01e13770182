"""How leads are merged: what to choose, what follows them, and who can't be merged."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Min, OuterRef, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import business, wording
from core.likeness import compare
from core.merging import Addresses, Field, Kind, family, register
from core.merging.choices import custom_choices
from core.merging.exceptions import CantBeMerged
from core.merging.kinds import Move
from customers.merging import address, address_words, owner, plain
from leads import cleaning, matching
from leads.fields import STATUSES
from leads.models import Lead, LeadActivity, LeadEmail, LeadEvent, LeadPhone, PossibleDuplicate

EMAIL = ("email_key", "email_domain", "is_free_mail", "email_quality", "apart_from")
TOUCHES = ("source", "medium", "campaign")
AGAIN = {"qualify_due_at": Now(), "qualify_attempts": 0, "qualify_stuck_at": None, "qualify_error": ""}


STATUS_WORDS = dict(STATUSES)


class LeadKind(Kind):
    def fields(self, records: Sequence[Any]) -> list[Field]:
        return [
            plain("name", _("Name"), "name_key", "first_name", "last_name", "salutation"), plain("title", _("Wants")),
            plain("email", _("E-mail"), *EMAIL), plain("phone", _("Phone"), "phone_e164", "phone_quality"),
            plain("job_title", _("Job title")), plain("company_name", _("Company"), "company_key"), plain("website", _("Website")),
            plain("industry", _("Industry")), plain("company_size", _("Employees")), plain("language", _("Language")), address(),
            Field("expected_revenue", _("Expected revenue"), ("expected_revenue", "currency"), _money),
            Field("stars", _("Stars"), ("stars",), lambda lead: str(lead.stars or ""), lambda lead: lead.stars), plain("message", _("Message")), owner("assigned_at"),
            Field("source", _("Origin"), TOUCHES, lambda lead: ", ".join(str(part) for part in _origin(lead) if part)),
            Field("customer", _("Customer"), ("contact", "company"), _customer), plain("referred_by", _("Referred by")),
            *custom_choices("lead", records),
        ]  # fmt: skip

    def check(self, records: Sequence[Lead], survivor: Lead | None = None) -> None:
        super().check(records)
        for lead in records:
            if lead.converted_at:
                raise CantBeMerged(
                    now_("%(name)s is converted already. Convert the other lead into the same opportunity instead.") % {"name": lead}
                )
        if survivor is not None and not survivor.is_open and any(lead.is_open for lead in records):
            raise CantBeMerged(now_("%(name)s has ended. Keep one that is open, so that work goes on.") % {"name": survivor})

    def stands(self, lead: Lead) -> bool:
        return lead.is_open

    def ended(self, at: datetime) -> dict[str, Any]:
        return {"merged_at": at, "qualify_due_at": None, "next_activity_at": None}

    def filled(self, survivor: Lead, others: Sequence[Lead]) -> dict[str, Any]:
        """First contact, touches and the last sign of life of anybody in the family count for the survivor."""
        family = [survivor, *sorted(others, key=lambda lead: (lead.captured_at, lead.pk))]
        found: dict[str, Any] = {}
        contacted = [lead for lead in family if lead.first_contacted_at]
        if contacted and not survivor.first_contacted_at:
            first = min(contacted, key=lambda lead: lead.first_contacted_at)
            found["first_contacted_at"] = max(first.first_contacted_at, survivor.captured_at)
            found["first_contacted_by_id"] = first.first_contacted_by_id
        for name in ("reached_at", "first_assigned_at", "mql_at", "sql_at"):
            if getattr(survivor, name) is None and (moments := [moment for lead in others if (moment := getattr(lead, name))]):
                found[name] = max(min(moments), survivor.captured_at)
        if signs := [lead.last_engaged_at for lead in family if lead.last_engaged_at]:
            found["last_engaged_at"] = max(signs)
        for name in ("first_touch", "last_touch"):
            found[name] = next((touch for lead in family if (touch := getattr(lead, name))), {})
        return found

    def derive(self, survivor: Lead) -> dict[str, Any]:
        """Search reads the chosen words and every address of the family; nobody stays apart from what it was merged with."""
        those = family(Lead, [survivor.pk])
        emails = list(LeadEmail.objects.filter(lead__in=those).order_by("pk").values_list("email", "key"))
        phones = LeadPhone.objects.filter(lead__in=those).order_by("pk")
        facts = {name: getattr(survivor, name) for name in ("name", "email", "phone", "company_name", "title")}
        words = cleaning.search_text(facts, survivor.phone_e164, emails=dict.fromkeys(emails),
                                     phones=dict.fromkeys(phones.values_list("number", "e164")))  # fmt: skip
        merged = Lead.objects.filter(merged_into=survivor.pk, pk=survivor.apart_from_id).exists()
        return {"search": words, **({"apart_from_id": None} if merged else {})}

    def tell(self, survivor: Lead, changed: set[str], *, at: datetime, by) -> None:
        """Another owner is a hand-over like any other: there is a line for it, and a decision is recorded by it."""
        if "owner_id" in changed and survivor.owner:
            why = {"code": "by_merge", "values": {"name": str(by or "")}}
            survivor.record("assigned", at=at, by=by, to=survivor.owner_id, name=str(survivor.owner), team=str(survivor.team), why=why)

    def moves(self) -> list[Move]:
        return [Move(LeadActivity, "lead", "done_at IS NULL AND cancelled_at IS NULL")]

    def follow(self, pks: Iterable[int]) -> None:
        """The next activity is the first planned one again, and the open ones are scored and qualified again."""
        planned = LeadActivity.objects.planned().filter(lead=OuterRef("pk")).order_by().values("lead")
        rows = Lead._base_manager.filter(pk__in=list(pks))
        rows.update(next_activity_at=Subquery(planned.annotate(first=Min("due_at")).values("first")))
        rows.filter(is_open=True).update(**AGAIN)

    def lines(self, record: Lead) -> list[str]:
        ended = "" if record.is_open else str(STATUS_WORDS[record.status])
        return [part for part in (record.company_name, record.email, record.phone, ended, str(record.owner or "")) if part]

    def look_alikes(self, record: Lead, user) -> list[Any]:
        return matching.matches_of_lead(record, user=user)

    def search(self, text: str, user) -> list[Any]:
        from leads.lists import search

        return list(search(self.visible_to(user).filter(merged_into__isnull=True, converted_at__isnull=True), text).newest_first()[:20])

    def alike(self, pks: Sequence[int]) -> Iterable[tuple[int, int, Any]]:
        rows = Lead.objects.open()
        facts = matching.facts_of(rows.filter(pk__in=pks))
        near = matching.leads_like(facts)
        known = facts | matching.facts_of(rows.filter(pk__in={pk for found in near.values() for pk in found} - facts.keys()))
        for pk, others in near.items():
            for other in sorted(others & known.keys() - {pk}):
                yield pk, other, compare(known[pk], known[other])

    def kept(self, records: Sequence[Any]) -> list[str]:
        planned = LeadActivity.objects.planned().filter(lead__in=records).count()
        told = LeadEvent.objects.filter(lead__in=family(Lead, [one.pk for one in records])).count()
        return [
            *address_words(LeadEmail, LeadPhone, "lead", records),
            *([ngettext("%(n)s planned activity", "%(n)s planned activities", planned) % {"n": planned}] if planned else []),
            *([ngettext("%(n)s line of history", "%(n)s lines of history", told) % {"n": told}] if told else []),
        ]  # fmt: skip


def _money(lead: Lead) -> str:
    return wording.money(lead.expected_revenue, lead.currency or business.get("currency"))


def _origin(lead: Lead) -> list[Any]:
    return [lead.source, lead.medium, lead.campaign]


def _customer(lead: Lead) -> str:
    return ", ".join(str(part) for part in (lead.contact, lead.company) if part)


register(LeadKind(
    "lead", Lead, PossibleDuplicate, _("Lead"), _("Leads"), "leads:merge", "leads:pairs", "leads:pair",
    looks=("owner", "team", "source", "medium", "campaign", "contact", "company"), shares=("tags", "shared_with"),
    sums=("visits", "pages_viewed", "seconds_on_site", "emails_opened", "emails_clicked", "emails_replied"),
    remembered=("merged_into", "merged_at", "qualify_due_at", "next_activity_at"),
    addresses=(
        Addresses(LeadEmail, ("email", "key"), "key", ("email", "email_key")),
        Addresses(LeadPhone, ("number", "e164", "kind"), "number", ("phone", "phone_e164", "''")),
    ),
))  # fmt: skip
