"""Advisory locks: one of each scheduled job, one decision per team at a time (reliability rules 6 and 9)."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


def number(name: str) -> int:
    """Return the lock's number: the same name, the same number, on every process."""
    return zlib.crc32(name.encode()) - 2**31


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Yield True to the one who holds the session lock `name`, False to anybody else at the same time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number(name)])
        mine = cursor.fetchone()[0]
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number(name)])


def hold(name: str) -> None:
    """Wait for the lock `name` and hold it until the surrounding transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number(name)])
