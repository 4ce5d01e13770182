"""The search for pairs: once for each record, set-based, without noise."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from core.merging import KINDS
from customers import searching
from customers.models import Company, CompanyPair, Contact, ContactPair, LookedThrough
from leads.models import Lead, PossibleDuplicate
from leads.tests.test_lead_page import sent_back
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
