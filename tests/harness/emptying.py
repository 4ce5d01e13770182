"""What a test starts from: the rows of an empty installation, put back behind each test whose commits are real.

Django's own way truncates every table and then does what follows a migration, which is half a second's work. Here the
rows that were written are deleted while no trigger looks on. The owner of the throw-away cluster alone may do that; on a
named server Django's own way is taken.
"""

from collections.abc import Callable, Iterator

import pytest

FILLED_BY_DJANGO = ("django_", "auth_", "account_", "mfa_")
TRIES = 5
BIG = 2**20  # bytes of a table from which on truncating is quicker


class Installation:
    """An empty installation: what stands in its tables, and how to get back there."""

    def __init__(self, cursor, tables: list[str]):
        self.is_gone = False  # whether Django's own way has emptied the tables, the first rows too
        filled = [table for table in tables if table.startswith(FILLED_BY_DJANGO)]
        self.kept = {table: count for table in filled if (count := _count(cursor, table))}
        self.tables = [table for table in tables if table not in self.kept]
        rows = {table: _read(cursor, table) for table in tables if table not in filled}
        self.rows = {table: text for table, text in rows.items() if text}
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        (self.is_ours,) = cursor.fetchone()

    def bring_back(self) -> bool:
        """Delete what was written since and put the first rows back; False when that takes Django's own way."""
        from django.db import connection, transaction

        with transaction.atomic(), connection.cursor() as cursor:
            if not self.is_ours or self.kept != {table: _count(cursor, table) for table in self.kept}:
                return False
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"LOCK TABLE {_names(self.tables)}")  # so that a request still under way ends before
            written = _sizes(cursor, self.tables)
            if big := [table for table, size in written.items() if size > BIG]:
                cursor.execute(f"TRUNCATE {_names(big)} CASCADE")
            for table in written.keys() - set(big):
                cursor.execute(f'DELETE FROM "{table}"')
            self.fill(cursor)
        return True

    def fill(self, cursor) -> None:
        for table, text in self.rows.items():
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write(text)


def _names(tables: list[str]) -> str:
    return ", ".join(f'"{table}"' for table in tables)


def _count(cursor, table: str) -> int:
    cursor.execute(f'SELECT count(*) FROM "{table}"')
    return cursor.fetchone()[0]


def _read(cursor, table: str) -> bytes:
    with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
        return b"".join(copy)


def _sizes(cursor, tables: list[str]) -> dict[str, int]:
    """Return the tables in which anything stands, with their sizes."""
    asked = (f"""SELECT '{name}', pg_relation_size('"{name}"') WHERE EXISTS (SELECT FROM "{name}")""" for name in tables)
    cursor.execute(" UNION ALL ".join(asked))
    return dict(cursor.fetchall())


def _patiently(act: Callable[[], bool]) -> bool:
    """Do it again where a page's last request, which nobody waits for, holds what is locked in another order (a deadlock)."""
    from django.db import OperationalError

    for _time in range(TRIES - 1):
        try:
            return act()
        except OperationalError:
            continue
    return act()


@pytest.fixture(scope="session")
def installation(django_db_setup, django_db_blocker) -> Iterator[Installation]:
    """The empty installation as the migrations left it, to which every test that commits returns."""
    from django.db import connection
    from django.test import TransactionTestCase

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        empty = Installation(cursor, connection.introspection.table_names(cursor))
    djangos_way = TransactionTestCase._fixture_teardown

    def teardown(case) -> None:
        if not _patiently(empty.bring_back):
            djangos_way(case)
            empty.is_gone = True

    TransactionTestCase._fixture_teardown = teardown
    yield empty
    TransactionTestCase._fixture_teardown = djangos_way


@pytest.fixture(scope="session")
def put_back(installation, django_db_blocker) -> Callable[[], None]:
    """put_back() brings the first rows back, for good, where a test before this one took Django's own way."""

    def bring() -> None:
        if installation.is_gone:
            with django_db_blocker.unblock():
                _fill_beside(installation)
            installation.is_gone = False

    return bring


def _fill_beside(installation: Installation) -> None:
    """Fill tables by a connection of its own: the test may have begun a transaction that is rolled back."""
    from contextlib import closing

    from django.db import connection

    with closing(connection.copy()) as beside, beside.cursor() as cursor:
        cursor.execute("BEGIN")  # keys may point to rows that come later
        installation.fill(cursor)
        cursor.execute("COMMIT")
