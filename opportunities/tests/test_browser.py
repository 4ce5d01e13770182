"""Board, deal, conversion and customers in a real browser."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from core.models import Tag
from opportunities.models import Opportunity
from tests.factories import customers as make_customers
from tests.factories import leads as make_leads
from tests.factories import opportunities as make
from tests.factories import teams as make_teams

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
BOARD = "/opportunities/"


@pytest.fixture
def stages(nora):
    return make.stages()


@pytest.fixture
def pipeline(nora, tess, stages):
    """A small board as the mock draws it."""
    now = timezone.now()
    booths = Tag.objects.create(name="Booths", tone="info")
    rows = [
        (
            "Phone booths, three Malmö showrooms",
            "Nordlys Interiors AB",
            96000,
            92,
            0,
            nora,
            ("call", "Call", timedelta(hours=1)),
            0,
        ),
        ("Meeting pods for new floor", "Skipet Logistikk", 22400, 63, 0, nora, ("call", "Call", timedelta(days=-2)), 0),
        ("Reception refit", "Abara Legal", 14200, 44, 0, None, None, 0),
        ("Phone booths, phase 2", "Baltic Timber", 54000, 71, 1, nora, ("call", "Call", timedelta(days=-2)), 21),
        (
            "40 booths, data hall offices",
            "Arctic Data Centre",
            142000,
            84,
            1,
            nora,
            ("meeting", "Demo", timedelta(days=4)),
            3,
        ),
        (
            "Lab desks and benches",
            "Hoshi Robotics Europe",
            61700,
            74,
            2,
            nora,
            ("todo", "Quote", timedelta(days=-1)),
            1,
        ),
        (
            "Headquarters fit-out, Oslo",
            "Helio Energi",
            184000,
            96,
            3,
            tess,
            ("meeting", "Site visit", timedelta(days=2)),
            2,
        ),
    ]
    made = []
    for name, firm, amount, score, stage, owner, plan, days in rows:
        company = make_customers.company(firm, owner=owner or tess)
        deal = make.opportunity(
            name,
            owner=owner,
            team=nora.seats[0].team,
            company=company,
            expected=amount,
            score=score,
            stage=stages[stage],
            at=now - timedelta(days=days),
        )
        deal.tags.add(booths)
        if plan:
            deal.plan(plan[0], now + plan[2], summary=plan[1], at=now - timedelta(days=days), by=tess)
        made.append(deal)
    return made


@pytest.fixture
def maya(nora):
    make_customers.company("Nordlys Living", owner=nora)
    firm = make_customers.company("Nordlys Interiors AB", owner=nora, domain="nordlys.example")
    make.opportunity("Booths, phase 2", owner=nora, company=firm)
    return make_leads.lead(
        "Maya Lindqvist", owner=nora, email="maya@nordlys.example", company_name="Nordlys Interiors", title="Phone booths", score=92,
        expected_revenue=96000, currency="EUR",
    )  # fmt: skip


def card(page, deal):
    return page.locator(f"#card-{deal.pk}")


def column(page, stage):
    return page.locator(f'[data-stage="{stage.pk}"]')


class TestBoard:
    def test_a_card_is_dragged_and_both_heads_follow(self, page_as, tess, pipeline, stages):
        page = page_as(tess)
        page.goto(BOARD)
        expect(column(page, stages[0]).locator(".count")).to_contain_text("3")
        with page.expect_response(lambda response: "/stage/" in response.url) as answer:
            card(page, pipeline[0]).drag_to(column(page, stages[2]).locator("[data-cards]"))
        assert answer.value.status == 200
        expect(column(page, stages[0]).locator(".count")).to_contain_text("2")
        expect(column(page, stages[2]).locator(".count")).to_contain_text("2")
        expect(column(page, stages[2]).locator(f"#card-{pipeline[0].pk}")).to_be_visible()
        assert Opportunity.objects.get(pk=pipeline[0].pk).stage == stages[2]
        expect(page.locator("#toasts")).to_contain_text("Moved to Quote sent.")

    def test_a_card_is_moved_by_the_keyboard_and_taken_back(self, page_as, tess, pipeline, stages):
        page = page_as(tess)
        page.goto(BOARD)
        page.locator(f"#deal-{pipeline[0].pk}").focus()
        with page.expect_response(lambda response: "/stage/" in response.url):
            page.keyboard.press("ArrowRight")
        expect(column(page, stages[1]).locator(f"#card-{pipeline[0].pk}")).to_be_visible()
        expect(page.locator(f"#deal-{pipeline[0].pk}")).to_be_focused()
        with page.expect_response(lambda response: "/stage/" in response.url):
            page.keyboard.press("4")
        expect(column(page, stages[3]).locator(".count")).to_contain_text("2")
        expect(page.locator("#toasts [data-undo-act]")).to_have_count(2)
        with page.expect_response(lambda response: "/undo/" in response.url):
            page.keyboard.press("z")
        expect(column(page, stages[1]).locator(f"#card-{pipeline[0].pk}")).to_be_visible()
        assert Opportunity.objects.get(pk=pipeline[0].pk).stage == stages[1]

    def test_a_card_is_moved_by_its_menu(self, page_as, tess, pipeline, stages):
        page = page_as(tess)
        page.goto(BOARD)
        card(page, pipeline[1]).hover()
        card(page, pipeline[1]).get_by_role("link", name="Move or edit").click()
        page.locator("#deal-menu select").select_option(label="Negotiation")
        with page.expect_response(lambda response: "/stage/" in response.url):
            page.get_by_role("button", name="Move", exact=True).click()
        expect(column(page, stages[3]).locator(".count")).to_contain_text("2")

    def test_a_refused_card_goes_back(self, page_as, tess, nora, pipeline, stages, complaints):
        complaints.allow("409")
        page = page_as(tess)
        page.goto(BOARD)
        Opportunity.objects.get(pk=pipeline[0].pk).move_to(stages[3], at=timezone.now(), by=nora)
        page.locator(f"#deal-{pipeline[0].pk}").focus()
        with page.expect_response(lambda response: "/stage/" in response.url) as answer:
            page.keyboard.press("ArrowRight")
        assert answer.value.status == 409
        expect(column(page, stages[0]).locator(f"#card-{pipeline[0].pk}")).to_be_visible()
        expect(page.locator("#toasts")).to_contain_text("Nora Bakke changed")
        expect(page.locator("[data-trouble]")).to_have_count(0)  # what happened is said once

    def test_dropping_on_lost_asks_for_the_reason(self, page_as, tess, pipeline, stages, complaints):
        complaints.allow("422")
        page = page_as(tess)
        page.goto(BOARD)
        card(page, pipeline[3]).drag_to(page.locator('[data-stage="lost"]'))
        dialog = page.get_by_role("dialog", name="Mark as lost")
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name="Mark as lost").click()
        expect(dialog.get_by_role("alert")).to_be_visible()
        dialog.get_by_text("Price").click()
        dialog.get_by_role("button", name="Mark as lost").click()
        expect(dialog).to_be_hidden()
        expect(card(page, pipeline[3])).to_have_count(0)
        assert Opportunity.objects.get(pk=pipeline[3].pk).state == "lost"

    def test_further_cards_come_on_scrolling(self, page_as, nora, stages):
        for n in range(24):
            make.opportunity(f"Deal {n}", owner=nora, stage=stages[0])
        page = page_as(nora)
        for address, key in ((BOARD, stages[0].pk), (f"{BOARD}?by=owner", f"owner-{nora.pk}")):
            page.goto(address)
            cards = page.locator(f'[data-stage="{key}"] [data-card]')
            expect(cards).to_have_count(10)
            # the link may have gone to work before it is looked at a second time
            page.locator(f"#more-{key}").evaluate_all("links => links.forEach((link) => link.scrollIntoView())")
            expect(cards).to_have_count(24)
            expect(page.locator(f"#more-{key}")).to_have_count(0)

    def test_works_without_javascript(self, page_as, tess, pipeline, stages):
        page = page_as(tess, javascript=False)
        page.goto(BOARD)
        card(page, pipeline[0]).get_by_role("link", name="Move or edit").click()
        page.get_by_role("button", name="Quote sent").click()
        page.goto(BOARD)
        expect(column(page, stages[2]).locator(f"#card-{pipeline[0].pk}")).to_be_visible()

    @pytest.mark.parametrize("how", [{}, pytest.param({"dark": True, "phone": True}, marks=pytest.mark.slow)])
    def test_has_no_barriers(self, page_as, tess, pipeline, accessible, how):
        page = page_as(tess, **how)
        page.goto(BOARD)
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], (
            "only the board itself scrolls sideways"
        )
        page.locator(f"#card-{pipeline[0].pk} .more").click()
        accessible(page)


class TestTrouble:
    def put_on(self, page, deal, stage) -> None:
        """Move a card by its menu: at once on the screen, then at the server."""
        card(page, deal).get_by_role("link", name="Move or edit").click()
        page.locator("#deal-menu select").select_option(str(stage.pk))
        page.get_by_role("button", name="Move", exact=True).click()

    def test_never_loses_a_move_without_a_word(self, page_as, tess, pipeline, stages, complaints):
        complaints.allow("409|401|ERR_INTERNET_DISCONNECTED|htmx:sendError|htmx:afterRequest")
        tess.set_password(make_teams.PASSWORD)
        tess.save(update_fields=["password"])
        page, deal = page_as(tess), pipeline[0]
        page.goto(BOARD)
        # offline: the card goes back and it is said
        page.context.set_offline(True)
        self.put_on(page, deal, stages[2])
        expect(page.locator("#toasts")).to_contain_text("was put back")
        expect(page.locator("#trouble")).to_contain_text("You are offline")
        expect(column(page, stages[0]).locator(f"#card-{deal.pk}")).to_be_visible()
        with page.expect_response(lambda answer: reverse("opportunities:changes") in answer.url):  # a board asks when it is back
            page.context.set_offline(False)
        # the stage is gone: the board is drawn as it is now
        stages[1].name = "Away"
        stages[1].is_active = False
        Opportunity.objects.filter(stage=stages[1]).update(stage=stages[3])
        stages[1].save(update_fields=["name", "is_active"])
        self.put_on(page, deal, stages[1])
        expect(page.locator("#toasts")).to_contain_text("That stage is no longer there.")
        expect(column(page, stages[1])).to_have_count(0)
        expect(column(page, stages[0]).locator(f"#card-{deal.pk}")).to_be_visible()
        # the session ended: after signing in again the move is sent again
        Session.objects.all().delete()
        cache.clear()
        self.put_on(page, deal, stages[2])
        dialog = page.get_by_role("dialog", name="Your session ended")
        dialog.get_by_label("E-mail").fill(tess.email)
        dialog.get_by_label("Password").fill(make_teams.PASSWORD)
        dialog.get_by_role("button", name="Sign in", exact=True).click()
        expect(dialog).to_be_hidden()
        expect(column(page, stages[2]).locator(f"#card-{deal.pk}")).to_be_visible()
        assert Opportunity.objects.get(pk=deal.pk).stage == stages[2]


class TestConversion:
    def test_links_the_certain_customer_and_opens_the_deal(self, page_as, nora, maya):
        page = page_as(nora)
        page.goto(maya.get_absolute_url())
        page.get_by_role("link", name="Convert").first.click()
        dialog = page.get_by_role("dialog", name="Convert to opportunity")
        expect(dialog.get_by_role("radio", name="Nordlys Interiors AB")).to_be_checked()
        expect(dialog.locator("#will")).to_contain_text("Creates one deal at Nordlys Interiors AB.")
        dialog.get_by_text("Customer only").click()
        expect(dialog.locator("#will")).to_contain_text("opens no deal")
        dialog.get_by_text("New deal", exact=True).click()
        dialog.get_by_label("Expected revenue").fill("1.234,50")
        dialog.get_by_role("button", name="Convert").click()
        page.wait_for_url("**/opportunities/*/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Phone booths")
        expect(page.locator("#toasts")).to_contain_text("Converted: Phone booths.")
        deal = Opportunity.objects.get(name="Phone booths")
        assert str(deal.expected) == "1234.50" and deal.company.domain == "nordlys.example"
        page.locator("#toasts").get_by_role("button", name="Undo").click()
        page.wait_for_url(f"**{maya.get_absolute_url()}")
        expect(page.locator("#toasts")).to_contain_text("Taken back.")
        assert not Opportunity.objects.filter(name="Phone booths").exists()

    def test_searches_other_customers(self, page_as, nora, maya):
        make_customers.company("Clínica Levante", owner=nora)
        page = page_as(nora)
        page.goto(reverse("opportunities:conversion", args=[maya.pk]))
        page.get_by_text("Create new", exact=True).click()
        page.get_by_label("Find another customer").fill("clinica")
        page.get_by_label("Clínica Levante").check()  # who is chosen is linked, whatever was said before
        expect(page.locator("#will")).to_contain_text("at Clínica Levante.")
        expect(page.get_by_label("Link to existing")).to_be_checked()

    def test_works_without_javascript(self, page_as, nora, maya):
        page = page_as(nora, javascript=False)
        page.goto(reverse("opportunities:conversion", args=[maya.pk]))
        page.get_by_role("button", name="Convert").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Phone booths")

    @pytest.mark.parametrize("how", [{}, pytest.param({"dark": True, "phone": True}, marks=pytest.mark.slow)])
    def test_has_no_barriers_as_a_dialog(self, page_as, nora, maya, accessible, how):
        page = page_as(nora, **how)
        page.goto(maya.get_absolute_url())
        page.get_by_role("link", name="Convert").first.click()
        expect(page.get_by_role("dialog", name="Convert to opportunity")).to_be_visible()
        accessible(page)


class TestDealAndCustomers:
    def test_a_click_on_a_stage_moves_the_deal(self, page_as, tess, pipeline):
        page = page_as(tess)
        page.goto(pipeline[0].get_absolute_url())
        page.get_by_role("button", name="Quote sent").click()
        expect(page.locator('[aria-current="step"]')).to_contain_text("Quote sent")
        page.get_by_label("Note").fill("They like green")
        page.get_by_role("button", name="Add note").click()
        expect(page.locator(".tl")).to_contain_text("They like green")

    @pytest.mark.slow  # these pages are read with every page (tests/journeys)
    @pytest.mark.parametrize("how", [{}, {"dark": True, "phone": True}])
    def test_have_no_barriers(self, page_as, tess, pipeline, accessible, how):
        page = page_as(tess, **how)
        deal = pipeline[0]
        for url in (deal.get_absolute_url(), "/customers/", "/customers/people/", deal.company.get_absolute_url()):
            page.goto(url)
            accessible(page)
        page.goto("/customers/new/")
        accessible(page)

    def test_lists_fold_on_a_tablet_and_on_paper(self, page_as, tess, pipeline, maya):
        make_customers.contact("Maximiliane von und zu Hohenlohe", email=f"{'long' * 15}@nordlys.example", owner=tess, company=pipeline[0].company)
        page = page_as(tess)
        for url in ("/opportunities/list/", "/customers/", "/customers/people/", "/leads/"):
            page.goto(url)
            for width in (768, 820, 1024):
                page.set_viewport_size({"width": width, "height": 1000})
                wide, room = page.locator(".scroll:has(table)").evaluate("box => [box.scrollWidth, box.clientWidth]")
                assert wide <= room, (url, width)
        page.set_viewport_size({"width": 690, "height": 1000})  # an A4 page within its margins
        page.emulate_media(media="print")
        for url in ("/opportunities/list/?value.gte=1", "/customers/", "/leads/"):
            page.goto(url)
            expect(page.locator(".table")).to_have_css("display", "table")
            assert page.evaluate("document.documentElement.scrollWidth") <= 690, url
            expect(page.get_by_role("button", name="Filter")).to_be_hidden()
