"""Merging in a real browser: by keys and by mouse, and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from core import clock
from customers.models import CompanyPair
from leads.models import Lead, PossibleDuplicate
from tests.factories import customers, leads
from tests.journeys.test_every_page import look_at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]



@pytest.fixture
def maya(nora):
    return leads.lead("Maya Lindqvist", owner=nora, email="maya@nordlys.example", company_name="Nordlys", city="Malmö", at=clock.now())


@pytest.fixture
def twin(nora, maya):
    lead = leads.lead("Lindqvist Maya", owner=nora, phone="+46405550142", company_name="Nordlys", city="Lund", title="24 booths", at=clock.now())
    PossibleDuplicate.objects.create(lead=lead, other=maya, reasons=[{"code": "same_name", "values": {}}, {"code": "same_company", "values": {}}])
    other = leads.lead("M. Lindqvist", owner=nora, company_name="Elsewhere", at=clock.now())
    PossibleDuplicate.objects.create(lead=lead, other=other, reasons=[{"code": "same_phone_other_name", "values": {}}], strength=50)
    return lead


class TestMerging:
    def test_by_keys_from_the_queue_and_back(self, nora, maya, twin, page_as):
        page = page_as(nora)
        page.goto("/leads/")
        page.get_by_role("link", name="2 possible duplicates").click()
        expect(page.get_by_role("heading", name="Lindqvist Maya and Maya Lindqvist")).to_be_visible()
        page.wait_for_load_state()  # keys are heard from then on
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")  # not the same
        expect(page.get_by_text("Noted: not the same.")).to_be_visible()
        expect(page.get_by_role("article")).to_have_count(1)
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/leads/merge/\?record="))
        result = page.get_by_role("complementary", name="What it will be")
        expect(result).to_contain_text("Lund")
        page.get_by_role("group", name="Address").get_by_role("radio", name="Malmö").check()
        expect(result).to_contain_text("Malmö")
        page.get_by_role("button", name="Merge", exact=False).click()
        expect(page).to_have_url(re.compile(rf"/leads/{twin.pk}/$"))
        expect(page.get_by_text("merged Maya Lindqvist into this one")).to_be_visible()
        page.keyboard.press("z")
        expect(page.get_by_text("took back: the merge").first).to_be_visible()
        assert Lead.objects.open().count() == 3 and Lead.objects.get(pk=twin.pk).city == "Lund"

    @pytest.mark.slow
    def test_without_javascript(self, nora, maya, twin, page_as, complaints):
        complaints.allow("ViewTransition opt-in disabled")
        page = page_as(nora, javascript=False)
        page.goto("/leads/")
        for lead in (maya, twin):
            page.get_by_role("checkbox", name=f"Select {lead.name}").check()
        page.get_by_role("button", name="Merge", exact=True).click()
        page.get_by_role("group", name="Address").get_by_role("radio", name="Malmö").check()
        page.get_by_role("group", name="Which one stays").get_by_role("radio").first.check()
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_role("complementary", name="What it will be")).to_contain_text("Malmö")
        page.get_by_role("complementary", name="What it will be").get_by_role("button", name="Merge").click()
        expect(page.get_by_text("1 record merged into Maya Lindqvist.")).to_be_visible()
        page.goto(twin.get_absolute_url())
        expect(page).to_have_url(re.compile(rf"/leads/{maya.pk}/$"))
        page.goto("/leads/duplicates/")
        page.get_by_role("button", name="Not the same").first.click()
        expect(page.get_by_text("Nothing to look at")).to_be_visible()

    @pytest.mark.parametrize("look", [pytest.param({}, id="light desktop"), pytest.param({"dark": True, "phone": True}, id="dark phone", marks=pytest.mark.slow)])
    def test_has_no_barriers(self, nora, maya, twin, page_as, look):
        firms = [customers.company(name, owner=nora) for name in ("Acme", "Acme GmbH")]
        page = page_as(nora, **look)
        paths = ("/leads/duplicates/", f"/leads/merge/?record={maya.pk}&record={twin.pk}", f"/leads/merge/?record={maya.pk}&q=lindqvist")
        CompanyPair.objects.create(company=firms[1], other=firms[0], reasons=[{"code": "same_company", "values": {}}])
        firm, other = (f"record={firm.pk}" for firm in firms)
        wrong = look_at(page, [*paths, f"/customers/merge/?{firm}", f"/customers/merge/?{firm}&{other}", "/customers/duplicates/"])
        assert not wrong, "\n".join(wrong)
