"""What the operations page shows of mail: waiting, of unknown end, or set aside; and what «try again» does."""

from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import operations
from correspondence import outbox
from correspondence.models import OutgoingMail

Stage, State = OutgoingMail.Stage, OutgoingMail.State


def waiting() -> tuple[int, datetime | None]:
    due = OutgoingMail.objects.due().filter(stage=Stage.PLANNED).aggregate(n=Count("pk"), oldest=Min("due_at"))
    return due["n"], due["oldest"]


def stuck() -> list[operations.Stuck]:
    """List messages of unknown end, set aside, or late; by number, because operations need not read them."""
    late = Q(stage=Stage.PLANNED, state__in=[State.WAITING, State.CLAIMED], due_at__lt=Now() - timedelta(minutes=5))
    rows = OutgoingMail.objects.filter(Q(stage=Stage.UNCERTAIN) | Q(stage=Stage.PLANNED, state=State.STUCK) | late)
    return [
        operations.Stuck(
            str(mail.pk), f"{mail.key.partition(':')[0]} {mail.pk}", mail.sending_at or mail.due_at,
            mail.last_error or _("It has been waiting for over 5 minutes."), can_retry=mail.state == State.STUCK,
        )
        for mail in rows.order_by("due_at", "pk")[: operations.SHOWN]
    ]  # fmt: skip


def retry(key: str) -> bool:
    """Send once more what a person decided to: an uncertain message may arrive twice then, so it is theirs to say."""
    mail = OutgoingMail.objects.filter(pk=key).first() if key.isdecimal() else None
    if mail is None:
        return False
    if mail.stage == Stage.UNCERTAIN:
        return outbox.settle(mail, Stage.PLANNED)
    again = {"state": State.WAITING, "attempts": 0, "due_at": Now(), "lease_until": None, "token": None}
    return OutgoingMail.objects.filter(pk=mail.pk, stage=Stage.PLANNED, state=State.STUCK).update(**again) == 1


operations.register("mail", gettext_lazy("Mail"), waiting=waiting, stuck=stuck, retry=retry)
