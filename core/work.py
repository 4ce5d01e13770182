"""Work as rows: claim with a lease, work, finish with the token (reliability rules 1 and 2).

A message is only a hint; whoever holds the row's token may finish it, and nobody else.
"""

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import limits


class WorkQuerySet(models.QuerySet):
    def due(self):
        """Return rows that are waiting, or whose worker let the lease run out, by the database's clock."""
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
        return self.filter(free, state__in=[Work.State.WAITING, Work.State.CLAIMED], due_at__lte=Now())

    def claim(self, *, limit: int = limits.BATCH, lease: int = limits.LEASE_SECONDS, **wanted: Any) -> list:
        """Take up to `limit` due rows for `lease` seconds, oldest first, and return them with their new token.

        One short statement of its own; rows another worker holds are skipped. A row that was claimed
        `limits.TRIES` times and never finished is set aside instead (it may have killed its workers).
        """
        ids = self.due().filter(**wanted).order_by("due_at", "pk").select_for_update(skip_locked=True)
        token = uuid.uuid4()
        from django.db import transaction

        with transaction.atomic():
            picked = list(ids.values_list("pk", "attempts")[:limit])
            worn_out = [pk for pk, attempts in picked if attempts >= limits.TRIES]
            fresh = [pk for pk, attempts in picked if attempts < limits.TRIES]
            if worn_out:
                self.model._base_manager.filter(pk__in=worn_out).update(
                    state=Work.State.STUCK, lease_until=None, token=None,
                    last_error=models.Case(
                        models.When(last_error="", then=models.Value("its worker stopped three times while at it")),
                        default=F("last_error"),
                        output_field=models.TextField(),
                    ),
                )
            if fresh:
                self.model._base_manager.filter(pk__in=fresh).update(
                    state=Work.State.CLAIMED, token=token, attempts=F("attempts") + 1,
                    lease_until=Now() + timedelta(seconds=lease),
                )
        rows = {row.pk: row for row in self.model._base_manager.filter(pk__in=fresh, token=token)}
        return [rows[pk] for pk in fresh if pk in rows]

    def stuck(self):
        return self.filter(state=Work.State.STUCK)

    def overdue(self, *, minutes: int = 5):
        """Return unfinished rows that fell due more than `minutes` ago."""
        return self.filter(
            state__in=[Work.State.WAITING, Work.State.CLAIMED], due_at__lt=Now() - timedelta(minutes=minutes)
        )


class Work(models.Model):
    """A row that is its own queue entry."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CLAIMED = "claimed", _("being worked on")
        DONE = "done", _("done")
        STUCK = "stuck", _("set aside")

    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    due_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    token = models.UUIDField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        abstract = True

    def finish(self, state: str = State.DONE, **changes: Any) -> bool:
        """Close the row if it is still ours; False means that the lease went to somebody else: stop."""
        return self._settle(state=state, lease_until=None, token=None, **changes)

    def give_back(self, error: str, *, seconds: int = 5, **changes: Any) -> bool:
        """Return the row to the queue with what went wrong, or set it aside after the last try."""
        state = self.State.STUCK if self.attempts >= limits.TRIES else self.State.WAITING
        return self._settle(
            state=state, lease_until=None, token=None, last_error=error[:2000],
            due_at=Now() + timedelta(seconds=seconds * 2 ** max(self.attempts - 1, 0)), **changes,
        )

    def _settle(self, **changes: Any) -> bool:
        held = type(self)._base_manager.filter(pk=self.pk, token=self.token)
        return bool(self.token) and held.update(**changes) == 1
