"""The behaviours of static/js in a real browser, on the page that shows one of every component."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories import teams

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture
def manager(tess):
    tess.set_password(teams.PASSWORD)
    tess.save(update_fields=["password"])
    return tess


@pytest.fixture
def gallery(page_as, manager):
    """gallery(phone=True, …) → the gallery's page as the manager sees it."""

    def open_gallery(**options):
        page = page_as(manager, **options)
        page.goto(reverse("core:gallery"))
        expect(page.get_by_role("heading", name="Components", level=1)).to_be_visible()
        if options.get("javascript", True):
            expect(page.locator("[data-sortable=on]")).to_have_count(3)
        return page

    return open_gallery


def cards(page) -> list[int]:
    return [column.locator("[data-card]").count() for column in page.locator("[data-cards]").all()]


def expect_cards(page, counts: list[int]) -> None:
    for column, count in zip(page.locator("[data-cards]").all(), counts, strict=True):
        expect(column.locator("[data-card]")).to_have_count(count)


class TestAccess:
    @pytest.mark.parametrize("setting", [{}, {"dark": True, "phone": True}], ids=["light desktop", "dark phone"])
    def test_has_no_barriers(self, gallery, accessible, setting):
        accessible(gallery(**setting))

    def test_has_no_barriers_with_dialogs_and_menus_open(self, gallery, accessible):
        page = gallery()
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
        accessible(page)
        page.keyboard.press("Escape")
        page.locator(".switcher").click()
        expect(page.get_by_role("dialog", name="Switch team")).to_be_visible()
        accessible(page)

    @pytest.mark.parametrize("setting", [{}, {"dark": True, "phone": True}], ids=["light desktop", "dark phone"])
    def test_signed_out_pages_have_none_either(self, page_as, accessible, setting):
        page = page_as(None, **setting)
        for name in ("account_login", "account_reset_password"):
            page.goto(reverse(name))
            accessible(page)

    def test_neither_has_the_page_that_is_not_there(self, page_as, manager, accessible, complaints):
        complaints.allow("404")
        page = page_as(manager)
        page.goto("/no/such/page/")
        accessible(page)

    def test_account_pages_have_none(self, page_as, manager, accessible):
        page = page_as(manager)
        for name in ("mfa_index", "account_change_password", "account_logout", "account_reauthenticate"):
            page.goto(reverse(name))
            accessible(page)

    def test_reflows_without_scrolling_sideways(self, gallery):
        page = gallery(viewport={"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


class TestDialogs:
    def test_open_with_the_focus_in_the_first_field_and_give_it_back(self, gallery):
        page = gallery()
        opener = page.get_by_role("button", name="Mark lost").first
        opener.click()
        expect(page.get_by_label("What happened?").last).to_be_focused()
        page.keyboard.press("Escape")
        expect(opener).to_be_focused()

    def test_work_where_the_browser_lacks_command_buttons(self, page_as, manager):
        page = page_as(manager)
        page.add_init_script("delete HTMLButtonElement.prototype.commandForElement")
        page.goto(reverse("core:gallery"))
        page.get_by_role("button", name="Mark lost").first.click()
        dialog = page.get_by_role("dialog", name="Mark as lost")
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_be_hidden()


FRAGMENT = """<div class="dialog-h"><h2 id="dialog-title">Give away</h2></div>
<form method="post" action="/gallery/given/" hx-post="/gallery/given/" hx-target="#dialog">
<div class="dialog-b">{}<label>Reason <input class="input" name="reason" {}></label></div>
<div class="dialog-f"><button>Give</button></div></form>"""
PUT_IN = """([place, html]) => {
    const part = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    document.querySelector(place).prepend(part);
    htmx.process(part);
}"""
REFUSAL = '<div class="notice tone-bad" role="alert" tabindex="-1" data-focus><b>A reason is missing</b></div>'


class TestFetchedDialog:
    """A link fetches its form into #dialog; refused it stays open with its errors, done it closes."""

    @pytest.fixture
    def page(self, gallery, complaints):
        complaints.allow("422")
        page = gallery()
        page.route(
            "**/gallery/give/", lambda route: route.fulfill(body=FRAGMENT.format("", ""), content_type="text/html")
        )
        link = '<a href="/gallery/give/" hx-get="/gallery/give/" hx-target="#dialog">Give away</a>'
        link = f'<span hx-swap="outerHTML" hx-target="body">{link}</span>'  # what stands around it says nothing to it
        page.evaluate(PUT_IN, [".head-actions", link])
        page.get_by_role("link", name="Give away").click()
        return page

    def test_opens_refuses_and_closes(self, page):
        dialog = page.get_by_role("dialog", name="Give away")
        expect(dialog).to_be_visible()
        refused = FRAGMENT.format(REFUSAL, 'aria-invalid="true"')
        page.route("**/gallery/given/", lambda route: route.fulfill(status=422, body=refused, content_type="text/html"))
        dialog.get_by_role("button", name="Give").click()
        expect(dialog.get_by_role("alert")).to_be_focused()
        done = {"HX-Trigger": '{"dialog:close": {}, "toast": {"text": "Given away", "undo": "/gallery/"}}'}
        page.route("**/gallery/given/", lambda route: route.fulfill(status=204, headers=done))
        dialog.get_by_role("button", name="Give").click()
        expect(dialog).to_be_hidden()
        expect(page.locator("#toasts")).to_contain_text("Given away")
        assert page.locator("#dialog").evaluate("dialog => dialog.childElementCount") == 0

    def test_keeps_what_was_typed_when_the_server_breaks(self, page, complaints):
        complaints.allow("500|responseError")
        page.route("**/gallery/given/", lambda route: route.fulfill(status=500, body="<h1>broken</h1>"))
        dialog = page.get_by_role("dialog", name="Give away")
        dialog.get_by_label("Reason").fill("Too far away")
        dialog.get_by_role("button", name="Give").click()
        expect(dialog.get_by_role("alert")).to_contain_text("Nothing was saved")
        expect(dialog.get_by_label("Reason")).to_have_value("Too far away")
        page.route("**/gallery/given/", lambda route: route.fulfill(status=204, headers={"HX-Trigger": "dialog:close"}))
        with page.expect_request("**/gallery/given/") as sent:
            dialog.get_by_role("button", name="Try again").click()
        assert "reason=Too%20far%20away" in sent.value.post_data
        expect(dialog).to_be_hidden()


class TestDrafts:
    def test_come_back_after_the_page_was_left_and_go_with_signing_out(self, gallery):
        page = gallery()
        page.get_by_label("Note").first.fill("Met at the fair")
        page.once("dialog", lambda question: question.accept())
        page.reload()
        expect(page.get_by_label("Note").first).to_have_value("Met at the fair")
        page.locator(".user").click()
        page.get_by_role("button", name="Sign out").first.click()
        page.wait_for_url(re.compile(r"/account/login"))
        assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft'))") == []


class TestPolling:
    def test_asks_while_seen_but_not_under_ones_hands(self, gallery):
        page = gallery()
        page.route("**/gallery/polled/", lambda route: route.fulfill(body="<p>New lead</p>", content_type="text/html"))
        with page.expect_request("**/gallery/polled/"):
            region = '<section data-poll="1" hx-get="/gallery/polled/" hx-trigger="poll"></section>'
            page.evaluate(PUT_IN, [".page-body", region])
        expect(page.get_by_text("New lead", exact=True).first).to_be_visible()


class TestKeys:
    def test_g_and_a_letter_go_to_a_room(self, gallery, complaints):
        complaints.allow("Transition was aborted")  # the stand-in for Today has no stylesheet
        page = gallery()
        page.route(
            "**/", lambda route: route.fulfill(body="<title>Today</title><h1>Today</h1>", content_type="text/html")
        )
        page.keyboard.press("g")
        page.keyboard.press("t")
        expect(page).to_have_title("Today")

    def test_walk_the_rows_and_mark_them(self, gallery):
        page = gallery()
        page.get_by_role("link", name="Nora Bakke").focus()
        page.keyboard.press("j")
        expect(page.get_by_role("link", name="Priya Raman")).to_be_focused()
        page.keyboard.press("x")
        expect(page.get_by_role("checkbox", name="Select Priya Raman")).to_be_checked()

    def test_do_nothing_while_typing(self, gallery):
        page = gallery()
        page.get_by_label("Name").first.press_sequentially("j?x")
        expect(page.get_by_label("Name").first).to_have_value("j?x")
        expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()

    def test_can_be_switched_off_in_the_profile(self, gallery, manager):
        manager.single_keys = False
        manager.save(update_fields=["single_keys"])
        page = gallery()
        page.keyboard.press("?")
        page.keyboard.press("\\")
        expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
        expect(page.locator("html")).not_to_have_attribute("data-density", "compact")


class TestBoard:
    def test_moves_a_card_by_dragging_and_says_so(self, gallery):
        page = gallery()
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            page.locator("[data-card]").first.drag_to(page.locator("[data-cards]").nth(2))
        assert answer.value.status == 204
        expect_cards(page, [1, 1, 1])
        expect(page.locator("#announce")).to_have_text("Phone booths moved to Negotiation")
        expect(page.locator("#toasts")).to_contain_text("Moved")

    def test_moves_a_card_by_digit_and_by_arrow_and_keeps_the_focus(self, gallery):
        page = gallery()
        card = page.get_by_role("link", name="Lab desks")
        card.focus()
        page.keyboard.press("3")
        expect(page.locator("#announce")).to_have_text("Lab desks moved to Negotiation")
        expect(card).to_be_focused()
        page.keyboard.press("ArrowLeft")
        expect(page.locator("#announce")).to_have_text("Lab desks moved to Quote sent")
        assert cards(page) == [2, 1, 0]

    def test_keeps_the_focus_on_a_card_the_server_draws_anew(self, gallery):
        page = gallery()
        drawn = """<article class="deal" data-card id="card-lab-desks" data-name="Lab desks" hx-swap-oob="true">
            <h3><a id="deal-lab-desks" href="#again">Lab desks</a></h3></article>"""
        answer = {"body": drawn, "content_type": "text/html"}
        page.route("**/gallery/", lambda route: route.fulfill(**answer) if is_post(route) else route.continue_())
        page.get_by_role("link", name="Lab desks").focus()
        page.keyboard.press("3")
        expect(page.locator("#announce")).to_have_text("Lab desks moved to Negotiation")
        expect(page.get_by_role("link", name="Lab desks")).to_have_attribute("href", "#again")
        expect(page.get_by_role("link", name="Lab desks")).to_be_focused()

    def test_puts_a_card_back_when_the_server_cannot_move_it(self, gallery, complaints):
        complaints.allow("500|responseError")
        page = gallery()
        page.route("**/gallery/", lambda route: route.fulfill(status=500) if is_post(route) else route.continue_())
        page.get_by_role("link", name="Lab desks").focus()
        page.keyboard.press("3")
        expect(page.locator("#announce")).to_have_text("Lab desks was put back")
        expect(page.get_by_role("alert")).to_contain_text(["The server could not do that"])
        assert cards(page) == [2, 1, 0]

    def test_says_that_the_line_is_cut(self, gallery, complaints):
        complaints.allow("ERR_|sendError|afterRequest")
        page = gallery()
        page.route("**/gallery/", lambda route: route.abort() if is_post(route) else route.continue_())
        page.get_by_role("link", name="Lab desks").focus()
        page.keyboard.press("3")
        expect(page.locator("#trouble")).to_contain_text("You are offline")
        assert cards(page) == [2, 1, 0]

    def test_moves_a_card_without_javascript(self, gallery):
        page = gallery(javascript=False)
        card = page.locator("[data-card]").first
        card.get_by_label("Move to").select_option("3")
        card.get_by_role("button", name="Move").click()
        expect(page.locator("#toasts")).to_contain_text("Moved")


def is_post(route) -> bool:
    return route.request.method == "POST"


class TestToasts:
    def test_z_takes_back_what_the_newest_says(self, gallery):
        page = gallery()
        page.get_by_role("link", name="Lab desks").focus()
        page.keyboard.press("3")
        expect(page.locator("#toasts [data-toast]")).to_have_count(1)
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            page.keyboard.press("z")
        assert answer.value.status == 204
        expect(page.locator("#announce")).to_have_text("Undone")


class TestSignInAgain:
    def test_the_request_runs_again_after_a_session_ended(self, gallery, manager, complaints):
        complaints.allow("401|responseError")
        page = gallery()
        page.get_by_label("Note").first.fill("Not to be lost")
        page.context.clear_cookies(name="crm_session")
        page.get_by_role("link", name="Lab desks").focus()
        page.keyboard.press("3")
        dialog = page.get_by_role("dialog", name="Your session ended")
        dialog.get_by_label("E-mail").fill(manager.email)
        dialog.get_by_label("Password").fill("wrong, at first")
        dialog.get_by_role("button", name="Sign in").click()
        expect(dialog.get_by_role("alert")).to_be_visible()
        dialog.get_by_label("Password").fill(teams.PASSWORD)
        with page.expect_response(lambda answer: answer.url.endswith("/gallery/") and answer.status == 204):
            dialog.get_by_role("button", name="Sign in").click()
        expect(dialog).to_be_hidden()
        expect(page.locator("#toasts")).to_contain_text("Moved")
        expect(page.get_by_label("Note").first).to_have_value("Not to be lost")


class TestAppearance:
    def test_keeps_theme_and_density_on_this_device(self, gallery):
        page = gallery()
        page.get_by_role("button", name="Light or dark").first.click()
        page.keyboard.press("\\")
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page.locator("html")).to_have_attribute("data-density", "compact")


class TestPhone:
    def test_has_a_bar_below_and_the_rest_behind_more(self, gallery):
        page = gallery(phone=True)
        page.get_by_role("button", name="More", exact=True).last.click()
        dialog = page.get_by_role("dialog", name="More")
        expect(dialog.get_by_role("button", name="Sign out")).to_be_visible()
        expect(page.locator(".sidebar")).to_be_hidden()


class TestIcons:
    def test_are_drawn_from_the_sprite(self, gallery):
        page = gallery()
        box = page.locator(".head-actions .btn-primary .icon use").bounding_box()
        assert box["width"] > 5 and re.search(r"icons\.svg", page.content())
