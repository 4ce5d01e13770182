"""The orders of a list: empty values last, whichever way round, and by an index where there is one."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Model, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import NullIf


@dataclass(frozen=True)
class Sort:
    """One way to order a list. Empty values come last, whichever way round; the key breaks ties.

    `is_text`: a text column, whose empty text is no value. `is_filled`: an expression that always has one.
    """

    label: Any
    expression: str | Combinable
    descending: bool = False  # the way round that is offered first
    is_text: bool = False
    is_filled: bool = False

    def order(self, descending: bool, model: type[Model]) -> list:
        """Return the order_by arguments. What always has a value needs no rule for empty ones, so its index serves."""
        by, last = self.value, True if self._may_be_empty(model) else None
        return [by.desc(nulls_last=last), "-pk"] if descending else [by.asc(nulls_last=last), "pk"]

    def parts(self, rows: QuerySet, descending: bool) -> list[QuerySet]:
        """Return the rows in order, as one part or as two: those with a value, then those without.

        Of each part an index on (column DESC NULLS LAST, key DESC) gives the first rows, whichever way round.
        """
        way = "-" if descending else ""
        if not isinstance(self.expression, str) or not self._may_be_empty(rows.model):
            return [rows.order_by(*self.order(descending, rows.model))]
        by = F(self.expression)
        order = by.desc(nulls_last=None if self.is_text else True) if descending else by.asc(nulls_first=None if self.is_text else True)
        nothing = Q(**{self.expression: ""} if self.is_text else {f"{self.expression}__isnull": True})
        return [rows.exclude(nothing).order_by(order, f"{way}pk"), rows.filter(nothing).order_by(f"{way}pk")]

    @property
    def value(self) -> Combinable:
        """Return what is sorted by: NULL where there is no value."""
        by = F(self.expression) if isinstance(self.expression, str) else self.expression
        return NullIf(by, Value("")) if self.is_text else by

    def _may_be_empty(self, model: type[Model]) -> bool:
        if isinstance(self.expression, str):
            return self.is_text or model._meta.get_field(self.expression).null
        return not self.is_filled
