"""Rows for the database in bulk: JSON it can hold, COPY, ids ahead of time."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

_encoder = DjangoJSONEncoder(ensure_ascii=False, separators=(",", ":"))


def as_json(value: Any) -> str:
    """Return JSON text that a jsonb column takes: NUL and broken code points, which it can't hold, are dropped."""
    if not value:
        return "[]" if isinstance(value, list) else "{}"
    text = _encoder.encode(value)
    if "\\u0000" in text or not (text.isascii() or _is_whole(text)):
        text = _encoder.encode(whole(value))
    return text


def whole(value: Any) -> Any:
    """Return JSON-like data without NUL and lone surrogates in any of its texts."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "ignore").decode()
    if isinstance(value, dict):
        return {whole(str(key)): whole(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [whole(each) for each in value]
    return value


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Add rows by COPY. Table and columns are ours, never a caller's text."""
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def next_ids(table: str, count: int) -> list[int]:
    """Take `count` ids from a table's sequence."""
    if not count:
        return []
    found = ask(  # the sequence's name is looked up once, not per id
        "SELECT array_agg(nextval(name)) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name OFFSET 0) AS s,"
        " generate_series(1, %s)",
        [table, count],
    )
    return found[0][0]


def alone() -> None:
    """Keep this transaction's queries to one process: for a chunk of rows, to start helpers takes longer than the query."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")


def ask(sql: str, values: Sequence = ()) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
