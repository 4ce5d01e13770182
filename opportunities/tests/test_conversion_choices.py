"""What one chooses in the conversion dialog, and what it says will happen."""

from datetime import timedelta

import pytest
from django.urls import reverse

from customers.models import Company, Contact
from leads.models import Lead
from opportunities.models import Conversion, Opportunity
from tests.factories import customers as make_customers
from tests.factories import leads as make_leads
from tests.factories import opportunities as make
from tests.harness.words import text_of

pytestmark = pytest.mark.django_db
WILL = {"headers": {"HX-Request": "true", "HX-Target": "will"}}
DEALS = {"headers": {"HX-Request": "true", "HX-Target": "deals"}}


@pytest.fixture
def maya(nora):
    return make_leads.lead("Maya Lindqvist", owner=nora, email="maya@nordlys.example", company_name="Nordlys", title="Booths")


@pytest.fixture
def url_of():
    return lambda lead: reverse("opportunities:conversion", args=[lead.pk])


@pytest.fixture
def given(nora, north):
    return {"customer": "new", "outcome": "new", "team": north.pk, "owner": nora.pk, "name": "Booths", "stage": make.stages()[0].pk,
            "expected": "1.234,50", "currency": "EUR", "close_date": "2027-02-15"}  # fmt: skip


@pytest.fixture
def says(client_of, nora, maya, url_of, given):
    """says(**choices) → what the dialog says will happen, to Nora or to somebody else."""
    return lambda to=nora, **choices: text_of(client_of(to).get(url_of(maya), given | choices, **WILL))


class TestPlanned:
    def test_activities_are_shown_and_called_off_when_one_says_so(self, client_of, nora, maya, url_of, given, at):
        maya.plan("call", at + timedelta(days=1), at=at, by=nora, summary="Offer")
        client = client_of(nora)
        page = text_of(client.get(url_of(maya)))
        assert "Planned 1 activity Keep Call off Offer" in page and "1 planned activity goes on at the deal." in page
        client.post(url_of(maya), given | {"outcome": "customer", "planned": "stop"})
        assert not maya.activities.planned().exists() and Conversion.objects.get().before["called_off"]

    def test_activities_are_kept_unless_one_says_so(self, client_of, nora, maya, url_of, given, at):
        maya.plan("call", at + timedelta(days=1), at=at, by=nora)
        client_of(nora).post(url_of(maya), given | {"outcome": "customer"})
        assert maya.activities.planned().count() == 1

    @pytest.mark.parametrize(("choices", "told"), [
        ({"outcome": "new"}, "1 planned activity goes on at the deal."), ({"outcome": "customer"}, "1 planned activity stays with the customer."),
        ({"outcome": "sale"}, "1 planned activity stays with the customer."), ({"outcome": "sale", "customer": "none"}, "1 planned activity stays planned."),
        ({"outcome": "new", "planned": "stop"}, "1 planned activity is called off."),
    ])  # fmt: skip
    def test_activities_are_part_of_what_will_happen(self, says, maya, nora, at, choices, told):
        maya.plan("call", at + timedelta(days=1), at=at, by=nora)
        assert told in says(**choices)

    def test_nothing_is_asked_where_nothing_is_planned(self, client_of, nora, maya, url_of):
        assert "Planned" not in text_of(client_of(nora).get(url_of(maya)))


class TestNext:
    def test_step_is_planned_along_with_the_deal(self, client_of, nora, omar, maya, url_of, given, says):
        choices = {"then": "call", "then_day": "2027-02-01", "then_summary": "Say hello"}
        assert "Plans next: Call." in says(**choices)
        client_of(nora).post(url_of(maya), given | choices | {"outcome": "sale"})
        call = maya.activities.get()
        assert (call.kind, call.summary, call.assignee, f"{call.due}") == ("call", "Say hello", nora, "2027-02-01")

    @pytest.mark.parametrize("choices", [{"then": "nonsense"}, {"then": "call", "then_day": "2927-02-01"}])
    def test_step_that_makes_no_sense_is_refused(self, client_of, nora, maya, url_of, given, choices):
        assert client_of(nora).post(url_of(maya), given | choices).status_code == 422 and Lead.objects.get().is_open


class TestExistingDeal:
    def test_is_found_by_words_of_its_customer_and_stays_ticked(self, client_of, nora, vera, maya, url_of, given):
        deal = make.opportunity("Showroom", owner=nora, company=make_customers.company("Hébert & Fils", owner=nora))
        secret = make.opportunity("Hebert secret", owner=vera)
        client = client_of(nora)
        assert "No deal is suggested." in text_of(client.get(url_of(maya)))
        found = client.get(url_of(maya), {"dq": "hebert", "customer": "new"}, **DEALS)
        assert "Showroom" in text_of(found) and "secret" not in text_of(found)
        page = client.post(url_of(maya), given | {"outcome": "existing", "dq": "hebert", "search": "deals"})
        assert page.status_code == 200 and f'value="{deal.pk}"' in page.content.decode() and str(secret) not in text_of(page)
        client.post(url_of(maya), given | {"outcome": "existing", "opportunity": deal.pk, "dq": "hebert"})
        assert Conversion.objects.get().opportunity == deal

    def test_is_not_one_of_all_when_none_was_chosen(self, client_of, nora, maya, url_of, given):
        make.opportunity("Something else", owner=nora)
        answer = client_of(nora).post(url_of(maya), given | {"outcome": "existing"})
        assert answer.status_code == 422 and "Choose the deal this lead belongs to." in text_of(answer)
        assert "Something else" not in text_of(answer)

    def test_and_customer_are_named_and_led_to_when_neither_was_chosen(self, client_of, nora, maya, url_of, given):
        answer = client_of(nora).post(url_of(maya), given | {"outcome": "existing", "customer": "link"})
        assert "2 fields need attention Which customer , Which deal" in text_of(answer)
        for name, key in (("q", "id_match"), ("dq", "id_opportunity")):
            assert f'name="{name}" id="{key}" aria-invalid="true" aria-describedby="{key}_error"' in answer.content.decode()
            assert f'href="#{key}"' in answer.content.decode() and f'id="{key}_error"' in answer.content.decode()

    def test_that_was_closed_or_is_hidden_is_refused_in_the_same_words(self, client_of, nora, vera, maya, url_of, given, at):
        closed, hidden = make.opportunity("Showroom", owner=nora), make.opportunity("Secret", owner=vera)
        closed.win(at=at, by=nora)
        for deal in (closed, hidden):
            answer = client_of(nora).post(url_of(maya), given | {"outcome": "existing", "opportunity": deal.pk})
            assert answer.status_code == 422 and "This deal is no longer open. Choose another one." in text_of(answer)
            assert "Showroom" not in text_of(answer) and "Secret" not in text_of(answer)

    def test_says_when_nothing_is_found(self, client_of, nora, vera, maya, url_of):
        make.opportunity("Secret", owner=vera)
        assert "No open deal you can see is called “secret”." in text_of(client_of(nora).get(url_of(maya), {"dq": "secret"}, **DEALS))

    def test_keeps_its_company_and_gets_the_new_contact(self, client_of, nora, maya, url_of, given, says):
        firm = make_customers.company("Nordlys Group", owner=nora, domain="nordlys.example")
        deal = make.opportunity("Showroom", owner=nora, company=firm)
        choices = {"outcome": "existing", "opportunity": deal.pk}
        assert "Adds this lead to “Showroom” and creates Maya Lindqvist." in says(**choices)
        assert client_of(nora).post(url_of(maya), given | choices | {"expected": "80k", "name": ""}).status_code == 302
        deal.refresh_from_db()
        assert (deal.company, deal.contact.name, Company.objects.count()) == (firm, "Maya Lindqvist", 1)

    def test_makes_nobody_when_there_is_no_customer_yet(self, client_of, nora, maya, url_of, given):
        deal = make.opportunity("Showroom", owner=nora)
        client_of(nora).post(url_of(maya), given | {"outcome": "existing", "opportunity": deal.pk, "customer": "none"})
        assert not Contact.objects.exists() and not Company.objects.exists() and deal.conversions.exists()


class TestSale:
    def test_asks_for_how_much(self, client_of, nora, maya, url_of, given):
        answer = client_of(nora).post(url_of(maya), given | {"outcome": "sale", "expected": ""})
        assert answer.status_code == 422 and "Say for how much it was sold." in text_of(answer) and Lead.objects.get().is_open
        assert "1 field needs attention Sold for" in text_of(answer)
        assert 'aria-invalid="true"' in answer.content.decode()

    def test_says_the_amount(self, says):
        assert "Creates a won sale of €1,234.50 at Nordlys and Maya Lindqvist (both new)." in says(outcome="sale")
        assert "Creates a won sale at" in says(outcome="sale", expected="80k")

    def test_does_not_look_at_what_says_nothing_to_it(self, client_of, nora, maya, url_of, given):
        client_of(nora).post(url_of(maya), given | {"outcome": "sale", "close_date": "soon", "stage": "x"})
        assert Opportunity.objects.get().state == "won"


class TestCustomer:
    def test_must_be_chosen_to_be_linked(self, says):
        assert says(customer="link", match="").strip() == "Choose which customer it is."

    def test_that_is_chosen_names_its_owner(self, nora, omar, tess, vera, says):
        firm = make_customers.company("Berg Tre", owner=omar)
        theirs = make_customers.company("Skipet", owner=nora)
        hers = make_customers.company("Secret", owner=vera)
        told = says(tess, customer="link", match=f"company:{firm.pk}")
        assert "Omar Haddad looks after Berg Tre. Choose Omar Haddad" in told and "Adds Maya Lindqvist as a contact there." in told
        assert "Choose Omar" not in says(tess, customer="link", match=f"company:{firm.pk}", owner=omar.pk)
        assert "looks after" not in says(tess, customer="link", match=f"company:{theirs.pk}")
        assert "looks after" not in says(tess, customer="new", match=f"company:{firm.pk}")
        assert "Secret" not in says(customer="link", match=f"company:{hers.pk}")

    def test_of_whom_facts_differ_is_the_one_that_is_ticked(self, client_of, nora, maya, url_of, given, says):
        Lead.objects.update(job_title="Head of Workplace")
        ann, ben = (make_customers.contact(name, owner=nora, job_title="Buyer") for name in ("Ann", "Ben"))
        assert "What Ann says differently now" in says(customer="link", match=f"contact:{ann.pk}")
        choices = {"customer": "link", "match": f"contact:{ben.pk}", "accept": "job_title", "accept_of": f"contact:{ann.pk}"}
        client_of(nora).post(url_of(maya), given | choices)
        ben.refresh_from_db()
        assert ben.job_title == "Buyer"


class TestPerson:
    def test_is_proposed_from_the_email(self, client_of, nora, url_of, given):
        lead = make_leads.lead(owner=nora, email="maya.lindqvist@nordlys.example")
        client = client_of(nora)
        assert 'value="Maya Lindqvist"' in client.get(url_of(lead)).content.decode()
        client.post(url_of(lead), given | {"person": "Maja Lindkvist"})
        assert Contact.objects.get().name == "Maja Lindkvist"

    def test_is_asked_for_where_only_a_number_is_known(self, client_of, nora, url_of, given):
        lead = make_leads.lead(owner=nora, phone="+47 22 11 00 10")
        client = client_of(nora)
        assert "Say what the contact is called." in text_of(client.get(url_of(lead)))
        answer = client.post(url_of(lead), given)
        assert answer.status_code == 422 and "say what the contact is called" in text_of(answer)
        client.post(url_of(lead), given | {"person": "Åse at the desk"})
        assert (Contact.objects.get().name, Contact.objects.get().phone) == ("Åse at the desk", "+47 22 11 00 10")

    def test_is_not_a_number_where_a_company_is_known(self, client_of, nora, url_of, given):
        lead = make_leads.lead(owner=nora, phone="+47 22 11 00 10", company_name="Berg Tre")
        client_of(nora).post(url_of(lead), given)
        assert not Contact.objects.exists() and Company.objects.get().phone_e164 == "+4722110010"
