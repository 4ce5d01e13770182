"""Deals name people in their title and notes; they are found through the contact or the lead they came from."""

from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet

from core.personal_data import ERASED, clear, clear_history, no_personal_data, register
from customers.personal import contacts
from leads.personal import leads
from opportunities.models import (
    Closing,
    Conversion,
    DealSearch,
    LostReason,
    MonthTotal,
    Opportunity,
    OpportunityActivity,
    OpportunityEvent,
    OpportunityFieldHistory,
    Pipeline,
    Stage,
    StageTotal,
)
from opportunities.searching import write_words_again


def conversions(addresses: Iterable[str], phones: Iterable[str]) -> QuerySet:
    return Conversion._base_manager.filter(Q(lead__in=leads(addresses, phones)) | Q(contact__in=contacts(addresses, phones)))


def opportunities(addresses: Iterable[str], phones: Iterable[str]) -> QuerySet:
    converted = conversions(addresses, phones).filter(opportunity__isnull=False).values("opportunity")
    return Opportunity._base_manager.filter(Q(contact__in=contacts(addresses, phones)) | Q(pk__in=converted))


def of_opportunities(model, path: str = "opportunity") -> Callable[..., QuerySet]:
    return lambda addresses, phones: model._base_manager.filter(**{f"{path}__in": opportunities(addresses, phones)})


HISTORY = ["name", "notes", "custom"]
register(Opportunity, columns=["name", "notes", "lost_note", "custom", "next_activity_label"], find=opportunities, impersonal=["currency"],
         blank=clear(name=ERASED, notes="", lost_note="", custom={}, next_activity_label=""))  # fmt: skip
register(OpportunityFieldHistory, columns=HISTORY, find=of_opportunities(OpportunityFieldHistory, "pgh_obj"),
         blank=clear_history(*HISTORY), impersonal=["pgh_label", "currency", "recurring"])
register(Conversion, columns=["before"], find=conversions, blank=clear(before={}), impersonal=["outcome"])
register(Closing, columns=["note"], find=of_opportunities(Closing), blank=clear(note=""), impersonal=["currency"])
register(OpportunityEvent, columns=["details"], find=of_opportunities(OpportunityEvent), blank=clear(details={}))
register(OpportunityActivity, columns=["summary", "note", "outcome"], find=of_opportunities(OpportunityActivity),
         blank=clear(summary="", note="", outcome=""))

register(DealSearch, columns=["search"], find=of_opportunities(DealSearch), blank=write_words_again)
no_personal_data(Pipeline, Stage, LostReason, StageTotal, MonthTotal, why="set-up and sums")
