"""Every text column is either registered as personal or named as impersonal (decision 23), and blanking leaves no trace."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from core import invariants, personal_data, undo
from correspondence import outbox
from leads.models import Lead
from tests.factories import capture, customers, leads, opportunities

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
TEXTUAL = (models.CharField, models.TextField, models.JSONField, ArrayField)
MARK = "zebulon"  # stands in everything the test writes about the person
EMAIL, PHONE = f"{MARK}@{MARK}.example", "+4740012345"


def textual(model) -> set[str]:
    """Return a model's own columns that may hold words; a column with choices holds a state."""
    return {field.name for field in model._meta.local_concrete_fields if isinstance(field, TEXTUAL) and not field.choices
            and not field.is_relation}  # fmt: skip


class TestRegistry:
    def test_knows_every_text_column(self):
        unknown = []
        for model in apps.get_models(include_auto_created=True):
            if not model._meta.managed or model._meta.proxy or model in personal_data.IMPERSONAL:
                continue
            holding = personal_data.HOLDINGS.get(model)
            named = {*holding.columns, *holding.impersonal, "state"} if holding else set()
            unknown += [f"{model._meta.label}.{name}" for name in sorted(textual(model) - named)]
        assert unknown == [], "say in <app>/personal.py whether these columns can hold something about a person"

    def test_names_no_column_that_is_not_there(self):
        for model, holding in personal_data.HOLDINGS.items():
            there = {field.name for field in model._meta.concrete_fields}
            assert {*holding.columns, *holding.impersonal} <= there, model

    def test_gives_a_reason_for_every_table_without(self):
        assert all(personal_data.IMPERSONAL.values())


@pytest.fixture
def person(nora, north):
    """Somebody about whom something stands everywhere: captured, noted, planned, mailed, converted, sold to."""
    entry = capture.submission(team=north, name=f"{MARK} Smith", email=EMAIL, phone=PHONE, message=f"I am {MARK}")
    lead = leads.lead(f"{MARK} Smith", owner=nora, email=EMAIL, phone=PHONE, message=f"I am {MARK}", custom={"pet": MARK},
                      job_title=MARK, referred_by=MARK, city=MARK, first_touch={"landing": f"/?q={MARK}"})  # fmt: skip
    type(entry).objects.filter(pk=entry.pk).update(lead=lead)
    lead.note(f"{MARK} called", at=AT, by=nora)
    leads.activity(lead, summary=f"call {MARK}", by=nora)
    with undo.recording("edit", by=nora, at=AT, name=MARK) as change:
        change.touching(lead, "name", "message")
        Lead.objects.filter(pk=lead.pk).update(name=f"{MARK} Jones")
    company = customers.company("Acme", owner=nora)
    contact = customers.contact(f"{MARK} Smith", company=company, email=EMAIL, phone=PHONE, notes=MARK)
    deal = opportunities.opportunity(f"{MARK} deal", owner=nora, company=company, contact=contact, notes=MARK)
    deal.note(f"{MARK} agreed", at=AT, by=nora)
    outbox.post("hello", EMAIL, f"Hello {MARK}", f"Dear {MARK}", lead=lead)
    return lead


def traces() -> list[str]:
    """Return the tables in which the mark still stands."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM \"{table}\" t WHERE t::text ILIKE %s", [f"%{MARK}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


class TestPerson:
    def test_stands_in_many_tables_and_in_none_after_blanking(self, person):
        assert len(traces()) >= 12
        blanked = personal_data.blank(personal_data.find([EMAIL], [PHONE]))
        assert traces() == []
        assert blanked["leads.lead"] == 1 and Lead.objects.get().name == personal_data.ERASED

    def test_leaves_everybody_else_alone(self, person, nora):
        other = leads.lead("Somebody else", owner=nora, email="other@example.com", phone="+4740099999")
        other.note("stays", at=AT, by=nora)
        before = Lead.objects.filter(pk=other.pk).values().get()
        personal_data.blank(personal_data.find([EMAIL], [PHONE]))
        assert Lead.objects.filter(pk=other.pk).values().get() == before
        assert other.events.filter(details__text="stays").exists() or other.events.filter(details__icontains="stays").exists()

    def test_is_handed_out_by_every_holding(self, person):
        found = personal_data.find([EMAIL], [PHONE])
        handed_out = str([personal_data.HOLDINGS[model].export(model._base_manager.filter(pk__in=keys)) for model, keys in found.items()])
        assert handed_out.count(MARK) >= 15

    def test_nobody_is_found_by_an_unknown_address(self, person):
        assert personal_data.find(["nobody@example.com"], ["+4740000000"]) == {}

    def test_leaves_a_consistent_database(self, person):
        before = invariants.check_all()
        personal_data.blank(personal_data.find([EMAIL], [PHONE]))
        assert invariants.check_all() == before
