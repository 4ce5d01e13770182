"""What must never be at the front door: an entry lost, doubled, or waiting unseen."""

from collections.abc import Iterable

from capture.models import Submission
from capture.rows import ask


def overdue_submissions() -> Iterable[dict]:
    """Entries that waited for more than five minutes, and those set aside after three tries."""
    for pk in Submission.objects.overdue().values_list("pk", flat=True)[:100]:
        yield {"submission": pk, "why": "waits for more than five minutes"}


def submissions_without_lead() -> Iterable[dict]:
    """Entries that say they became or joined a lead, and have none (its erasure leaves the result empty of a person)."""
    rows = ask("SELECT id FROM capture_submission WHERE result IN ('created', 'joined', 'apart') AND lead_id IS NULL"
               " AND why = '{}'::jsonb AND raw <> '{}'::jsonb LIMIT 100")  # fmt: skip
    return [{"submission": pk, "why": "names no lead"} for (pk,) in rows]


def leads_created_twice() -> Iterable[dict]:
    rows = ask("SELECT lead_id, count(*) FROM leads_leadevent WHERE kind = 'created' GROUP BY lead_id HAVING count(*) > 1 LIMIT 100")
    return [{"lead": pk, "why": f"{count} created lines"} for pk, count in rows]


def leads_sharing_an_address() -> Iterable[dict]:
    """Two open leads with one e-mail: the constraint forbids it, so a finding means that it is gone."""
    rows = ask("SELECT min(id), count(*) FROM leads_lead WHERE is_open AND apart_from_id IS NULL AND email_key <> ''"
               " GROUP BY email_key HAVING count(*) > 1 LIMIT 100")  # fmt: skip
    return [{"lead": pk, "why": f"{count} open leads with its e-mail"} for pk, count in rows]
