"""What time it is: the one place views, tasks and commands ask. Tests and the demo set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from django.utils import timezone

_at: ContextVar[datetime | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """Return the present moment (aware UTC), or the one the surrounding `stopped_at` has set."""
    return _at.get() or timezone.now()


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """Let now() answer `moment` inside the block; leases still use the database's clock."""
    token = _at.set(moment)
    try:
        yield
    finally:
        _at.reset(token)
