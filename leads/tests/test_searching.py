"""The search for pairs: once for each record, set-based, without noise."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from core.merging import KINDS
from customers import searching
from customers.matching import matches_of_contact
from customers.models import Company, CompanyPair, Contact, ContactPair, LookedThrough
from leads.matching import matches_of, matches_of_lead
from leads.models import Lead, PossibleDuplicate
from leads.tests.test_lead_page import sent_back
from opportunities.suggestions import certain_of, suggestions
from tests.factories import customers, leads

pytestmark = pytest.mark.django_db


def settle() -> None:
    """Let everything have come some minutes ago."""
    for model in (Lead, Company, Contact):
        model._base_manager.update(created_at=F("created_at") - timedelta(minutes=5))


class TestFindPairs:
    def test_puts_down_what_is_worth_a_look(self, nora):
        one = leads.lead("Maya Lindqvist", owner=nora, company_name="Nordlys Interiors AB")
        two = leads.lead("Lindqvist Maya", owner=nora, company_name="Nordlys Interiors")
        leads.lead("Maya Lindqvist", owner=nora, company_name="Elsewhere")
        settle()
        assert searching.find_pairs() == 1
        pair = PossibleDuplicate.objects.get()
        assert (pair.lead, pair.other, pair.strength) == (two, one, 62)
        assert [reason["code"] for reason in pair.reasons] == ["same_name", "same_company"]

    def test_of_customers_too(self, nora):
        acme, twin = customers.company("Acme GmbH", owner=nora, phone="+4930901820"), customers.company("ACME", owner=nora, phone="+4930901820")
        customers.company("Acme Brothers", owner=nora)
        ada, same = (customers.contact("Ada Quist", company=firm, phone="+4930901821") for firm in (acme, twin))
        settle()
        searching.find_pairs()
        assert CompanyPair.objects.values_list("company", "other").get() == (twin.pk, acme.pk)
        assert ContactPair.objects.values_list("contact", "other").get() == (same.pk, ada.pk)

    def test_looks_at_each_record_once_and_keeps_what_was_judged(self, nora):
        one, two = (leads.lead("Ada Quist", owner=nora, company_name="Acme") for _ in range(2))
        PossibleDuplicate.objects.create(lead=one, other=two, verdict="different")
        settle()
        assert searching.find_pairs() == searching.find_pairs() == 0
        three = leads.lead("Ada Quist", owner=nora, company_name="Acme")
        assert searching.find_pairs() == 0  # too young: others may still be on their way
        settle()
        assert searching.find_pairs() == 2
        assert LookedThrough.objects.get(kind="lead").until == three.pk
        assert PossibleDuplicate.objects.get(lead=one, other=two).verdict == "different"

    def test_looks_again_at_what_somebody_changed(self, client_of, nora):
        one, two = leads.lead("Ada Quist", owner=nora, company_name="Acme"), leads.lead("Ada Kvist", owner=nora, company_name="Acme")
        client = client_of(nora)
        form = sent_back(client, two, "contact") | {"name": "Quist, Ada"}
        assert client.post(f"/leads/{two.pk}/facts/?panel=contact", form).status_code == 302
        assert PossibleDuplicate.objects.values_list("lead", "other").get() == (two.pk, one.pk)
        page = client.post("/customers/new/", {"name": "Acme", "team": nora.seats[0].team_id, "phone": "+4930901820"})
        customers.company("ACME GmbH", owner=nora, phone="+4930901820")
        client.post("/customers/new/", {"name": "Acme Ltd", "team": nora.seats[0].team_id, "phone": "+4930901820"})
        assert page.status_code == 302 and CompanyPair.objects.count() == 2

    def test_of_names_misspelt_at_one_company(self, nora):
        acme, other = customers.company("Acme GmbH", owner=nora, domain="acme.example"), customers.company("Elsewhere", owner=nora)
        names = {"jon@acme.example": "Jon Smith", "smith@acme.example": "Smith, John", "petra@acme.example": "Petra Smith", "p@acme.example": "Peter Smith"}
        people = {name: customers.contact(name, company=acme, email=email) for email, name in names.items()}
        customers.contact("John Smyth", company=other, email="john@elsewhere.example")
        mikael, michael = (leads.lead(name, owner=nora, company_name=firm, email=f"{len(name)}@x.example")
                           for name, firm in (("\u041c\u0438\u0445\u0430\u0438\u043b \u041e\u0440\u043b\u043e\u0432", "Nordlys AB"), ("\u041c\u0438\u0445\u0430\u0438\u043b\u043b \u041e\u0440\u043b\u043e\u0432", "Nordlys")))  # fmt: skip
        settle()
        assert searching.find_pairs() == 2
        pair = ContactPair.objects.get()
        assert (pair.contact, pair.other) == (people["Smith, John"], people["Jon Smith"])
        assert [reason["code"] for reason in pair.reasons] == ["same_domain", "similar_name", "same_company"]
        assert matches_of_contact(people["Petra Smith"], nora) == []  # Peter's relative, though the search comes across both
        assert [match.record.name for match in matches_of_contact(people["Jon Smith"], nora)] == ["Smith, John"]
        pair = PossibleDuplicate.objects.get()
        assert (pair.lead, pair.other) == (michael, mikael) and "similar_name" in {reason["code"] for reason in pair.reasons}

    def test_of_misspelt_names_by_the_domain_alone(self, nora):
        acme = customers.company("Acme", owner=nora, domain="acme.example")
        john = customers.contact("John Smith", company=acme, email="john@acme.example")
        one, two = (leads.lead(name, owner=nora, email=f"{name[:4].strip()}@acme.example".lower()) for name in ("Jon Smith", "Jonh Smith"))
        petra = leads.lead("Petra Smith", owner=nora, company_name="Acme", email="petra@acme.example")
        assert matches_of_lead(petra, user=nora) == [] and matches_of(email="p@acme.example", name="Peter Smith", company="Acme", user=nora) == []
        likely = {each.pk: [one.record for one in suggestions(each, nora) if one.is_likely] for each in (one, two)}
        assert likely == {one.pk: [acme, john], two.pk: [acme, john]}
        assert certain_of([one], nora)[one.pk].record == acme  # nobody is chosen for a name that is only similar

    def test_a_switchboard_is_noise(self, nora):
        for n in range(25):
            leads.lead(f"Person {n}", owner=nora, phone="+4930901820")
        settle()
        assert searching.find_pairs() == 0

    def test_as_many_statements_for_two_as_for_a_hundred(self, nora):
        counts = []
        searching.find_pairs()
        for many in (2, 100):
            for n in range(many):
                leads.lead(f"Person {many} {n // 2}", owner=nora, company_name="Acme")
            settle()
            connection.force_debug_cursor, start = True, len(connection.queries_log)
            found = searching.look_through(KINDS["lead"], until=float("inf"))
            counts.append(len(connection.queries_log) - start)
            connection.force_debug_cursor = False
            assert found == many // 2
        assert counts[0] == counts[1] <= 30
