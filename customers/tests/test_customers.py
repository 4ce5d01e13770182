"""Companies and contacts: their verbs, and their pages with and without JavaScript."""


import pytest
from django.urls import reverse

from customers.models import Company, Contact
from customers.verbs import CustomerTaken
from tests.factories import customers as make
from tests.factories import leads as make_leads
from tests.factories import opportunities as make_deals
from tests.harness.words import text_of

pytestmark = pytest.mark.django_db
HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def nordlys(nora):
    return make.company("Nordlys Interiors AB", owner=nora, domain="nordlys.example", city="Malmö", country="SE")


@pytest.fixture
def maya(nordlys):
    return make.contact("Maya Lindqvist", company=nordlys, email="maya@nordlys.example", job_title="Head of Workplace")


class TestVerbs:
    def test_keys_are_those_of_leads(self, nora):
        lead = make_leads.lead("Zoë", owner=nora, email="Zoë@Exämple.com", phone="+46 40 555 01 42")
        contact = make.contact("Zoë", owner=nora, email="ZOË@exämple.com", phone="0046 405550142")
        assert contact.email_key == lead.email_key != "" and contact.phone_e164 == lead.phone_e164

    def test_one_company_per_domain_and_one_contact_per_email(self, nora, nordlys, maya, at):
        with pytest.raises(CustomerTaken) as taken:
            make.company("Nordlys 2", owner=nora, website="https://www.nordlys.example/about")
        assert taken.value.field == "domain"
        with pytest.raises(CustomerTaken):
            make.contact("Maya", owner=nora, email="MAYA@nordlys.example")
        assert make.contact("Maya", owner=nora, email="MAYA@nordlys.example", apart=True).email_key == ""

    def test_edit_says_what_changed(self, nora, maya, at):
        assert maya.edit({"job_title": "CEO", "name": "Maya Lindqvist"}, at=at, by=nora) == ("job_title",)
        assert maya.events.get(kind="changed").details["fields"] == {"job_title": ["Head of Workplace", "CEO"]}
        assert maya.edit({"job_title": "CEO"}, at=at, by=nora) == ()
        with pytest.raises(ValueError, match="not editable"):
            maya.edit({"owner": None}, at=at)

    @pytest.mark.parametrize("name", ["李小龍", "محمد علي", "Ólafur Þórðarson", "O’Connor-Żółć", "x" * 300])
    def test_names_come_back_exactly_and_are_found(self, client_of, nora, name):
        make.contact(name, owner=nora)
        assert Contact.objects.get().name == name
        assert name in text_of(client_of(nora).get("/customers/people/", {"q": name[:8]}))

    def test_status_follows_what_becomes_of_deals(self, nora, nordlys, at):
        def status() -> str:
            return Company.objects.get(pk=nordlys.pk).status

        deal = make_deals.opportunity(owner=nora, company=nordlys)
        assert status() == "prospect"
        deal.lose(make_deals.lost_reason(), at=at)
        assert status() == "none"
        deal.reopen(at=at)
        assert status() == "prospect"
        deal.win(at=at)
        assert status() == "customer"


class TestLists:
    def test_show_place_open_deals_and_sums(self, client_of, nora, nordlys, at):
        make_deals.opportunity(owner=nora, company=nordlys, expected=96000)
        make_deals.opportunity(owner=nora, company=nordlys, expected=500, currency="SEK")
        make_deals.opportunity(owner=nora, company=nordlys, expected=31200).win(at=at)
        words = text_of(client_of(nora).get("/customers/"))
        for said in ("Nordlys Interiors AB", "Malmö, Sweden", "€96,000", "SEK", "€31,200", "Customer", "Nora Bakke"):
            assert said in words

    def test_sums_tell_only_of_deals_one_may_see(self, client_of, nora, vera, nordlys):
        make_deals.opportunity(owner=vera, company=nordlys, expected=77777)
        assert "77,777" not in text_of(client_of(nora).get("/customers/"))

    def test_forgive_accents_and_filter_by_the_address(self, client_of, nora, nordlys):
        make.company("Clínica Levante", owner=nora, country="ES")
        client = client_of(nora)
        for asked, seen, not_seen in (
            ("q=clinica", "Clínica", "Nordlys"), ("q=nordlys.example", "Nordlys", "Clínica"), ("country.is=ES", "Clínica", "Nordlys"),
        ):  # fmt: skip
            words = text_of(client.get(f"/customers/?{asked}"))
            assert seen in words and not_seen not in words, asked
        assert client.get("/customers/?password.is=x&sort=password&page=99999").status_code == 200

    def test_show_only_what_one_may_see(self, client_of, nora, vera, tess, omar, olga, ada, nordlys, maya):
        for person, sees in ((nora, True), (vera, False), (omar, False), (olga, False), (tess, True), (ada, True)):
            for url in ("/customers/", "/customers/people/"):
                assert ("Nordlys" in client_of(person).get(url).content.decode()) == sees, person

    def test_fragment_equals_page_and_asks_little(self, client_of, nora, django_assert_max_num_queries):
        for n in range(20):
            make_deals.opportunity(owner=nora, company=make.company(f"Company {n}", owner=nora))
        client = client_of(nora)
        with django_assert_max_num_queries(12):
            page = client.get("/customers/")
        part = client.get("/customers/", **HTMX)
        assert "<html" not in part.content.decode() and text_of(part).partition("20 found")[0].strip() in text_of(page)


class TestPages:
    def test_company_shows_facts_people_leads_deals_and_story(self, client_of, nora, nordlys, maya):
        make_deals.opportunity("Phone booths", owner=nora, company=nordlys)
        lead = make_leads.lead("Ann", owner=nora, title="More booths")
        type(lead).objects.filter(pk=lead.pk).update(company=nordlys)
        client = client_of(nora)
        client.post(f"/customers/{nordlys.pk}/note/", {"text": "They <i>like</i> green"})
        page = client.get(nordlys.get_absolute_url())
        for said in (
            "Nordlys Interiors AB",
            "Malmö",
            "Maya Lindqvist",
            "Phone booths",
            "More booths",
            "added Maya Lindqvist",
        ):
            assert said in text_of(page)
        assert "They &lt;i&gt;like&lt;/i&gt; green" in page.content.decode()

    def test_show_what_is_planned_on_leads_and_deals_one_may_see(self, client_of, nora, vera, nordlys, maya, at):
        deal = make_deals.opportunity("Phone booths", owner=nora, company=nordlys, contact=maya)
        deal.plan("call", at, summary="Ask about the floor", at=at, by=nora)
        lead = make_leads.lead("Ann", owner=nora, title="More booths")
        type(lead).objects.filter(pk=lead.pk).update(company=nordlys)
        lead.plan("email", at, summary="Send the list", at=at, by=nora)
        hidden = make_deals.opportunity("Secret", owner=vera, company=nordlys)
        hidden.plan("call", at, summary="Whisper", at=at, by=vera)
        ended = make_deals.opportunity("Old", owner=nora, company=nordlys)
        ended.plan("call", at, summary="Too late", at=at, by=nora)
        ended.win(at=at, by=nora)
        client = client_of(nora)
        page = client.get(nordlys.get_absolute_url())
        words = text_of(page)
        assert "Ask about the floor" in words and "Send the list" in words
        assert "Whisper" not in words and "Too late" not in words
        assert reverse("workspace:done", args=["opportunity", deal.activities.get().pk]) in page.content.decode()
        words = text_of(client.get(maya.get_absolute_url()))
        assert "Ask about the floor" in words and "Send the list" not in words

    def test_contact_begins_a_lead_or_a_deal_in_one_click(self, client_of, nora, maya):
        page = client_of(nora).get(maya.get_absolute_url()).content.decode()
        assert f"/opportunities/new/?contact={maya.pk}" in page and "email=maya%40nordlys.example" in page

    def test_a_note_that_says_nothing_changes_nothing_else_of_the_page(self, client_of, nora, nordlys, maya):
        client = client_of(nora)
        for record, beside in ((nordlys, maya), (maya, nordlys)):
            answer = client.post(f"{record.get_absolute_url()}note/", {"text": " "}, headers={"HX-Request": "true"})
            assert answer.status_code == 422 and f'href="{beside.get_absolute_url()}"' in answer.text

    def test_are_not_there_for_others(self, client_of, vera, omar, olga, nordlys, maya):
        for person in (vera, omar, olga):
            for record in (nordlys, maya):
                client, url = client_of(person), record.get_absolute_url()
                assert client.get(url).status_code == client.get(f"{url}edit/").status_code == 404
                assert (
                    client.post(f"{url}edit/", {"name": "x"}).status_code
                    == client.post(f"{url}note/", {"text": "x"}).status_code
                    == 404
                )

    def test_a_company_one_may_not_see_is_a_name_without_a_link(self, client_of, nora, vera, at):
        hidden = make.company("Secret Holding", owner=vera)
        contact = make.contact("Ann", owner=nora, company=hidden, team=nora.seats[0].team)
        page = client_of(nora).get(contact.get_absolute_url()).content.decode()
        assert hidden.get_absolute_url() not in page

    def test_need_few_queries(self, client_of, nora, nordlys, maya, django_assert_max_num_queries):
        client = client_of(nora)
        for record in (nordlys, maya):
            with django_assert_max_num_queries(20):
                client.get(record.get_absolute_url())


class TestForms:
    def test_of_a_page_of_their_own_lead_on_to_what_they_made(self, client_of, nora, north):
        client, said = client_of(nora), {"name": "Fjordbank", "team": north.pk, "owner": nora.pk}
        answer = client.post("/customers/new/", said, headers={"HX-Request": "true", "HX-Own-Page": "true"})
        made = Company.objects.get(name="Fjordbank")
        assert answer["HX-Redirect"] == made.get_absolute_url()
        assert "Saved." in client.get(made.get_absolute_url()).text
        in_dialog = client.post("/customers/new/", said | {"name": "Fjordbank 2"}, **HTMX)
        assert in_dialog.status_code == 204 and "HX-Redirect" not in in_dialog and "dialog:close" in in_dialog["HX-Trigger"]

    def test_add_and_change(self, client_of, nora, north):
        client = client_of(nora)
        client.post(
            "/customers/new/", {"name": "Fjordbank", "website": "fjordbank.example", "team": north.pk, "owner": nora.pk}
        )
        firm = Company.objects.get()
        assert (firm.domain, firm.owner, firm.team) == ("fjordbank.example", nora, north)
        client.post(
            "/customers/people/new/",
            {
                "name": "Liv",
                "email": "liv@fjordbank.example",
                "company": "fjordbank",
                "team": north.pk,
                "owner": nora.pk,
            },
        )
        contact = Contact.objects.get()
        assert (
            client.post(
                f"/customers/people/{contact.pk}/edit/",
                {"name": "Liv Berg", "company": "Fjordbank", "owner": nora.pk},
                **HTMX,
            ).status_code
            == 204
        )
        contact.refresh_from_db()
        assert (contact.name, contact.email, contact.company) == ("Liv Berg", "", firm)

    def test_say_who_has_the_domain_or_email_already(self, client_of, nora, north, nordlys, maya):
        client = client_of(nora)
        answer = client.post("/customers/new/", {"name": "N", "domain": "nordlys.example", "team": north.pk})
        assert answer.status_code == 422 and "Nordlys Interiors AB has it already." in text_of(answer)
        answer = client.post(
            "/customers/people/new/", {"name": "N", "email": "maya@nordlys.example", "team": north.pk}, **HTMX
        )
        assert answer.status_code == 422 and "Maya Lindqvist has it already." in text_of(answer)

    def test_do_not_tell_of_records_one_can_not_see(self, client_of, vera, south, nordlys, maya):
        client = client_of(vera)
        client.post(
            "/customers/people/new/",
            {"name": "Mine", "email": "maya@nordlys.example", "team": south.pk, "owner": vera.pk},
        )
        client.post(
            "/customers/new/", {"name": "Mine", "domain": "nordlys.example", "team": south.pk, "owner": vera.pk}
        )
        assert (
            Contact.objects.visible_to(vera).get().name == "Mine"
            and Company.objects.visible_to(vera).get().name == "Mine"
        )
        maya.refresh_from_db()
        assert maya.email_key == "maya@nordlys.example"

    def test_keep_what_was_typed_when_refused(self, client_of, nora, north):
        answer = client_of(nora).post(
            "/customers/people/new/", {"name": "Liv", "email": "not an address", "team": north.pk}
        )
        assert (
            answer.status_code == 422
            and 'value="not an address"' in answer.content.decode()
            and not Contact.objects.exists()
        )

    def test_take_no_field_that_is_not_offered(self, client_of, nora, vera, north, nordlys):
        client = client_of(nora)
        client.post(
            f"/customers/{nordlys.pk}/edit/",
            {"name": "Nordlys", "owner": vera.pk, "status": "customer", "team": vera.seats[0].team_id},
        )
        client.post(
            f"/customers/{nordlys.pk}/edit/",
            {"name": "Nordlys", "owner": nora.pk, "status": "customer", "team": vera.seats[0].team_id},
        )
        nordlys.refresh_from_db()
        assert (nordlys.name, nordlys.status, nordlys.owner, nordlys.team) == ("Nordlys", "none", nora, north)

    def test_without_a_token_nothing_changes(self, client_of, nora, nordlys):
        assert (
            client_of(nora, enforce_csrf_checks=True).post(f"/customers/{nordlys.pk}/note/", {"text": "x"}).status_code
            == 403
        )
        assert nordlys.events.count() == 1
