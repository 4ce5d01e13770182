"""Undo keeps before-images of whatever was changed; the rest of these tables knows no lead or customer."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Model, Q, QuerySet
from pghistory.models import Context

from core.models import (
    ActivityType,
    AuditEntry,
    Change,
    ChangeRow,
    CustomField,
    ExchangeRate,
    Heartbeat,
    InvariantRun,
    Notice,
    NoticeWishes,
    Setting,
    Tag,
)
from core.personal_data import HOLDINGS, clear, no_personal_data, register


def images(addresses: Iterable[str], phones: Iterable[str]) -> QuerySet:
    """Find the before-images of every other row that tells something of the person."""
    wanted = Q(pk__in=[])
    for model, keys in _keys(addresses, phones).items():
        wanted |= Q(model=model._meta.label_lower, row__in=keys)
    return ChangeRow.objects.filter(wanted)


def _keys(addresses: Iterable[str], phones: Iterable[str]) -> dict[type[Model], list[int]]:
    """Return the keys of every row outside this app that tells something of the person, by model."""
    found = {}
    for model, holding in HOLDINGS.items():
        if model in {Change, ChangeRow, Notice}:
            continue
        keys = [key for key in holding.find(addresses, phones).values_list("pk", flat=True) if isinstance(key, int)]
        if keys:
            found[model] = keys
    return found


def notices(addresses: Iterable[str], phones: Iterable[str]) -> QuerySet:
    """Find what colleagues were told about any other row that tells something of the person."""
    wanted = Q(pk__in=[])
    for model, keys in _keys(addresses, phones).items():
        wanted |= Q(subject=model._meta.label_lower, row__in=keys)
    return Notice.objects.filter(wanted)


def changes(addresses: Iterable[str], phones: Iterable[str]) -> QuerySet:
    return Change.objects.filter(pk__in=images(addresses, phones).values("change"))


register(ChangeRow, columns=["before", "after"], find=images, blank=clear(before={}, after={}), impersonal=["model"])
register(Change, columns=["details", "kept"], find=changes, blank=clear(details={}, kept=[], undo=Change.Undo.KEPT),
         impersonal=["verb", "last_error"])

register(Notice, columns=["values"], find=notices, blank=clear(values={}), impersonal=["kind", "key", "subject", "url"])

no_personal_data(ActivityType, Tag, CustomField, ExchangeRate, Setting, why="set-up of the organisation")
no_personal_data(AuditEntry, why="who set up what: colleagues and numbers, never a lead's words")
no_personal_data(NoticeWishes, why="how colleagues wish to be told")
no_personal_data(Heartbeat, InvariantRun, why="processes and row numbers")
no_personal_data(EmailAddress, EmailConfirmation, Authenticator, Session, why="colleagues' own accounts")
no_personal_data(LogEntry, Permission, Group, ContentType, why="names of set-up rows and of tables")
no_personal_data(Context, why="which colleague's request changed a row, and its address")
