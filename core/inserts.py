"""New rows by SQL that Django wrote once: one row that gets its key, or rows of several tables by one statement.

    insert(deal)                                # its key, and what the database fills in, are on it afterwards
    if not insert(company, unless_taken=True):  # another row has what only one may have
    insert_all([event, link, other_event])      # nothing is read back

Rows hold plain values, no expressions, and no key yet. No signal is sent: nobody here listens. With `prepared.is_checked`,
as in all tests, each row is compared with what Django would write for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field, Model
from django.db.models.constants import OnConflict
from django.db.models.expressions import DatabaseDefault
from django.db.models.signals import post_save, pre_save
from django.db.models.sql import InsertQuery

from core import prepared

VALUES = " VALUES "


def insert(row: Model, *, unless_taken: bool = False) -> bool:
    """Write one row, and read its key and what the database fills in; False when it is `unless_taken` and it was."""
    how = _written(type(row), _defaulted(row), True, unless_taken)
    params = how.params(row)
    with connection.cursor() as cursor:
        cursor.execute(how.text, params)
        found = cursor.fetchone()
    if found is None:
        return False
    for name, value in zip(how.returned, found, strict=True):
        setattr(row, name, value)
    row._state.adding, row._state.db = False, connection.alias
    return True


def insert_all(rows: Iterable[Model]) -> None:
    """Write rows of any tables by one statement; those of one table in the order given. They stay without their keys."""
    tables: dict[tuple, list[Model]] = {}
    for row in rows:
        tables.setdefault((type(row), _defaulted(row)), []).append(row)
    if not tables:
        return
    texts, params = [], []
    for (model, defaulted), those in tables.items():
        how = _written(model, defaulted, False, False)
        start, _values, places = how.text.partition(VALUES)
        texts.append(f"{start}{VALUES}{', '.join([places] * len(those))}")
        params += [param for row in those for param in how.params(row)]
    *firsts, last = texts
    before = ", ".join(f"rows_{n} AS ({text})" for n, text in enumerate(firsts))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {before} {last}" if firsts else last, params)


@dataclass(frozen=True)
class _Written:
    text: str
    fields: tuple[Field, ...]  # that have a place, in its order
    returned: tuple[str, ...]
    is_ignoring: bool

    def params(self, row: Model) -> list:
        here = connections[DEFAULT_DB_ALIAS]  # itself: each look through `connection` is eight calls
        params = [field.get_db_prep_save(field.pre_save(row, True), here) for field in self.fields]
        if prepared.is_checked:
            self._check(row, params)
        return params

    def _check(self, row: Model, params: list) -> None:
        if row.pk is not None:
            raise ValueError(f"{row!r} has a key already.")
        if pre_save.has_listeners(type(row)) or post_save.has_listeners(type(row)):
            raise ValueError(f"Somebody waits for a signal of {type(row)}.")
        text, written = _compiled(row, bool(self.returned), self.is_ignoring)[:2]
        if (text, [_plain(one) for one in written]) != (self.text, [_plain(one) for one in params]):
            raise AssertionError(f"Inserted otherwise than Django writes it:\n{self.text}\n{params}\n{text}\n{written}")


def _defaulted(row: Model) -> tuple[bool, ...]:
    """Tell which of the columns that have a default in the database are left to it."""
    return tuple([type(getattr(row, name)) is DatabaseDefault for name in _with_default(type(row))])


@cache
def _with_default(model: type[Model]) -> tuple[str, ...]:
    return tuple(field.attname for field in _columns(model) if field.has_db_default())


@cache
def _columns(model: type[Model]) -> tuple[Field, ...]:
    if model._meta.parents:
        raise ValueError(f"{model} is written to more than one table.")
    return tuple(field for field in model._meta.local_concrete_fields if not field.generated and field is not model._meta.auto_field)


@cache
def _written(model: type[Model], defaulted: tuple[bool, ...], is_read_back: bool, is_ignoring: bool) -> _Written:
    """Let Django write the statement for a row that leaves these columns to the database."""
    left = {name for name, is_left in zip(_with_default(model), defaulted, strict=True) if is_left}
    given = {name: None for name in _with_default(model) if name not in left}
    text, _params, compiler = _compiled(model(**given), is_read_back, is_ignoring)
    returned = model._meta.db_returning_fields if is_read_back else ()
    if compiler.get_converters([field.get_col(model._meta.db_table) for field in returned]):
        raise ValueError(f"What the database fills in of {model} must be converted.")
    fields = tuple(field for field in _columns(model) if field.attname not in left)
    return _Written(text, fields, tuple(field.attname for field in returned), is_ignoring)


def _compiled(row: Model, is_read_back: bool, is_ignoring: bool) -> tuple[str, tuple, Any]:
    model = type(row)
    query = InsertQuery(model, on_conflict=OnConflict.IGNORE if is_ignoring else None)
    query.insert_values(list(_columns(model)), [row])
    compiler = query.get_compiler(connection=connection)
    compiler.returning_fields = model._meta.db_returning_fields if is_read_back else None
    ((text, params),) = compiler.as_sql()
    return text, params, compiler


def _plain(param: Any) -> Any:
    """Return what a parameter of the driver's own kinds says."""
    return getattr(param, "obj", param)
