"""Fields an installation adds: typed when written, worded when shown, refused when nobody defined them."""

from datetime import date

import pytest
from django import forms
from django.urls import reverse

from core import custom_fields
from core.models import CustomField

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fields(db):
    rows = [
        ("wants", "text", []), ("budget", "number", []), ("fair", "date", []), ("size", "choice", ["Small", "Large"]),
        ("rented", "flag", []),
    ]  # fmt: skip
    for position, (key, kind, choices) in enumerate(rows):
        CustomField.objects.create(record="lead", key=key, label=key.capitalize(), type=kind, choices=choices, position=position)
    CustomField.objects.create(record="company", key="vat", label="VAT", type="text")


class TestCoerce:
    @pytest.mark.parametrize(("key", "given", "stored"), [
        ("wants", "  24 booths ", "24 booths"), ("wants", "= 1+1", "= 1+1"), ("wants", "", None), ("wants", 7, "7"),
        ("budget", "80", 80), ("budget", "1.234,50", 1234.5), ("budget", "1,234.50", 1234.5), ("budget", "1,234", 1234),
        ("budget", "1 234,5", 1234.5), ("budget", "0,5", 0.5), ("budget", "-3", -3), ("budget", 2.5, 2.5),
        ("fair", "2026-11-18", "2026-11-18"), ("fair", "03.11.2026", "2026-11-03"), ("fair", date(2026, 1, 2), "2026-01-02"),
        ("size", "small", "Small"), ("rented", "Ja", True), ("rented", False, False), ("rented", "no", False),
    ])  # fmt: skip
    def test_types_what_a_person_or_file_says(self, key, given, stored):
        assert custom_fields.coerce("lead", {key: given}) == ({key: stored}, [])

    @pytest.mark.parametrize(("key", "given", "code"), [
        ("budget", "a lot", "custom_not_a_number"), ("budget", "nan", "custom_not_a_number"),
        ("budget", "1e400", "custom_not_a_number"), ("budget", True, "custom_not_a_number"),
        ("fair", "31.02.2026", "custom_not_a_date"), ("fair", "20226-01-01", "custom_not_a_date"),
        ("size", "Huge", "custom_not_a_choice"), ("rented", "perhaps", "custom_not_a_flag"),
        ("wants", "x" * 10_001, "custom_too_long"), ("is_staff", "yes", "custom_unknown"), ("vat", "DE1", "custom_unknown"),
    ])  # fmt: skip
    def test_names_what_does_not_fit(self, key, given, code):
        typed, problems = custom_fields.coerce("lead", {key: given, "wants": "24"} if key != "wants" else {key: given})
        assert key not in typed
        assert [(problem["code"], problem["field"]) for problem in problems] == [(code, key)]

    def test_refuses_a_field_that_is_out_of_use(self):
        CustomField.objects.filter(key="wants").update(is_active=False)
        assert custom_fields.coerce("lead", {"wants": "x"})[1][0]["code"] == "custom_unknown"

    def test_asks_nothing_when_the_fields_are_given(self, django_assert_num_queries):
        known = custom_fields.definitions("lead")
        with django_assert_num_queries(0):
            assert custom_fields.coerce("lead", {"budget": "5"}, fields=known) == ({"budget": 5}, [])


class TestOnPages:
    def test_shows_values_in_the_fields_order_and_keeps_those_without_one(self):
        custom = {"rented": False, "budget": 80000, "wants": "", "old_key": "kept"}
        assert [(row.label, row.words) for row in custom_fields.shown("lead", custom)] == [
            ("Budget", "80\u202f000"), ("Rented", "No"), ("old key", "kept"),
        ]  # fmt: skip

    def test_makes_form_fields_that_clean_to_what_is_stored(self):
        form = forms.Form({"custom_budget": "1.000,5", "custom_rented": "yes", "custom_fair": "", "custom_size": "Large", "custom_wants": "x"})
        form.fields |= custom_fields.form_fields("lead", {})
        assert form.is_valid(), form.errors
        assert form.cleaned_data == {
            "custom_wants": "x", "custom_budget": 1000.5, "custom_fair": None, "custom_size": "Large", "custom_rented": True,
        }  # fmt: skip

    def test_says_at_the_field_what_is_wrong(self):
        form = forms.Form({"custom_budget": "<b>"})
        form.fields |= custom_fields.form_fields("lead", {})
        assert form.errors["custom_budget"] == ["“<b>” is not a number (Budget)."]


class TestSettingOneUp:
    def add(self, client, **said):
        given = {"record": "lead", "key": "plan", "label": "Plan", "type": "text", "position": 0, "is_active": "on", "is_filterable": "on"}
        return client.post(reverse("admin:core_customfield_add"), given | said)

    def test_the_record_is_one_of_those_that_have_own_fields(self, ada, client_of):
        answer = self.add(client_of(ada), record="Leads")
        assert answer.status_code == 200 and "Select a valid choice" in answer.text
        assert self.add(client_of(ada)).status_code == 302 and CustomField.objects.filter(key="plan", record="lead").exists()

    def test_a_choice_needs_something_to_choose(self, ada, client_of):
        assert "Name what there is to choose." in self.add(client_of(ada), type="choice").text
        assert self.add(client_of(ada), type="choice", choices="small, large").status_code == 302
        assert CustomField.objects.get(key="plan").choices == ["small", "large"]
