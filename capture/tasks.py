"""Sweeps: each drains what is due for a bounded time. A message only makes them come sooner."""

import time

from celery import shared_task

from capture import intake

SECONDS = 20  # of one sweep


@shared_task(name="capture.sweep")
def sweep(**_) -> int:
    """Take in submissions, then score, qualify and assign, until nothing is due or the time is up.

    Several may run at once: each claims its own rows.
    """
    from capture import qualifying

    until, done = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        now = intake.take_in() + qualifying.qualify_due()
        done += now
        if not now:
            break
    return done


@shared_task(name="capture.bulk_sweep_imports")
def bulk_sweep_imports(**_) -> int:
    """Let each import that has something to do take its next chunks."""
    from capture.imports import running

    return running.advance() or 0
