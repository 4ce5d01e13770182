"""Leads of the past become customers many at once, and leave the same rows as one by one."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from core import undo
from customers.models import Company, Contact
from leads.models import Lead, LeadEvent
from opportunities.conversion import convert
from opportunities.converting import become_customers
from opportunities.models import Conversion
from opportunities.undoing import undo_conversion
from tests.factories import customers as make_customers
from tests.factories import leads as make_leads

pytestmark = pytest.mark.django_db
OWN = {"id", "change_id", "recorded_at", "changed_at", "created_at"}


def one_by_one(pks: list[int], *, at, by) -> list[Conversion]:
    return [convert(lead, at=at, by=by, outcome="customer", unnamed=True) for lead in Lead.objects.filter(pk__in=pks).order_by("pk")]


def picture(pks: list[int]) -> dict[int, Any]:
    """Return all that is written of each lead, without keys: a customer is known by the leads that lead to it."""
    links = {name: dict(Lead.objects.filter(pk__in=pks).values_list("pk", f"{name}_id")) for name in ("company", "contact")}
    shared = {name: {pk: sorted(other for other in pks if keys[other] == keys[pk]) for pk in pks} for name, keys in links.items()}
    found = {}
    for conversion in Conversion.objects.filter(lead__in=pks).select_related("lead", "company", "contact", "change"):
        lead = conversion.lead
        event = lead.events.get(kind="converted")
        assert event.details["conversion"] == conversion.pk
        found[lead.pk] = {
            "lead": columns(lead), "company": customer(conversion.company), "contact": customer(conversion.contact),
            "shares": {name: keys[lead.pk] if links[name][lead.pk] else None for name, keys in shared.items()},
            "event": {**columns(event), "details": {**event.details, "conversion": 0}},
            "conversion": (conversion.outcome, conversion.by_id, conversion.at, without_keys(conversion.before)),
            "change": {name: getattr(conversion.change, name) for name in ("verb", "details", "by_id", "at", "until", "undo")},
        }  # fmt: skip
    return found


def columns(row) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields
        if field.attname not in OWN and field.attname not in {"company_id", "contact_id"}
    }  # fmt: skip


def customer(row: Company | Contact | None) -> Any:
    if row is None:
        return None
    further = {
        name: sorted(getattr(row, name).values_list(*keys))
        for name, keys in (("emails", ("email", "key")), ("phones", ("number", "e164", "kind"))) if hasattr(row, name)
    }  # fmt: skip
    events = [{name: value for name, value in columns(event).items() if name != "id"} for event in row.events.order_by("pk")]
    return columns(row), further, events


def without_keys(before: dict[str, Any]) -> dict[str, Any]:
    seen = {kind: {**facts, "company_id": bool(facts.get("company_id"))} for kind, facts in before["seen"].items()}
    return {**before, "made": sorted(before["made"]), "seen": seen, "lead": {k: bool(v) for k, v in before["lead"].items()}}


@pytest.fixture
def agree(at, nora):
    """agree(leads) → the picture that both ways leave; what they wrote is put back."""

    def compare(leads: list[Lead], by=nora) -> dict[int, Any]:
        pictures, pks = [], [lead.pk for lead in leads]
        for way in (one_by_one, become_customers):
            with transaction.atomic():
                way(pks, at=at, by=by)
                pictures.append(picture(pks))
                transaction.set_rollback(True)
        assert pictures[0].keys() == pictures[1].keys() == set(pks)
        for pk in pks:
            for part, before in pictures[0][pk].items():
                assert before == pictures[1][pk][part], part
        return pictures[1]

    return compare


class TestManyAtOnce:
    def test_make_company_and_contact_of_each(self, agree, nora):
        found = agree([
            make_leads.lead("Maya Lindqvist", owner=nora, email="maya@nordlys.example", phone="+46 40 555 01 42", company_name="Nordlys AB"),
            make_leads.lead("Elena Petrova", owner=nora, email="elena@mail.example", city="Sofia"),
            make_leads.lead(owner=nora, company_name="Hoshi Robotics", website="https://hoshi.example"),
        ])  # fmt: skip
        assert [bool(one["company"]) for _pk, one in sorted(found.items())] == [True, False, True]
        assert [bool(one["contact"]) for _pk, one in sorted(found.items())] == [True, True, False]

    def test_that_name_nobody_end_without_a_customer(self, agree, nora):
        found = agree([make_leads.lead(owner=nora, title=f"Row {n}") for n in range(3)])
        assert all(one["company"] is one["contact"] is None for _pk, one in sorted(found.items()))

    def test_of_one_company_share_it(self, agree, nora):
        found = agree([make_leads.lead(f"Person {n}", owner=nora, email=f"p{n}@nordlys.example", company_name="Nordlys AB") for n in range(4)])
        assert all(len(one["shares"]["company"]) == 4 and len(one["shares"]["contact"]) == 1 for _pk, one in sorted(found.items()))

    def test_are_linked_to_customers_that_are_there(self, agree, nora):
        company = make_customers.company("Nordlys AB", owner=nora, domain="nordlys.example")
        make_customers.contact("Maya Lindqvist", owner=nora, email="maya@nordlys.example", company=company)
        make_leads.lead("Still open", owner=nora, company_name="Nordlys AB")
        found = agree([
            make_leads.lead("M. Lindqvist", owner=nora, email="Maya@Nordlys.example"),
            make_leads.lead("Ola Berg", owner=nora, email="ola@nordlys.example", company_name="Nordlys"),
        ])  # fmt: skip
        assert [one["conversion"][3]["made"] for _pk, one in sorted(found.items())] == [[], ["contact"]]

    def test_beside_customers_one_may_not_see_make_their_own(self, agree, nora, vera, south):
        company = make_customers.company("Nordlys AB", owner=vera, team=south, domain="nordlys.example")
        make_customers.contact("Maya", owner=vera, team=south, email="maya@nordlys.example", company=company)
        found = agree([
            make_leads.lead("Maya", owner=nora, email="maya@nordlys.example", company_name="Nordlys AB"),
            make_leads.lead("Elena", owner=nora, email="elena@sofia.example", company_name="Sofia Ltd"),
        ])  # fmt: skip
        first = min(found.items())[1]
        assert first["company"][0]["domain"] == "" and first["contact"][0]["email_key"] == ""

    def test_by_a_rule_see_everybody(self, agree, nora):
        company = make_customers.company("Nordlys AB", owner=nora, domain="nordlys.example")
        found = agree([make_leads.lead("Ola", owner=nora, email="ola@nordlys.example")], by=None)
        assert min(found.items())[1]["company"][0]["name"] == company.name

    def test_leave_ended_ones_alone(self, nora, at):
        ended, lead = make_leads.lead("Ended", owner=nora), make_leads.lead("Open", owner=nora)
        ended.archive(at=at, by=nora)
        assert [one.lead_id for one in become_customers([ended.pk, lead.pk], at=at, by=nora)] == [lead.pk]
        assert become_customers([ended.pk, lead.pk], at=at, by=nora) == []

    def test_are_taken_back_one_by_one(self, nora, at):
        leads = [make_leads.lead(f"Person {n}", owner=nora, email=f"p{n}@nordlys.example", company_name="Nordlys AB") for n in range(3)]
        made = become_customers([lead.pk for lead in leads], at=at, by=nora)
        assert undo_conversion(made[2], at=at, by=nora) == []
        assert undo.ask(made[1].change, by=nora, at=at).undo == "undone"
        assert (Company.objects.count(), Contact.objects.count(), Lead.objects.open().count()) == (1, 1, 2)

    def test_are_taken_back_with_what_they_made(self, nora, at):
        leads = [make_leads.lead(f"Person {n}", owner=nora, email=f"p{n}@nordlys{n}.example", company_name="Nordlys AB") for n in range(3)]
        for one in become_customers([lead.pk for lead in leads], at=at, by=nora):
            assert undo_conversion(one, at=at, by=nora) == []
        assert (Company.objects.count(), Contact.objects.count(), Lead.objects.open().count()) == (0, 0, 3)

    def test_cost_as_many_queries_as_a_few(self, nora, at):
        queries = counter(at, nora)
        few = [make_leads.lead(f"Ann {n}", owner=nora, email=f"ann@few{n}.example", company_name=f"Few {n}") for n in range(3)]
        many = [make_leads.lead(f"Bob {n}", owner=nora, email=f"bob@many{n}.example", company_name=f"Many {n}") for n in range(40)]
        assert queries(many) <= queries(few)
        assert LeadEvent.objects.filter(kind="converted").count() == 43

    def test_of_companies_that_are_there_cost_as_many(self, nora, at):
        for n in range(23):
            make_customers.company(f"Firm {n}", owner=nora, domain=f"firm{n}.example")
        leads = [make_leads.lead(f"Ann {n}", owner=nora, email=f"ann@firm{n}.example", company_name=f"Firm {n}") for n in range(23)]
        queries = counter(at, nora)
        few = queries(leads[:3])
        assert queries(leads[3:]) <= few
        assert Company.objects.count() == 23


def counter(at, by):
    def queries(leads: list[Lead]) -> int:
        with CaptureQueriesContext(connection) as asked:
            become_customers([lead.pk for lead in leads], at=at, by=by)
        return len(asked)

    return queries


PEOPLE = some.fixed_dictionaries({
    "name": some.sampled_from(["", "Maya Lindqvist", "Lindqvist Maya", "Ola Berg"]),
    "email": some.sampled_from(["", "maya@nordlys.example", "ola@nordlys.example", "maya@mail.example", "ola@gmail.com"]),
    "phone": some.sampled_from(["", "+46 40 555 01 42", "+47 22 12 34 56"]),
    "company_name": some.sampled_from(["", "Nordlys AB", "Nordlys", "Sofia Ltd"]),
    "website": some.sampled_from(["", "https://nordlys.example", "https://sofia.example"]),
})  # fmt: skip


class TestWhoeverTheyAre:
    @pytest.mark.slow
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(people=some.lists(PEOPLE, min_size=1, max_size=5))
    def test_both_ways_leave_the_same(self, people, agree, nora):
        with transaction.atomic():
            anchor = make_leads.lead("Anchor", owner=nora)  # two open leads may share an address when they came in apart
            agree([make_leads.lead(owner=nora, title="Row", apart_from=anchor, **person) for person in people])
            transaction.set_rollback(True)
