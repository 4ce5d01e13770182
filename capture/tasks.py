"""Sweeps: each drains what is due for a bounded time. A message only makes them come sooner."""

import time

from celery import shared_task
from django.core.cache import cache

from capture import intake, quarantine
from capture.web_form import guards

SECONDS = 20  # of one sweep


@shared_task(name="capture.sweep")
def sweep(**_) -> int:
    """Take in submissions, then score, qualify and assign, until nothing is due or the time is up.

    Several may run at once: each claims its own rows.
    """
    from capture import qualifying

    until, done = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        fates = intake.settle_due()
        fresh = {fate.lead for fate in fates if fate.lead}
        # who just wrote goes before the thousands a file may have brought
        now = len(fates) + (qualifying.qualify_due(only=list(fresh)) if fresh else 0) + qualifying.qualify_due()
        done += now
        if not now:
            break
    housekeeping()
    return done


def housekeeping() -> None:
    """Once an hour, forget what was kept for counting and what stayed in quarantine past its 30 days."""
    if cache.add("capture-housekeeping", 1, 3600):
        guards.forget_old_posts()
        quarantine.forget()


@shared_task(name="capture.bulk_sweep_imports")
def bulk_sweep_imports(**_) -> int:
    """Let each import that has something to do take its next chunks."""
    from capture.imports import running

    return running.advance() or 0
