"""What must never be in the outbox."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models.functions import Now

from core import invariants
from correspondence.models import OutgoingMail


def sending_too_long() -> Iterator[dict]:
    """A message that is `sending` for more than five minutes should have been called uncertain (R8)."""
    stale = OutgoingMail.objects.filter(stage="sending", sending_at__lt=Now() - timedelta(minutes=5))
    for pk in stale.values_list("pk", flat=True)[:100]:
        yield {"mail": pk, "why": "sending for more than five minutes"}


def overdue() -> Iterator[dict]:
    late = OutgoingMail.objects.filter(stage="planned", deferrals=0, due_at__lt=Now() - timedelta(minutes=5))
    for pk in late.values_list("pk", flat=True)[:100]:
        yield {"mail": pk, "why": "due for more than five minutes and never tried"}


invariants.register("mail is never sending for long", sending_too_long)
invariants.register("mail leaves within five minutes", overdue)
