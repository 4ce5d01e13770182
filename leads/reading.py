"""Leads read with a part of their columns: lists and decisions over thousands name a few of the hundred."""

from collections.abc import Sequence
from typing import Any

from django.db.models.base import ModelState


class LeanReading:
    """Make an instance of what was read and nothing else; a column that was left out is read when it is asked for."""

    @classmethod
    def from_db(cls, db: str, field_names: Sequence[str], values: Sequence[Any], *, fetch_mode: Any = None):
        if len(values) == len(cls._meta.concrete_fields):
            return super().from_db(db, field_names, values, fetch_mode=fetch_mode)
        one = cls.__new__(cls)
        one._state = state = ModelState()
        state.adding, state.db = False, db
        if fetch_mode is not None:
            state.fetch_mode = fetch_mode
        one.__dict__.update(zip(field_names, values, strict=True))
        return one
