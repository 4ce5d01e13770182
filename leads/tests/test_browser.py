"""The pages of leads in a real browser: without barriers in light and dark, by mouse, by keys, and without JavaScript."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from core import clock
from leads.models import Lead
from tests.factories import leads as factories

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [pytest.param({}, id="light desktop"), pytest.param({"dark": True, "phone": True}, id="dark phone", marks=pytest.mark.slow)]



@pytest.fixture
def maya(nora):
    lead = factories.lead(
        "Maya Lindqvist", owner=nora, company_name="Nordlys Interiors", score=92, phone="+46 40 555 01 42", at=clock.now(),
        email="maya@nordlys.example", source=factories.source("Website"), city="Malmö",
    )  # fmt: skip
    lead.record("joined", at=clock.now(), channel="web_form", form="Request a quote", said={"message": "24 booths", "company": "Nordlys"})
    lead.plan("call", clock.now() + timedelta(days=1), at=clock.now(), by=nora)
    lead.edit({"city": "Lund"}, at=clock.now(), by=nora)
    lead.edit({"region": "Skåne"}, at=clock.now(), by=nora)
    return lead


@pytest.fixture
def more(nora, maya):
    return [factories.lead(name, owner=nora, score=score) for name, score in (("Jan de Vries", 50), ("Björn Ås", 20), ("x" * 300, None))]


class TestBarriers:
    @pytest.mark.parametrize("look", LOOKS)
    def test_none_on_the_list(self, nora, more, page_as, accessible, look):
        """The list as it opens is read with every page (tests/journeys)."""
        page = page_as(nora, **look)
        for address in ("/leads/?score.gte=40&owner.is=me&foo=1&add=country", "/leads/?q=nobody"):
            page.goto(address)
            accessible(page)
        page.goto("/leads/")
        page.get_by_role("button", name="Filter", exact=True).click()
        accessible(page)

    @pytest.mark.parametrize("look", LOOKS)
    def test_none_on_the_page_of_a_lead_and_its_forms(self, nora, omar, maya, page_as, accessible, look):
        """The page itself, the dialogs of owner and disqualification are read with every page (tests/journeys)."""
        page = page_as(nora, **look)
        for noun in ("?compose=call", "?compose=activity", "facts/?panel=wants"):
            page.goto(f"/leads/{maya.pk}/{noun}")
            accessible(page)
        page.goto(f"/leads/{maya.pk}/")
        page.get_by_role("link", name="Edit: Company").click()
        expect(page.get_by_label("Industry")).to_be_visible()
        accessible(page)
        page.goto(f"/leads/{maya.pk}/")
        page.get_by_role("button", name="More actions").click()
        accessible(page)

    @pytest.mark.parametrize("look", LOOKS)
    def test_nothing_sticks_out_sideways(self, nora, maya, more, page_as, look):
        page = page_as(nora, **look)
        for address in ("/leads/", f"/leads/{maya.pk}/", f"/leads/{more[2].pk}/", f"/leads/{maya.pk}/facts/?panel=company"):
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


class TestList:
    def test_search_narrows_while_typing_and_keeps_the_focus(self, nora, more, page_as):
        page = page_as(nora)
        page.goto("/leads/")
        page.keyboard.press("/")
        page.keyboard.type("bjorn", delay=30)
        expect(page.get_by_role("link", name="Maya Lindqvist", exact=True)).to_have_count(0)
        expect(page.get_by_role("link", name="Björn Ås", exact=True)).to_be_visible()
        expect(page.get_by_role("searchbox")).to_be_focused()
        expect(page.get_by_role("searchbox")).to_have_value("bjorn")
        expect(page).to_have_url(re.compile("q=bjorn"))

    def test_the_choices_of_a_filter_stay_on_a_narrow_screen(self, nora, maya, page_as):
        for name in ("Newsletter", "Partner", "Telephone", "Trade show", "Webinar"):
            factories.source(name)
        page = page_as(nora, viewport={"width": 320, "height": 700})
        page.goto("/leads/?add=source")
        assert page.locator(".filter-form label").evaluate_all("them => Math.max(...them.map((one) => one.getBoundingClientRect().right))") <= 320

    def test_a_choice_in_a_menu_leaves_the_focus_on_its_button(self, nora, more, page_as):
        page = page_as(nora)
        page.goto("/leads/")
        opener = page.get_by_role("button", name="Sorted by Score")
        opener.press("Enter")
        page.locator("#sort-by").get_by_role("link", name="Engagement").press("Enter")
        expect(page.get_by_role("button", name="Sorted by Engagement")).to_be_focused()
        page.get_by_role("columnheader", name="Captured").get_by_role("link").press("Enter")
        expect(page).to_have_url(re.compile("sort=-captured"))
        expect(page.get_by_role("columnheader", name="Captured").get_by_role("link")).to_be_focused()

    def test_a_filter_is_added_and_removed_by_its_chip(self, nora, more, page_as):
        page = page_as(nora)
        page.goto("/leads/")
        page.get_by_role("button", name="Filter", exact=True).click()
        page.get_by_role("link", name="Score", exact=True).first.click()
        form = page.get_by_role("form", name="Filter by Score")
        form.get_by_label("How").select_option("at least")
        form.get_by_label("Score").fill("90")
        form.get_by_role("button", name="Apply").click()
        expect(page.get_by_role("link", name="Jan de Vries", exact=True)).to_have_count(0)
        expect(page).to_have_url(re.compile(r"score\.gte=90"))
        page.get_by_role("link", name="Remove filter Score").click()
        expect(page.get_by_role("link", name="Jan de Vries", exact=True)).to_be_visible()

    def test_selected_leads_are_archived_together_and_come_back(self, nora, more, page_as):
        page = page_as(nora)
        page.goto("/leads/")
        for name in ("Jan de Vries", "Björn Ås"):
            page.get_by_role("checkbox", name=f"Select {name}").check()
        page.get_by_role("toolbar").get_by_role("button", name="Archive").click()
        expect(page.get_by_text("2 leads archived.")).to_be_visible()
        expect(page.get_by_role("link", name="Jan de Vries", exact=True)).to_have_count(0)
        page.keyboard.press("z")
        expect(page.get_by_role("link", name="Jan de Vries", exact=True)).to_be_visible()
        assert Lead.objects.open().count() == 4

    def test_selected_leads_are_assigned_in_a_dialog(self, nora, omar, more, page_as):
        page = page_as(nora)
        page.goto("/leads/")
        page.get_by_role("checkbox", name="Select Jan de Vries").check()
        page.get_by_role("toolbar").get_by_role("button", name="Assign").click()
        dialog = page.get_by_role("dialog", name="Assign")
        dialog.get_by_role("radio", name="Omar Haddad").check()
        dialog.get_by_role("button", name="Assign").click()
        expect(page.get_by_text("1 lead assigned to Omar Haddad.")).to_be_visible()
        expect(dialog).to_be_hidden()
        assert Lead.objects.get(pk=more[0].pk).owner == omar

    def test_keys_walk_through_the_rows(self, nora, more, page_as):
        page = page_as(nora)
        page.goto("/leads/")
        page.keyboard.press("j")
        expect(page.get_by_role("link", name="Maya Lindqvist", exact=True)).to_be_focused()
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(page.get_by_role("checkbox", name="Select Jan de Vries")).to_be_checked()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1, name="Jan de Vries")).to_be_visible()

    def test_the_keys_open_no_preview_by_themselves(self, nora, more, page_as):
        page = page_as(nora)
        page.clock.install()
        page.goto("/leads/")
        page.evaluate("window.sent = 0; document.addEventListener('htmx:beforeRequest', () => window.sent++)")
        for key in "jjk":
            page.keyboard.press(key)
        page.clock.run_for(2000)
        assert page.evaluate("window.sent") == 0
        page.keyboard.press("Space")
        page.clock.run_for(2000)
        expect(page.locator(".drawer h2")).to_have_text("Maya Lindqvist")
        assert page.evaluate("window.sent") == 1

    def test_what_is_asked_for_last_is_shown(self, nora, more, page_as):
        page, held = page_as(nora), []
        page.goto("/leads/")
        page.evaluate("window.dropped = 0; document.addEventListener('htmx:sendAbort', () => window.dropped++)")
        page.route("**/leads/?sort=name", lambda route: held.append(route))
        page.get_by_role("link", name="Lead", exact=True).click()
        page.keyboard.press("j")
        page.keyboard.press("Space")
        expect(page.locator(".drawer h2")).to_be_visible()
        page.wait_for_function("window.dropped === 1")
        assert len(held) == 1

    def test_the_preview_follows_the_keys(self, nora, more, page_as):
        page = page_as(nora)
        page.goto("/leads/")
        page.keyboard.press("j")
        for key, name in (("Space", "Maya Lindqvist"), ("j", "Jan de Vries"), ("k", "Maya Lindqvist")):
            page.keyboard.press(key)
            expect(page.locator(".drawer h2")).to_have_text(name, timeout=60_000)
            expect(page.locator("[data-row].is-active")).to_contain_text(name, timeout=60_000)


    def test_the_preview_shows_what_they_wrote_on_a_low_screen_too(self, nora, maya, page_as):
        Lead.objects.filter(pk=maya.pk).update(message="We are fitting out three showrooms.")
        page = page_as(nora, viewport={"width": 1280, "height": 360})
        page.goto(f"/leads/?peek={maya.pk}")
        expect(page.get_by_text("We are fitting out three showrooms.")).to_be_visible()

    def test_the_preview_takes_the_focus_when_asked_for_again_and_gives_it_back(self, nora, more, page_as):
        page = page_as(nora)
        page.goto("/leads/")
        page.keyboard.press("j")
        page.keyboard.press("Space")
        expect(page.locator(".drawer h2.lg")).to_have_text("Maya Lindqvist")
        expect(page.get_by_role("link", name="Maya Lindqvist", exact=True)).to_be_focused()
        page.keyboard.press("Space")
        expect(page.get_by_role("complementary", name="Preview: Maya Lindqvist")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Next lead")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator(".drawer h2.lg")).to_have_text("Jan de Vries")
        expect(page.get_by_role("link", name="Next lead")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("link", name="Jan de Vries", exact=True)).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator(".drawer h2.lg")).to_have_count(0)
        expect(page.get_by_role("link", name="Jan de Vries", exact=True)).to_be_focused()


class TestLead:
    def test_a_long_word_stays_in_its_line(self, nora, maya, page_as):
        maya.note("https://drive.example/" + "x" * 400, at=clock.now(), by=nora)
        Lead.objects.filter(pk=maya.pk).update(message="y" * 400)
        page = page_as(nora)
        page.goto(f"/leads/{maya.pk}/")
        for place in (".rec-main", ".rec-side"):
            assert page.locator(place).evaluate("(part) => part.scrollWidth <= part.clientWidth"), place

    def test_a_note_appears_in_the_story_at_once(self, nora, maya, page_as):
        page = page_as(nora)
        page.goto(f"/leads/{maya.pk}/")
        page.get_by_label("Note").fill("Decides with the landlord.")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("Note added.")).to_be_visible()
        expect(page.locator("#story").get_by_text("Decides with the landlord.")).to_be_visible()
        expect(page.get_by_label("Note")).to_have_value("")

    def test_what_is_being_typed_survives_another_act(self, nora, maya, page_as):
        page = page_as(nora)
        page.goto(f"/leads/{maya.pk}/")
        page.get_by_label("Note").fill("Half a sen")
        page.get_by_role("button", name="Call off").click()
        expect(page.get_by_text("Called off.")).to_be_visible()
        expect(page.get_by_label("Note")).to_have_value("Half a sen")

    def test_a_call_stops_the_clock(self, nora, maya, page_as):
        page = page_as(nora)
        page.goto(f"/leads/{maya.pk}/")
        page.locator("#composer").get_by_role("link", name="Log call").click()
        page.get_by_label("How it went").select_option("No answer")
        page.get_by_role("button", name="Log call").click()
        expect(page.locator("#story").get_by_text("called: No answer")).to_be_visible()
        expect(page.get_by_text("Make the first call")).to_have_count(0)

    def test_a_fact_is_edited_in_place(self, nora, maya, page_as, complaints):
        complaints.allow("422")
        page = page_as(nora)
        page.goto(f"/leads/{maya.pk}/")
        page.get_by_role("link", name="Edit: Contact").click()
        page.get_by_label("E-mail").fill("not an address")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("This does not look like an e-mail.")).to_be_visible()
        page.get_by_label("E-mail").fill("maya.l@nordlys.example")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("link", name="maya.l@nordlys.example")).to_be_visible()
        expect(page.get_by_role("link", name="Edit: Contact")).to_be_visible()

    def test_disqualifying_asks_why_and_can_be_taken_back(self, nora, maya, page_as, complaints):
        complaints.allow("422")
        page = page_as(nora)
        page.goto(f"/leads/{maya.pk}/")
        page.keyboard.press("l")
        dialog = page.get_by_role("dialog", name="Disqualify")
        dialog.get_by_role("radio", name="Other").check()
        dialog.get_by_role("button", name="Disqualify").click()
        expect(dialog.get_by_text("This reason asks for a note.").last).to_be_visible()
        dialog.get_by_label("Note").fill("Closed down")
        dialog.get_by_role("button", name="Disqualify").click()
        expect(page.get_by_role("button", name="Restore")).to_be_visible()
        page.keyboard.press("z")
        expect(page.get_by_role("button", name="Restore")).to_have_count(0)
        assert Lead.objects.get(pk=maya.pk).is_open


class TestWithoutJavaScript:
    @pytest.fixture(autouse=True)
    def no_transitions(self, complaints):
        """Chromium mentions that pages without scripts have no transition between them."""
        complaints.allow("ViewTransition opt-in disabled")

    def test_all_of_it_works_by_links_and_forms(self, nora, more, maya, page_as):
        page = page_as(nora, javascript=False)
        page.goto("/leads/?add=score")
        page.get_by_label("How").select_option("at least")
        page.get_by_role("textbox", name="Score", exact=True).fill("90")
        page.get_by_role("button", name="Apply").click()
        expect(page).to_have_url(re.compile(r"/leads/\?score\.gte=90$"))
        page.get_by_role("link", name="Maya Lindqvist", exact=True).click()
        page.get_by_label("Note").fill("By hand.")
        page.get_by_role("button", name="Add note").click()
        expect(page.locator("#story").get_by_text("By hand.")).to_be_visible()
        page.get_by_role("link", name="Disqualify").first.click()
        page.get_by_role("radio", name="No budget").check()
        page.get_by_role("button", name="Disqualify").click()
        expect(page.get_by_text("disqualified it: No budget")).to_be_visible()
        page.get_by_role("button", name="Undo").click()
        assert Lead.objects.get(pk=maya.pk).is_open

    def test_the_search_and_the_selection_too(self, nora, more, page_as):
        page = page_as(nora, javascript=False)
        page.goto("/leads/?score.gte=1")
        page.get_by_role("searchbox").fill("jan")
        page.get_by_role("searchbox").press("Enter")
        expect(page).to_have_url(re.compile(r"score\.gte=1"))
        expect(page.get_by_role("link", name="Jan de Vries", exact=True)).to_be_visible()
        expect(page.get_by_role("link", name="Maya Lindqvist", exact=True)).to_have_count(0)
        page.get_by_role("checkbox", name="Select Jan de Vries").check()
        page.get_by_role("button", name="Archive").click()
        expect(page.get_by_text("1 lead archived.")).to_be_visible()


class TestLostConnection:
    """In mid-edit: what was typed stays, it is said kindly, and it can be sent again."""

    FORMS = [
        ("Edit: Company", "Industry", "Shipyards", "Save"), ("Edit: Contact", "Job title", "Captain", "Save"),
        ("Disqualify", "Note", "Went with another", "Disqualify"),
    ]  # fmt: skip

    def test_loses_nothing_of_a_note_a_detail_or_a_dialog(self, page_as, nora, maya, complaints):
        complaints.allow("ERR_|sendError|afterRequest")
        factories.reason("No budget")
        page = page_as(nora)
        page.goto(f"/leads/{maya.pk}/")
        for opens, label, typed, button in [("", "Note", "Rang twice", "Add note"), *self.FORMS]:
            if opens:
                page.locator("main").get_by_role("link", name=opens, exact=True).click()
            place = page.locator(".composer") if not opens else page.get_by_role("dialog") if opens == "Disqualify" else page.locator(".facts-form")
            field = place.get_by_label(label, exact=True) if opens else place.locator("textarea")
            field.fill(typed)
            if opens == "Disqualify":
                place.get_by_label("No budget").check()
            page.context.set_offline(True)
            place.get_by_role("button", name=button).click()
            said = page.locator("[data-trouble=offline]")
            expect(said).to_contain_text("What you wrote is still here")
            expect(field).to_have_value(typed)
            page.context.set_offline(False)
            back = page.locator("[data-trouble=online]")
            expect(back).to_contain_text("You are back online")
            back.get_by_role("button", name="Try again").click()
            expect(page.locator("[data-trouble]")).to_have_count(0)
            expect(page.locator("main")).to_contain_text(typed)
