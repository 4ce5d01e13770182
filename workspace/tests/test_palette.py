"""One search over everything, as a page and as the palette."""

import pytest
from playwright.sync_api import expect

from tests.factories import customers, opportunities
from tests.factories import leads as make

SEARCH = "/search/"


@pytest.fixture
def nordlys(nora):
    lead = make.lead("Maya Lindqvist", owner=nora, email="maya@nordlys.example", company_name="Nordlys Interiors", score=92)
    company = customers.company("Nordlys Interiors AB", owner=nora)
    deal = opportunities.opportunity("Booths for Nordlys", owner=nora, company=company)
    return lead, company, deal


@pytest.mark.django_db
class TestSearch:
    def test_finds_leads_customers_and_deals(self, client_of, nora, nordlys):
        page = client_of(nora).get(f"{SEARCH}?q=nordlys").content.decode()
        assert all(f'href="{record.get_absolute_url()}"' in page for record in nordlys)

    def test_bands_a_score_by_the_limits_of_the_leads_team(self, client_of, nora, nordlys):
        lead = nordlys[0]
        for hot, warm, tone in ((95, 93, "cold"), (95, 40, "warm"), (92, 40, "hot")):
            type(lead.team).objects.filter(pk=lead.team_id).update(hot_from=hot, warm_from=warm)
            assert f"tone-{tone}" in client_of(nora).get(f"{SEARCH}?q=maya").content.decode()

    def test_finds_nothing_one_may_not_see(self, client_of, vera, nordlys):
        page = client_of(vera).get(f"{SEARCH}?q=nordlys").content.decode()
        assert "Nothing is called “nordlys”." in page
        assert not any(f'href="{record.get_absolute_url()}"' in page for record in nordlys)

    def test_waits_for_two_letters(self, client_of, nora, nordlys):
        assert "Type a name" in client_of(nora).get(f"{SEARCH}?q=n").content.decode()

    def test_needs_few_queries(self, client_of, nora, nordlys, django_assert_max_num_queries):
        client = client_of(nora)
        client.get(SEARCH)
        with django_assert_max_num_queries(7):
            client.get(f"{SEARCH}?q=nordlys", headers={"HX-Request": "true"})

    @pytest.mark.parametrize("text", ["%", "'; --", "\\", "<b>", "م", "0" * 300])
    def test_takes_any_text(self, client_of, nora, nordlys, text):
        assert client_of(nora).get(SEARCH, {"q": text}).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.browser
class TestPalette:
    def test_finds_a_record_by_keys_alone(self, page_as, nora, nordlys, accessible):
        page = page_as(nora)
        page.goto("/")
        page.keyboard.press("Control+k")
        field = page.get_by_role("combobox", name="Search leads, customers, deals or type a command")
        expect(field).to_be_focused()
        expect(page.get_by_role("option", name="Pipeline")).to_be_visible()
        field.press_sequentially("maya")
        expect(page.get_by_role("option", name="Maya Lindqvist")).to_have_attribute("aria-selected", "true")
        accessible(page)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{nordlys[0].get_absolute_url()}")

    def test_offers_what_the_page_can_do_and_what_was_looked_at(self, page_as, nora, nordlys):
        page = page_as(nora)
        page.goto(nordlys[0].get_absolute_url())
        page.goto("/")
        page.keyboard.press("Control+k")
        last = page.get_by_role("group", name="Looked at last").get_by_role("option", name="Maya Lindqvist")
        expect(last).to_be_visible()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{nordlys[0].get_absolute_url()}")
        page.keyboard.press("Control+k")
        expect(page.get_by_role("option", name="Convert")).to_be_visible()
        expect(last).to_have_count(0)  # one is there already
        page.keyboard.type(">conv")
        expect(page.get_by_role("option", name="Convert")).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name="Convert to opportunity")).to_be_visible()

    def test_says_the_keys_of_the_page_it_is_opened_on(self, page_as, nora, nordlys):
        page = page_as(nora)
        page.goto("/opportunities/")
        page.keyboard.press("?")
        sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
        expect(sheet.get_by_text("New deal", exact=True)).to_be_visible()
        expect(sheet.get_by_text("Move the card to that column")).to_be_visible()
        expect(sheet.get_by_text("New lead", exact=True)).to_have_count(0)
        page.keyboard.press("Escape")
        page.keyboard.press("l")
        expect(page.get_by_role("link", name="Booths for Nordlys", exact=True)).to_be_focused()
        page.keyboard.press("g")
        page.keyboard.press("l")  # to the leads, though L alone goes to a card
        page.wait_for_url("**/leads/")
        page.goto(nordlys[2].get_absolute_url())
        page.keyboard.press("Control+k")
        page.keyboard.type(">close in")
        page.keyboard.press("Enter")  # stands in a menu that is closed
        expect(page.get_by_role("dialog").get_by_role("heading", name="Close")).to_be_visible()


@pytest.mark.django_db
class TestActions:
    def test_offers_everywhere_what_apps_register(self, client_of, nora):
        page = client_of(nora).get("/").content.decode()
        shown = page[page.index('id="actions"') :]
        assert all(f"</svg>{name}</a>" in shown for name in ("New lead", "New deal", "New company", "Your profile"))
        assert 'data-action data-key="c"' in shown

    def test_stands_in_the_menu_of_the_account_too(self, client_of, nora):
        page = client_of(nora).get("/").content.decode()
        menu = page[page.index('id="usermenu"') : page.index('id="actions"')]
        assert 'href="/settings/profile/"' in menu and 'href="/account/password/change/"' in menu
