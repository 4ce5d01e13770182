"""A manager writes three rules, tries them on paper, turns them on; who was at the fair in Lyon lands with the right person.

And a rep goes on holiday: what nobody touched goes to colleagues, what was begun stays, nothing new comes meanwhile.
"""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from assignment import clockwork, routing
from assignment.models import AssignmentRule, RuleVersion
from leads.models import Lead
from teams.models import SalesTeam
from tests.factories import capture, leads, teams
from tests.harness.browser import settled
from tests.journeys import steps

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
FAIR = "Fair in Lyon"


@pytest.fixture
def france(db):
    return teams.team("France", strategy="workload")


@pytest.fixture
def amelie(france):
    rep = teams.person("Amélie Roux", france)
    for n in range(3):
        leads.lead(f"Old {n}", owner=rep, at=timezone.now() - timedelta(days=60))
    return rep


@pytest.fixture
def benoit(france, amelie):
    return teams.person("Benoît Girard", france)


@pytest.fixture
def fair_form(north):
    return capture.web_form("Visit us in Lyon", slug="lyon", team=north, campaign=leads.campaign(FAIR))


def write_rule(page: Page, name: str, field: str, choose, *, reads: str, to_team: str) -> None:
    """Write one rule that sends leads to a team, off for now; `choose` says the value, then the sentence `reads` so."""
    page.goto("/settings/rules/")
    page.get_by_role("link", name="Rule (Who gets it)").click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("group", name="Condition: new").get_by_label("Field").select_option(label=field)
    row = page.get_by_role("group", name=f"Condition: {field}")
    expect(row).to_be_visible()
    settled(page)
    choose(row)
    expect(page.get_by_text(reads)).to_be_visible()
    page.get_by_label("To team").select_option(label=to_team)
    page.get_by_role("button", name="Save, off for now").click()
    expect(page.get_by_role("button", name=f"Turn on {name}")).to_be_visible()


def large(row) -> None:
    row.get_by_label("How Employees compares").select_option(label="at least")
    row.get_by_role("textbox", name="Employees").fill("500")
    row.get_by_role("textbox", name="Employees").press("Tab")


class TestRules:
    def test_are_written_tried_and_turned_on(self, page_as, work, tess, nora, north, france, amelie, benoit, fair_form):
        for team in SalesTeam.objects.exclude(memberships__user=tess):
            teams.member(tess, team)
        tess.memberships.update(takes_leads=False)  # she manages every team and works on no lead herself
        for n in range(2):
            leads.lead(f"Visitor {n}", team=north, campaign=leads.campaign(FAIR), at=timezone.now() - timedelta(days=n + 1))
        leads.lead("Somebody else", team=north, at=timezone.now() - timedelta(days=1))
        page = page_as(tess)
        write_rule(page, "The fair", "Campaign", lambda row: row.get_by_label(FAIR).check(), reads=f"Campaign is {FAIR}", to_team="France")
        write_rule(page, "French", "Country", lambda row: row.get_by_role("listbox").select_option(label="France"), reads="Country is France",
                   to_team="France")  # fmt: skip
        write_rule(page, "Large", "Employees", large, reads="Employees at least 500", to_team="North")
        assert not AssignmentRule.objects.filter(is_everyone_else=False, is_active=True).exists()

        page.get_by_role("button", name="Dry run (Who gets it)").click()
        expect(page.get_by_text("2 of 3 leads go elsewhere.")).to_be_visible()
        expect(page.get_by_role("link", name="Visitor 0")).to_be_visible()
        page.get_by_label("Why", exact=True).fill("Lyon begins on Monday")
        page.get_by_role("button", name="Turn on these 3 rules").click()
        expect(page.get_by_role("button", name="Turn off The fair")).to_be_visible()
        assert RuleVersion.objects.latest("pk").why == "Lyon begins on Monday"

        page.get_by_role("link", name="Simulator").click()
        page.get_by_label("Campaign").select_option(label=FAIR)
        page.locator("#simulator form[method=post]").get_by_role("button", name="Show its path").click()
        expect(page.get_by_role("heading", name="Benoît Girard would get it")).to_be_visible()

        visitor = page_as(None, javascript=False)
        steps.send_enquiry(visitor, fair_form, visit="", **{"Name": "Jeanne Morel", "E-mail": "jeanne@atelier.example"})
        work()
        lead = Lead.objects.get(email_key="jeanne@atelier.example")
        assert (lead.owner, lead.team) == (benoit, france)
        theirs = page_as(benoit)
        theirs.goto(lead.get_absolute_url())
        why = theirs.get_by_role("region", name="Why did I get this?")
        expect(why).to_contain_text("Benoît Girard, because they had the fewest open leads in France (0; rule “The fair”).")


class TestHoliday:
    def test_untouched_leads_go_to_others_and_begun_ones_stay(self, page_as, tess, nora, omar, north):
        type(north).objects.filter(pk=north.pk).update(returns_when_away=True)
        tess.memberships.update(takes_leads=False)
        now = timezone.now()
        untouched, begun = (leads.lead(name, owner=nora, at=now - timedelta(days=3)) for name in ("Untouched", "Begun"))
        begun.log_call("reached", at=now - timedelta(days=2), by=nora)

        page = page_as(tess)
        page.goto(reverse("teams:team", args=[north.pk]))
        page.get_by_role("link", name=f"Edit {nora}").click()
        page.get_by_label("Away from").fill((now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"))
        page.get_by_label("Back at").fill((now + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M"))
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("link", name=f"Edit {nora}")).to_be_visible()
        clockwork.sweep(at=timezone.now())
        fresh = leads.lead("Fresh", team=north)
        routing.assign(fresh, at=timezone.now())
        assert dict(Lead.objects.values_list("name", "owner")) == {"Untouched": omar.pk, "Begun": nora.pk, "Fresh": omar.pk}

        theirs = page_as(omar)
        theirs.goto(untouched.get_absolute_url())
        why = theirs.get_by_role("region", name="Why did I get this?")
        expect(why).to_contain_text("Nora Bakke is away.")
        theirs.goto(reverse("assignment:decisions", args=[fresh.pk]))
        expect(theirs.get_by_role("cell", name="away", exact=True)).to_be_visible()
