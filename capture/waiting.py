"""What the operations page shows of entries, imports and the steps after capture: what waits, what is stuck and why."""

from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capture import qualifying
from capture.imports.running import STEPS
from capture.models import ImportRun, Submission
from core import operations
from leads.models import Lead

LATE = timedelta(minutes=5)


def _entry(entry: Submission) -> tuple[str, str]:
    """Name an entry by its channel and number: who looks after the product need not read whose it is."""
    return f"{entry.get_channel_display()} {entry.pk}", f"{reverse('capture:submissions')}?tab=stuck"


def waiting_leads() -> tuple[int, datetime | None]:
    due = Lead.objects.to_qualify().order_by().aggregate(n=Count("pk"), oldest=Min("qualify_due_at"))
    return due["n"], due["oldest"]


def stuck_leads() -> list[operations.Stuck]:
    """List open leads that could not be scored, qualified and assigned, and those for whom it is late."""
    late = Q(qualify_due_at__lt=Now() - LATE, qualify_stuck_at__isnull=True)
    rows = Lead.objects.open().filter(Q(qualify_stuck_at__isnull=False) | late).order_by("pk")
    return [
        operations.Stuck(
            str(lead.pk), _("Lead %(number)s") % {"number": lead.pk}, lead.qualify_stuck_at or lead.qualify_due_at,
            lead.qualify_error or _("It has been waiting for over 5 minutes."), can_retry=lead.qualify_stuck_at is not None,
        )
        for lead in rows[: operations.SHOWN]
    ]  # fmt: skip


def retry_lead(key: str) -> bool:
    return key.isdecimal() and qualifying.release_stuck(int(key))


operations.register_work("entries", gettext_lazy("Entries to take in"), Submission.objects, _entry)
operations.register("leads", gettext_lazy("Leads to score, qualify and assign"), waiting=waiting_leads, stuck=stuck_leads, retry=retry_lead)
operations.register_work("imports", gettext_lazy("Imports"), ImportRun.objects, lambda run: (run.name, run.get_absolute_url()),
                         within=Q(step__in=list(STEPS)))  # fmt: skip
