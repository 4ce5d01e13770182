"""Taking a lead's changes back: the columns as they were, and a line in the story that says so (decision 17)."""

from datetime import datetime

from core import undo
from core.models import Change
from leads.models import Lead, LeadActivity

OWNER = ("owner", "team", "assigned_at")
ENDING = ("disqualified_at", "disqualify_reason", "disqualify_note", "archived_at", "archive_reason")
CONTACT = ("first_contacted_at", "first_contacted_by", "reached_at")
ACTIVITY = ("done_at", "done_by", "outcome", "cancelled_at", "due_at")
VERBS = ("lead_assigned", "lead_released", "lead_disqualified", "lead_archived", "lead_restored", "lead_changed", "lead_activity")


def _take_back(change: Change, *, by, at: datetime) -> list[dict]:
    """Put the rows back one by one; each lead that really went back gets its line."""
    kept = undo.row_by_row(change, by=by, at=at)
    for lead in _leads_of(change, at):
        lead.follow_activities()
        lead.record("undone", at=at, by=by, verb=change.verb)
    return kept


def _leads_of(change: Change, at: datetime) -> list[Lead]:
    rows = change.rows.filter(undone_at=at)
    leads = set(rows.filter(model="leads.lead").values_list("row", flat=True))
    activities = rows.filter(model="leads.leadactivity").values_list("row", flat=True)
    leads |= set(LeadActivity.objects.filter(pk__in=list(activities)).values_list("lead", flat=True))
    leads |= {change.details["lead"]} if change.details.get("lead") and rows.exists() else set()
    return list(Lead.objects.filter(pk__in=leads).order_by("pk"))


for verb in VERBS:
    undo.undoer(verb)(_take_back)
