"""A lead is a person: who they say they are, what they wrote, what was noted about them."""

from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet

from core.personal_data import ERASED, clear, clear_history, no_personal_data, register, remove
from leads.models import (
    Campaign,
    Criterion,
    DisqualifyReason,
    Engagement,
    Lead,
    LeadActivity,
    LeadEmail,
    LeadEvent,
    LeadFieldHistory,
    LeadPhone,
    MassAct,
    Medium,
    PossibleDuplicate,
    SearchText,
    SearchWord,
    Source,
)

TEXTS = [
    "street", "street2", "postcode", "city", "region", "country", "title", "first_name", "last_name", "salutation", "job_title",
    "language", "email", "phone", "website", "company_name", "industry", "message", "referred_by", "email_key", "email_domain",
    "phone_e164", "name_key", "company_key", "disqualify_note", "archive_reason", "search", "qualify_error",
]  # fmt: skip
OBJECTS = ["first_touch", "last_touch", "custom"]
HISTORY = [
    "title", "name", "first_name", "last_name", "salutation", "job_title", "language", "email", "phone", "website", "company_name",
    "industry", "street", "street2", "postcode", "city", "region", "country", "message", "custom", "referred_by",
]  # fmt: skip


def leads(addresses: Iterable[str], phones: Iterable[str]) -> QuerySet:
    """Find a person's leads by any of their addresses or numbers, and what was merged into or out of them."""
    by_mail = Q(email_key__in=addresses) | Q(pk__in=LeadEmail.objects.filter(key__in=addresses).values("lead"))
    by_phone = Q(phone_e164__in=phones) | Q(pk__in=LeadPhone.objects.filter(e164__in=phones).values("lead"))
    own = Lead._base_manager.filter(by_mail | by_phone)
    return Lead._base_manager.filter(Q(pk__in=own.values("pk")) | Q(merged_into__in=own.values("pk")))


def of_leads(model, path: str = "lead") -> Callable[..., QuerySet]:
    """Return the find() of a model whose rows hang on a lead."""
    return lambda addresses, phones: model._base_manager.filter(**{f"{path}__in": leads(addresses, phones)})


register(Lead, columns=["name", *TEXTS, *OBJECTS], find=leads, impersonal=["currency", "qualification"],
         blank=clear(name=ERASED, **dict.fromkeys(TEXTS, ""), **dict.fromkeys(OBJECTS, {})))  # fmt: skip
register(LeadEmail, columns=["email", "key"], find=of_leads(LeadEmail), blank=remove)
register(LeadPhone, columns=["number", "e164"], find=of_leads(LeadPhone), blank=remove, impersonal=["kind"])
register(LeadEvent, columns=["details"], find=of_leads(LeadEvent), blank=clear(details={}))
register(Engagement, columns=["details"], find=of_leads(Engagement), blank=clear(details={}))
register(LeadActivity, columns=["summary", "note", "outcome"], find=of_leads(LeadActivity), blank=clear(summary="", note="", outcome=""))
register(PossibleDuplicate, columns=["reasons"], find=of_leads(PossibleDuplicate), blank=clear(reasons=[]))
register(LeadFieldHistory, columns=HISTORY, find=of_leads(LeadFieldHistory, "pgh_obj"), blank=clear_history(*HISTORY),
         impersonal=["pgh_label", "currency"])

register(SearchText, columns=["text"], find=of_leads(SearchText), blank=clear(text=""))

no_personal_data(Source, Medium, Campaign, DisqualifyReason, Criterion, why="set-up of the organisation")
no_personal_data(MassAct, why="what was asked of a list and of whom in the team; the leads are named by their own rows")
no_personal_data(SearchWord, why="single words without what they stood in; those of no lead are forgotten within a day")
