"""New rows by SQL that is written once: what Django would write, read back, refused, or several tables in one go."""

from datetime import timedelta

import pytest

from core import inserts
from core.inserts import insert, insert_all
from core.models import Change, Tag
from customers.models import Company, Contact, ContactEmail
from leads.models import Lead, LeadEvent
from tests.factories import customers, leads

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(north):
    return lambda name, **facts: Company(name=name, team=north, **facts)


class TestOneRow:
    def test_gets_its_key_and_what_the_database_fills_in(self, firm, django_assert_num_queries):
        row = firm("Nordlys", domain="nordlys.example", size=12, custom={"fair": True})
        with django_assert_num_queries(1):
            assert insert(row)
        kept = Company.objects.get()
        assert (row.pk, row.created_at, row._state.adding) == (kept.pk, kept.created_at, False)
        assert (kept.name, kept.domain, kept.size, kept.custom) == ("Nordlys", "nordlys.example", 12, {"fair": True})
        row.name = "Nordlys AS"
        row.save()
        assert Company.objects.get().name == "Nordlys AS"

    def test_is_told_apart_from_one_that_leaves_less_to_the_database(self, at):
        default, given = (Change(verb="move", at=at, until=at + timedelta(days=30), **due) for due in ({}, {"due_at": at}))
        assert insert(default) and insert(given)
        assert Change.objects.get(pk=given.pk).due_at == at != Change.objects.get(pk=default.pk).due_at == default.due_at

    def test_is_not_written_when_it_is_taken(self, firm):
        assert insert(firm("Nordlys", domain="nordlys.example"), unless_taken=True)
        second = firm("Other", domain="nordlys.example")
        assert not insert(second, unless_taken=True) and second.pk is None
        assert [company.name for company in Company.objects.all()] == ["Nordlys"]

    def test_that_has_a_key_is_refused(self, firm):
        row = firm("Nordlys", pk=7)
        with pytest.raises(ValueError, match="has a key"):
            insert(row)

    def test_is_refused_where_somebody_waits_for_a_signal(self, firm, monkeypatch):
        monkeypatch.setattr(inserts.post_save, "has_listeners", lambda model: model is Company)
        with pytest.raises(ValueError, match="waits for a signal"):
            insert(firm("Nordlys"))

    def test_is_compared_with_what_django_writes(self, firm, monkeypatch):
        monkeypatch.setattr(inserts, "_compiled", lambda *_how: ("INSERT …", ("Nordlys",), None))
        with pytest.raises(AssertionError, match="otherwise than Django"):
            insert(firm("Nordlys"))


class TestManyRows:
    def test_of_many_tables_are_one_statement(self, nora, at, django_assert_num_queries):
        contact, lead = customers.contact("Maya", owner=nora), leads.lead("Ann", owner=nora)
        LeadEvent.objects.all().delete()
        rows = [
            LeadEvent(lead=lead, kind="noted", occurred_at=at, actor=nora, details={"text": "100 % sure"}),
            ContactEmail(contact=contact, email="maya@nordlys.example", key="maya@nordlys.example"), Tag(name="Fair"),
            LeadEvent(lead=lead, kind="called", occurred_at=at, details={}), Lead.tags.through(lead=lead, tag=Tag.objects.create(name="Old")),
        ]  # fmt: skip
        with django_assert_num_queries(1):
            insert_all(rows)
        assert list(LeadEvent.objects.order_by("pk").values_list("kind", "actor", "details")) == [
            ("noted", nora.pk, {"text": "100 % sure"}), ("called", None, {}),
        ]  # fmt: skip
        assert contact.emails.get().email == "maya@nordlys.example" and Tag.objects.filter(name="Fair").exists()
        assert [tag.name for tag in lead.tags.all()] == ["Old"]

    def test_that_leave_different_columns_to_the_database_stay_in_one_go(self, nora, at):
        lead = leads.lead("Ann", owner=nora)
        LeadEvent.objects.all().delete()
        insert_all([LeadEvent(lead=lead, kind=kind, occurred_at=at, **more) for kind, more in (("noted", {}), ("called", {"recorded_at": at}))])
        assert LeadEvent.objects.get(kind="called").recorded_at == at != LeadEvent.objects.get(kind="noted").recorded_at

    def test_none_ask_nothing(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            insert_all([])


@pytest.mark.parametrize("model", [Company, Contact])
def test_only_one_column_can_be_taken(model):
    """`customers.verbs.add` takes a row that was not written for one whose domain or e-mail somebody has."""
    from customers.verbs import ONLY_ONE

    only = [rule for rule in model._meta.constraints if hasattr(rule, "nulls_distinct")]
    assert [rule.fields for rule in only] == [()] and ONLY_ONE[model._meta.model_name] in str(only[0].expressions)
    assert [field.name for field in model._meta.concrete_fields if field.unique] == ["id"]
