"""The fields that may be asked about, per kind of record; custom fields join them from their table."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property
from operator import attrgetter
from re import fullmatch
from typing import Any

from django.db import models
from django.db.models import Case, F, Func, Q, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast
from django.db.models.lookups import Exact, Regex
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

ISO_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a stored condition: a code with values, worded when shown."""

    code: str
    field: str = ""
    value: str = ""

    def __str__(self) -> str:
        return gettext(PROBLEMS[self.code]) % {"field": self.field, "value": self.value}


PROBLEMS = {
    "unknown_field": _("There is no field “%(field)s” any more."),
    "unknown_operator": _("“%(field)s” can't be compared by “%(value)s”."),
    "wrong_value": _("“%(value)s” is not a value for “%(field)s”."),
    "deleted_value": _("“%(field)s” names %(value)s, which was deleted."),
    "deleted": _("“%(field)s” names something that was deleted."),
    "needs_person": _("“%(field)s is me” only works in somebody's own list."),
    "not_a_condition": _("A part of it is not a condition."),
    "too_large": _("It has too many conditions."),
}


@dataclass(frozen=True)
class Field:
    """One field of a record: how it is called, what may be asked, and where its value is.

    `column` is a model attribute (for relations with `_id`); else give `expression` for many and `value_of` for one,
    which must agree. `options` gives the choices as (value, label); those of `options_for` hang on who reads them, so that
    only what somebody reads as themselves (lists, their saved views) may ask about the field. For tags and acts `through`
    is the relation's own table and `prefetch` the relation that one record's values are read from; `narrow` says which of
    its rows count and, for acts, `text` what they say. `ways` says of each choice (of a flag: of True) by which condition
    it is found, where the database can't use an index for the expression; they must agree too. `is_long` says that its text may be pages.
    `reads` returns how a typed text is stored, empty when it isn't one of those (languages).
    `table` ("core.tag") is where choices with keys stand: the audit names by it those that were deleted.
    """

    key: str
    label: Any
    type: str
    column: str = ""
    expression: Combinable | Callable[[], Combinable] | None = None
    value_of: Callable[[Any], Any] | None = None
    options: Callable[[], Iterable[tuple[Any, Any]]] | Iterable[tuple[Any, Any]] | None = None
    options_for: Callable[[Any], Iterable[tuple[Any, Any]]] | None = None
    cast: type = str
    precision: str = "moment"
    through: Callable[[], type[models.Model]] | None = None
    link: tuple[str, str] = ("", "")
    narrow: Mapping[str, Any] = field(default_factory=dict)
    text: Callable[[], Combinable] | None = None
    prefetch: str = ""
    ways: Mapping[Any, Q] | None = None
    is_never_null: bool = False
    is_long: bool = False
    group: Any = ""
    table: str = ""
    reads: Callable[[str], str] | None = None
    is_custom: bool = field(default=False)

    @property
    def expr(self) -> Combinable:
        if self.expression is None:
            return F(self.column)
        return self.expression() if callable(self.expression) and not hasattr(self.expression, "resolve_expression") else (
            self.expression
        )

    @cached_property
    def read(self) -> Callable[[Any], Any]:
        """Return the function that takes the value from one record."""
        return self.value_of or attrgetter(self.column)

    def load_options(self, user: Any = None) -> list[tuple[Any, Any]]:
        """Return the choices, those a person knows of where one is named."""
        if self.options_for:
            return list(self.options_for(user))
        given = self.options() if callable(self.options) else self.options
        return list(given or [])


_registry: dict[str, dict[str, Field]] = {}


def register(record: str, *fields: Field) -> None:
    """Allow these fields in conditions about that kind of record; the same key again replaces it."""
    _registry.setdefault(record, {}).update((item.key, item) for item in fields)


def registered(record: str) -> dict[str, Field]:
    """Return the registered fields and the record's filterable custom fields. One query."""
    _discover()
    return _registry.get(record, {}) | {item.key: item for item in custom_fields(record)}


@cache
def _discover() -> None:
    autodiscover_modules("fields")


def custom_fields(record: str) -> list[Field]:
    from core.models import CustomField

    rows = CustomField.objects.filter(record=record, is_active=True, is_filterable=True).order_by("position", "pk")
    return [_of_custom(row.key, row.label, row.type, row.choices) for row in rows]


def _of_custom(key: str, label: str, kind: str, choices: list[str]) -> Field:
    """Only a JSON value of the right type counts as a value: anything else is as good as empty, in SQL and here."""
    expression, value_of = _CUSTOM[kind](key)
    return Field(
        key=f"custom.{key}", label=label, type=kind, expression=expression, value_of=value_of, is_custom=True,
        options=[(value, value) for value in choices] if kind == "choice" else None,
        precision="iso" if kind == "date" else "moment", group=_("Own fields"),
    )  # fmt: skip


def name_of_deleted(table: str, key: Any) -> str:
    """Return what a row of the set-up was called when it was deleted, as the audit has it; empty when it doesn't."""
    from core.models import AuditEntry

    rows = AuditEntry.objects.filter(target=f"{table} {key}", action="set-up deleted").order_by("-at", "-pk")
    return str(rows.values_list("details__name", flat=True).first() or "")


def label_of_retired(record: str, key: str) -> str:
    """Return the label of a custom field nobody may ask about any more, deleted ones as the audit has them; else empty."""
    from core.models import AuditEntry, CustomField

    name = key.removeprefix("custom.")
    if name == key or not fullmatch(r"[\w-]{1,60}", name):
        return ""
    there = CustomField.objects.filter(record=record, key=name).values_list("label", flat=True).first()
    deleted = AuditEntry.objects.filter(
        target__startswith="core.customfield ", action="set-up deleted", details__record=record, details__key=name
    )
    return there or str(deleted.order_by("-at", "-pk").values_list("details__name", flat=True).first() or "")


class _TypeOf(Func):
    function = "jsonb_typeof"
    output_field = TextField()


def typed(key: str, kind: str, then, column: str = "custom") -> Case:
    """Return a JSON value where it is of the right type, else NULL."""
    is_typed = Exact(_TypeOf(KeyTransform(key, column)), Value(kind))
    return Case(When(Q(is_typed), then=then), default=None)


def _text(key: str):
    def value_of(record):
        value = (record.custom or {}).get(key)
        return value if isinstance(value, str) else None

    return (lambda: typed(key, "string", KeyTextTransform(key, "custom"))), value_of


def _number(key: str):
    def value_of(record):
        value = (record.custom or {}).get(key)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return Decimal(repr(value)) if is_number else None

    def expression():
        return typed(key, "number", Cast(KeyTextTransform(key, "custom"), _Numeric()))

    return expression, value_of


class _Numeric(models.DecimalField):
    """A NUMERIC without declared precision: whatever a JSON number holds."""

    def __init__(self):
        super().__init__(max_digits=1000, decimal_places=500)

    def db_type(self, connection):
        return "numeric"

    cast_db_type = db_type


def _date(key: str):
    text_of = _text(key)[1]

    def value_of(record):
        value = text_of(record)
        return value if value and fullmatch(ISO_DAY, value) else None

    def expression():
        text = typed(key, "string", KeyTextTransform(key, "custom"))
        is_day = Regex(text, Value(f"^{ISO_DAY}$"))
        return Case(When(Q(is_day), then=KeyTextTransform(key, "custom")), default=None, output_field=TextField())

    return expression, value_of


def _flag(key: str):
    def value_of(record):
        value = (record.custom or {}).get(key)
        return value if isinstance(value, bool) else None

    def expression():
        is_true = Exact(KeyTextTransform(key, "custom"), Value("true"))
        return typed(key, "boolean", Case(When(Q(is_true), then=True), default=False, output_field=models.BooleanField()))

    return expression, value_of


_CUSTOM = {"text": _text, "choice": _text, "number": _number, "date": _date, "flag": _flag}
