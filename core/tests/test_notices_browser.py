"""The bell in a real browser: news by itself, the dialog by keyboard, everything without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from core import clock
from tests.factories import leads

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def hand(lead, person, by) -> None:
    lead.assign_to(person, at=clock.now(), by=by)


def hear(page) -> None:
    """What the stream says when there is news; the test server has no stream."""
    page.evaluate(
        "new BroadcastChannel(`live-${document.body.dataset.person}`).postMessage({name: 'changed', topics: ['notices']})"
    )


class TestBell:
    def test_rings_by_itself_and_opens_by_keyboard(self, page_as, accessible, nora, tess):
        page = page_as(nora)
        page.goto("/leads/")
        bell = page.locator("#bell-link")
        expect(bell).to_have_accessible_name("Notices")
        hand(leads.lead("Ada Lovelace"), nora, tess)
        hear(page)
        expect(bell).to_have_accessible_name("Notices, 1 unread")
        expect(page.locator("#toasts")).to_contain_text(f"{tess} assigned Ada Lovelace to you.")
        bell.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Notices")
        expect(dialog.get_by_role("link", name="Ada Lovelace")).to_be_visible()
        accessible(page)
        dialog.get_by_role("button", name=re.compile("Mark as read")).click()
        expect(dialog.get_by_role("button", name=re.compile("Mark as unread"))).to_be_visible()
        expect(bell).to_have_accessible_name("Notices")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()

    def test_works_without_javascript(self, page_as, nora, tess):
        for name in ("Ada Lovelace", "Grace Hopper"):
            hand(leads.lead(name), nora, tess)
        page = page_as(nora, javascript=False)
        page.goto("/leads/")
        page.locator("#bell-link").click()
        expect(page.get_by_role("heading", name="Notices", level=1)).to_be_visible()
        page.get_by_role("button", name=re.compile("Mark as read: .*Ada")).click()
        expect(page.locator("#main .page-head .sub")).to_have_text("1 unread")
        page.get_by_role("button", name="Mark all read").click()
        expect(page.locator("#bell-link")).to_have_accessible_name("Notices")
        page.get_by_role("link", name=re.compile("Grace Hopper")).click()
        expect(page.get_by_role("heading", name="Grace Hopper", level=1)).to_be_visible()


def test_the_heading_stands_whole_on_the_narrowest_screen(nora, tess, page_as):
    hand(leads.lead("Ada Lovelace"), nora, tess)
    page = page_as(nora, viewport={"width": 320, "height": 700})
    page.goto("/notices/")
    assert page.locator("h1").evaluate("one => one.scrollWidth <= one.clientWidth")
