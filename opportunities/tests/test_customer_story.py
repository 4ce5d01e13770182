"""The story of companies and contacts tells of their deals and of the leads that became them, and takes conversions back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from core import undo
from customers.models import Company, Contact
from leads.models import Lead
from opportunities.conversion import convert
from tests.factories import customers as make_customers
from tests.factories import leads as make_leads
from tests.factories import opportunities as make
from tests.harness.words import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya(nora):
    return make_leads.lead("Maya Lindqvist", owner=nora, email="maya@nordlys.example", company_name="Nordlys", title="Booths")


def story(page) -> str:
    return text_of(page).split("Timeline")[1]


class TestStory:
    def test_tells_how_a_conversion_made_it_in_one_line(self, client_of, nora, maya, at):
        conversion = convert(maya, at=at, by=nora)
        for customer in (conversion.company, conversion.contact):
            told = story(client_of(nora).get(customer.get_absolute_url()))
            assert "Nora Bakke converted the lead Maya Lindqvist : new deal Booths , new company Nordlys , new contact Maya Lindqvist" in told
            assert told.index("converted the lead") < told.index("step") < told.index("added") and "opened the deal" not in told

    def test_folds_what_a_sale_made_behind_it(self, client_of, nora, maya, at):
        company = convert(maya, at=at, by=nora, outcome="sale", expected=500).company
        told = story(client_of(nora).get(company.get_absolute_url()))
        assert told.index("won Booths : €500") < told.index("converted the lead") < told.index("and 2 steps of it") < told.index("added")

    def test_tells_of_deals_opened_won_and_lost(self, client_of, nora, at):
        company = make_customers.company("Nordlys", owner=nora)
        won, lost, part = (make.opportunity(name, owner=nora, company=company, expected=500, at=at) for name in ("Desks", "Lamps", "Chairs"))
        won.win(at=at + timedelta(hours=1), by=nora)
        lost.lose(make.lost_reason("Price"), at=at + timedelta(hours=2), by=nora)
        part.close_part("won", 200, at=at + timedelta(hours=3), by=nora)
        won.reopen(at=at + timedelta(hours=4), by=nora)
        told = story(client_of(nora).get(company.get_absolute_url()))
        for words in ("opened the deal Desks in", "won Desks : €500", "marked Lamps lost: Price", "won a part of Chairs : €200 , €300 still open",
                      "reopened Desks"):  # fmt: skip
            assert words in told

    def test_tells_only_of_what_one_may_see(self, client_of, nora, vera, tess, at):
        company = make_customers.company("Nordlys", owner=nora)
        make.opportunity("Secret deal", owner=vera, company=company)
        lead = make_leads.lead("Secret lead", owner=vera, email="s@secret.example")
        convert(lead, at=at, by=vera, outcome="customer", company=company)
        assert "Secret" not in text_of(client_of(nora).get(company.get_absolute_url()))

    def test_tells_nothing_of_a_conversion_that_was_taken_back(self, client_of, nora, maya, at):
        deal, known = make.opportunity("Showroom", owner=nora), make_customers.contact("Maya L.", owner=nora, email="maya@nordlys.example")
        undo.take_back(convert(maya, at=at, by=nora, outcome="existing", opportunity=deal, contact=known).change, by=nora, at=at)
        convert(maya, at=at, by=nora, outcome="customer", contact=known)
        told = story(client_of(nora).get(known.get_absolute_url()))
        assert told.count("converted the lead") == 1 and "Showroom" not in told

    def test_tells_what_was_done_with_the_customer_since(self, client_of, nora, maya, at):
        call = maya.plan("call", at, at=at - timedelta(days=1), by=nora, summary="Offer")
        contact = convert(maya, at=at, by=nora, outcome="customer").contact
        call.done(at=at + timedelta(hours=1), by=nora, outcome="They like it", then={"kind": "call", "due_at": at + timedelta(days=1)})
        told = story(client_of(nora).get(contact.get_absolute_url()))
        assert "did Call: Offer" in told and "They like it" in told and "planned Call" in told and told.count("step of it") == 1

    def test_costs_the_same_however_many_leads_there_are(self, client_of, nora, at, django_assert_max_num_queries):
        company = make_customers.company("Nordlys", owner=nora)
        for n in range(5):
            convert(make_leads.lead(f"Lead {n}", owner=nora, email=f"l{n}@nordlys.example"), at=at, by=nora, company=company)
        client = client_of(nora)
        with django_assert_max_num_queries(24):
            client.get(company.get_absolute_url())


class TestUndo:
    def test_stands_on_the_lead_and_in_the_story_of_its_customer(self, client_of, nora, omar, tess, ada, maya, at):
        conversion = convert(maya, at=at, by=nora, outcome="customer")
        address = f'action="{undo.address(conversion.change)}"'
        for page in (maya, conversion.contact, conversion.company):
            url = page.get_absolute_url()
            assert address in client_of(nora).get(url).content.decode() and address in client_of(ada).get(url).content.decode()
            assert address not in client_of(tess).get(url).content.decode()

    def test_goes_with_its_thirty_days_and_when_it_was_used(self, client_of, nora, maya, at):
        conversion = convert(maya, at=at, by=nora, outcome="customer")
        page = client_of(nora)
        undo.begin("convert", at=at, by=nora)
        conversion.change.until = at - timedelta(days=1)
        conversion.change.save(update_fields=["until"])
        assert "Undo the conversion" not in text_of(page.get(maya.get_absolute_url()))
        assert "Undo the conversion" not in text_of(page.get(conversion.contact.get_absolute_url()))

    @pytest.mark.parametrize("is_htmx", [True, False])
    def test_leads_from_the_page_of_who_went_with_it_to_the_lead(self, client_of, nora, maya, at, is_htmx):
        conversion = convert(maya, at=at, by=nora, outcome="customer")
        page, client = conversion.contact.get_absolute_url(), client_of(nora)
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"} if is_htmx else {"Referer": f"http://testserver{page}"}
        answer = client.post(undo.address(conversion.change), headers=headers)
        assert (answer.headers["HX-Redirect"] if is_htmx else answer.url) == maya.get_absolute_url()
        assert "Taken back." in text_of(client.get(maya.get_absolute_url()))
        assert Lead.objects.get().is_open and not Contact.objects.exists() and not Company.objects.exists()

    def test_stays_where_the_customer_stays(self, client_of, nora, maya, at):
        known = make_customers.contact("Maya L.", owner=nora, email="maya@nordlys.example")
        conversion = convert(maya, at=at, by=nora, outcome="customer", contact=known)
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{known.get_absolute_url()}"}
        answer = client_of(nora).post(undo.address(conversion.change), headers=headers)
        assert answer.status_code == 204 and "change:undone" in answer.headers["HX-Trigger"]
        assert reverse("core:undo", args=[conversion.change.pk]) not in client_of(nora).get(known.get_absolute_url()).content.decode()
