"""Leads that became customers are opened again many at once, and leave the same rows as one by one, newest first."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from customers.models import Company, Contact
from leads.models import Lead
from opportunities.converting import become_customers
from opportunities.models import Conversion
from opportunities.unconverting import take_back_customers
from opportunities.undoing import undo_conversion
from tests.factories import customers as make_customers
from tests.factories import leads as make_leads

pytestmark = pytest.mark.django_db
OWN = {"id", "changed_at", "recorded_at"}


def picture() -> dict[str, Any]:
    """Return all that is left of leads, their stories and customers."""
    conversions = Conversion.objects.order_by("pk").values_list("lead", "undone_at", "company", "contact")
    return {
        "leads": [columns(lead) for lead in Lead.objects.order_by("pk")],
        "stories": [[columns(event) for event in lead.events.order_by("pk")] for lead in Lead.objects.order_by("pk")],
        "customers": [columns(one) for model in (Company, Contact) for one in model.objects.order_by("pk")],
        "conversions": list(conversions),
    }


def columns(row) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.attname not in OWN}


def people(count: int, owner, **facts) -> list[int]:
    return [
        make_leads.lead(f"Person {n}", owner=owner, **{"email": f"p{n}@firm{n}.example", "company_name": f"Firm {n}"} | facts).pk
        for n in range(count)
    ]


@pytest.fixture
def at_once(at, nora):
    """at_once(conversions) → which of them were taken back."""
    return lambda made: take_back_customers([one.pk for one in made], at=at, by=nora, told_at=lambda lead: at)


class TestTakenBack:
    def test_with_what_they_made_as_one_by_one(self, at_once, at, nora):
        company = make_customers.company("Nordlys AB", owner=nora, domain="nordlys.example")
        known = make_leads.lead("Ola Berg", owner=nora, email="ola@nordlys.example", company_name="Nordlys")
        nameless = make_leads.lead(owner=nora, title="Row")
        made = become_customers([*people(2, nora), known.pk, nameless.pk], at=at, by=nora)
        pictures = []
        for way in (one_by_one, at_once):
            with transaction.atomic():
                way(made, at, nora) if way is one_by_one else way(made)
                pictures.append(picture())
                transaction.set_rollback(True)
        assert pictures[0] == pictures[1]
        assert len(pictures[0]["customers"]) == 1 and Company.objects.filter(pk=company.pk).exists()
        assert all(lead["is_open"] for lead in pictures[0]["leads"])

    def test_also_where_they_share_what_one_made(self, at_once, at, nora):
        made = become_customers([make_leads.lead(f"P {n}", owner=nora, email=f"p{n}@acme.example").pk for n in range(2)], at=at, by=nora)
        made += become_customers(
            [make_leads.lead(f"Q {n}", owner=nora, email=f"q{n}@acme.example", company_name="Acme Works").pk for n in range(3)], at=at, by=nora
        )
        assert Company.objects.count() == 1
        assert at_once(made) == {one.pk for one in made}
        assert (Company.objects.count(), Contact.objects.count(), Lead.objects.open().count()) == (0, 0, 5)

    def test_not_at_all_when_a_customer_was_edited(self, at_once, at, nora):
        made = become_customers(people(3, nora), at=at, by=nora)
        made[1].contact.edit({"job_title": "Head of Workplace"}, at=at, by=nora)
        before = picture()
        assert at_once(made) == set()
        assert picture() == before

    def test_not_at_all_when_an_address_is_taken(self, at_once, at, nora):
        made = become_customers(people(3, nora), at=at, by=nora)
        make_leads.lead("Somebody", owner=nora, email="p1@firm1.example")
        assert at_once(made) == set()
        assert Lead.objects.filter(converted_at__isnull=False).count() == 3

    def test_not_at_all_when_a_customer_is_used_elsewhere(self, at_once, at, nora):
        made = become_customers(people(2, nora), at=at, by=nora)
        make_customers.contact("Somebody else", owner=nora, company=made[0].company)
        assert at_once(made) == set()
        assert Company.objects.count() == 2

    def test_twice_does_nothing(self, at_once, at, nora):
        made = become_customers(people(2, nora), at=at, by=nora)
        assert len(at_once(made)) == 2 and at_once(made) == set()

    def test_many_cost_as_many_queries_as_a_few(self, at_once, at, nora):
        asked = []
        for count in (2, 30):
            made = become_customers(people(count, nora), at=at, by=nora)
            with CaptureQueriesContext(connection) as queries:
                assert len(at_once(made)) == count
            asked.append(len(queries))
            Conversion.objects.all().delete()
            Lead.objects.update(email="", email_key="", phone="", phone_e164="")
        assert asked[1] <= asked[0] + 2


def one_by_one(made, at, by) -> None:
    for one in sorted(made, key=lambda one: -one.pk):
        assert undo_conversion(one, at=at, by=by) == []
