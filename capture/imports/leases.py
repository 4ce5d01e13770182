"""Working on an import in parts: whoever holds the lease goes on, and stops when it went to somebody else."""

import json
import logging
import time
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from capture.imports.refusals import Refused
from capture.models import ImportRun
from capture.notices import tell
from core import clock, limits, reasons
from core.work import Work

log = logging.getLogger(__name__)


class Lost(Exception):
    """The lease went to another worker: nothing more may be written."""


class Postponed(Exception):
    """This takes longer than a request may: the bulk worker does it."""


class Held:
    """An import somebody works on, for some seconds."""

    def __init__(self, run: ImportRun, seconds: float, *, in_request: bool = False):
        self.run, self.until, self.in_request = run, time.monotonic() + seconds, in_request

    @property
    def has_time(self) -> bool:
        return time.monotonic() < self.until

    def check_patience(self) -> None:
        """Where no progress can be kept: raise Postponed when somebody waits for the answer and the seconds are over."""
        if self.in_request and not self.has_time:
            raise Postponed

    def chunk(self, size: int) -> int:
        """Return how many rows to take at once: ever fewer after workers died, so that one bad row is soon alone."""
        return max(size // 5 ** (max(self.run.attempts, 1) - 1), 20)

    def keep(self, **changes: Any) -> None:
        """Write progress and lengthen the lease, in the caller's transaction. Raises Lost, which must roll it back."""
        fresh = Now() + timedelta(seconds=limits.LEASE_SECONDS)
        held = ImportRun.objects.filter(pk=self.run.pk, token=self.run.token)
        if not held.update(lease_until=fresh, attempts=0, last_error="", **changes):
            raise Lost
        self.remember({**changes, "attempts": 1})

    def end(self, step: str, **changes: Any) -> None:
        """Close this step; the next one waits for a person."""
        self._settle(step=step, state=Work.State.DONE, **changes)

    def go_on(self, step: str, **changes: Any) -> None:
        """Close this step and leave the next one to whoever is free."""
        self._settle(step=step, state=Work.State.WAITING, due_at=Now(), **changes)

    def pause(self) -> None:
        """Give the rest back: the seconds are over."""
        self._settle(state=Work.State.WAITING, due_at=Now())

    def _settle(self, **changes: Any) -> None:
        held = ImportRun.objects.filter(pk=self.run.pk, token=self.run.token)
        if not held.update(lease_until=None, token=None, attempts=0, last_error="", **changes):
            raise Lost
        self.remember({**changes, "token": None})

    def remember(self, changes: dict) -> None:
        for name, value in changes.items():
            if not hasattr(value, "resolve_expression"):
                setattr(self.run, name, value)

    def refuse(self, refused: Refused) -> None:
        """Close the import: its file can't be read."""
        words = json.dumps({"code": refused.code, "values": refused.values}, default=str)
        with transaction.atomic():
            self.end(ImportRun.Step.FAILED, problem=words, finished_at=Now())
            tell(self.run, at=clock.now())


def problem_of(run: ImportRun) -> str:
    """Say why an import failed or stands still, in the reader's language."""
    try:
        stored = json.loads(run.problem or "{}")
        return reasons.word(stored["code"], stored.get("values", {}))
    except (ValueError, KeyError, TypeError):
        return run.problem
