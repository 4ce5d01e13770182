"""Query sets compiled once and run again with other keys: writing the SQL takes Django longer than PostgreSQL the answer.

    _SEATS = Prepared(lambda person: Membership.objects.filter(user_id=person).select_related("team"))
    seats = _SEATS.rows(user.pk)

Positional values are keys (whole numbers), moments, texts that are compared as they are, tuples of these, or a list of
keys that is one array of the SQL (core.arrays.Among): they are only places in it. Named values may be anything hashable: there is one SQL for each of them
and for each length of a tuple, so they should be few. What the query set depends on otherwise (who asks, the language, the
time) must be among the two. With `is_checked`, as in all tests, each run is compared with what Django writes.
"""

import copy
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Lock
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

from core.arrays import numbers_array

MOST = 300  # ways to write one query set that are kept
FIRST_PLACE = -9_000_000_000_000_000_000  # a key no row has; the next ones stand for the next places
FIRST_MOMENT = datetime(1, 1, 2, tzinfo=UTC)  # the same for moments: a microsecond each
NO_TEXT = "\x00"  # a sign that no text of a row has
is_checked = False

Keys = int | datetime | str | tuple[int | str, ...] | list[int]


class Prepared:
    """A query set as a function of keys. `build` gets them as they come here: numbers, tuples and lists of numbers, named values."""

    def __init__(self, build: Callable[..., QuerySet]) -> None:
        self.build = build
        self._kept: dict[tuple, _Compiled | None] = {}
        self._lock = Lock()

    def rows(self, *keys: Keys, **named: Any) -> list:
        """Run it; return what the query set would hold."""
        ready = self._ready(keys, named)
        return [] if ready is None else ready.run(self._checked(ready, keys, named))

    def first(self, *keys: Keys, **named: Any) -> Any:
        """Run it; return its first row or None. The query set should say itself that it reads one."""
        return next(iter(self.rows(*keys, **named)), None)

    def sql(self, *keys: Keys, **named: Any) -> tuple[str, tuple]:
        """Return its SQL and the parameters, to be part of a longer one. Raises EmptyResultSet as Django does."""
        ready = self._ready(keys, named)
        if ready is None:
            raise EmptyResultSet
        return ready.text, self._checked(ready, keys, named)

    def _ready(self, given: tuple[Keys, ...], named: dict) -> "_Compiled | None":
        """Return it compiled for keys of this shape; None when its conditions can't ever be met."""
        shape = (*(len(key) if isinstance(key, tuple) else -1 for key in given), *named.items())
        try:
            return self._kept[shape]
        except KeyError:
            pass
        ready = _compiled(self.build, given, named)
        with self._lock:
            while len(self._kept) >= MOST:
                self._kept.pop(next(iter(self._kept)))
            self._kept[shape] = ready
        return ready

    def _checked(self, ready: "_Compiled", given: tuple[Keys, ...], named: dict) -> tuple:
        params = ready.filled(given)
        if is_checked:
            written = self.build(*given, **named).query.sql_with_params()
            if (ready.text, params) != (written[0], tuple(written[1])):
                raise AssertionError(f"Prepared otherwise than Django writes it:\n{ready.text}\n{params}\n{written}")
        return params


@dataclass(frozen=True)
class _Compiled:
    rows: QuerySet
    compiler: Any
    text: str
    params: tuple
    places: tuple[tuple[int, int], ...]  # position of the parameter, number of the key

    def filled(self, given: tuple[Keys, ...]) -> tuple:
        """Return the parameters with the keys at their places."""
        keys = [key for one in given for key in (one if isinstance(one, tuple) else (one,))]
        params = list(self.params)
        for position, number in self.places:
            params[position] = _written(keys[number], params[position])
        return tuple(params)

    def run(self, params: tuple) -> list:
        compiler = copy.copy(self.compiler)
        compiler.connection = connections[compiler.using]
        if self.rows.query.select_for_update and compiler.connection.get_autocommit():
            raise TransactionManagementError("select_for_update cannot be used outside of a transaction.")
        compiler.as_sql = lambda: (self.text, params)
        return list(self.rows._iterable_class(_Rows(self.rows, compiler)))


class _Rows:
    """What the iterables of Django read of a query set, and of its query."""

    def __init__(self, rows: QuerySet, compiler: Any) -> None:
        self.model, self.db, self.query = rows.model, rows.db, _Query(rows.query, compiler)
        self._fetch_mode, self._fields, self._known_related_objects = rows._fetch_mode, rows._fields, {}


class _Query:
    def __init__(self, query: Any, compiler: Any) -> None:
        self._query, self._compiler = query, compiler

    def get_compiler(self, *_where, **_how) -> Any:
        return self._compiler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._query, name)


def _compiled(build: Callable[..., QuerySet], given: tuple[Keys, ...], named: dict) -> _Compiled | None:
    """Write the SQL with a number for each key that stands nowhere else, and find these numbers among the parameters."""
    numbers, marks = count(), {}
    standing = [_standing(key, numbers, marks) for key in given]
    rows = build(*standing, **named)
    if rows._prefetch_related_lookups or rows._known_related_objects:
        raise ValueError("What is read by further queries, or known before, can't be prepared.")
    compiler = rows.query.get_compiler(rows.db)
    try:
        text, params = compiler.as_sql()
    except EmptyResultSet:
        return None
    _keep_converters(compiler)
    compiler.connection = None  # each run brings its own
    places = tuple((n, marks[param]) for n, param in enumerate(params) if isinstance(param, Hashable) and param in marks)
    if any(str(number) in text for number in range(FIRST_PLACE, FIRST_PLACE + next(numbers))):
        raise ValueError(f"A key is written into the SQL: {text}")
    if any(isinstance(param, str) and NO_TEXT in param and param not in marks for param in params):
        raise ValueError(f"A text is not compared as it is: {text}")
    return _Compiled(rows, compiler, text, tuple(params), places)


def _keep_converters(compiler: Any) -> None:
    """Find out once how the columns' values become Python's; Django asks each column for it at every run."""
    columns = [column for column, _sql, _alias in compiler.select[: compiler.col_count]]
    if compiler.has_composite_fields(columns):
        raise ValueError("A key of several columns can't be prepared.")
    converters = compiler.get_converters(columns)
    compiler.get_converters, compiler.has_composite_fields = lambda _columns: converters, lambda _columns: False


def _standing(key: Keys, numbers: Iterator[int], marks: dict[Any, int]) -> Keys:
    """Return what stands for a key while the SQL is written; `marks` tells by which parameter it will be known."""
    if isinstance(key, tuple):
        return tuple(_standing(one, numbers, marks) for one in key)
    number = next(numbers)
    if isinstance(key, datetime):
        stands = FIRST_MOMENT + timedelta(microseconds=number)
    elif isinstance(key, str):
        stands = f"{NO_TEXT}{number}{NO_TEXT}"
    else:
        stands = [FIRST_PLACE + number] if isinstance(key, list) else FIRST_PLACE + number
    marks[_written(stands)] = number
    return stands


def _written(key: Keys, like: Any = None) -> Any:
    """Return a key as a parameter: a list as the text of an array, a number as the driver's own kind of number."""
    if isinstance(key, list):
        return numbers_array(key)
    return type(like)(key) if isinstance(like, int) else key
