"""A stranger's first hello on the web form becomes Nora's won deal."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from leads.models import Lead
from opportunities.models import Conversion, Opportunity
from tests.journeys import steps

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
MAYA = {"Name": "Maya Lindqvist", "E-mail": "maya@nordlys.example", "How can we help?": "About 24 phone booths for three showrooms."}


@pytest.fixture
def enquiry(page_as, form, work, nora) -> Lead:
    """Maya wrote through the form, without JavaScript; the workers did their part."""
    page = page_as(None, javascript=False)
    steps.send_enquiry(page, form, **MAYA)
    page.context.close()
    work()
    return Lead.objects.get()


def tomorrow() -> str:
    return (timezone.localdate() + timedelta(days=1)).isoformat()


class TestAWebEnquiry:
    def test_reaches_nora_and_tells_her_why(self, page_as, nora, enquiry):
        page = page_as(nora)
        page.goto("/")
        waiting = page.get_by_role("region", name="Waiting for a first reply")
        expect(waiting).to_contain_text("About 24 phone booths")
        clock = waiting.locator("[data-countdown]").first
        before = clock.inner_text()
        expect(clock).not_to_have_text(before)  # the clock runs
        waiting.get_by_role("link", name="Maya Lindqvist", exact=True).click()
        page.wait_for_url(steps.LEAD)
        why = page.get_by_role("region", name="Why did I get this?")
        expect(why).to_contain_text("Nora Bakke, because it was their turn in North.")
        expect(page.get_by_role("region", name="Why the score is")).to_contain_text("Average")
        expect(page.get_by_role("region", name="Where it came from")).to_contain_text("google")

        steps.log_call(page, "She wants a quote on Friday")
        expect(page.get_by_text("Make the first call")).to_have_count(0)
        assert Lead.objects.get().first_contacted_at is not None
        steps.plan(page, "Send the quote", tomorrow())
        page.goto("/")
        expect(page.get_by_text("Nobody is waiting")).to_be_visible()

    def test_becomes_a_won_deal_with_a_new_customer(self, page_as, nora, tess, enquiry, stages):
        page = page_as(nora)
        page.goto(enquiry.get_absolute_url())
        page.get_by_role("link", name="Convert").click()
        dialog = page.get_by_role("dialog", name="Convert to opportunity")
        dialog.get_by_text("Create new").click()
        dialog.get_by_label("Name").fill("Booths for Nordlys")
        dialog.get_by_label("Expected revenue").fill("96.000,00")
        dialog.get_by_role("button", name="Convert").click()
        page.wait_for_url(steps.DEAL)
        deal = Opportunity.objects.get()
        assert (deal.name, deal.owner, deal.contact.name, deal.expected) == ("Booths for Nordlys", nora, "Maya Lindqvist", 96000)

        page.goto("/opportunities/")
        card = page.locator(f"#card-{deal.pk}")
        with page.expect_response(lambda answer: "/stage/" in answer.url):
            card.drag_to(steps.column_of(page, stages[1]).locator("[data-cards]"))
        expect(steps.column_of(page, stages[1]).locator(f"#card-{deal.pk}")).to_be_visible()
        page.locator(f"#deal-{deal.pk}").focus()
        with page.expect_response(lambda answer: "/stage/" in answer.url):
            page.keyboard.press("ArrowRight")
        expect(steps.column_of(page, stages[2]).locator(f"#card-{deal.pk}")).to_be_visible()
        card.hover()
        card.get_by_role("link", name="Move or edit").click()
        page.get_by_label("Move to").select_option(label=stages[3].name)
        page.get_by_role("button", name="Move", exact=True).click()
        expect(steps.column_of(page, stages[3]).locator(f"#card-{deal.pk}")).to_be_visible()

        page.goto(deal.get_absolute_url())
        page.get_by_role("link", name="Won", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Mark as won").click()
        expect(page.get_by_role("link", name="Reopen")).to_be_visible()
        deal.refresh_from_db()
        assert (deal.state, deal.stage) == ("won", stages[3])

        boss = page_as(tess)
        boss.goto("/leads/?view=all")
        expect(boss.get_by_role("link", name="Maya Lindqvist", exact=True)).to_be_visible()
        boss.goto("/opportunities/")
        expect(boss.get_by_role("region", name="Won")).to_contain_text("1")
        boss.goto("/admin/")
        boss.get_by_role("link", name="Stages").first.click()
        expect(boss.get_by_role("link", name=stages[3].name)).to_be_visible()

    def test_can_be_taken_back_after_it_was_converted(self, page_as, nora, enquiry):
        page = page_as(nora)
        page.goto(enquiry.get_absolute_url())
        page.get_by_role("link", name="Convert").click()
        page.get_by_role("dialog").get_by_role("button", name="Convert").click()
        page.wait_for_url(steps.DEAL)
        page.locator("#toasts").get_by_role("button", name="Undo").click()
        page.wait_for_url(steps.LEAD)
        expect(page.get_by_role("link", name="Convert")).to_be_visible()
        assert not Conversion.objects.filter(undone_at=None).exists()
        assert not Opportunity.objects.exists()

    def test_is_worked_to_a_won_deal_without_javascript(self, page_as, nora, enquiry, stages):
        page = page_as(nora, javascript=False)
        page.goto("/")
        page.get_by_role("region", name="Waiting for a first reply").get_by_role("link", name="Maya Lindqvist", exact=True).click()
        expect(page.get_by_role("region", name="Why did I get this?")).to_contain_text("it was their turn")
        steps.log_call(page, "She wants a quote on Friday")
        steps.plan(page, "Send the quote", tomorrow())
        page.get_by_role("link", name="Convert").click()
        page.get_by_label("Create new").check()
        page.get_by_label("Expected revenue").fill("96000")
        page.get_by_role("button", name="Convert").click()
        page.wait_for_url(steps.DEAL)
        page.get_by_role("button", name=stages[2].name).click()
        expect(page.locator('[aria-current="step"]')).to_contain_text(stages[2].name)
        page.get_by_role("link", name="Won", exact=True).click()
        page.get_by_role("button", name="Mark as won").click()
        expect(page.get_by_role("link", name="Reopen")).to_be_visible()
        assert Opportunity.objects.get().state == "won"
