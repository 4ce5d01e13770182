"""JSON in pieces: what thousands of records hold again and again is written once."""

import json
from collections.abc import Iterable
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


def lines(rows: Iterable[Line]) -> str:
    """Return a list of lines as JSON."""
    return f"[{','.join([row.text for row in rows])}]"
