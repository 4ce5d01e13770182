"""Conditions in an address: `?score.gte=70&owner.is=me&country.is=NO,SE`; what doesn't fit travels as JSON in `where`."""

import json
from collections.abc import Iterable
from typing import Any

from core.conditions.kinds import KINDS

ALL_OPS = {op for kind in KINDS.values() for op in kind.ops}
NO_VALUE = {"empty", "filled"}
MAX_JSON = 20_000
MERGED = {"is", "is_not", "contains", "not_contains", "starts"}  # a key said twice means any of them


def is_condition(key: str) -> bool:
    """Tell whether a key of an address is one of ours: `field.operator`, or `where`."""
    name, dot, op = key.rpartition(".")
    return key == "where" or bool(name and dot and op in ALL_OPS)


def from_address(pairs: Iterable[tuple[str, str]]) -> dict:
    """Return the JSON form of an address's pairs (`QueryDict.lists()` flattened); other keys are left alone.

    Nothing is checked here: the book says what is wrong when it reads the result.
    """
    parts: list[dict] = []
    merged: dict[tuple[str, str], dict] = {}
    for key, text in pairs:
        if key == "where":
            parts += _parts_of_json(text)
            continue
        name, dot, op = key.rpartition(".")
        if not (name and dot and op in ALL_OPS) or (not text and op not in NO_VALUE):
            continue
        if op in MERGED and (name, op) in merged:
            _add(merged[name, op], text)
            continue
        part: dict[str, Any] = {"field": name, "op": op}
        if op not in NO_VALUE:
            part["value"] = text
            merged[name, op] = part
        if part not in parts:
            parts.append(part)
    return {"all": parts} if parts else {}


def _add(part: dict, text: str) -> None:
    values = part["value"] if isinstance(part["value"], list) else [part["value"]]
    part["value"] = values if text in values else [*values, text]


def _parts_of_json(text: str) -> list[dict]:
    try:
        stored = json.loads(text) if len(text) <= MAX_JSON else None
    except (ValueError, RecursionError):
        stored = None
    if stored == {}:
        return []
    return [stored if isinstance(stored, dict) else {"not": "a condition"}]


def to_address(stored: Any) -> list[tuple[str, str]]:
    """Return the pairs that read back to the same conditions."""
    parts = stored.get("all", [stored]) if isinstance(stored, dict) and stored else []
    pairs, seen = [], set()
    for part in parts if isinstance(parts, list) else [stored]:
        written = _pairs(part)
        if written is None or (written[0][0] in seen and part["op"] in MERGED):
            pairs.append(("where", json.dumps(part, ensure_ascii=False, separators=(",", ":"))))
            continue
        seen.add(written[0][0])
        pairs += written
    return pairs


def _pairs(part: Any) -> list[tuple[str, str]] | None:
    """Return a plain condition's pairs, or None when only JSON can say it."""
    if not isinstance(part, dict) or not isinstance(part.get("field"), str) or part.get("op") not in ALL_OPS:
        return None
    key = f"{part['field']}.{part['op']}"
    if part["op"] in NO_VALUE:
        return [(key, "")]
    value = part.get("value")
    values = value if isinstance(value, list) else [value]
    if not values or (len(values) > 1 and part["op"] not in MERGED):
        return None
    texts = [_text(item) for item in values]
    return None if any(not text for text in texts) else [(key, text) for text in texts]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int | float) else ""
