"""The bulk worker's turn: one import at a time, in leased chunks, whatever step it is at."""

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from capture import channels
from capture.imports import checking, entering, proposals, reading, undoing
from capture.imports.leases import Held, Lost, Postponed
from capture.imports.mapping import Mapping
from capture.imports.refusals import Refused
from capture.models import ImportRun
from core import clock
from core.models import Change
from core.work import Work

log = logging.getLogger(__name__)
Step = ImportRun.Step
SECONDS = 45  # of one turn; the lease is longer
IN_A_REQUEST = 2.0  # seconds of a turn somebody waits for
AT_ONCE = 512 * 1024  # bytes of a file that is read in the request, so that nobody waits for a worker

STEPS = {
    Step.READING: reading.read,
    Step.CHECKING: checking.check,
    Step.RUNNING: entering.enter,
    Step.UNDOING: undoing.take_back,
}


class NotNow(Exception):
    """The import is at another step: somebody was quicker."""


def advance(*, seconds: float = SECONDS) -> int:
    """Work on due imports, oldest first, for at most `seconds`; return how many turns were taken."""
    turns, until = 0, Held(ImportRun(), seconds)
    while until.has_time:
        claimed = ImportRun.objects.claim(limit=1)
        if not claimed:
            break
        _turn(Held(claimed[0], seconds))
        turns += 1
    return turns


def advance_one(run: ImportRun, *, seconds: float | None = None) -> None:
    """Give one import a short turn at once when nobody else has it; what remains is the worker's."""
    for claimed in ImportRun.objects.claim(limit=1, pk=run.pk):
        _turn(Held(claimed, IN_A_REQUEST if seconds is None else seconds, in_request=True))
    run.refresh_from_db()


def _turn(held: Held) -> None:
    run = held.run
    try:
        with _no_rounds_of_the_collector():
            STEPS[run.step](held)
    except Refused as refused:
        _quietly(held.refuse, refused)
    except Postponed:
        _quietly(held.pause)
    except Lost:
        log.info("import %s went to another worker", run.pk)
    except Exception as error:
        log.exception("import %s stopped at %s", run.pk, run.step)
        run.give_back(f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')}")


@contextmanager
def _no_rounds_of_the_collector() -> Iterator[None]:
    """Rows by the thousand make no cycles, but looking for some takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _quietly(settle, *values) -> None:
    try:
        settle(*values)
    except Lost:
        log.info("an import went to another worker")


def ask(run: ImportRun, step: str, *, allowed: set[str], **changes) -> None:
    """Move an import to a step of the worker, from one of the allowed ones. Raises NotNow."""
    moved = ImportRun.objects.filter(pk=run.pk, step__in=allowed).exclude(state=Work.State.CLAIMED).update(
        step=step, state=Work.State.WAITING, due_at=Now(), attempts=0, lease_until=None, token=None, last_error="", **changes
    )  # fmt: skip
    if not moved:
        raise NotNow
    run.refresh_from_db()
    transaction.on_commit(hint)


def check_again(run: ImportRun) -> None:
    """Check all rows with the mapping as it is now. Raises NotNow."""
    ask(run, Step.CHECKING, allowed={Step.MAPPING, Step.PREVIEW}, next_line=0, counts={})


def start(run: ImportRun, *, at: datetime) -> None:
    """Begin to store the rows. New custom fields are made now; the mapping is kept for next time. Raises NotNow."""
    with transaction.atomic():
        ask(run, Step.RUNNING, allowed={Step.PREVIEW}, next_line=0, started_at=at)
        Mapping.of(run).save_definitions()
        details = {"import": run.pk, "in_background": True}
        run.change = Change.objects.create(verb="import", by=run.by, at=at, details=details, until=None)
        run.save(update_fields=["change"])
        proposals.remember(run)


def begin_undo(run: ImportRun) -> None:
    """Take a finished import back, within 30 days. Raises NotNow."""
    if run.step in {Step.UNDOING, Step.UNDONE}:
        return
    if not can_be_undone(run):
        raise NotNow
    ask(run, Step.UNDOING, allowed={Step.FINISHED}, next_line=0)


def can_be_undone(run: ImportRun) -> bool:
    return run.step == Step.FINISHED and run.change is not None and run.change.until > clock.now()


def read_again(run: ImportRun, chosen: dict) -> None:
    """Read the file once more, as a person says it must be read. Raises NotNow."""
    allowed = {Step.MAPPING, Step.PREVIEW, Step.FAILED}
    ask(run, Step.READING, allowed=allowed, dialect=chosen, columns=[], options=_without_reading(run.options), problem="", finished_at=None)


def _without_reading(options: dict) -> dict:
    return {name: value for name, value in options.items() if name not in {"outcomes", "day_order", "ask_day_order", "decimal"}}


def retry(run: ImportRun) -> None:
    """Let the workers try again what was set aside. Raises NotNow."""
    moved = ImportRun.objects.filter(pk=run.pk, state=Work.State.STUCK).update(
        state=Work.State.WAITING, due_at=Now(), attempts=0, lease_until=None, token=None
    )
    if not moved:
        raise NotNow
    transaction.on_commit(hint)


def advance_if_small(run: ImportRun) -> None:
    """Go on at once with a small file, so that nobody waits for a worker; a large one is hinted at."""
    if run.size <= AT_ONCE:
        advance_one(run)
    if run.step in STEPS and run.state == Work.State.WAITING:
        transaction.on_commit(hint)


def stop(run: ImportRun) -> None:
    """Stop a running import and take back what is in; the worker that has it loses it. Raises NotNow."""
    moved = ImportRun.objects.filter(pk=run.pk, step=Step.RUNNING).update(
        step=Step.UNDOING, state=Work.State.WAITING, due_at=Now(), attempts=0, lease_until=None, token=None, next_line=0
    )
    if not moved:
        raise NotNow
    transaction.on_commit(hint)


def hint() -> None:
    """Tell the bulk worker that there is something to do; without a broker its next sweep finds it."""
    try:
        channels.publish("capture.bulk_sweep_imports")
    except Exception as error:  # the row is there: a message only makes it sooner
        log.warning("hint for imports not sent", extra={"error": type(error).__name__})
