"""Merging records of a kind into one of them: chosen field by field, shown before it is done, taken back whole.

kinds.py       what an app says about its kind of record (fields to choose, addresses to keep, rows to move)
choices.py     the fields that differ, the choice made for each, and what the result will be
execution.py   the merge itself: one transaction, a number of statements that does not grow with the records
undoing.py     taking it back, row by row; what was edited since is kept and listed
pages.py       the merge page and the review queue, the same for every kind
exceptions.py  why a merge is refused; invariants.py: what must never be of merged records

Nothing is deleted: the others point to the survivor (`merged_into`), whose timeline reads the family.
"""

from core.merging.execution import merge
from core.merging.kinds import KINDS, Addresses, Field, Kind, register

__all__ = ["KINDS", "Addresses", "Field", "Kind", "merge", "register"]
