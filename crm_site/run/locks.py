"""Lock files: who supervises, which engine lives, who uses the engines. The kernel frees them, however one dies."""

import fcntl
import os
import time
from contextlib import contextmanager
from pathlib import Path


def take(path: Path, *, shared: bool = False, wait: bool = False) -> int | None:
    """Lock the file and return its descriptor, or None when somebody else holds it.

    The lock ends when the last copy of the descriptor is closed, so a child that inherits it holds it too.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def take_within(path: Path, seconds: float, *, shared: bool = False) -> int | None:
    """Like take, but try again for a while."""
    until = time.monotonic() + seconds
    while (descriptor := take(path, shared=shared)) is None and time.monotonic() < until:
        time.sleep(0.05)
    return descriptor


def is_held(path: Path) -> bool:
    """Tell whether anybody holds the lock for itself. Looking takes it for an instant, beside others who look."""
    if not path.exists():
        return False
    descriptor = take(path, shared=True)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


@contextmanager
def holding(path: Path):
    """Hold the lock for a block; waits for it."""
    descriptor = take(path, wait=True)
    try:
        yield
    finally:
        os.close(descriptor)
