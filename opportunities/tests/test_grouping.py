"""The board by owner, close month and source, and moving cards on it."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from core.models import Change
from opportunities.models import Opportunity
from tests.factories import leads, opportunities

COLUMN = re.compile(r'data-stage="(\w+-[\w-]+)" data-stage-name="([^"]*)"')


@pytest.fixture
def deals(nora, omar, tess):
    fair, web = leads.source("Fair"), leads.source("Website")
    made = [
        opportunities.opportunity("Booths", owner=nora, expected=1000, source=fair, close_date=date(2031, 12, 3)),
        opportunities.opportunity("Pods", owner=nora, expected=2000, source=web, close_date=date(2031, 12, 20)),
        opportunities.opportunity("Lockers", owner=omar, expected=500, source=web, close_date=date(2032, 1, 31), currency="SEK"),
        opportunities.opportunity("Chairs", owner=omar, expected=50),
    ]
    opportunities.opportunity("Sold", owner=nora, expected=9).win(at=made[0].opened_at, by=nora)
    return made


def columns(client, by: str, **query) -> list[tuple[str, str]]:
    """Return (name, text) of each column in order."""
    page = client.get("/opportunities/", {"by": by, **query}).content.decode()
    parts = page.split('<section class="col" ')[1:]
    return [(COLUMN.search(part)[2], part) for part in parts]


def names(client, by: str, **query) -> list[str]:
    return [name for name, _text in columns(client, by, **query)]


class TestGroups:
    def test_by_owner_are_people_by_name(self, client_of, tess, deals):
        found = columns(client_of(tess), "owner")
        assert [name for name, _text in found] == ["Nora Bakke", "Omar Haddad"]
        assert "Booths" in found[0][1] and "Lockers" in found[1][1]
        assert "€3,000" in found[0][1] and "SEK" in found[1][1] and "€50" in found[1][1]

    def test_by_month_stand_in_time_and_without_one_last(self, client_of, tess, deals):
        assert names(client_of(tess), "month")[-3:] == ["December 2031", "January 2032", "No close date"]

    def test_by_month_the_next_ones_stand_ready(self, client_of, tess, deals):
        found = columns(client_of(tess), "month")
        assert len(found) == 6
        assert all('data-count="0"' in text and "<article" not in text for _name, text in found[:3])
        assert f"close_date={timezone.localdate().year}" in found[0][1]

    def test_by_source_begin_with_what_brings_most(self, client_of, tess, deals):
        assert names(client_of(tess), "source") == ["Website", "Fair", "No source"]

    def test_leave_out_what_is_closed_and_what_one_may_not_see(self, client_of, nora, deals):
        found = columns(client_of(nora), "owner")
        assert [name for name, _text in found] == ["Nora Bakke"]
        assert "Sold" not in found[0][1] and "Lockers" not in found[0][1]

    def test_keep_to_the_filters(self, client_of, tess, nora, deals):
        client, fair = client_of(tess), Opportunity.objects.get(name="Booths").source_id
        assert names(client, "owner", owner=nora.pk) == ["Nora Bakke"]
        assert names(client, "owner", **{"source.is": fair}) == ["Nora Bakke"]
        assert names(client, "month", **{"close_date.after": "2031-12-31"}) == ["January 2032"]

    def test_show_ten_cards_and_the_rest_on_demand(self, client_of, nora):
        for n in range(13):
            opportunities.opportunity(f"Deal {n}", owner=nora)
        client = client_of(nora)
        [(_name, text)] = columns(client, "owner")
        assert text.count("<article") == 10 and "Load more (3)" in text and "intersect" in text
        more = {"by": "owner", "stage": f"owner-{nora.pk}", "offset": 10}
        rest = client.get("/opportunities/", more, headers={"HX-Request": "true"}).content.decode()
        assert rest.count("<article") == 3 and "Load more" not in rest and "<html" not in rest
        [(_name, text)] = columns(client, **more)
        assert text.count("<article") == 3 and "Back to the first" in text

    @pytest.mark.parametrize("by", ["stage", "nonsense", ""])
    def test_of_no_known_kind_are_the_stages(self, client_of, nora, deals, by):
        text = client_of(nora).get("/opportunities/", {"by": by}).content.decode()
        assert "data-board" in text and "data-by" not in text

    @pytest.mark.parametrize("by", ["owner", "month", "source"])
    @pytest.mark.parametrize("query", ["stage=owner-1", "stage=month-2026-13&offset=10", "stage=x&offset=1", "stage=source-none&offset=10"])
    def test_take_any_address(self, client_of, nora, deals, by, query):
        assert client_of(nora).get(f"/opportunities/?by={by}&{query}").status_code == 200

    @pytest.mark.parametrize("by", ["owner", "month", "source"])
    def test_cost_few_queries_however_many_cards(self, client_of, nora, deals, by, django_assert_max_num_queries):
        client = client_of(nora)
        client.get("/opportunities/", {"by": by})
        for n in range(12):
            opportunities.opportunity(f"Deal {n}", owner=nora)
        with django_assert_max_num_queries(17):
            client.get("/opportunities/", {"by": by})

    def test_name_each_cards_stage(self, client_of, nora, deals):
        stage = Opportunity.objects.get(name="Booths").stage
        [(_name, text)] = columns(client_of(nora), "owner")
        assert text.count(f'muted">{stage.name}<') == 2

    def test_without_any_deal_say_so(self, client_of, nora):
        opportunities.pipeline()
        assert "No deals here yet" in client_of(nora).get("/opportunities/?by=owner").content.decode()


class TestLinks:
    def test_keep_the_grouping(self, client_of, nora, deals):
        text = client_of(nora).get("/opportunities/?by=owner&sort=value").content.decode()
        assert "by=owner&amp;sort=age" in text or "sort=age&amp;by=owner" in text
        form = client_of(nora).get("/opportunities/filter/?by=owner").content.decode()
        assert '<input type="hidden" name="by" value="owner">' in form


def move(client, deal, key: str, seen: str = "", **more):
    """Move a card as the board does."""
    board = f"http://testserver/opportunities/?by={key.partition('-')[0]}"
    headers = {"HX-Request": "true", "HX-Current-URL": board}
    return client.post(reverse("opportunities:column", args=[deal.pk]), {"stage": key, "seen": seen, **more}, headers=headers)


class TestMoves:
    def test_between_owners_hand_the_deal_over_and_can_be_taken_back(self, client_of, tess, nora, omar, deals):
        client, deal = client_of(tess), deals[0]
        answer = move(client, deal, f"owner-{omar.pk}", f"owner-{nora.pk}")
        assert answer.status_code == 200 and "Assigned to Omar Haddad." in answer["HX-Trigger"]
        text = answer.content.decode()
        assert f'id="head-owner-{omar.pk}"' in text and f'id="card-{deal.pk}"' in text and text.count("hx-swap-oob") == 3
        deal.refresh_from_db()
        assert deal.owner == omar and deal.events.filter(kind="assigned", actor=tess).exists()
        client.post(reverse("core:undo", args=[Change.objects.latest("pk").pk]))
        deal.refresh_from_db()
        assert deal.owner == nora

    def test_of_the_last_card_draw_the_board_anew(self, client_of, tess, nora, omar, deals):
        deals[0].win(at=deals[0].opened_at, by=nora)
        answer = move(client_of(tess), deals[1], f"owner-{omar.pk}", f"owner-{nora.pk}")
        assert answer.status_code == 204 and "opportunity:assigned" in answer["HX-Trigger"]

    def test_out_of_ones_own_sight_draw_the_board_anew(self, client_of, nora, omar, deals):
        answer = move(client_of(nora), deals[0], f"owner-{omar.pk}", f"owner-{nora.pk}")
        assert answer.status_code == 204 and "opportunity:assigned" in answer["HX-Trigger"]

    @pytest.mark.parametrize(
        ("before", "key", "after"),
        [(date(2031, 12, 31), "month-2032-02", date(2032, 2, 29)), (date(2031, 12, 3), "month-2032-01", date(2032, 1, 3)),
         (None, "month-2032-02", date(2032, 2, 29)), (date(2031, 12, 3), "month-none", None)],
    )  # fmt: skip
    def test_between_months_change_the_expected_close(self, client_of, nora, deals, before, key, after):
        deal = opportunities.opportunity("Moving", owner=nora, close_date=before)
        assert move(client_of(nora), deal, key).status_code in {200, 204}
        deal.refresh_from_db()
        assert deal.close_date == after
        client_of(nora).post(reverse("core:undo", args=[Change.objects.latest("pk").pk]))
        deal.refresh_from_db()
        assert deal.close_date == before

    def test_between_sources_are_refused_unless_the_menu_says_so(self, client_of, nora, deals):
        client, deal, web = client_of(nora), deals[0], deals[1].source
        answer = move(client, deal, f"source-{web.pk}")
        assert answer.status_code == 409 and "Its menu can do that" in answer["HX-Trigger"]
        assert move(client, deal, f"source-{web.pk}", chosen=1).status_code in {200, 204}
        deal.refresh_from_db()
        assert deal.source == web

    def test_to_where_it_is_change_nothing(self, client_of, nora, deals):
        version = Opportunity.objects.get(pk=deals[0].pk).version
        answer = move(client_of(nora), deals[0], f"owner-{nora.pk}", f"owner-{nora.pk}")
        assert answer.status_code == 200 and "toast" not in answer["HX-Trigger"]
        assert Opportunity.objects.get(pk=deals[0].pk).version == version

    def test_of_a_card_somebody_else_moved_say_who(self, client_of, tess, nora, omar, deals, at):
        deals[0].assign_to(omar, at=at, by=omar)
        answer = move(client_of(tess), deals[0], "owner-none", f"owner-{nora.pk}")
        assert answer.status_code == 409
        assert "Omar Haddad changed" in answer["HX-Trigger"] and "It is with Omar Haddad now." in answer["HX-Trigger"]
        assert Opportunity.objects.get(pk=deals[0].pk).owner == omar

    @pytest.mark.parametrize("key", ["owner-999999", "source-999999", "month-2026-13", "owner-x", "stage-1", "", "owner-none-1"])
    def test_to_what_is_not_there_are_refused(self, client_of, nora, deals, key):
        before = Opportunity.objects.get(pk=deals[0].pk).version
        assert move(client_of(nora), deals[0], key, chosen=1).status_code == 409
        assert Opportunity.objects.get(pk=deals[0].pk).version == before

    def test_never_go_to_people_of_other_teams(self, client_of, nora, vera, deals):
        assert move(client_of(nora), deals[0], f"owner-{vera.pk}").status_code == 409

    def test_of_a_closed_deal_are_refused(self, client_of, nora, deals):
        sold = Opportunity.objects.get(name="Sold")
        assert move(client_of(nora), sold, "month-2031-12").status_code == 409

    def test_work_without_javascript(self, client_of, nora, deals):
        address = reverse("opportunities:column", args=[deals[0].pk])
        answer = client_of(nora).post(address, {"stage": "month-2032-01"})
        assert answer.status_code == 302
        deals[0].refresh_from_db()
        assert deals[0].close_date == date(2032, 1, 3)


class TestChanges:
    """What an open board by owner, month or source is told."""

    def ask(self, client, by: str, shown: dict[str, str]) -> dict:
        since = f"{timezone.now().timestamp() - 120:.3f}"
        return client.get("/opportunities/changes/", {
            "by": by, "since": since, "shown": ",".join(f"{key}:{numbers}" for key, numbers in shown.items()),
        }).json()  # fmt: skip

    @pytest.fixture
    def quiet(self, deals):
        Opportunity.objects.update(changed_at=timezone.now() - timedelta(hours=1))
        return deals

    def test_are_none_while_nothing_happens(self, client_of, tess, nora, omar, quiet):
        told = self.ask(client_of(tess), "owner", {f"owner-{nora.pk}": "2:2", f"owner-{omar.pk}": "2:2"})
        assert "columns" not in told and not told["again"]

    def test_of_a_hand_over_are_the_columns_with_the_card(self, client_of, tess, nora, omar, quiet, at):
        quiet[0].assign_to(omar, at=at, by=tess)
        told = self.ask(client_of(tess), "owner", {f"owner-{nora.pk}": "2:2", f"owner-{omar.pk}": "2:2"})
        columns = {column["stage"]: column for column in told["columns"]}
        assert columns[f"owner-{nora.pk}"]["keys"] == [quiet[1].pk]
        assert set(columns[f"owner-{omar.pk}"]["keys"]) == {quiet[0].pk, quiet[2].pk, quiet[3].pk}
        assert str(quiet[0].pk) in columns[f"owner-{omar.pk}"]["cards"]

    def test_of_a_column_that_came_or_went_draw_the_board_anew(self, client_of, tess, nora, omar, quiet):
        assert self.ask(client_of(tess), "owner", {f"owner-{nora.pk}": "2:2"})["again"]


HOLD_THE_NEXT_ANSWER = """() => {
  const ask = window.fetch;
  window.fetch = async (...given) => {
    window.fetch = ask;
    const answer = await ask(...given);
    await new Promise((letGo) => { window.letGo = letGo; document.body.dataset.held = 1; });
    return answer;
  };
}"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.browser
class TestInTheBrowser:
    def test_cards_are_dragged_moved_by_keys_and_by_menu(self, page_as, tess, nora, omar, deals, complaints):
        complaints.allow("409")
        page = page_as(tess)
        page.goto("/opportunities/?by=owner")
        hers, his = (page.locator(f'[data-stage="owner-{person.pk}"]') for person in (nora, omar))
        with page.expect_response(lambda response: "/column/" in response.url):
            page.locator(f"#card-{deals[0].pk}").drag_to(his.locator("[data-cards]"))
        expect(page.locator("#toasts")).to_contain_text("Assigned to Omar Haddad.")
        expect(his.locator(".count")).to_have_text("3")
        expect(hers.locator(".count")).to_have_text("1")
        page.locator(f"#deal-{deals[0].pk}").focus()
        with page.expect_response(lambda response: "/column/" in response.url):
            page.keyboard.press("ArrowLeft")
        expect(hers.locator(f"#card-{deals[0].pk}")).to_be_visible()
        expect(page.locator(f"#deal-{deals[0].pk}")).to_be_focused()
        page.goto("/opportunities/?by=source")
        with page.expect_response(lambda response: "/column/" in response.url):
            page.locator(f"#card-{deals[0].pk}").drag_to(page.locator(f'[data-stage="source-{deals[1].source_id}"] [data-cards]'))
        expect(page.locator("#toasts")).to_contain_text("Its menu can do that.")
        expect(page.locator(f'[data-stage="source-{deals[0].source_id}"] #card-{deals[0].pk}')).to_be_visible()
        page.goto("/opportunities/?by=month")
        page.locator(f"#card-{deals[3].pk} .more").click()
        page.locator("#deal-menu select").select_option(index=1)
        with page.expect_response(lambda response: "/column/" in response.url):
            page.get_by_role("button", name="Move", exact=True).click()
        expect(page.locator("[data-stage='month-none']")).to_have_count(0)
        assert Opportunity.objects.get(pk=deals[3].pk).close_date is not None

    def test_an_answer_from_before_a_move_takes_nothing_back(self, page_as, tess, nora, omar, deals):
        page = page_as(tess)
        page.goto("/opportunities/?by=owner")
        page.evaluate(HOLD_THE_NEXT_ANSWER)
        link, body = page.locator(f"#deal-{deals[0].pk}"), page.locator("body")
        link.focus()
        page.keyboard.press("ArrowRight")
        expect(body).to_have_attribute("data-held", "1")
        with page.expect_response(lambda response: "/column/" in response.url):
            page.keyboard.press("ArrowLeft")
        expect(page.locator(f'[data-stage="owner-{nora.pk}"] .count')).to_have_text("2")
        with page.expect_response("**/changes/**"):  # asked again: what was held tells of before
            page.evaluate("() => window.letGo()")
        expect(link).to_be_focused()
        expect(page.locator(f'[data-stage="owner-{nora.pk}"] #card-{deals[0].pk}')).to_be_visible()

    def test_a_question_without_an_answer_is_asked_again(self, page_as, tess, deals, complaints):
        complaints.allow("503")
        page = page_as(tess)
        page.add_init_script("window.EventSource = class extends EventTarget { close() {} }")  # no sign of life but these
        page.goto("/opportunities/?by=owner")
        page.route("**/changes/**", lambda route: route.fulfill(status=503), times=1)
        with page.expect_response(lambda response: response.status == 503):
            page.evaluate("""() => {
              new BroadcastChannel(`live-${document.body.dataset.person}`).postMessage({ name: "alive", topics: ["open"] });
            }""")
        with page.expect_response(lambda response: "/changes/" in response.url and response.ok, timeout=30_000):
            pass  # before the stream is thought dead, after 40 s, and everything is asked for
