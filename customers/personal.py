"""Contacts are people; companies are organisations, whose notes speak of the organisation."""

from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet

from core.personal_data import ERASED, clear, clear_history, no_personal_data, register, remove
from customers.models import (
    Company,
    CompanyEvent,
    CompanyFieldHistory,
    CompanyPair,
    Contact,
    ContactEmail,
    ContactEvent,
    ContactFieldHistory,
    ContactPair,
    ContactPhone,
    LookedThrough,
)

POSTAL = ["street", "street2", "postcode", "city", "region", "country"]


def contacts(addresses: Iterable[str], phones: Iterable[str]) -> QuerySet:
    by_mail = Q(email_key__in=addresses) | Q(pk__in=ContactEmail.objects.filter(key__in=addresses).values("contact"))
    by_phone = Q(phone_e164__in=phones) | Q(pk__in=ContactPhone.objects.filter(e164__in=phones).values("contact"))
    return Contact._base_manager.filter(by_mail | by_phone)


def of_contacts(model, path: str = "contact") -> Callable[..., QuerySet]:
    return lambda addresses, phones: model._base_manager.filter(**{f"{path}__in": contacts(addresses, phones)})


FACTS = ["first_name", "last_name", "job_title", "email", "email_key", "phone", "phone_e164", "language", "notes", "name_key", *POSTAL]
register(Contact, columns=["name", *FACTS, "custom"], find=contacts,
         blank=clear(name=ERASED, custom={}, **dict.fromkeys(FACTS, "")))  # fmt: skip
register(ContactEmail, columns=["email", "key"], find=of_contacts(ContactEmail), blank=remove)
register(ContactPhone, columns=["number", "e164"], find=of_contacts(ContactPhone), blank=remove, impersonal=["kind"])
register(ContactEvent, columns=["details"], find=of_contacts(ContactEvent), blank=clear(details={}))
register(ContactPair, columns=["reasons"], find=of_contacts(ContactPair), blank=clear(reasons=[]))
HISTORY = ["name", "job_title", "email", "phone", "language", "street", "city", "postcode", "region", "country", "notes", "custom"]
register(ContactFieldHistory, columns=HISTORY, find=of_contacts(ContactFieldHistory, "pgh_obj"), blank=clear_history(*HISTORY),
         impersonal=["pgh_label"])

no_personal_data(Company, CompanyEvent, CompanyFieldHistory, CompanyPair, LookedThrough, why="an organisation, not a person")
