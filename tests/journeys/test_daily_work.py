"""What goes on between hello and won: leads nobody wants, two people at once, entries by hand, a session that ended."""

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from leads.models import Lead
from opportunities.models import Conversion
from tests.factories import leads, teams
from tests.harness.sessions import session_of
from tests.journeys import steps

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def maya(nora) -> Lead:
    return leads.lead("Maya Lindqvist", owner=nora, email="maya@nordlys.example", company_name="Nordlys Interiors", at=timezone.now())


@pytest.fixture
def one_desk(north) -> None:
    """Let everybody of North see the leads of the others."""
    north.sees_whole_team = True
    north.save(update_fields=["sees_whole_team"])


class TestALeadNobodyWants:
    @pytest.mark.parametrize("javascript", [True, pytest.param(False, marks=pytest.mark.slow)])
    def test_is_ended_with_a_reason_and_comes_back(self, page_as, nora, maya, javascript):
        reason = leads.reason("Wrong region")
        page = page_as(nora, javascript=javascript)
        page.goto(maya.get_absolute_url())
        page.get_by_role("link", name="Disqualify").first.click()
        page.get_by_label(reason.name).check()
        page.get_by_label("Note").last.fill("They are in Chile")
        page.get_by_role("button", name="Disqualify").click()
        expect(page.locator(".notice").filter(has_text="Wrong region: They are in Chile")).to_be_visible()
        page.get_by_role("button", name="Restore").click()
        expect(page.get_by_role("button", name="Restore")).to_have_count(0)
        expect(page.get_by_role("link", name="Convert")).to_be_visible()

        page.get_by_role("button", name="More actions").click()
        page.get_by_role("button", name="Archive").click()
        expect(page.get_by_role("button", name="Restore")).to_be_visible()
        page.get_by_role("button", name="Restore").click()
        expect(page.get_by_role("link", name="Convert")).to_be_visible()

        page.get_by_role("button", name="More actions").click()
        page.get_by_role("button", name="Back to the pool").click()
        expect(page.locator("#toasts")).to_contain_text("Back in the pool of North")
        assert Lead.objects.get().owner is None

    def test_is_handed_on_by_the_manager(self, page_as, tess, omar, maya):
        maya.release(at=timezone.now(), by=tess)
        page = page_as(tess)
        page.goto("/leads/?view=unassigned")
        page.get_by_role("link", name="Maya Lindqvist", exact=True).click()
        page.wait_for_url(f"**{maya.get_absolute_url()}**")  # a link pressed before its page listens leads to a page of its own
        page.get_by_role("link", name="Assign").first.click()
        page.get_by_label("Omar Haddad").check()
        page.get_by_label("Why").fill("He knows them")
        page.get_by_role("dialog").get_by_role("button", name="Assign").click()
        expect(page.locator("#lead-head")).to_contain_text("Omar Haddad")
        expect(page.get_by_role("region", name="Timeline")).to_contain_text("He knows them")
        assert Lead.objects.get().owner == omar


class TestTwoReps:
    def test_convert_at_once_and_the_second_is_told_who_won(self, page_as, nora, omar, maya, one_desk):
        pages = [page_as(person) for person in (nora, omar)]
        for page in pages:
            page.goto(maya.get_absolute_url())
            page.get_by_role("link", name="Convert").click()
            expect(page.get_by_role("dialog", name="Convert to opportunity")).to_be_visible()
        for page in pages:
            page.get_by_role("dialog").get_by_role("button", name="Convert").click()
            page.wait_for_load_state()
            expect(page.get_by_role("dialog", name="Convert to opportunity")).to_have_count(0)
        expect(pages[1].locator("#toasts")).to_contain_text("Nora Bakke converted Maya Lindqvist before you.")
        assert Conversion.objects.count() == 1


class TestAnEntryByHand:
    def test_warns_of_the_lead_that_is_there_and_joins_it(self, page_as, omar, maya, one_desk, complaints):
        complaints.allow("422")
        page = page_as(omar)
        page.goto("/leads/")
        page.get_by_role("link", name="New lead").first.click()
        page.get_by_role("textbox", name="E-mail").fill("MAYA@nordlys.example")
        expect(page.get_by_text("This looks like a lead that is there already")).to_be_visible()
        page.get_by_role("button", name="Add lead").click()
        page.get_by_role("button", name="Add to Maya Lindqvist").click()
        page.wait_for_url(steps.LEAD)
        expect(page.get_by_role("heading", level=1)).to_have_text("Maya Lindqvist")
        assert Lead.objects.count() == 1

    def test_hears_what_is_typed_the_moment_it_opens(self, page_as, omar, maya, one_desk):
        page = page_as(omar)
        page.goto("/leads/")
        page.evaluate("""() => document.addEventListener("htmx:afterSwap", () => queueMicrotask(() => {
            const email = document.querySelector("#dialog [name=email]");
            email.value = "maya@nordlys.example";
            email.dispatchEvent(new Event("input", {bubbles: true}));
        }), {once: true})""")
        page.get_by_role("link", name="New lead").first.click()
        expect(page.get_by_text("This looks like a lead that is there already")).to_be_visible()

    def test_keeps_the_lead_of_who_entered_it(self, page_as, omar, work):
        page = page_as(omar)
        page.goto("/leads/new/")
        page.get_by_label("Name", exact=False).first.fill("Ida Ek")
        page.get_by_label("E-mail").fill("ida@ek.example")
        page.get_by_label("Keep it mine").check()
        page.get_by_role("button", name="Add lead").click()
        page.wait_for_url(steps.LEAD)
        work()
        page.goto(page.url)
        expect(page.get_by_role("region", name="Why did I get this?")).to_contain_text("they entered it and kept it")
        assert Lead.objects.get().owner == omar


class TestASessionThatEnds:
    def test_asks_to_sign_in_and_loses_nothing_of_the_note(self, page_as, nora, maya, complaints):
        complaints.allow("401")
        nora.set_password(teams.PASSWORD)
        nora.save(update_fields=["password"])
        page = page_as(nora)
        page.goto(maya.get_absolute_url())
        page.get_by_label("Note").fill("They like green")
        end_every_session()
        page.get_by_role("button", name="Add note").click()
        dialog = page.get_by_role("dialog", name="Your session ended")
        expect(dialog).to_be_visible()
        dialog.get_by_label("E-mail").fill(nora.email)
        dialog.get_by_label("Password").fill(teams.PASSWORD)
        dialog.get_by_role("button", name="Sign in", exact=True).click()
        expect(dialog).to_be_hidden()
        expect(page.get_by_role("region", name="Timeline")).to_contain_text("They like green")
        assert maya.events.filter(kind="noted").count() == 1

    def test_keeps_the_note_as_a_draft_without_an_answer(self, page_as, nora, maya, complaints):
        complaints.allow("401")
        page = page_as(nora)
        page.goto(maya.get_absolute_url())
        page.get_by_label("Note").fill("They like green")
        end_every_session()
        page.get_by_role("button", name="Add note").click()
        expect(page.get_by_role("dialog", name="Your session ended")).to_be_visible()
        page.context.add_cookies([{"name": "crm_session", "value": session_of(nora), "url": page.url}])
        page.goto(maya.get_absolute_url())
        expect(page.get_by_label("Note")).to_have_value("They like green")


def end_every_session() -> None:
    from django.core.cache import cache

    Session.objects.all().delete()
    cache.clear()
