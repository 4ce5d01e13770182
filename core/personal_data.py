"""Where personal data lives: each model registers how to find a person in it, hand it out, and blank it.

Each app does so in its module `personal`, found by itself. A person is given by normalised addresses (e-mail keys) and
phones (E.164). A test lists every text column that is neither registered here nor named as impersonal; columns with
choices are states and need no naming.

Blanking takes all rows first and then blanks them: what hangs on a lead is found through the lead. Events and field
history may only be changed by the database's owner (decision 17).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import JSONField, Model, QuerySet


@dataclass(frozen=True)
class Holding:
    """One model's personal columns.

    find(addresses, phones) → rows of that person; blank(rows) removes the person and keeps the row.
    """

    model: type[Model]
    columns: tuple[str, ...]
    find: Callable[[Iterable[str], Iterable[str]], QuerySet]
    blank: Callable[[QuerySet], int]
    impersonal: tuple[str, ...] = field(default=())

    def export(self, rows: QuerySet) -> list[dict]:
        return list(rows.values("pk", *self.columns))


HOLDINGS: dict[type[Model], Holding] = {}
IMPERSONAL: dict[type[Model], str] = {}


ERASED = "—"  # where a column may not be empty


def clear(**values: Any) -> Callable[[QuerySet], int]:
    """Return a blank() that sets columns."""
    return lambda rows: rows.update(**values)


def remove(rows: QuerySet) -> int:
    """Blank child rows that say nothing without their text: take them away."""
    return rows.delete()[0]


def clear_history(*names: str) -> Callable[[QuerySet], int]:
    """Return a blank() for field history, whose trigger refuses everybody else."""

    def blank(rows: QuerySet) -> int:
        import pgtrigger

        empty = {name: {} if isinstance(rows.model._meta.get_field(name), JSONField) else "" for name in names}
        with pgtrigger.ignore(f"{rows.model._meta.label}:append_only"):
            return rows.update(**empty)

    return blank


def find(addresses: Iterable[str], phones: Iterable[str] = ()) -> dict[type[Model], list]:
    """Return the keys of every row that tells something of a person, by model."""
    addresses, phones = list(addresses), list(phones)
    found = {model: list(holding.find(addresses, phones).values_list("pk", flat=True)) for model, holding in HOLDINGS.items()}
    return {model: keys for model, keys in found.items() if keys}


def blank(found: dict[type[Model], list]) -> dict[str, int]:
    """Remove the person from the rows `find` gave, and keep the rows. Returns how many, by model."""
    with transaction.atomic():
        return {
            model._meta.label_lower: HOLDINGS[model].blank(model._base_manager.filter(pk__in=keys)) for model, keys in found.items()
        }


def register(model: type[Model], *, columns: Iterable[str], find, blank, impersonal: Iterable[str] = ()) -> None:
    HOLDINGS[model] = Holding(model, tuple(columns), find, blank, tuple(impersonal))


def no_personal_data(*models: type[Model], why: str) -> None:
    """Say that the text columns of these models never hold anything about a lead or customer."""
    for model in models:
        IMPERSONAL[model] = why
