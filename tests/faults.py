"""Break things on purpose, statement by statement, so that «safe half-way» is a test and not a hope.

    for number in range(1, faults.statements_of(work) + 1):
        with faults.crash_after(number):            # as if the process died after its n-th statement
            work()
        check()

    faults.killed_after(number, work)               # really: kill -9 of a forked process at that point
    with faults.at_statement(number, do):           # anything else there, e.g. let another worker take over
        work()

Statements are those of Django's default connection, COPY and COMMIT included. Tests that use this need
`django_db(transaction=True)`.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import psycopg
from django.db import connection, connections


class Crash(BaseException):
    """The process is gone: no `except Exception` may hold it up."""


class Counted:
    """Counts statements and calls `do` after the n-th, once."""

    def __init__(self, number: int = 0, do: Callable[[], None] | None = None):
        self.seen, self.number, self.do, self.happened = 0, number, do, False

    def step(self) -> None:
        self.seen += 1
        if self.seen == self.number and not self.happened:
            self.happened = True
            self.do()

    def execute(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        self.step()
        return result


@contextmanager
def _watched(counted: Counted) -> Iterator[Counted]:
    copy, commit = psycopg.Cursor.copy, connection._commit

    @contextmanager
    def counted_copy(cursor, *args, **kwargs):
        with copy(cursor, *args, **kwargs) as stream:
            yield stream
        counted.step()

    def counted_commit():
        commit()
        counted.step()

    with (
        connection.execute_wrapper(counted.execute),
        mock.patch.object(psycopg.Cursor, "copy", counted_copy),
        mock.patch.object(connection, "_commit", counted_commit),
    ):
        yield counted


def statements_of(work: Callable[[], object]) -> int:
    """Do the work and return how many statements it took."""
    with _watched(Counted()) as counted:
        work()
    return counted.seen


@contextmanager
def at_statement(number: int, do: Callable[[], None]) -> Iterator[Counted]:
    """Call `do` right after the n-th statement of the block."""
    with _watched(Counted(number, do)) as counted:
        yield counted


@contextmanager
def crash_after(number: int) -> Iterator[Counted]:
    """End the block after its n-th statement as a dead process would: nothing is handled, the connection is gone."""

    def crash():
        raise Crash

    counted = Counted(number, crash)
    try:
        with _watched(counted):
            yield counted
    except Crash:
        pass
    finally:
        if counted.happened:
            _lose_connection()


def _lose_connection() -> None:
    connection.needs_rollback = False
    connection.in_atomic_block = False
    connection.savepoint_ids = []
    connection.run_on_commit = []
    connection.close()


def forget_connections() -> None:
    """In a forked process: let go of the connections its parent has, without a word to their servers.

    Where a browser's event loop runs in the parent, closing them there misses those of before the loop, and two processes would
    talk through one connection: what the first left undone when it was killed, the second would commit.
    """
    for each in connections.all(initialized_only=True):
        each.connection, each.run_on_commit, each.savepoint_ids = None, [], []
        each.in_atomic_block = each.needs_rollback = each.closed_in_transaction = False


def killed_after(number: int, work: Callable[[], object]) -> bool:
    """Do the work in a forked process that is killed (-9) after its n-th statement; tell whether it came that far."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            forget_connections()
            with at_statement(number, lambda: os.kill(os.getpid(), signal.SIGKILL)):
                work()
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
