"""Rules, decisions and reasons in a real browser: no barriers, no console errors, light desktop and dark phone."""

import os
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from assignment import routing
from assignment.models import AssignmentRule
from core import clock
from scoring import scores, training
from tests.factories import assignment as factories
from tests.factories import leads, teams
from tests.factories import scoring as history
from tests.harness.browser import settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
LOOKS = [{}, {"dark": True, "phone": True}]


def shot(page, name: str) -> None:
    """Keep a picture where CRM_TEST_SHOTS says, to look at beside the design."""
    if folder := os.environ.get("CRM_TEST_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.fixture
def north(transactional_db):
    return teams.team("North")


@pytest.fixture
def ada(north):
    return teams.person("Ada Quist", north, role="administrator")


@pytest.fixture
def nordics(north):
    return factories.assignment_rule(
        {"all": [{"field": "country", "op": "is", "value": ["NO", "SE", "DK", "FI"]}, {"field": "company_size", "op": "gt", "value": 50}]},
        name="Nordics", to_team=north,
    )  # fmt: skip


class TestRules:
    @pytest.mark.parametrize("look", LOOKS)
    def test_are_added_moved_and_switched(self, page_as, accessible, ada, north, nordics, look):
        factories.qualification_rule("archive", {"field": "country", "op": "is", "value": "KP"}, name="Embargo", archive_reason="Not sold there")
        factories.assignment_rule({"field": "custom.gone", "op": "is", "value": "x"}, name="Broken")
        for name in ("Draft", "Another draft"):
            factories.assignment_rule({"field": "country", "op": "is", "value": "IS"}, name=name, is_active=False)
        page = page_as(ada, javascript=not look, **look)
        page.goto(reverse("assignment:rules"))
        expect(page.get_by_role("heading", name="Who gets it")).to_be_visible()
        if not look:
            accessible(page)
        shot(page, f"rules-{bool(look)}")
        page.get_by_role("button", name="Move “Broken” up").click()
        expect(page.locator("ol").last.locator("li").first).to_contain_text("Broken")
        page.get_by_role("button", name="Turn off Broken").click()
        expect(page.get_by_role("button", name="Turn on Broken")).to_be_visible()
        page.get_by_role("link", name="Rule (Who gets it)").click()
        page.get_by_label("Name", exact=True).fill("Trade shows")
        page.get_by_role("group", name="Condition: new").get_by_label("Field").select_option(label="Score")
        if look:
            page.get_by_role("button", name="Show choices and count").click()
        row = page.get_by_role("group", name="Condition: Score")
        row.get_by_label("How Score compares").select_option(label="is empty")
        expect(row.get_by_role("textbox", name="Score")).to_be_hidden()
        row.get_by_label("How Score compares").select_option(label="at least")
        row.get_by_role("textbox", name="Score").fill("40")
        page.get_by_role("button", name="Group", exact=True).click()
        expect(page.get_by_role("group", name="Group 2")).to_be_visible()
        expect(page.get_by_text("Matches 0 open leads now.")).to_be_visible()
        if not look:
            accessible(page)
        shot(page, f"rule-{bool(look)}")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Trade shows", exact=True).first).to_be_visible()
        assert AssignmentRule.objects.get(name="Trade shows").conditions == {"all": [{"field": "score", "op": "gte", "value": 40}]}


class TestLeadPage:
    @pytest.mark.parametrize("look", LOOKS)
    def test_says_why_the_score_and_why_this_person(self, page_as, accessible, ada, north, nordics, look):
        history.history(30, 30, won_fields={"source": "Referral", "country": "NO"}, lost_fields={"source": "Phone"})
        training.train(AT)
        lead = leads.lead("Maya Lindqvist", team=north, source=leads.source("Referral"), country="SE", company_size=120)
        scores.score(lead, at=AT)
        lead.refresh_from_db()
        routing.assign(lead, at=AT)
        page = page_as(ada, javascript=not look, **look)
        page.goto(lead.get_absolute_url())
        expect(page.get_by_role("heading", name="Why the score is")).to_be_visible()
        expect(page.get_by_text("Ada Quist, because it was their turn in North (rule “Nordics”).")).to_be_visible()
        if not look:  # what comes later pushes the link below it away, also from under a pointer that is just pressed
            expect(page.get_by_role("link", name="What would raise it, and past leads like this one")).to_have_count(0)
            settled(page)
        shot(page, f"lead-why-{bool(look)}")
        page.get_by_role("link", name="How this was decided").click()
        expect(page.get_by_text("Country is Norway, Sweden, Denmark or Finland")).to_be_visible()
        if not look:
            accessible(page)
        shot(page, f"decisions-{bool(look)}")


class TestReview:
    def test_goes_by_keys(self, page_as, accessible, north):
        nora = teams.person("Nora Bakke", north)
        leads.reason("No budget")
        one, two, three, four = (leads.lead(name, owner=nora, score=score, qualification="keep", message="Hello") for name, score in
                           (("Ida Holm", 90), ("Jon Berg", 60), ("Kai Lund", 30), ("Lea Moe", 10)))  # fmt: skip
        page = page_as(nora)
        page.goto(reverse("assignment:review"))
        expect(page.get_by_role("heading", name="Ida Holm")).to_be_visible()
        accessible(page)
        shot(page, "review")
        page.keyboard.press("q")
        expect(page.get_by_role("heading", name="Jon Berg")).to_be_visible()
        settled(page)
        page.keyboard.press("j")
        expect(page.get_by_role("heading", name="Kai Lund")).to_be_visible()
        settled(page)
        page.keyboard.press("d")
        expect(page.get_by_label("Why?")).to_be_focused()
        page.get_by_role("button", name="Disqualify").click()
        expect(page.get_by_role("heading", name="Lea Moe")).to_be_visible()
        settled(page)
        page.keyboard.press("j")
        expect(page.get_by_role("heading", name="Jon Berg")).to_be_visible()
        settled(page)
        page.keyboard.press("n")
        page.locator("#on:focus").fill(f"{clock.now() + timedelta(days=9):%Y-%m-%d}")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Lea Moe")).to_be_visible()
        expect(page.get_by_role("link", name="Lea Moe")).to_be_focused()
        settled(page)
        page.keyboard.press("q")
        expect(page.get_by_text("Every lead has been judged.")).to_be_visible()
        for lead in (one, two, three, four):
            lead.refresh_from_db()
        assert (bool(one.sql_at), two.is_put_off, three.is_open, bool(four.sql_at)) == (True, True, False, True)
