"""Jobs of the foundation: undo in the background, the hourly check."""

from celery import shared_task

from core import clock, invariants, undo
from core.locks import only_one
from core.models import Change


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
