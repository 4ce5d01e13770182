"""Merging records of a kind into one of them: chosen field by field, shown before it is done, taken back whole.

kinds.py       what an app says about its kind of record (fields to choose, addresses to keep, rows to move)
choices.py     the fields that differ, the choice made for each, and what the result will be
execution.py   the merge itself: one transaction, a number of statements that does not grow with the records
undoing.py     taking it back, row by row; what was edited since is kept and listed
pages.py       the merge page and the review queue, the same for every kind
exceptions.py  why a merge is refused; invariants.py: what must never be of merged records

Nothing is deleted: the others point to the survivor (`merged_into`), whose timeline reads the family.
"""

from collections.abc import Iterable

from django.db.models import Model, Q, QuerySet

from core.merging.execution import merge
from core.merging.kinds import KINDS, Addresses, Field, Kind, register

__all__ = ["KINDS", "Addresses", "Field", "Kind", "family", "merge", "register"]


def family(model: type[Model], keys: Iterable[int]) -> QuerySet:
    """Return some records and all that were merged into them.

    Ask for what belongs to them by `record__in=family(…)`: "belongs to one of them, or to one merged into them" across a join
    has the database walk past the whole table.
    """
    keys = list(keys)
    return model._default_manager.filter(Q(pk__in=keys) | Q(merged_into__in=keys)).order_by()
