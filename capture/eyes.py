"""Which open leads an entry may join: who brings enquiries in must not learn of leads they can't list (decision 19)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.db.models import Q

from capture.arrivals import Arrival, Entry
from capture.models import Submission
from leads.matching import OpenLeads
from leads.models import Channel, Lead
from teams import rights
from teams.models import User

BY_PEOPLE = {Channel.MANUAL, Channel.IMPORT}


def eyes(entries: Sequence[Entry], leads: OpenLeads) -> Callable[[Entry, int], bool]:
    """Return may_see(entry, lead) for entries and the open leads that share something with them."""
    askers = {_asker(entry.arrival): entry.arrival for entry in entries if entry.arrival.by and entry.arrival.channel in BY_PEOPLE}
    if not askers:
        return lambda _entry, _lead: True
    people = User.objects.in_bulk({arrival.by for arrival in askers.values()})
    standing = pks_of(leads)
    seen = {asker: seen_by(people[arrival.by], standing, channel=arrival.channel, run=arrival.run, at=arrival.captured_at)
            for asker, arrival in askers.items()}  # fmt: skip

    def may_see(entry: Entry, lead: int) -> bool:
        known = seen.get(_asker(entry.arrival))
        return known is None or lead in known or lead not in standing  # those not standing are the batch's own

    return may_see


def _asker(arrival: Arrival) -> tuple:
    return arrival.by, arrival.channel, arrival.run


def pks_of(leads: OpenLeads) -> set[int]:
    return {lead.pk for found in (*leads.by_email.values(), *leads.by_phone.values()) for lead in found}


def seen_by(person: User, leads: Iterable[int], *, channel: str, run: int | None, at: datetime | None = None) -> set[int] | None:
    """Return those of the leads a person may join entries with, None for all of them.

    Who may see all imports brings in for everybody. The leads of the import itself are its own, wherever rules sent them.
    """
    leads = list(leads)
    if channel == Channel.IMPORT and rights.may(person, "see all imports"):
        return None
    if not leads:
        return set()
    seen = set(Lead.objects.visible_to(person).filter(pk__in=leads).values_list("pk", flat=True))
    if run is not None:
        own = Q(pk__in=Submission.objects.filter(import_run=run, lead__in=leads).values("lead"))
        if at is not None:
            own |= Q(created_by=person, channel=channel, captured_at=at)
        seen |= set(Lead.objects.filter(own, pk__in=leads).values_list("pk", flat=True))
    return seen
