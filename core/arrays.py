"""Thousands of values as one parameter: the text of an SQL array, which the driver takes ten times as long to write."""

from collections.abc import Iterable, Sequence

_BETWEEN = "\x1e"


def numbers_array(values: Iterable[int | None]) -> str:
    """Return numbers as the text of an SQL array."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def texts_array(values: Sequence[str]) -> str:
    """Return texts as the text of an SQL array."""
    joined = _BETWEEN.join(values)
    if joined.count(_BETWEEN) != len(values) - 1:  # one of the texts holds the sign itself, or there is none
        return "{" + ",".join(f'"{_quoted(value)}"' for value in values) + "}"
    return '{"' + _quoted(joined).replace(_BETWEEN, '","') + '"}'


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
