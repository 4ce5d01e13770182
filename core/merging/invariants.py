"""What must never be of merged records: chains, circles, and anything of work that still hangs on one."""

from collections.abc import Callable, Iterator

from django.db import connection

from core import invariants
from core.merging.kinds import Kind, Move


def register(kind: Kind) -> None:
    """Add the checks of a kind to the invariants."""
    invariants.register(f"{kind.name} merged into a merged one", _finder(kind, CHAINS, "it was merged into one that is merged itself"))
    for move in kind.moves():
        label = move.model._meta.label_lower
        invariants.register(f"{label} on a merged {kind.name}", _left_behind(kind, move))


CHAINS = (
    "SELECT one.id FROM {table} one JOIN {table} two ON two.id = one.merged_into_id WHERE two.merged_into_id IS NOT NULL"
    " ORDER BY one.id LIMIT %s"
)


def _finder(kind: Kind, sql: str, why: str) -> Callable[[], Iterator[dict]]:
    def find() -> Iterator[dict]:
        for pk in _ask(sql.format(table=kind.model._meta.db_table)):
            yield {kind.name: pk, "why": why}

    return find


def _left_behind(kind: Kind, move: Move) -> Callable[[], Iterator[dict]]:
    column = move.model._meta.get_field(move.column).column
    sql = (
        f"SELECT row.id FROM {move.model._meta.db_table} row JOIN {kind.model._meta.db_table} record ON record.id = row.{column}"
        f" WHERE record.merged_into_id IS NOT NULL{' AND ' + move.where if move.where else ''} ORDER BY row.id LIMIT %s"
    )

    def find() -> Iterator[dict]:
        for pk in _ask(sql):
            yield {move.model._meta.model_name: pk, "why": f"it hangs on a merged {kind.name}"}

    return find


def _ask(sql: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [invariants.MOST])
        return [key for (key,) in cursor.fetchall()]
