"""What waits, what is stuck and why: the operations page and the numbers behind /readyz.

Apps register their kinds of work in AppConfig.ready():

    operations.register_work("entries", _("Entries to take in"), Submission.objects, describe)
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import heartbeat
from core.models import AuditEntry, InvariantRun
from core.work import Work

SHOWN = 50
QUEUES = ("interactive", "bulk")


@dataclass(frozen=True)
class Stuck:
    """One row that needs a person: what it is, since when, why, and where to look."""

    key: str
    what: str
    since: datetime | None
    why: str
    url: str = ""
    can_retry: bool = False


@dataclass(frozen=True)
class Kind:
    key: str
    label: Any
    waiting: Callable[[], tuple[int, datetime | None]]
    stuck: Callable[[], list[Stuck]]
    retry: Callable[[str], bool] | None


_kinds: dict[str, Kind] = {}


def register(key: str, label, *, waiting, stuck, retry=None) -> None:
    """Add a kind of work: waiting() → (count, oldest due), stuck() → rows, retry(row key) → did it."""
    _kinds[key] = Kind(key, label, waiting, stuck, retry)


def register_work(
    key: str, label, rows: models.Manager, describe: Callable[[Any], tuple[str, str]], *, within: models.Q | None = None
) -> None:
    """Add a model that is its own queue (core.work.Work); describe(row) → (what, address). `within` says which rows are work."""
    within = within or models.Q()

    def waiting():
        found = rows.filter(within).order_by().due().aggregate(n=models.Count("pk"), oldest=models.Min("due_at"))
        return found["n"], found["oldest"]

    def stuck():
        late = rows.filter(within).overdue() | rows.filter(within).stuck()
        return [
            Stuck(str(row.pk), what, row.due_at, row.last_error or str(_("It has been waiting for over 5 minutes.")), url,
                  can_retry=row.state == Work.State.STUCK)
            for row in late.order_by("due_at")[:SHOWN]
            for what, url in [describe(row)]
        ]

    def retry(row_key: str) -> bool:
        again = {"state": Work.State.WAITING, "attempts": 0, "due_at": Now(), "lease_until": None, "token": None}
        return row_key.isdecimal() and rows.filter(within, pk=row_key, state=Work.State.STUCK).update(**again) == 1

    register(key, label, waiting=waiting, stuck=stuck, retry=retry)


def overview() -> dict[str, Any]:
    """Everything the operations page shows."""
    kinds = []
    for kind in _kinds.values():
        count, oldest = kind.waiting()
        kinds.append({"kind": kind, "waiting": count, "oldest": oldest, "stuck": kind.stuck()})
    return {
        "kinds": kinds,
        "processes": heartbeat.alive(),
        "queues": queue_lengths(),
        "last_check": InvariantRun.objects.order_by("-pk").first(),
    }


def oldest_waiting_seconds() -> int | None:
    """Return how long the oldest due work of any kind has waited (s), None when nothing waits."""
    from django.utils import timezone

    moments = [oldest for kind in _kinds.values() if (oldest := kind.waiting()[1])]
    return max(int((timezone.now() - min(moments)).total_seconds()), 0) if moments else None


def retry(kind: str, row: str, *, by) -> bool:
    """Give a stuck row another chance, audited. False when it is not stuck any more."""
    found = _kinds.get(kind)
    if not found or not found.retry or not found.retry(row):
        return False
    AuditEntry.objects.create(action="work retried", actor=by, target=f"{kind} {row}")
    return True


def _broker() -> redis.Redis:
    url = settings.CELERY_BROKER_URL.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    return redis.Redis.from_url(url, socket_timeout=settings.BROKER_PATIENCE, socket_connect_timeout=settings.BROKER_PATIENCE)


def broker_answers() -> bool:
    try:
        with _broker() as client:
            return bool(client.ping())
    except (redis.RedisError, OSError):
        return False


def queue_lengths() -> dict[str, int | None]:
    """Return {queue: messages waiting}, None when the broker is away."""
    try:
        with _broker() as client:
            return {queue: int(client.llen(queue)) for queue in QUEUES}
    except (redis.RedisError, OSError):
        return dict.fromkeys(QUEUES)
