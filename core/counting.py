"""How many rows there are, exact as far as anybody reads it, several sets in one query."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils.formats import number_format

from core import limits


@dataclass(frozen=True)
class Count:
    """A number of rows, exact up to `most`: "214", "10,000+"."""

    number: int
    most: int = limits.EXACT_COUNT

    @property
    def is_capped(self) -> bool:
        return self.number > self.most

    def __str__(self) -> str:
        shown = number_format(min(self.number, self.most), use_l10n=True, force_grouping=True)
        return f"{shown}+" if self.is_capped else shown

    def __int__(self) -> int:
        return self.number

    def __bool__(self) -> bool:
        return self.number > 0


def count_all(wanted: Mapping[str, QuerySet]) -> dict[str, Count]:
    """Count several sets of rows in one query, none further than just past limits.EXACT_COUNT."""
    return dict.fromkeys(wanted, Count(0)) | {name: Count(found) for name, found in _ask(wanted, dict.fromkeys(wanted, NUMBER)).items()}


def count_and_keep(rows: QuerySet, *, most: int = limits.EXACT_COUNT, **others: QuerySet) -> tuple[dict[str, Count], list[int] | None]:
    """Count rows (as "", up to `most`) and others in one query; return the counts, and the keys of the rows when these are few."""
    wanted = {"": rows, **others}
    found = _ask(wanted, dict.fromkeys(others, NUMBER) | {"": NUMBER_AND_KEYS}, most={"": most})
    number, *keys = found.pop("", [0])
    counts = dict.fromkeys(wanted, Count(0)) | {name: Count(found) for name, found in found.items()} | {"": Count(number, most)}
    return counts, keys if number <= FEW else None


def keys_of(*sets: QuerySet) -> list[list[int]]:
    """Return the keys of several short sets of rows, each in its own order. One query."""
    asked: list[tuple[int, str, tuple]] = []
    for place, rows in enumerate(sets):
        with suppress(EmptyResultSet):
            asked.append((place, *rows.values("pk").query.get_compiler(using=rows.db).as_sql()))
    found: list[list[int]] = [[] for _rows in sets]
    if not asked:
        return found
    with connections[sets[0].db].cursor() as cursor:
        arrays = ", ".join(f"ARRAY({sql})" for _place, sql, _params in asked)
        cursor.execute(f"SELECT {arrays}", [param for _place, _sql, params in asked for param in params])
        for (place, *_asked), keys in zip(asked, cursor.fetchone(), strict=True):
            found[place] = keys
    return found


def first_that(rows: QuerySet, meet: Q, *, within: int, most: int) -> tuple[list[int], bool]:
    """Look through the first `within` of some rows, in their order, for the first `most` that meet a condition.

    Return their keys, and whether so many rows were there and looked through. One query. The condition is asked row by row,
    so that the rows' order leads, never an index the condition has.
    """
    walked = rows.annotate(meets=ExpressionWrapper(meet, output_field=BooleanField())).values_list("pk", "meets")[:within]
    sql, params = walked.query.get_compiler(using=rows.db).as_sql()
    with connections[rows.db].cursor() as cursor:
        cursor.execute(
            f"SELECT pk, meets, n FROM (SELECT pk, meets, row_number() OVER () FROM ({sql}) AS walked(pk, meets)) AS numbered(pk, meets, n)"
            f" WHERE meets OR n = {int(within)} LIMIT {int(most)}",
            params,
        )
        seen = cursor.fetchall()
    return [key for key, meets, _n in seen if meets], any(n == within for _key, _meets, n in seen)


def among_newest(rows: QuerySet, meet: Q, *, most: int, within: int, first: int) -> tuple[int, int]:
    """Look at the newest rows for those that meet a condition: at `within` of them, or till more than `most` are found.

    Return how many were found, and among how many; (0, 0) where there are fewer rows than that. It ends with the first few where
    by them `most` are not to be found. One query: the newest lie side by side, and each is asked by itself, so that looking at
    thousands costs less than an index does that first gathers all a condition finds.
    """
    newest = rows.order_by("-pk").annotate(meets=ExpressionWrapper(meet, output_field=BooleanField())).values_list("meets")[:within]
    sql, params = newest.query.get_compiler(using=rows.db).as_sql()
    with connections[rows.db].cursor() as cursor:
        cursor.execute(
            f"SELECT met, n FROM (SELECT count(*) FILTER (WHERE meets) OVER w, row_number() OVER w FROM ({sql}) AS newest(meets)"
            f" WINDOW w AS (ROWS UNBOUNDED PRECEDING)) AS looked(met, n)"
            f" WHERE met > {int(most)} OR n = {int(within)} OR n = {int(first)} AND met * {int(within)} < n * {int(most)} LIMIT 1",
            params,
        )
        return cursor.fetchone() or (0, 0)


def sorted_keys(rows: QuerySet, by: Combinable, *, descending: bool, start: int, stop: int) -> list[int]:
    """Return the keys of rows from one place to before another, ordered by a value, those without one last.

    One query that reads all of them and sorts their keys: the database is not left to walk an index for them that hardly has any.
    """
    sql, params = _with_value(rows.order_by(), by)
    return _answer(f"{sql} SELECT ARRAY({_in_order(descending)} LIMIT {int(stop - start)} OFFSET {int(start)})", params, rows.db)[0]


def count_and_sort(rows: QuerySet, by: Combinable, *, descending: bool, most: int) -> tuple[int, list[int]]:
    """Count rows up to just past `most`, and return the keys of the first FEW by a value; none where there are more than `most`.

    One query that looks for them once, while counting and sorting would each look for them.
    """
    try:
        sql, params = _with_value(rows.order_by(), by, most + 1)
    except EmptyResultSet:
        return 0, []
    keys = f"CASE WHEN n <= {int(most)} THEN ARRAY({_in_order(descending)} LIMIT {FEW}) ELSE '{{}}' END"
    return _answer(f"{sql} SELECT n, {keys} FROM (SELECT count(*) FROM found) AS counted(n)", params, rows.db)


def _with_value(rows: QuerySet, by: Combinable, most: int | None = None) -> tuple[str, tuple]:
    """Return the beginning of a statement that finds rows once: their keys, and what they are sorted by."""
    sql, params = rows.values_list("pk", by)[:most].query.get_compiler(using=rows.db).as_sql()
    return f"WITH found(pk, value) AS MATERIALIZED ({sql})", params


def _in_order(descending: bool) -> str:
    way = "DESC" if descending else "ASC"
    return f"SELECT pk FROM found ORDER BY value {way} NULLS LAST, pk {way}"


def _answer(sql: str, params: tuple, using: str) -> Any:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


FEW = limits.SEARCH_COUNT  # rows whose keys are kept
NUMBER = "count(*)"
NUMBER_AND_KEYS = f"CASE WHEN count(*) <= {FEW} THEN count(*) || array_agg(pk::bigint) ELSE ARRAY[count(*)] END"


def _ask(wanted: Mapping[str, QuerySet], what: Mapping[str, str], *, most: Mapping[str, int] = MappingProxyType({})) -> dict[str, Any]:
    """Ask each set of rows what is wanted of its keys, all in one query; a set that can't have any row is left out."""
    parts, params, names = [], [], []
    for name, rows in wanted.items():
        bounded = rows.order_by().values("pk")[: most.get(name, limits.EXACT_COUNT) + 1]
        try:
            sql, given = bounded.query.get_compiler(using=rows.db).as_sql()
        except EmptyResultSet:
            continue
        parts.append(f"(SELECT {what[name]} FROM ({sql}) AS counted(pk))")
        params += given
        names.append(name)
    if not parts:
        return {}
    with connections[next(iter(wanted.values())).db].cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        return dict(zip(names, cursor.fetchone(), strict=True))
