"""What a lead's page tells of its past: the family's story, earlier enquiries of the same person, possible duplicates.

A merge moves no event (decision 17): the story is read over the whole family, the lead and all that were merged into it.
How the first line tells where the lead came from: the details of "created" and "joined" hold `channel`, and where there
was one `source`, `form`, `import` with its `line` (names), `said` (the raw answers) and `problems`.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from core import alongside, panels
from core.alongside import Part
from core.models import CustomField
from leads.models import Lead, LeadEvent, PossibleDuplicate
from teams.models import User

PAGE = 60
SAID = ("created", "joined", "noted", "called", "mailed", "did", "contacted")
KINDS = {"all": Q(), "messages": Q(kind__in=SAID), "changes": ~Q(kind__in=SAID)}
FAMILY = """
    WITH RECURSIVE family(id) AS (
        SELECT {first} UNION SELECT lead.id FROM leads_lead lead JOIN family ON lead.merged_into_id = family.id
    ) SELECT id FROM family LIMIT 200
"""
CUSTOM_FIELDS = Part("custom_fields", lambda _lead: CustomField.objects.filter(record="lead").order_by("position", "pk"), without=("created_at",))


@dataclass
class Story:
    """One stretch of a lead's past, newest first; `older` is the event from which the next stretch goes on."""

    events: list[LeadEvent]
    older: int | None
    kind: str
    custom_labels: dict[str, str]
    custom_numbers: frozenset[str]  # the keys of those that are figures


def with_all(rows: QuerySet) -> QuerySet:
    """Read each lead with what its page tells of it from other tables, so that the page asks for it in the same query."""
    family = RawSQL(f"ARRAY({FAMILY.format(first='leads_lead.id')})", [], ArrayField(BigIntegerField()))  # noqa: S611  no value of a person
    return alongside.read(rows.annotate(_family=family), CUSTOM_FIELDS, *panels.parts_of("lead"), relations=("emails", "phones", "tags"))


def get_family(lead: Lead) -> list[int]:
    """Return the keys of the lead and of all that were merged into it, however far. One query, none when it was read with all."""
    if (known := getattr(lead, "_family", None)) is not None:
        return known
    with connection.cursor() as cursor:
        cursor.execute(FAMILY.format(first="%s::bigint"), [lead.pk])
        return [key for (key,) in cursor.fetchall()]


def get_story(lead: Lead, *, kind: str = "all", before: int | None = None) -> Story:
    """Return up to PAGE events of the family, from before the event with that key on."""
    kind = kind if kind in KINDS else "all"
    events = LeadEvent.objects.filter(KINDS[kind], lead__in=get_family(lead)).select_related("actor")
    if before and (last := LeadEvent.objects.filter(pk=before).values_list("occurred_at", "pk").first()):
        events = events.filter(Q(occurred_at__lt=last[0]) | Q(occurred_at=last[0], pk__lt=last[1]))
    found = list(events.order_by("-occurred_at", "-pk")[: PAGE + 1])
    older = found[PAGE - 1].pk if len(found) > PAGE else None
    known = alongside.of(lead, CUSTOM_FIELDS) if any(_is_about_custom(event) for event in found) else []
    numbers = frozenset(row.key for row in known if row.type == CustomField.Type.NUMBER)
    return Story(found[:PAGE], older, kind, {row.key: row.label for row in known}, numbers)


def _is_about_custom(event: LeadEvent) -> bool:
    told: Any = event.details.get("fields") or event.details.get("said")
    return isinstance(told, dict) and any(name.startswith("custom.") for name in told)


def duplicates_of(lead: Lead, user: User) -> list[PossibleDuplicate]:
    """Return the pairs still to be looked at whose other side the asker may see; `twin` is that other lead. One query."""
    seen = Lead.objects.visible_to(user).filter(merged_at__isnull=True)
    told = Q(Exists(seen.filter(pk=OuterRef("other"))), lead=lead) | Q(Exists(seen.filter(pk=OuterRef("lead"))), other=lead)
    pairs = PossibleDuplicate.objects.filter(Q(lead=lead) | Q(other=lead), told, verdict="").select_related("lead__owner", "other__owner")
    found = list(pairs.order_by("-found_at", "-pk")[:10])
    for pair in found:
        pair.twin = pair.other if pair.lead_id == lead.pk else pair.lead
    return found
