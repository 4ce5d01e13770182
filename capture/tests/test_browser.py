"""The door's pages in a real browser: no barriers, no console errors, light desktop and dark phone, with and without scripts."""

import os

import pytest
from playwright.sync_api import expect

from capture.channels import receive
from capture.models import Submission, WebForm
from capture.web_form import tokens
from leads.models import Lead
from tests.factories import leads

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = [{}, pytest.param({"dark": True, "phone": True}, marks=pytest.mark.slow)]


def shot(page, name: str) -> None:
    """Keep a picture where CRM_TEST_SHOTS says, to look at beside the design."""
    if folder := os.environ.get("CRM_TEST_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.fixture
def form(db) -> WebForm:
    return WebForm.objects.get(slug="contact-us")


@pytest.fixture
def patient(monkeypatch):
    """Let a test fill in a form as fast as it can."""
    monkeypatch.setattr("capture.web_form.guards.TOO_FAST", -1)
    return tokens


class TestListOfForms:
    @pytest.mark.slow
    def test_keeps_an_address_beside_its_badge_on_a_narrow_screen(self, page_as, ada, form):
        page = page_as(ada, viewport={"width": 320, "height": 700})
        page.goto("/settings/forms/")
        right_of = "(one) => one.getBoundingClientRect()"
        assert page.get_by_role("link", name="/f/contact-us/").evaluate(right_of)["right"] <= page.get_by_role("region", name="Web forms").get_by_text("Open", exact=True).evaluate(right_of)["left"]


class TestPublicForm:
    @pytest.mark.parametrize("look", LOOKS)
    def test_is_filled_in_and_thanked_for(self, page_as, accessible, form, patient, look, complaints):
        page = page_as(None, javascript=not look, **look)
        page.goto("/f/contact-us/?utm_source=google")
        if not look:
            accessible(page)
        shot(page, f"form-{bool(look)}")
        page.get_by_label("Name").fill("Maya Lindqvist")
        page.get_by_label("Work e-mail").fill("maya@nordlys")
        page.get_by_label("What do you need?").fill("About 24 phone booths.")
        complaints.allow("422")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("Needs an ending such as .com")).to_be_visible()
        if not look:
            accessible(page)
        shot(page, f"form-error-{bool(look)}")
        page.get_by_label("Work e-mail").fill("maya@nordlys.example")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        shot(page, f"thanks-{bool(look)}")
        stored = Submission.objects.get()
        assert (stored.result, stored.raw["email"]) == ("", "maya@nordlys.example")
        assert stored.context["last_touch"]["utm_source"] == "google"

    def test_hides_the_field_that_only_machines_fill(self, page_as, form):
        page = page_as(None)
        page.goto("/f/contact-us/")
        box = page.locator("#f-hp").bounding_box()
        assert box["x"] < 0


class TestManualEntry:
    @pytest.mark.parametrize("look", LOOKS)
    def test_page_has_no_barriers(self, page_as, accessible, nora, look):
        page = page_as(nora, **look)
        page.goto("/entries/new/")
        accessible(page)
        shot(page, f"manual-{bool(look)}")

    def test_warns_while_typing_and_adds_anyway(self, page_as, nora, complaints):
        leads.lead("Maya Lindqvist", company_name="Nordlys", email="maya@nordlys.example", owner=nora)
        page = page_as(nora)
        page.goto("/entries/new/")
        page.get_by_label("Name", exact=False).first.fill("Maya Lindqvist")
        expect(page.get_by_text("This looks like a lead that is there already")).to_be_visible()
        page.get_by_label("E-mail").fill("other@nordlys.example")
        complaints.allow("422")
        page.get_by_role("button", name="Add lead").click()
        expect(page.locator(".dialog-page").get_by_role("button", name="Add anyway")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)  # the page's own form asks, no second one over it
        shot(page, "manual-alike")
        page.get_by_role("button", name="Add anyway").click()
        page.wait_for_url("**/leads/*/")
        assert Lead.objects.count() == 2

    def test_works_without_scripts(self, page_as, nora):
        page = page_as(nora, javascript=False)
        page.goto("/leads/new/?name=Maya")
        page.get_by_label("E-mail").fill("maya@nordlys.example")
        page.get_by_label("Keep it mine").check()
        page.get_by_role("button", name="Add lead").click()
        page.wait_for_url("**/leads/*/")
        assert Lead.objects.get().owner == nora


class TestLog:
    @pytest.mark.parametrize("look", LOOKS)
    def test_lets_in_what_was_set_aside(self, page_as, accessible, olga, form, look):
        receive("web_form", {"name": "Maya Lindqvist", "email": "maya@nordlys.example", "message": "Hello"}, web_form=form, set_aside="too_fast")
        receive("web_form", {"name": "Spam Bot", "message": "http://a http://b"}, web_form=form, set_aside="links")
        page = page_as(olga, **look)
        page.goto("/entries/?tab=aside")
        accessible(page)
        shot(page, f"log-{bool(look)}")
        page.get_by_role("button", name="Let in Maya Lindqvist").click()
        expect(page.get_by_text("Maya Lindqvist")).to_have_count(0)
        assert Submission.objects.get(raw__name="Maya Lindqvist").state == "waiting"

    def test_settings_page_has_no_barriers(self, page_as, accessible, tess, form):
        page = page_as(tess)
        page.goto("/settings/forms/")
        accessible(page)
        shot(page, "forms")
