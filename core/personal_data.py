"""Where personal data lives: each model registers how to find a person in it, hand it out, and blank it.

A test lists every text column of a model that is neither registered here nor named as impersonal.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import Model, QuerySet


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


def register(model: type[Model], *, columns: Iterable[str], find, blank, impersonal: Iterable[str] = ()) -> None:
    HOLDINGS[model] = Holding(model, tuple(columns), find, blank, tuple(impersonal))


def no_personal_data(*models: type[Model], why: str) -> None:
    """Say that the text columns of these models never hold anything about a lead or customer."""
    for model in models:
        IMPERSONAL[model] = why
