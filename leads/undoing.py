"""Taking a lead's changes back: the columns as they were, and a line in the story that says so (decision 17)."""

from datetime import datetime

from core import undo
from core.models import Change
from leads.models import Lead, LeadActivity

OWNER = ("owner", "team", "assigned_at")
ENDING = ("disqualified_at", "disqualify_reason", "disqualify_note", "archived_at", "archive_reason")
QUALIFIED = ("sql_at", "mql_at", "qualification", "qualified_at", "come_back_at")
CONTACT = ("first_contacted_at", "first_contacted_by", "reached_at")
ACTIVITY = ("done_at", "done_by", "outcome", "cancelled_at", "due_at", "all_day", "assignee")
VERBS = ("lead_assigned", "lead_released", "lead_disqualified", "lead_archived", "lead_restored", "lead_changed", "lead_activity", "lead_tagged",
         "lead_qualified")  # fmt: skip


def _take_back(change: Change, *, by, at: datetime) -> list[dict]:
    """Put the rows back one by one (core gives each lead its line); an activity's lead follows it and gets its line too."""
    kept = undo.row_by_row(change, by=by, at=at)
    taken_back = change.rows.filter(undone_at=at)
    told = set(taken_back.filter(model="leads.lead").values_list("row", flat=True))
    activities = list(taken_back.filter(model="leads.leadactivity").values_list("row", flat=True))
    if activities:
        leads = set(LeadActivity.objects.filter(pk__in=activities).values_list("lead", flat=True)) | {change.details.get("lead")}
        for lead in Lead.objects.filter(pk__in=leads - {None}).order_by("pk"):
            lead.follow_activities()
            if lead.pk not in told:
                lead.record("undone", at=at, by=by, verb=change.verb)
    return kept


for verb in VERBS:
    undo.undoer(verb)(_take_back)
