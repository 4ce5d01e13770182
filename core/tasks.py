"""Jobs of the foundation: undo in the background, the hourly check."""

from datetime import timedelta

from celery import shared_task

from core import clock, invariants, limits, undo
from core.locks import only_one
from core.models import Change, Notice
from core.notices import mailing


@shared_task(name="core.bulk_undo")
def bulk_undo(**_) -> int:
    """Take back what was asked for and is large; one change at a time, each in its own transaction."""
    done = 0
    with only_one("core.bulk_undo") as mine:
        if not mine:
            return 0
        for change in Change.objects.filter(undo=Change.Undo.ASKED).order_by("pk")[:10]:
            try:
                undo.take_back(change, by=change.undone_by, at=clock.now())
            except undo.NotYet as later:  # said in the list of what was kept; asked again, it is tried again
                kept = [{"code": later.code, "values": later.values}]
                Change.objects.filter(pk=change.pk).update(undo=Change.Undo.OPEN, undone_by=None, kept=kept)
                continue
            done += 1
    return done


@shared_task(name="core.bulk_check_invariants")
def bulk_check_invariants(**_) -> int:
    with only_one("core.bulk_check_invariants") as mine:
        return len(invariants.run().findings) if mine else 0


@shared_task(name="core.mail_notices")
def mail_notices(**_) -> int:
    with only_one("core.mail_notices") as mine:
        return mailing.mail_those_away(at=clock.now()) if mine else 0


@shared_task(name="core.bulk_forget_notices")
def bulk_forget_notices(**_) -> int:
    """Let go of what was read long ago, some rows at a time."""
    long_ago = clock.now() - timedelta(days=limits.NOTICE_DAYS)
    old = Notice.objects.filter(at__lt=long_ago).order_by().values("pk")[:10_000]
    return Notice.objects.filter(pk__in=old).delete()[0]
