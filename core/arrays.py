"""Thousands of values as one parameter: the text of an SQL array, which the driver takes ten times as long to write."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import BooleanField, F, Func, Value

_BETWEEN = "\x1e"


def numbers_array(values: Iterable[int | None]) -> str:
    """Return numbers as the text of an SQL array."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def plain_array(values: Sequence[Any]) -> str:
    """Return numbers, moments and gaps as the text of an SQL array; what comes again and again is written once."""
    words = {value: "NULL" if value is None else f'"{value}"' for value in set(values)}
    return "{" + ",".join([words[value] for value in values]) + "}"


def texts_array(values: Sequence[str]) -> str:
    """Return texts as the text of an SQL array."""
    joined = _BETWEEN.join(values)
    if joined.count(_BETWEEN) != len(values) - 1:  # one of the texts holds the sign itself, or there is none
        return "{" + ",".join(f'"{_quoted(value)}"' for value in values) + "}"
    return '{"' + _quoted(joined).replace(_BETWEEN, '","') + '"}'


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


class Among(Func):
    """Tell whether a whole number is one of many: as `column__in`, but sent as one parameter.

    `Lead.objects.filter(Among("pk", keys))`
    """

    arg_joiner = " = ANY"
    template = "(%(expressions)s)"
    output_field = BooleanField()

    def __init__(self, column: str, keys: Iterable[int], **extra):
        super().__init__(F(column), _Numbers(numbers_array(keys)), **extra)


class _Numbers(Value):
    def as_sql(self, compiler, connection):
        return "(%s::bigint[])", [self.value]
