"""The conversion dialog: what it proposes, what it refuses, who won."""

import re
import threading

import pytest
from django.db import connections
from django.urls import reverse

from core.merging import KINDS, merge
from core.models import Change
from customers.models import Company, Contact
from leads.models import Lead
from opportunities.conversion import convert
from opportunities.models import Conversion, Opportunity, Stage
from tests.factories import customers as make_customers
from tests.factories import leads as make_leads
from tests.factories import opportunities as make
from tests.factories import teams as people
from tests.harness.words import text_of

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def maya(nora):
    return make_leads.lead(
        "Maya Lindqvist", owner=nora, email="maya@nordlys.example", company_name="Nordlys", title="Booths"
    )


@pytest.fixture
def url(maya):
    return reverse("opportunities:conversion", args=[maya.pk])


@pytest.fixture
def given(nora, north):
    return {"customer": "new", "outcome": "new", "team": north.pk, "owner": nora.pk, "name": "Booths", "stage": make.stages()[0].pk,
            "expected": "1.234,50", "currency": "EUR", "close_date": "2027-02-15"}  # fmt: skip


class TestConversionPage:
    def test_proposes_the_certain_customer_with_its_reason(self, client_of, nora, url):
        make_customers.company("Nordlys Interiors", owner=nora, domain="nordlys.example")
        page = client_of(nora).get(url)
        assert "Same e-mail domain" in text_of(
            page
        ) and "Creates one deal at Nordlys Interiors." in text_of(page)
        assert re.search(r'value="company:\d+" checked', page.content.decode())

    def test_converts_and_goes_to_the_deal(self, client_of, nora, url, given):
        answer = client_of(nora).post(url, given, follow=True)
        deal = Opportunity.objects.get()
        assert answer.redirect_chain == [(deal.get_absolute_url(), 302)] and "Converted: Booths." in text_of(answer)
        assert (f"{deal.expected}", str(deal.close_date), str(deal.company), str(deal.contact)) == (
            "1234.50",
            "2027-02-15",
            "Nordlys",
            "Maya Lindqvist",
        )

    def test_by_htmx_leads_there_too(self, client_of, nora, url, given):
        answer = client_of(nora).post(url, given, **HTMX)
        assert answer.headers["HX-Redirect"] == Opportunity.objects.get().get_absolute_url()

    def test_refuses_with_what_was_typed(self, client_of, nora, url, given):
        answer = client_of(nora).post(url, given | {"expected": "80k", "name": ""}, **HTMX)
        assert (
            answer.status_code == 422
            and 'value="80k"' in answer.content.decode()
            and "Give the deal a name." in text_of(answer)
        )
        assert not Opportunity.objects.exists() and not Contact.objects.exists()

    def test_takes_only_whom_and_what_one_may_choose(self, client_of, nora, north, url, given):
        gone = people.person("Gone", north, is_active=False)
        old = Stage.objects.create(pipeline=make.stages()[0].pipeline, name="Old", is_active=False)
        client = client_of(nora)
        for name, value in (("owner", gone.pk), ("stage", old.pk), ("stage", "9" * 30), ("team", "x"), ("owner", "-1"), ("stage", "²")):
            assert client.post(url, given | {name: value}, **HTMX).status_code == 422, (name, value)
        assert not Opportunity.objects.exists() and not Contact.objects.exists()

    def test_makes_no_second_contact_with_the_same_email(self, client_of, nora, url, given):
        make_customers.contact("Maya L.", owner=nora, email="maya@nordlys.example")
        answer = client_of(nora).post(url, given)
        assert answer.status_code == 422 and "Maya L. has this e-mail already" in text_of(answer)

    def test_customer_only_existing_and_sale(self, client_of, nora, url, given):
        client = client_of(nora)
        assert client.post(url, given | {"customer": "none", "outcome": "customer"}).status_code == 422
        assert client.post(url, given | {"outcome": "existing"}).status_code == 422
        client.post(url, given | {"outcome": "customer"})
        assert Conversion.objects.get().outcome == "customer" and not Opportunity.objects.exists()
        client.post(reverse("core:undo", args=[Change.objects.get().pk]))
        client.post(url, given | {"customer": "none"})
        assert Conversion.objects.get(undone_at=None).outcome == "no_customer"
        client.post(reverse("core:undo", args=[Change.objects.latest("pk").pk]))
        client.post(url, given | {"outcome": "sale"})
        assert Opportunity.objects.get().state == "won"

    def test_creates_nobody_from_a_lead_that_names_nobody(self, client_of, nora, given):
        nobody = make_leads.lead("", owner=nora, email="", company_name="", title="Term deposit")
        client, url = client_of(nora), reverse("opportunities:conversion", args=[nobody.pk])
        answer = client.post(url, given)
        assert answer.status_code == 422 and "names neither a person nor a company" in text_of(answer)
        assert client.post(url, {**given, "customer": "none"}).status_code == 302
        assert Opportunity.objects.get().contact is None

    def test_tells_the_second_person_who_won(self, client_of, nora, tess, maya, url, given, at):
        made = convert(maya, at=at, by=nora)
        answer = client_of(tess).post(url, given, follow=True)
        assert "Nora Bakke converted Maya Lindqvist before you." in text_of(answer)
        assert answer.redirect_chain[0][0] == made.opportunity.get_absolute_url() and Opportunity.objects.count() == 1

    @pytest.mark.django_db(transaction=True)
    def test_two_who_send_it_at_once_make_one_deal(self, client_of, nora, tess, maya, url, given):
        start, answers = threading.Barrier(2), []

        def send(client):
            try:
                start.wait()
                answers.append(client.post(url, given, follow=True))
            finally:
                connections.close_all()

        threads = [threading.Thread(target=send, args=[client_of(person)]) for person in (nora, tess)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        deal, conversion = Opportunity.objects.get(), Conversion.objects.get()
        assert [answer.redirect_chain[0][0] for answer in answers] == [deal.get_absolute_url()] * 2
        told = [f"{conversion.by} converted Maya Lindqvist before you." in text_of(answer) for answer in answers]
        assert sorted(told) == [False, True] and Contact.objects.count() == Company.objects.count() == 1

    def test_of_an_ended_lead_says_so(self, client_of, nora, maya, url, given, at):
        maya.disqualify(make_leads.reason(), at=at, by=nora)
        assert client_of(nora).post(url, given).status_code == 409
        assert "no longer open" in text_of(client_of(nora).get(url))

    def test_offers_and_takes_no_foreign_customer(self, client_of, nora, vera, url, given):
        theirs = make_customers.company("Nordlys Secret", owner=vera, domain="nordlys.example")
        deal = make.opportunity("Secret deal", owner=vera, company=theirs)
        client = client_of(nora)
        assert "Secret" not in client.get(f"{url}?q=secret&customer=link").content.decode()
        assert client.post(url, given | {"customer": "link", "match": f"company:{theirs.pk}"}).status_code == 422
        assert client.post(url, given | {"outcome": "existing", "opportunity": deal.pk}).status_code == 422
        assert client.post(url, given | {"owner": vera.pk}).status_code == 422
        assert client.post(url, given | {"team": vera.seats[0].team_id}).status_code == 422
        assert not Conversion.objects.exists()

    def test_says_into_whom_a_customer_was_merged_meanwhile(self, client_of, nora, url, given, at):
        stays, goes = make_customers.company("Nordlys AS", owner=nora), make_customers.company("Nordlys Old", owner=nora)
        merge(KINDS["company"], stays.pk, [stays.pk, goes.pk], at=at, by=nora)
        answer = client_of(nora).post(url, given | {"customer": "link", "match": f"company:{goes.pk}"})
        assert answer.status_code == 422 and "Nordlys Old was merged into Nordlys AS meanwhile." in text_of(answer)

    def test_is_not_there_for_others(self, client_of, vera, omar, url, given):
        for person in (vera, omar):
            assert client_of(person).get(url).status_code == client_of(person).post(url, given).status_code == 404

    def test_words_what_will_happen_as_one_chooses(self, client_of, nora, url):
        page = client_of(nora).get(
            url, {"customer": "none", "outcome": "new"}, headers={"HX-Request": "true", "HX-Target": "will"}
        )
        assert text_of(page).strip() == "Creates one deal without a customer yet. You can undo for 30 days."

    def test_goes_back_to_the_lead_when_the_deal_went_with_the_undo(self, client_of, nora, maya, url, given):
        client = client_of(nora)
        client.post(url, given)
        deal = Opportunity.objects.get()
        client.post(reverse("core:undo", args=[Change.objects.get().pk]))
        assert client.get(deal.get_absolute_url(), **HTMX).headers["HX-Redirect"] == maya.get_absolute_url()
        assert client.get(deal.get_absolute_url()).url == maya.get_absolute_url() and Lead.objects.get().is_open

    def test_needs_few_queries(self, client_of, nora, url, django_assert_max_num_queries):
        client = client_of(nora)
        with django_assert_max_num_queries(26):
            client.get(url)
