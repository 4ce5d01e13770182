"""Two chunks of an import at once: while the database stores one, the next is made ready.

They are committed in the file's order, so that a killed worker still leaves the rows up to one number in and none after
it. A chunk that shares an address or a number with the one before it, or a name that has to be added to a list, waits
until that one is committed: what it finds and joins is the same as if they had come one after the other.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle
from threading import Event

from django.db import OperationalError, connection, connections

from capture.arrivals import Entry
from capture.rows import ask

log = logging.getLogger(__name__)
LANES = 2
PATIENCE_MS = 3_000  # for a row that another holds: longer, and the chunks go one by one


class Fallen(Exception):
    """The chunk before this one did not come in, so this one does not either."""


class Place:
    """A chunk's place in the file: whom it names, and when the one before it is in."""

    def __init__(self, before: "Place | None"):
        self.before, self.named, self.is_named = before, frozenset(), Event()
        self.done: Future = Future()

    def claim(self, entries: Sequence[Entry], ids: dict) -> None:
        """Say whom the chunk names; go on at once only when nothing of it can meet the chunk before."""
        self.named = frozenset(_named(entries))
        self.is_named.set()
        if self.before is None:
            return
        self.before.is_named.wait()
        if _adds_names(entries, ids) or not self.named.isdisjoint(self.before.named):
            self.wait()

    def wait(self) -> None:
        """Wait until the chunk before is committed. Raises Fallen."""
        if self.before is None:
            return
        try:
            self.before.done.result()
        except BaseException as error:
            raise Fallen from error

    def end(self, error: BaseException | None) -> None:
        self.is_named.set()
        self.done.set_exception(error) if error else self.done.set_result(None)


def _named(entries: Sequence[Entry]) -> set[str]:
    named = {key for entry in entries for _typed, key in entry.cleaned.emails}
    return named | {e164 for entry in entries for _typed, e164, _kind in entry.cleaned.phones if e164}


def _adds_names(entries: Sequence[Entry], ids: dict) -> bool:
    for entry in entries:
        if any(name and (kind, name) not in ids for kind, name in entry.cleaned.origins.items()):
            return True
        if any(("tag", tag) not in ids for tag in entry.cleaned.tags):
            return True
    return False


def are_possible() -> bool:
    """Tell whether lanes of their own see what this one has written: not inside its transaction."""
    return not connection.in_atomic_block


def go(chunks: Sequence[tuple[int, int]], enter: Sequence[Callable[[int, int, Place], None]], *, has_time: Callable[[], bool]) -> bool:
    """Enter chunks (after, last) by the lanes' functions in turn; return whether all that began are in.

    False: they met somebody's lock or each other, and what is missing should be tried one by one. What else stops a chunk
    is raised, and none after it is in.
    """
    lanes = [ThreadPoolExecutor(1, thread_name_prefix=f"import-lane-{number}") for number in range(LANES)]
    under_way: deque[Place] = deque()
    try:
        for (after, last), pool, work in zip(chunks, cycle(lanes), cycle(enter), strict=False):
            if len(under_way) == LANES:
                under_way.popleft().done.result()
            if not has_time():
                break
            place = Place(under_way[-1] if under_way else None)
            under_way.append(place)
            pool.submit(_run, work, after, last, place)
        for place in under_way:
            place.done.result()
    except (OperationalError, Fallen) as error:
        log.info("chunks of an import met", extra={"error": type(error).__name__})
        return False
    finally:
        for pool in lanes:
            pool.submit(connections.close_all)
            pool.shutdown()
    return True


def _run(work: Callable[[int, int, Place], None], after: int, last: int, place: Place) -> None:
    try:
        work(after, last, place)
    except BaseException as error:
        place.end(error)
    else:
        place.end(None)


def be_patient() -> None:
    """Wait only so long for another's lock: two chunks that wait for each other can't be seen by the database."""
    ask("SELECT set_config('lock_timeout', %s, true)", [f"{PATIENCE_MS}ms"])
