"""Decision records of what people did with a lead in other rooms (bulk bar, undo, conversion taken back).

The lead's own verbs know nothing of decisions; the latest lines of the story tell who handed what to whom.
"""

from django.db.models import Exists, Max, OuterRef

from assignment.models import Decision
from leads.models import LeadEvent

NEWEST = 100_000  # lines of the story looked at


def catch_up() -> int:
    """Record hand-overs by people that have no decision yet; returns how many. Repeated, it does nothing."""
    last = LeadEvent.objects.aggregate(last=Max("pk"))["last"] or 0
    known = Decision.objects.filter(lead=OuterRef("lead"), kind=Decision.Kind.ASSIGNMENT, owner=OuterRef("lead__owner"))
    lines = LeadEvent.objects.filter(~Exists(known), pk__gt=last - NEWEST, kind="assigned", actor__isnull=False, lead__owner__isnull=False)
    latest = {line.lead_id: line for line in lines.select_related("lead", "actor").order_by("pk")[:1000]}
    rows = [_record(line) for line in latest.values() if line.details.get("to") == line.lead.owner_id]
    return len(Decision.objects.bulk_create(rows))


def _record(line: LeadEvent) -> Decision:
    said = (line.details.get("why") or {}).get("values", {}).get("said", "")
    values = {"name": str(line.actor), "owner": line.details.get("name", ""), "said": said}
    return Decision(
        lead=line.lead, kind=Decision.Kind.ASSIGNMENT, outcome="assigned", reason="by_hand", values=values, details={},
        team_id=line.lead.team_id, owner_id=line.lead.owner_id, by=line.actor, at=line.occurred_at, last_tried_at=line.occurred_at,
    )  # fmt: skip
