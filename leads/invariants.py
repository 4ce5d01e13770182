"""What must never be about leads: one without a story, a clock that runs backwards, a next step that is not the next."""

from collections.abc import Iterator

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q

from core import invariants
from leads.models import Lead, LeadEvent


def without_story() -> Iterator[dict]:
    """Leads of which nothing tells how they came in."""
    begun = LeadEvent.objects.filter(lead=OuterRef("pk"), kind__in=[LeadEvent.Kind.CREATED, LeadEvent.Kind.JOINED])
    for pk in Lead.objects.filter(~Exists(begun)).values_list("pk", flat=True)[: invariants.MOST]:
        yield {"lead": pk, "why": "nothing tells how it came in"}


def out_of_step() -> Iterator[dict]:
    """Leads whose next activity is not the first planned one."""
    for pk in _ask(
        "SELECT l.id FROM leads_lead l LEFT JOIN (SELECT lead_id, min(due_at) AS due_at FROM leads_leadactivity"
        " WHERE done_at IS NULL AND cancelled_at IS NULL GROUP BY lead_id) first ON first.lead_id = l.id"
        " WHERE l.next_activity_at IS DISTINCT FROM first.due_at ORDER BY l.id LIMIT %s"
    ):
        yield {"lead": pk, "why": "its next activity is not the first planned one"}


def backwards() -> Iterator[dict]:
    """Leads that were answered or given to somebody before they came in."""
    early = Q(first_contacted_at__lt=F("captured_at")) | Q(first_assigned_at__lt=F("captured_at"))
    for pk in Lead.objects.filter(early).values_list("pk", flat=True)[: invariants.MOST]:
        yield {"lead": pk, "why": "it was answered or assigned before it was captured"}


def merged_in_a_circle() -> Iterator[dict]:
    """Leads whose merges lead back to themselves."""
    for pk in _ask(
        "WITH RECURSIVE up(start, at, steps) AS ("
        " SELECT id, merged_into_id, 1 FROM leads_lead WHERE merged_into_id IS NOT NULL"
        " UNION ALL SELECT up.start, l.merged_into_id, up.steps + 1 FROM up JOIN leads_lead l ON l.id = up.at"
        " WHERE l.merged_into_id IS NOT NULL AND up.at <> up.start AND up.steps < 50)"
        " SELECT DISTINCT start FROM up WHERE at = start ORDER BY 1 LIMIT %s"
    ):
        yield {"lead": pk, "why": "its merges lead in a circle"}


def not_found_by_words() -> Iterator[dict]:
    """Leads whose words the search reads otherwise than they stand in the lead, and words of leads that are gone."""
    for pk in _ask(
        "SELECT COALESCE(l.id, t.lead_id) FROM leads_lead l FULL JOIN leads_searchtext t ON t.lead_id = l.id"
        " WHERE t.text IS DISTINCT FROM l.search ORDER BY 1 LIMIT %s"
    ):
        yield {"lead": pk, "why": "the search reads other words than the lead has"}


def _ask(sql: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [invariants.MOST])
        return [key for (key,) in cursor.fetchall()]


invariants.register("lead without a story", without_story)
invariants.register("lead next activity", out_of_step)
invariants.register("lead clock backwards", backwards)
invariants.register("lead merged in a circle", merged_in_a_circle)
invariants.register("lead found by its words", not_found_by_words)
