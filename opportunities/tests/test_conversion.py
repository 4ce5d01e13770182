"""A lead ends well, once, and can be taken back."""

import html
import json
import threading
from decimal import Decimal

import pytest
from django.db import connection, connections

from core import undo
from customers.models import Company, Contact
from leads.exceptions import LeadNotOpen
from leads.models import Lead
from opportunities.conversion import NEW, NOBODY, convert
from opportunities.exceptions import NoCustomer, OpportunityClosed
from opportunities.models import Conversion, Opportunity
from opportunities.suggestions import certain, search, suggestions
from opportunities.undoing import undo_conversion
from tests.factories import customers as make_customers
from tests.factories import leads as make_leads
from tests.factories import opportunities as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def maya(nora):
    return make_leads.lead(
        "Maya Lindqvist", owner=nora, email="maya@nordlys.example", phone="+46 40 555 01 42", company_name="Nordlys Interiors AB",
        title="Phone booths", expected_revenue=Decimal(96000), currency="EUR", score=92, job_title="Head of Workplace",
    )  # fmt: skip


class TestConvert:
    def test_makes_company_contact_and_opportunity(self, maya, nora, at):
        conversion = convert(maya, at=at, by=nora)
        deal = conversion.opportunity
        assert conversion.is_new and (deal.name, deal.expected, deal.owner, deal.score) == (
            "Phone booths",
            96000,
            nora,
            92,
        )
        assert (deal.company.name, deal.company.domain) == ("Nordlys Interiors AB", "nordlys.example")
        assert (deal.contact.name, deal.contact.email_key, deal.contact.company) == (
            "Maya Lindqvist",
            "maya@nordlys.example",
            deal.company,
        )
        maya.refresh_from_db()
        assert maya.converted_at == at and not maya.is_open and maya.contact == deal.contact
        assert maya.events.get(kind="converted").details["opportunity"] == deal.pk
        assert deal.company.status == Company.objects.get().status == "prospect"

    def test_makes_one_however_often_it_is_asked(self, maya, nora, omar, at):
        first, second = convert(maya, at=at, by=nora), convert(maya, at=at, by=omar)
        assert first.pk == second.pk and not second.is_new and second.by == nora
        assert (Opportunity.objects.count(), Contact.objects.count(), Conversion.objects.count()) == (1, 1, 1)

    def test_links_a_known_contact_and_never_overwrites_it(self, maya, nora, at):
        company = make_customers.company("Nordlys", owner=nora)
        known = make_customers.contact("M. Lindqvist", company=company, email="Maya@Nordlys.example", job_title="Buyer")
        conversion = convert(maya, at=at, by=nora)
        known.refresh_from_db()
        assert (conversion.contact, conversion.company) == (known, company)
        assert (known.name, known.job_title, known.phone) == ("M. Lindqvist", "Buyer", "")
        assert known.status == "prospect"

    def test_writes_accepted_facts_only(self, maya, nora, at):
        known = make_customers.contact("M. Lindqvist", owner=nora, email="maya@nordlys.example", job_title="Buyer")
        convert(maya, at=at, by=nora, accept=("job_title", "name", "owner"))
        known.refresh_from_db()
        assert (known.name, known.job_title, known.phone) == ("M. Lindqvist", "Head of Workplace", "")

    def test_attaches_to_an_open_opportunity(self, maya, nora, at):
        company = make_customers.company("Nordlys", owner=nora)
        deal = make.opportunity("Booths, phase 2", owner=nora, company=company)
        conversion = convert(maya, at=at, by=nora, outcome="existing", opportunity=deal)
        deal.refresh_from_db()
        assert (
            conversion.opportunity == deal and conversion.company == company and deal.contact.name == "Maya Lindqvist"
        )
        assert Opportunity.objects.count() == 1 and deal.events.filter(kind="attached").count() == 1

    def test_refuses_a_closed_opportunity_and_changes_nothing(self, maya, nora, at):
        deal = make.opportunity(owner=nora)
        deal.win(at=at)
        with pytest.raises(OpportunityClosed):
            convert(maya, at=at, by=nora, outcome="existing", opportunity=deal)
        maya.refresh_from_db()
        assert maya.is_open and not Contact.objects.exists() and not Conversion.objects.exists()

    def test_customer_only(self, maya, nora, at):
        conversion = convert(maya, at=at, by=nora, outcome="customer")
        assert (
            conversion.opportunity is None
            and conversion.contact.name == "Maya Lindqvist"
            and not Opportunity.objects.exists()
        )

    def test_customer_only_needs_somebody(self, nora, at):
        with pytest.raises(NoCustomer):
            convert(make_leads.lead(owner=nora, title="Booths"), at=at, by=nora, outcome="customer")

    def test_no_customer_yet(self, maya, nora, at):
        conversion = convert(maya, at=at, by=nora, outcome="no_customer")
        assert conversion.opportunity.company is None and not Contact.objects.exists()

    def test_straight_to_a_won_sale(self, maya, nora, at):
        conversion = convert(maya, at=at, by=nora, outcome="sale", expected=Decimal("1234.50"))
        deal = Opportunity.objects.get(pk=conversion.opportunity.pk)
        assert (deal.state, deal.amount_won, deal.amount_open) == ("won", Decimal("1234.50"), 0)
        assert Company.objects.get().status == Contact.objects.get().status == "customer"

    def test_refuses_what_is_not_open(self, maya, nora, at):
        maya.disqualify(make_leads.reason(), at=at, by=nora)
        with pytest.raises(LeadNotOpen):
            convert(maya, at=at, by=nora)

    def test_owner_team_and_stage_as_chosen(self, maya, nora, omar, at):
        stage = make.stages()[1]
        deal = convert(maya, at=at, by=nora, owner=omar, stage=stage, name="Pods", currency="SEK").opportunity
        assert (deal.owner, deal.stage, deal.name, deal.currency, deal.probability) == (
            omar,
            stage,
            "Pods",
            "SEK",
            Decimal("0.4"),
        )
        other = make_leads.lead("Ann", owner=nora)
        assert convert(other, at=at, by=nora, owner=NOBODY).opportunity.owner is None

    def test_plans_go_on_at_the_opportunity(self, maya, nora, at):
        make_leads.activity(maya, at=at, by=nora, summary="Call Maya")
        deal = convert(maya, at=at, by=nora).opportunity
        assert deal.next_activity_label == "Call Maya" and not maya.activities.planned().exists()

    def test_a_customer_somebody_else_may_see_stays_hidden(self, maya, nora, vera, at):
        theirs = make_customers.company("Nordlys South", owner=vera, domain="nordlys.example")
        hidden = make_customers.contact("Maya L.", company=theirs, email="maya@nordlys.example")
        conversion = convert(maya, at=at, by=nora)
        assert conversion.contact != hidden and conversion.company != theirs
        assert conversion.contact.email == "maya@nordlys.example"
        assert Contact.objects.visible_to(nora).get() == conversion.contact


class TestSuggestions:
    def test_give_their_reasons_the_certain_first(self, maya, nora):
        similar = make_customers.company("Nordlys Interior", owner=nora)
        same = make_customers.company("Nordlys Group", owner=nora, domain="nordlys.example")
        person = make_customers.contact(
            "Maya Lindqvist", company=same, email="maya@nordlys.example", phone="+46405550142"
        )
        found = suggestions(maya, nora)
        assert [one.record for one in found] == [person, same, similar]
        assert [reason["code"] for reason in found[0].reasons] == ["same_email", "same_phone", "same_name"]
        assert found[1].is_certain and not found[2].is_certain
        assert certain(maya, nora).record == person

    def test_free_mail_says_nothing_about_a_company(self, nora):
        make_customers.company("Mail", owner=nora, domain="gmail.com")
        lead = make_leads.lead("Ann", owner=nora, email="ann@gmail.com")
        assert suggestions(lead, nora) == []

    def test_only_what_one_may_see(self, maya, nora, vera):
        make_customers.company("Nordlys", owner=vera, domain="nordlys.example")
        assert suggestions(maya, nora) == [] and len(suggestions(maya)) == 1

    def test_search_forgives_accents(self, nora, vera):
        make_customers.company("Clínica Levante", owner=nora)
        make_customers.company("Clinica Norte", owner=vera)
        assert [str(one.record) for one in search("clinica", nora)] == ["Clínica Levante"]


class TestUndoConversion:
    def test_removes_exactly_its_own_and_opens_the_lead(self, maya, nora, at):
        make_leads.activity(maya, at=at, by=nora, summary="Call Maya")
        conversion = convert(maya, at=at, by=nora)
        change = undo.ask(conversion.change, by=nora, at=at)
        maya.refresh_from_db()
        assert change.undo == "undone" and maya.is_open and maya.contact is None
        assert not Opportunity.objects.exists() and not Contact.objects.exists() and not Company.objects.exists()
        assert maya.activities.planned().count() == 1 and maya.next_activity_at
        assert convert(maya, at=at, by=nora).is_new

    def test_twice_does_no_harm(self, maya, nora, at):
        conversion = convert(maya, at=at, by=nora)
        assert undo_conversion(conversion, at=at, by=nora) == []
        again = convert(maya, at=at, by=nora)
        assert undo_conversion(conversion, at=at, by=nora) == []
        assert Opportunity.objects.get() == again.opportunity

    def test_keeps_and_lists_what_was_worked_on(self, maya, nora, at):
        conversion = convert(maya, at=at, by=nora)
        conversion.opportunity.note("They called back", at=at, by=nora)
        conversion.contact.edit({"job_title": "CEO"}, at=at, by=nora)
        kept = undo_conversion(conversion, at=at, by=nora)
        assert {one["code"] for one in kept} == {"undo_deal_edited", "undo_customer_edited"}
        maya.refresh_from_db()
        assert maya.is_open and Opportunity.objects.count() == 1 and Contact.objects.count() == 1

    def test_says_on_the_lead_what_stayed_after_a_win_that_was_undone(self, maya, nora, at, client_of):
        conversion = convert(maya, at=at, by=nora)
        conversion.opportunity.win(at=at, by=nora)
        conversion.opportunity.reopen(at=at, by=nora)
        client = client_of(nora)
        told = client.post(undo.address(conversion.change), headers={"HX-Request": "true"}).headers["HX-Trigger"]
        kept = f"“{conversion.opportunity.name}” was won or lost since, so it stays, with what was closed."
        assert f"Taken back in part. {kept}" in json.loads(told)["toast"]["text"]
        maya.refresh_from_db()
        assert maya.is_open and Opportunity.objects.count() == 1
        assert kept in html.unescape(client.get(maya.get_absolute_url()).content.decode())

    def test_says_on_the_lead_nothing_stayed_when_nothing_did(self, maya, nora, at):
        undo_conversion(convert(maya, at=at, by=nora), at=at, by=nora)
        told = maya.events.get(kind="undone").details
        assert "kept" not in told and told["name"]

    def test_keeps_a_deal_to_which_another_lead_leads(self, maya, nora, at):
        conversion = convert(maya, at=at, by=nora)
        other = make_leads.lead("Omar", owner=nora, email="omar@nordlys.example")
        convert(other, at=at, by=nora, outcome="existing", opportunity=conversion.opportunity)
        assert [one["code"] for one in undo_conversion(conversion, at=at, by=nora)][0] == "undo_deal_shared"

    def test_leaves_an_existing_opportunity_as_it_was(self, maya, nora, at):
        deal = make.opportunity(owner=nora)
        conversion = convert(maya, at=at, by=nora, outcome="existing", opportunity=deal)
        undo_conversion(conversion, at=at, by=nora)
        deal.refresh_from_db()
        assert deal.contact is None and deal.company is None and not Contact.objects.exists()
        assert deal.events.filter(kind="undone").exists()

    def test_gives_accepted_facts_back(self, maya, nora, at):
        known = make_customers.contact("M. Lindqvist", owner=nora, email="maya@nordlys.example", job_title="Buyer")
        conversion = convert(maya, at=at, by=nora, accept=("job_title",))
        undo_conversion(conversion, at=at, by=nora)
        known.refresh_from_db()
        assert known.job_title == "Buyer"

    def test_says_so_when_another_open_lead_took_the_address(self, maya, nora, at):
        conversion = convert(maya, at=at, by=nora)
        make_leads.lead("Maya again", owner=nora, email="maya@nordlys.example")
        kept = undo_conversion(conversion, at=at, by=nora)
        assert kept == [{"code": "undo_address_taken", "values": {"lead": "Maya Lindqvist", "other": "Maya again"}}]
        maya.refresh_from_db()
        assert not maya.is_open and Opportunity.objects.exists()

    def test_does_not_name_a_lead_one_may_not_see(self, maya, nora, vera, at):
        conversion = convert(maya, at=at, by=nora)
        make_leads.lead("Secret", owner=vera, email="maya@nordlys.example")
        assert undo_conversion(conversion, at=at, by=nora)[0]["values"]["other"] == "another lead"

    def test_works_with_the_rights_of_the_application(self, maya, nora, at):
        """Events may not be deleted by the app's role; what a conversion made goes all the same."""
        conversion = convert(maya, at=at, by=nora, outcome="sale")
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = 'crm_app'")
            assert cursor.fetchone(), "the test cluster has the application's role"
            cursor.execute("GRANT USAGE ON SCHEMA public TO crm_app")
            cursor.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO crm_app")
            cursor.execute("GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO crm_app")
            cursor.execute(
                "REVOKE UPDATE, DELETE ON opportunities_opportunityevent, opportunities_closing, customers_companyevent,"
                " customers_contactevent, leads_leadevent FROM crm_app"
            )
            cursor.execute("SET LOCAL ROLE crm_app")
            try:
                undo_conversion(conversion, at=at, by=nora)
            finally:
                cursor.execute("RESET ROLE")
        assert not Opportunity.objects.exists() and not Contact.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestTwoPeopleAtOnce:
    def test_make_one_opportunity_and_one_contact(self, nora, omar, at):
        lead = make_leads.lead("Maya", owner=nora, email="maya@nordlys.example", company_name="Nordlys")
        start, results, problems = threading.Barrier(2), [], []

        def run(person):
            try:
                start.wait()
                results.append(convert(Lead.objects.get(pk=lead.pk), at=at, by=person))
            except Exception as error:  # noqa: BLE001  a thread must not swallow what went wrong
                problems.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=[person]) for person in (nora, omar)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not problems
        assert sorted(result.is_new for result in results) == [False, True]
        assert len({result.pk for result in results}) == 1
        assert (Opportunity.objects.count(), Contact.objects.count(), Company.objects.count()) == (1, 1, 1)

    def test_of_two_leads_of_one_company_make_one_company(self, nora, omar, at):
        leads = [
            make_leads.lead(name, owner=nora, email=f"{name}@nordlys.example", company_name="Nordlys")
            for name in ("ann", "bo")
        ]
        start, problems = threading.Barrier(2), []

        def run(lead, person):
            try:
                start.wait()
                convert(lead, at=at, by=person, company=NEW, contact=NEW)
            except Exception as error:  # noqa: BLE001
                problems.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=pair) for pair in zip(leads, (nora, nora), strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not problems and Company.objects.count() == 1 and Contact.objects.count() == 2
