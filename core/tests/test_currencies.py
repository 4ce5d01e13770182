"""Currencies are chosen from a list of names, wherever money is typed."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation

from core.currencies import CurrencyField, choices, codes, is_code


class TestCurrencies:
    def test_are_those_of_today_with_the_usual_ones_first(self):
        assert codes()[:3] == ("EUR", "GBP", "USD") and len(codes()) == len(set(codes())) > 150
        assert "THB" in codes() and "DEM" not in codes() and is_code("DEM") and not is_code("EURO")

    def test_are_named_in_the_readers_language(self):
        with translation.override("en"):
            assert ("CHF", "CHF · Swiss Franc") in choices()
        with translation.override("de"):
            assert ("CHF", "CHF · Schweizer Franken") in choices()


class Form(forms.Form):
    currency = CurrencyField()


class Optional(forms.Form):
    currency = CurrencyField(required=False)


class TestCurrencyField:
    @pytest.mark.parametrize("chosen", ["EUR", "SEK", "DEM"])
    def test_draws_what_djangos_own_list_draws(self, chosen):
        form = Form(initial={"currency": chosen})
        usual = forms.Select()
        usual.choices = [*([("DEM", "DEM · German Mark")] if chosen == "DEM" else []), *choices()]
        drawn = str(form["currency"])
        assert drawn.count(" selected") == 1 and drawn.startswith("<select ") and 'id="id_currency"' in drawn.partition(">")[0]
        assert _parts(drawn) == _parts(usual.render("currency", chosen))

    def test_offers_none_only_where_none_is_needed(self):
        assert '<option value="">—</option>' in str(Optional()["currency"]) and '<option value="">' not in str(Form()["currency"])

    @pytest.mark.parametrize(("sent", "read"), [("eur", "EUR"), (" SEK ", "SEK"), ("DEM", "DEM")])
    def test_reads_a_code_in_whatever_case(self, sent, read):
        assert CurrencyField().clean(sent) == read

    @pytest.mark.parametrize("sent", ["XYZ", "EURO", "€", "<b>", "E\x00R"])
    def test_refuses_what_is_none(self, sent):
        with pytest.raises(ValidationError):
            CurrencyField().clean(sent)

    def test_escapes_what_a_forged_form_sent(self):
        assert "<script>" not in str(Form({"currency": "<script>"})["currency"])


def _parts(html: str) -> list[str]:
    """Return what a list offers, without its own tag."""
    return " ".join(html.partition(">")[2].split()).replace("> <", "><").split("><")
