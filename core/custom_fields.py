"""Fields an installation adds to its records: definitions, typed writes, form fields and display (decision 21).

    typed, problems = custom_fields.coerce("lead", {"budget": "80.000,00", "fair": "yes"})
    form.fields |= custom_fields.form_fields("lead", lead.custom)
    custom_fields.shown("lead", lead.custom)        # [Shown(key, label, value, words), …] in order

Values live in the record's `custom` JSON: text and choices as strings, numbers as numbers, dates as ISO days, flags as
true or false. Keys without a definition in use are refused.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from core import limits, reasons
from core.models import CustomField

PREFIX = "custom_"  # of form field names
YES = frozenset({"yes", "y", "true", "1", "on", "ja", "oui", "si", "sí", "sim", "x"})
NO = frozenset({"no", "n", "false", "0", "off", "nein", "non", "não", "nao"})
_DAY = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$")

reasons.register(
    {
        "custom_unknown": _("There is no field “%(field)s”."),
        "custom_not_a_number": _("“%(value)s” is not a number (%(field)s)."),
        "custom_not_a_date": _("“%(value)s” is not a date (%(field)s)."),
        "custom_not_a_choice": _("“%(value)s” is not one of the choices of %(field)s."),
        "custom_not_a_flag": _("“%(value)s” is neither yes nor no (%(field)s)."),
        "custom_too_long": _("%(field)s is too long."),
    }
)


@dataclass(frozen=True)
class Shown:
    """One custom value as a page shows it."""

    key: str
    label: str
    value: Any
    words: str


def definitions(record: str) -> list[CustomField]:
    """Return the fields in use for a kind of record, in their order. One query."""
    return list(CustomField.objects.filter(record=record, is_active=True).order_by("position", "pk"))


def coerce(
    record: str, values: Mapping[str, Any], *, fields: Iterable[CustomField] | None = None
) -> tuple[dict[str, Any], list[dict]]:
    """Type the values of custom fields for storing: (typed, problems).

    An empty value becomes None, which takes the key away. Each problem is {"code", "field", "value", "values"} with a
    code of core.reasons; what has a problem is not in `typed`. Pass `fields` to save the query in a loop.
    """
    known = {field.key: field for field in (definitions(record) if fields is None else fields)}
    typed: dict[str, Any] = {}
    problems: list[dict] = []
    for key, value in values.items():
        try:
            if key not in known:
                raise ValueError("custom_unknown")
            typed[key] = typed_value(known[key], value)
        except ValueError as problem:
            label = known[key].label if key in known else key
            said = str(value)[:80]
            problems.append({"code": str(problem), "field": key, "value": said, "values": {"field": label, "value": said}})
    return typed, problems


def typed_value(field: CustomField, value: Any) -> Any:
    """Return the value as its field stores it; ValueError carries the code of the problem."""
    if isinstance(value, str):
        value = value.replace("\x00", "").strip()
    if value is None or value == "":
        return None
    return _TYPES[field.type](field, value)


def _text(field: CustomField, value: Any) -> str:
    if len(str(value)) > limits.MAX_TEXT:
        raise ValueError("custom_too_long")
    return str(value)


def _number(field: CustomField, value: Any) -> int | float:
    if isinstance(value, bool):
        raise ValueError("custom_not_a_number")
    try:
        number = Decimal(_plain_number(value)) if isinstance(value, str) else Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError("custom_not_a_number") from error
    if not number.is_finite() or abs(number) > 10**15:
        raise ValueError("custom_not_a_number")
    return int(number) if number == number.to_integral_value() else float(number)


def _plain_number(text: str) -> str:
    """Read "1.234,50", "1,234.50", "1 234,5" and "12" alike; a lone comma is a decimal one unless three digits follow."""
    text = re.sub(r"[\s'’\u00a0\u202f]", "", text)
    if "," in text and "." in text:
        thousands = "." if text.rfind(",") > text.rfind(".") else ","
        text = text.replace(thousands, "")
    elif re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", text) or text.count(",") > 1:
        text = text.replace(",", "")
    elif text.count(".") > 1:
        text = text.replace(".", "")
    return text.replace(",", ".")


def _date(field: CustomField, value: Any) -> str:
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    match = _DAY.match(str(value))
    try:
        return date(*(int(part) for part in match.groups())).isoformat() if match else _local_date(str(value))
    except (ValueError, TypeError) as error:
        raise ValueError("custom_not_a_date") from error


def _local_date(text: str) -> str:
    """Read a day as the reader's language writes it, and 03.11.2026 in any."""
    if match := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text):
        day, month, year = match.groups()
        return date(int(year), int(month), int(day)).isoformat()
    try:
        return forms.DateField(localize=True).clean(text).isoformat()
    except forms.ValidationError as error:
        raise ValueError from error


def _choice(field: CustomField, value: Any) -> str:
    for choice in field.choices:
        if choice.casefold() == str(value).casefold():
            return choice
    raise ValueError("custom_not_a_choice")


def _flag(field: CustomField, value: Any) -> bool:
    word = str(value).casefold()
    if value is True or word in YES:
        return True
    if value is False or word in NO:
        return False
    raise ValueError("custom_not_a_flag")


_TYPES = {"text": _text, "number": _number, "date": _date, "choice": _choice, "flag": _flag}


# ------------------------------------------------------------------ on pages


def words(field: CustomField, value: Any) -> str:
    """Return a stored value as a person reads it."""
    if value is None or value == "":
        return ""
    if field.type == CustomField.Type.FLAG:
        return pgettext("a flag", "Yes") if value else pgettext("a flag", "No")
    if field.type == CustomField.Type.DATE:
        try:
            return date_format(date.fromisoformat(str(value)), "DATE_FORMAT")
        except ValueError:
            return str(value)
    return figure_words(value) if isinstance(value, int) else str(value)


def figure_words(figure: int | Decimal) -> str:
    """Return a figure as a fact shows it, however somebody wrote it: 94.6010 as 94.601, 12000 in groups."""
    if figure == int(figure):
        return f"{int(figure):,}".replace(",", "\u202f") if abs(figure) >= 10_000 else str(int(figure))
    return str(float(figure))


def shown(record: str, custom: Mapping[str, Any], *, fields: Iterable[CustomField] | None = None) -> list[Shown]:
    """Return the values that are there, in the fields' order; those of fields out of use come last, by their key."""
    known = list(definitions(record) if fields is None else fields)
    rows = [Shown(f.key, f.label, custom[f.key], words(f, custom[f.key])) for f in known if custom.get(f.key) not in (None, "")]
    left = [key for key in sorted(custom) if key not in {field.key for field in known} and custom[key] not in (None, "")]
    return rows + [Shown(key, key.replace("_", " "), custom[key], str(custom[key])) for key in left]


def labels(record: str) -> dict[str, str]:
    """Return {key: label} of every field there ever was, for the words of old changes."""
    return dict(CustomField.objects.filter(record=record).values_list("key", "label"))


class CustomValue(forms.Field):
    """A form field for one custom field; what it cleans to is what is stored."""

    def __init__(self, definition: CustomField, **kwargs: Any):
        self.definition = definition
        super().__init__(label=definition.label, required=False, widget=_widget(definition), **kwargs)

    def clean(self, value: Any) -> Any:
        try:
            return typed_value(self.definition, value)
        except ValueError as problem:
            said = {"field": self.definition.label, "value": str(value)[:80]}
            raise forms.ValidationError(reasons.word(str(problem), said)) from problem

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return typed_value(self.definition, initial) != typed_value(self.definition, data)
        except ValueError:
            return True


def _widget(definition: CustomField) -> forms.Widget:
    if definition.type == CustomField.Type.CHOICE:
        return forms.Select(choices=[("", "—"), *((choice, choice) for choice in definition.choices)])
    if definition.type == CustomField.Type.FLAG:
        return forms.Select(choices=[("", "—"), ("yes", gettext("Yes")), ("no", gettext("No"))])
    if definition.type == CustomField.Type.DATE:
        return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if definition.type == CustomField.Type.NUMBER:
        return forms.TextInput(attrs={"inputmode": "decimal"})
    return forms.TextInput()


def form_fields(record: str, custom: Mapping[str, Any], *, fields: Iterable[CustomField] | None = None) -> dict[str, CustomValue]:
    """Return {name: field} to add to a form, named custom_<key>, with the record's values as initial ones."""
    known = definitions(record) if fields is None else fields
    return {
        f"{PREFIX}{field.key}": CustomValue(field, initial=custom.get(field.key), show_hidden_initial=True)
        for field in known
    }
