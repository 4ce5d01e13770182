"""Currencies by their ISO 4217 codes, and the one field in which people choose one."""

from functools import cache, lru_cache
from typing import Any

from babel.core import get_global
from babel.numbers import get_currency_name, list_currencies
from django import forms
from django.utils.safestring import SafeString
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from core.markup import filled

USUAL = ["EUR", "GBP", "USD", "CHF", "NOK", "SEK", "DKK", "ISK", "PLN", "CZK", "HUF", "RON", "TRY", "UAH", "AUD", "CAD",
         "NZD", "JPY", "CNY", "HKD", "SGD", "INR", "BRL", "MXN", "ZAR", "AED", "ILS", "KRW"]  # fmt: skip


@cache
def codes() -> tuple[str, ...]:
    """Return the currencies that are money somewhere today, the usual ones first."""
    today = {code for rows in get_global("territory_currencies").values() for code, _since, until, tender in rows if tender and not until}
    return (*USUAL, *sorted(today - set(USUAL)))


def is_code(text: str) -> bool:
    """Tell whether it is a code of ISO 4217, of the past too: a deal of the past keeps its own."""
    return text in _known()


@cache
def _known() -> frozenset[str]:
    return frozenset(list_currencies())


def choices() -> list[tuple[str, str]]:
    """Return (code, "EUR · Euro") for every currency of today, in the reader's language."""
    locale = _locale()
    return [(code, _label(code, locale)) for code in codes()]


def _locale() -> str:
    return to_locale(get_language() or "en")


@lru_cache(maxsize=4096)
def _label(code: str, locale: str) -> str:
    return f"{code} · {get_currency_name(code, locale=locale)}"


class CurrencySelect(forms.Select):
    """A list of currencies, drawn in one go: the usual way renders a template for each of 150."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, empty: Any = None):
        super().__init__({"autocomplete": "off", **(attrs or {})})
        self.empty = empty

    def __deepcopy__(self, memo):
        copied = super().__deepcopy__(memo)
        copied.empty = self.empty
        return copied

    def render(self, name, value, attrs=None, renderer=None) -> SafeString:
        attrs = forms.utils.flatatt({"name": name, **self.build_attrs(self.attrs, attrs)})
        chosen = str(value or "").upper()
        top = filled('<option value="">{}</option>', self.empty) if self.empty is not None else SafeString("")
        if chosen and chosen not in codes():
            top += filled('<option value="{}" selected>{}</option>', chosen, _label(chosen, _locale()) if is_code(chosen) else chosen)
        return SafeString(f"<select{attrs}>{top}{_options(chosen, _locale())}</select>")


@lru_cache(maxsize=512)
def _options(chosen: str, locale: str) -> SafeString:
    drawn = (
        filled('<option value="{}"{}>{}</option>', code, SafeString(" selected") if code == chosen else "", _label(code, locale))
        for code in codes()
    )
    return SafeString("".join(drawn))


class CurrencyField(forms.CharField):
    """A currency out of the list; what is sent is a code of ISO 4217, in whatever case."""

    def __init__(self, *, empty: Any = None, **kwargs: Any):
        kwargs = {"label": _("Currency"), **kwargs, "max_length": 3}
        empty = "—" if empty is None and not kwargs.get("required", True) else empty
        super().__init__(widget=CurrencySelect(empty=empty), **kwargs)

    def widget_attrs(self, widget) -> dict[str, Any]:
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}

    def clean(self, value: Any) -> str:
        text = super().clean(value).strip().upper()
        if text and not is_code(text):
            raise forms.ValidationError(_("“%(text)s” is not a currency.") % {"text": text}, code="currency")
        return text

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(initial or "").upper() != str(data or "").strip().upper()
