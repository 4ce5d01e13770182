"""Decision records of what people did with a lead in other rooms (bulk bar, undo, conversion taken back).

The lead's own verbs know nothing of decisions; the latest lines of the story tell who handed what to whom.
"""

from time import monotonic

from django.db.models import Exists, Max, OuterRef, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from assignment.models import Decision
from leads.models import LeadEvent

NEWEST = 100_000  # lines of the story looked at
AT_ONCE = 1000


def catch_up(*, seconds: float = 10) -> int:
    """Record hand-overs by people that have no decision yet, for so long at most; returns how many. Repeated, it does nothing.

    An act over a whole list writes faster than once in a while a thousand: it must not run away from what is looked at.
    """
    until, recorded = monotonic() + seconds, 0
    while done := _record_some():
        recorded += done
        if done < AT_ONCE or monotonic() > until:
            break
    return recorded


def _record_some() -> int:
    last = LeadEvent.objects.aggregate(last=Max("pk"))["last"] or 0
    known = Decision.objects.filter(
        lead=OuterRef("lead"), kind=Decision.Kind.ASSIGNMENT, owner=OuterRef("lead__owner"), at__gte=OuterRef("occurred_at")
    )
    lines = LeadEvent.objects.alias(to=KeyTextTransform("to", "details")).filter(
        ~Exists(known), pk__gt=last - NEWEST, kind="assigned", actor__isnull=False, to=Cast("lead__owner", TextField())
    )  # a line to somebody who has it no longer waits for nothing: it is left out before the limit counts
    latest = {line.lead_id: line for line in lines.select_related("lead", "actor").order_by("pk")[:AT_ONCE]}
    return len(Decision.objects.bulk_create([_record(line) for line in latest.values()]))


def _record(line: LeadEvent) -> Decision:
    said = (line.details.get("why") or {}).get("values", {}).get("said", "")
    values = {"name": str(line.actor), "owner": line.details.get("name", ""), "said": said}
    return Decision(
        lead=line.lead, kind=Decision.Kind.ASSIGNMENT, outcome="assigned", reason="by_hand", values=values, details={},
        team_id=line.lead.team_id, owner_id=line.lead.owner_id, by=line.actor, at=line.occurred_at, last_tried_at=line.occurred_at,
    )  # fmt: skip
