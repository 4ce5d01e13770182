"""A morning on the phone: call, write it down, tick it off with what comes next, move the deal on."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from leads.models import Lead
from opportunities.models import Opportunity
from tests.factories import leads, opportunities
from tests.harness.browser import settled
from tests.journeys import steps

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def fits(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_a_rep_works_by_thumb(page_as, nora, stages):
    maya = leads.lead(
        "Maya Lindqvist", owner=nora, email="maya@nordlys.example", phone="+46 40 555 01 42", company_name="Nordlys", at=timezone.now(),
    )  # fmt: skip
    deal = opportunities.opportunity("Phone booths", owner=nora, at=timezone.now())
    deal.plan("call", timezone.now() + timedelta(minutes=30), summary="Ask about the floor", at=timezone.now(), by=nora)
    page = page_as(nora, phone=True)

    # Today: who waits for a first reply; the lead's own page offers the call and the letter
    page.goto("/")
    assert fits(page)
    page.get_by_role("link", name="Maya Lindqvist").first.tap()
    page.wait_for_url(steps.LEAD)
    assert fits(page)
    expect(page.locator(f'a[href="tel:{maya.phone_e164}"]').first).to_be_visible()
    expect(page.locator('a[href^="mailto:maya@nordlys.example"]').first).to_be_attached()
    page.get_by_role("link", name="Log call").first.tap()
    settled(page)
    page.get_by_label("What was said").fill("Wants two booths")
    page.get_by_role("button", name="Log call").tap()
    expect(page.locator(".tl")).to_contain_text("Wants two booths")
    settled(page)
    page.get_by_role("link", name="Note", exact=True).tap()
    settled(page)
    page.get_by_label("Note", exact=True).fill("Prefers green")
    page.get_by_role("button", name="Add note").tap()
    expect(page.locator(".tl")).to_contain_text("Prefers green")
    assert Lead.objects.get(pk=maya.pk).first_contacted_by == nora

    # the board: the card's menu moves the deal
    page.goto("/opportunities/")
    assert fits(page)
    page.locator(f"#card-{deal.pk}").get_by_role("link", name="Move or edit").tap()
    page.locator("#deal-menu select").select_option(str(stages[1].pk))
    page.get_by_role("button", name="Move", exact=True).tap()
    expect(page.locator("#toasts")).to_contain_text(f"Moved to {stages[1].name}.")
    expect(steps.column_of(page, stages[1]).locator(f"#card-{deal.pk}")).to_be_visible()

    # the deal: done with how it went, and what comes next in one step
    page.goto(deal.get_absolute_url())
    assert fits(page)
    page.locator(".next-act").get_by_role("link", name="Done").tap()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("How it went")).to_be_visible()
    settled(page)
    dialog.get_by_label("How it went").fill("Third floor it is")
    dialog.get_by_label("Then").select_option("meeting")
    dialog.get_by_label("Day").fill(f"{timezone.localdate() + timedelta(days=3):%Y-%m-%d}")
    dialog.get_by_role("button", name="Done").tap()
    expect(page.locator(".next-act")).to_contain_text("Meeting")
    expect(page.locator(".tl")).to_contain_text("Third floor it is")
    found = Opportunity.objects.get(pk=deal.pk)
    assert found.stage == stages[1] and found.activities.planned().get().kind == "meeting"
