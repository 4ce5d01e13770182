"""What was set aside: let in like any other entry, or dropped; both are remembered."""

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from capture.channels import hint
from capture.models import Submission
from capture.rows import ask
from core import limits
from core.models import AuditEntry


@transaction.atomic
def let_in(submission: Submission, *, by, at: datetime) -> bool:
    """Send a set-aside entry on its way; False when somebody has decided on it already."""
    moved = Submission.objects.filter(pk=submission.pk, result="quarantined").update(
        state="waiting", result="", why={}, due_at=Now(), attempts=0, last_error="", captured_at=at,
    )  # fmt: skip
    return _remember("quarantine_let_in", submission, by, moved)


@transaction.atomic
def drop(submission: Submission, *, by) -> bool:
    """Keep a set-aside entry out for good; it stays in the log."""
    moved = Submission.objects.filter(pk=submission.pk, result="quarantined").update(
        result="skipped", why={"code": "dropped", "values": {"name": str(by)}},
    )  # fmt: skip
    return _remember("quarantine_dropped", submission, by, moved)


@transaction.atomic
def try_again(submission: Submission, *, by) -> bool:
    """Give an entry that was set aside after three tries another three."""
    moved = Submission.objects.filter(pk=submission.pk, state="stuck").update(state="waiting", due_at=Now(), attempts=0, lease_until=None)
    return _remember("submission_tried_again", submission, by, moved)


def forget() -> int:
    """Remove what nobody let in for 30 days, at most 10,000 at a time."""
    rows = ask("DELETE FROM capture_submission WHERE id IN (SELECT id FROM capture_submission WHERE result = 'quarantined'"
               " AND received_at < now() - make_interval(days => %s) ORDER BY received_at LIMIT 10000) RETURNING id",
               [limits.UNDO_DAYS])  # fmt: skip
    return len(rows)


def _remember(action: str, submission: Submission, by, moved: int) -> bool:
    if moved:
        AuditEntry.objects.create(action=action, actor=by, target=f"capture.submission:{submission.pk}")
        transaction.on_commit(hint)
    return bool(moved)
