"""JSON in pieces: what thousands of records hold again and again is written once."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Written(str):
    """A text that is JSON already, as a value of a JSON column."""

    __slots__ = ()


class Line(list):
    """A list of primitives that many records hold: with `text`, as JSON. It is not changed once it is made."""

    __slots__ = ("text",)

    def __init__(self, values: Iterable[Any]):
        super().__init__(values)
        self.text = encode(self)


def json_of(value: Any) -> str:
    """Return a value as JSON, or as it stands when it was written already."""
    return value if isinstance(value, Written) else encode(value)


def lines(rows: Sequence[list]) -> str:
    """Return a list of lists as JSON; what comes as a Line was written before."""
    return f"[{','.join([row.text if isinstance(row, Line) else encode(row) for row in rows])}]"
