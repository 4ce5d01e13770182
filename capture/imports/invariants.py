"""What must never be of an import: rows lost or counted twice, one that stands still without a reason."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now

from capture.models import ImportRun
from core import invariants


def rows_unaccounted() -> Iterable[dict]:
    """A finished import whose stored rows and counts differ."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.id, i.rows, count(r.id), count(r.id) FILTER (WHERE r.fate <> '') FROM capture_importrun i"
            " LEFT JOIN capture_importrow r ON r.import_run_id = i.id"
            " WHERE i.step = 'finished' AND i.finished_at > now() - interval '2 days' GROUP BY i.id"
            " HAVING count(r.id) <> i.rows OR count(r.id) FILTER (WHERE r.fate <> '') <> i.rows LIMIT 100"
        )
        for run, rows, stored, settled in cursor.fetchall():
            yield {"import": run, "why": f"{rows} rows, {stored} stored, {settled} settled"}


def created_without_lead() -> Iterable[dict]:
    """A row that came in as a new lead but has none, although nothing was taken back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.import_run_id, r.number FROM capture_importrow r JOIN capture_importrun i ON i.id = r.import_run_id"
            " WHERE i.step IN ('running', 'finished') AND r.fate IN ('created', 'joined') AND r.lead_id IS NULL"
            " AND r.opportunity_id IS NULL AND i.started_at > now() - interval '2 days' LIMIT 100"
        )
        for run, number in cursor.fetchall():
            yield {"import": run, "row": number, "why": "came in, but its lead is not there"}


def standing_still() -> Iterable[dict]:
    """An import that waits for a worker for more than five minutes, or was set aside."""
    late = ImportRun.objects.filter(state__in=["waiting", "claimed"], due_at__lt=Now() - timedelta(minutes=5))
    moving = late.exclude(lease_until__gt=Now()).filter(step__in=["reading", "checking", "running", "undoing"])
    for run in [*moving[:50], *ImportRun.objects.stuck()[:50]]:
        yield {"import": run.pk, "why": f"stands still at {run.step}"}


invariants.register("imports: every row accounted for", rows_unaccounted)
invariants.register("imports: every new row has its lead", created_without_lead)
invariants.register("imports: none stands still", standing_still)
