"""How plain conditions divide the world: the values they allow, and whether they exclude one another."""

from typing import Any

FROM, TO = frozenset({"gte", "gt", "after"}), frozenset({"lte", "lt", "before"})


def is_never(stored: Any) -> bool:
    """Tell whether plain conditions joined by «and» exclude one another: two countries at once, or over 70 and under 50."""
    rows = stored.get("all", [stored]) if isinstance(stored, dict) else []
    ends: dict[Any, tuple[list, list]] = {}
    for row in rows:
        if isinstance(row, dict) and row.get("op") in FROM | TO and isinstance(row.get("value"), int | float | str):
            ends.setdefault((row.get("field"), type(row["value"]) is str), ([], []))[row["op"] in TO].append(row["value"])
    apart = any(low and high and max(low) > min(high) for low, high in ends.values())
    return apart or any(not values for values in allowed(stored).values())


def allowed(stored: Any) -> dict[str, set[str]]:
    """Return the values a condition allows by field, for those compared with «is» and joined by «and»; a lead has many tags."""
    rows = stored.get("all", [stored]) if isinstance(stored, dict) else []
    found: dict[str, set[str]] = {}
    for row in rows:
        if isinstance(row, dict) and row.get("op") == "is" and "field" in row and row["field"] != "tags":
            value = row.get("value")
            values = {str(one).casefold() for one in (value if isinstance(value, list) else [value])}
            values = {one.partition("-")[0] for one in values} if row["field"] == "language" else values  # "de" holds "de-AT"
            found[row["field"]] = found.get(row["field"], values) & values
    return found
