"""What an open board is told of what others do."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from core import live
from opportunities.models import Opportunity
from tests.factories import opportunities

ADDRESS = "/opportunities/changes/"


@pytest.fixture
def deals(nora, stages):
    """Three deals in the first stage, changed long ago."""
    made = [opportunities.opportunity(f"Deal {n}", owner=nora, expected=1000 * n) for n in (1, 2, 3)]
    Opportunity.objects.update(changed_at=timezone.now() - timedelta(hours=1))
    return made


def ask(client, *, seconds: float = 120, **query) -> dict:
    """Ask what changed in these seconds: more than any machine needs from the change to here, far less than an hour."""
    since = f"{timezone.now().timestamp() - seconds:.3f}"
    answer = client.get(ADDRESS, {"since": since, **query})
    assert answer.status_code == 200
    return answer.json()


class TestChanges:
    def test_are_none_while_nothing_happens(self, client_of, nora, deals):
        told = ask(client_of(nora))
        assert "columns" not in told and not told["again"]

    def test_of_a_move_are_both_columns_with_the_card(self, client_of, nora, deals, stages, at):
        deals[0].move_to(stages[1], at=at, by=nora)
        told = ask(client_of(nora))
        columns = {column["stage"]: column for column in told["columns"]}
        assert set(columns) == {stages[0].pk, stages[1].pk}
        assert columns[stages[1].pk]["keys"] == [deals[0].pk]
        assert sorted(columns[stages[0].pk]["keys"]) == sorted([deals[1].pk, deals[2].pk])
        assert f'id="card-{deals[0].pk}"' in columns[stages[1].pk]["cards"][str(deals[0].pk)]
        assert "3 deals" in told["sum"]

    def test_of_a_win_take_the_card_away_and_count_the_fold(self, client_of, nora, deals, at):
        with_at = timezone.now()
        deals[0].win(at=with_at, by=nora)
        told = ask(client_of(nora))
        assert deals[0].pk not in told["columns"][0]["keys"]
        assert told["folds"]["won"].startswith("1 ")

    def test_of_a_new_deal_bring_its_card(self, client_of, nora, deals, stages):
        made = opportunities.opportunity("Brand new", owner=nora)
        told = ask(client_of(nora))
        assert "Brand new" in told["columns"][0]["cards"][str(made.pk)]

    def test_show_nobody_what_they_may_not_see(self, client_of, nora, omar, deals, stages, at):
        deals[0].move_to(stages[1], at=at, by=nora)
        told = ask(client_of(omar))
        assert all(column["keys"] == [] and column["cards"] == {} for column in told["columns"])
        assert "Deal 1" not in str(told)

    def test_of_a_hand_over_take_the_card_from_who_sees_it_no_longer(self, client_of, nora, omar, deals, at):
        deals[0].assign_to(omar, at=at, by=nora)
        assert deals[0].pk not in ask(client_of(nora))["columns"][0]["keys"]
        assert ask(client_of(omar))["columns"][0]["keys"] == [deals[0].pk]

    def test_keep_to_the_boards_narrowing(self, client_of, tess, nora, omar, deals, stages, at):
        deals[0].move_to(stages[1], at=at, by=nora)
        told = ask(client_of(tess), owner=omar.pk)
        assert all(column["keys"] == [] for column in told["columns"])

    def test_keep_each_columns_length_and_offer_more(self, client_of, nora, stages, at):
        many = [opportunities.opportunity(f"Deal {n}", owner=nora) for n in range(12)]
        client = client_of(nora)
        [column] = ask(client, shown=f"{stages[0].pk}:10")["columns"]
        assert len(column["keys"]) == 10 and "offset=10" in column["more"] and "since" not in column["more"]
        [column] = ask(client, shown=f"{stages[0].pk}:12")["columns"]
        assert len(column["keys"]) == len(many) and column["more"] == ""

    def test_of_what_left_without_a_trace_show_by_the_numbers(self, client_of, nora, omar, deals, stages):
        client, first = client_of(nora), stages[0].pk
        assert "columns" not in ask(client, shown=f"{first}:3:3")
        Opportunity.objects.filter(pk=deals[0].pk).delete()
        [column] = ask(client, shown=f"{first}:3:3")["columns"]
        assert sorted(column["keys"]) == [deals[1].pk, deals[2].pk] and 'data-count="2"' in column["head"]
        deals[1].shared_with.add(omar)
        theirs = client_of(omar)
        assert "columns" not in ask(theirs, shown=f"{first}:1:1")
        deals[1].shared_with.clear()
        [column] = ask(theirs, shown=f"{first}:1:1")["columns"]
        assert column["keys"] == []

    def test_leave_out_cards_the_board_has_already(self, client_of, nora, deals, stages, at):
        client, last = client_of(nora), deals[2]
        last.move_to(stages[1], at=at, by=nora)
        shown = {"shown": f"{stages[0].pk}:3:3,{stages[1].pk}:0:0"}
        old = ",".join(f"{deal.pk}.1" for deal in deals)
        told = {column["stage"]: column for column in ask(client, **shown, have=old)["columns"]}
        assert set(told) == {stages[0].pk, stages[1].pk}
        assert list(told[stages[1].pk]["cards"]) == [str(last.pk)] and told[stages[0].pk]["cards"] == {}
        known = f"{deals[0].pk}.1,{last.pk}.{last.version}"
        told = {column["stage"]: column for column in ask(client, **shown, have=known)["columns"]}
        assert told[stages[1].pk]["cards"] == {} and list(told[stages[0].pk]["cards"]) == [str(deals[1].pk)]

    def test_of_others_deals_touch_nothing_that_one_sees(self, client_of, nora, omar, deals, stages, at):
        theirs = opportunities.opportunity("Theirs", owner=omar)
        theirs.move_to(stages[1], at=at, by=omar)
        assert "columns" not in ask(client_of(nora), shown=f"{stages[0].pk}:3:3,{stages[1].pk}:0:0")

    def test_of_an_undone_opening_are_told_to_the_boards(self, nora, deals, at, monkeypatch, django_capture_on_commit_callbacks):
        from opportunities.conversion import convert
        from opportunities.undoing import undo_conversion
        from tests.factories import leads

        conversion = convert(leads.lead("Maya", owner=nora, company_name="Nordlys"), at=at, by=nora)
        deal = conversion.opportunity
        told = []
        monkeypatch.setattr(live, "publish", lambda *topics: told.extend(topics))
        with django_capture_on_commit_callbacks(execute=True):
            undo_conversion(conversion, at=at, by=nora)
        assert not Opportunity.objects.filter(pk=deal.pk).exists()
        assert f"board:{deal.pipeline_id}" in told

    def test_too_many_or_too_long_ago_draw_the_board_anew(self, client_of, nora, deals, stages, monkeypatch):
        client = client_of(nora)
        assert ask(client, seconds=3600)["again"]
        monkeypatch.setattr("opportunities.changes.MOST", 2)
        Opportunity.objects.update(changed_at=timezone.now())
        assert ask(client)["again"]

    @pytest.mark.parametrize(
        "query", ["", "since=x", "since=nan", "since=1e400", "since=-1", "since=~", "since=x~1.1", "since=1~9.9,x.~.", "since=0&shown=x:y,1:,9999999999999:3&have=,x.1,1.,2.99"]
    )
    def test_take_any_address(self, client_of, nora, deals, query):
        answer = client_of(nora).get(f"{ADDRESS}?{query}")
        assert answer.status_code == 200 and answer.json()["again"]

    def test_are_told_once_and_what_comes_after_them_too(self, client_of, nora, deals, stages, at):
        client = client_of(nora)
        deals[0].move_to(stages[1], at=at, by=nora)
        first = ask(client)
        second = client.get(ADDRESS, {"since": first["since"]}).json()
        assert "columns" in first and "columns" not in second
        deals[1].move_to(stages[1], at=at, by=nora)
        third = client.get(ADDRESS, {"since": second["since"]}).json()
        assert {key for column in third["columns"] for key in column["cards"]} >= {str(deals[1].pk)}
        deals[0].move_to(stages[2], at=at, by=nora)
        fourth = client.get(ADDRESS, {"since": third["since"]}).json()
        assert {column["stage"] for column in fourth["columns"]} >= {stages[1].pk, stages[2].pk}

    def test_that_were_told_are_told_again_to_a_board_whose_numbers_say_otherwise(self, client_of, nora, deals, stages, at):
        deals[0].move_to(stages[1], at=at, by=nora)
        first = ask(client_of(nora))
        shown = ",".join(f"{stage.pk}:{count}:{count}" for stage, count in zip(stages, (3, 0, 0, 0, 0, 0), strict=False))
        again = client_of(nora).get(ADDRESS, {"since": first["since"], "shown": shown}).json()
        assert {column["stage"] for column in again["columns"]} == {stages[0].pk, stages[1].pk}

    def test_beyond_a_hundred_are_not_kept_in_the_address(self, client_of, nora, deals, monkeypatch):
        monkeypatch.setattr("opportunities.views.changes.KNOWN_AT_MOST", 2)
        Opportunity.objects.update(changed_at=timezone.now())
        assert "~" not in ask(client_of(nora))["since"]

    def test_cost_few_queries(self, client_of, nora, deals, stages, at, django_assert_max_num_queries):
        deals[0].move_to(stages[1], at=at, by=nora)
        client = client_of(nora)
        ask(client)
        with django_assert_max_num_queries(12):
            ask(client)


class TestHints:
    @pytest.mark.parametrize("verb", ["move", "win", "assign", "plan", "open"])
    def test_go_to_the_boards_of_the_pipeline(
        self, verb, nora, omar, deals, stages, at, monkeypatch, django_capture_on_commit_callbacks
    ):
        told, deal = [], deals[0]
        monkeypatch.setattr(live, "publish", lambda *topics: told.extend(topics))
        acts = {
            "move": lambda: deal.move_to(stages[1], at=at, by=nora), "win": lambda: deal.win(at=at, by=nora),
            "assign": lambda: deal.assign_to(omar, at=at, by=nora), "plan": lambda: deal.plan("call", at, at=at, by=nora),
            "open": lambda: opportunities.opportunity("New", owner=nora),
        }  # fmt: skip
        with django_capture_on_commit_callbacks(execute=True):
            acts[verb]()
            assert told == []
        assert f"board:{stages[0].pipeline_id}" in told


@pytest.mark.django_db(transaction=True)
@pytest.mark.browser
class TestTwoBrowsers:
    def column(self, page, stage):
        return page.locator(f"[data-stage='{stage.pk}'] > [data-cards]")

    def hear(self, page) -> None:
        """What the stream does when somebody changed the board; the test server has no stream."""
        page.evaluate("document.dispatchEvent(new CustomEvent('live:changed', {detail: {topic: 'open'}}))")

    def test_see_each_others_moves_and_collide_kindly(self, page_as, complaints, nora, tess, deals, stages, at):
        complaints.allow("409")
        board = reverse("opportunities:board")
        mine, hers = page_as(nora), page_as(tess)
        for page in (mine, hers):
            page.goto(board)
            expect(self.column(page, stages[0]).locator("[data-card]")).to_have_count(3)
        hers.locator(f"#deal-{deals[1].pk}").focus()
        deals[0].refresh_from_db()
        deals[0].move_to(stages[1], at=at, by=nora)
        self.hear(hers)
        expect(self.column(hers, stages[1]).locator(f"#card-{deals[0].pk}")).to_be_visible()
        expect(self.column(hers, stages[0]).locator("[data-card]")).to_have_count(2)
        expect(hers.locator(f"#deal-{deals[1].pk}")).to_be_focused()
        expect(hers.locator(f"#head-{stages[1].pk} .count")).to_have_text("1")
        # Nora has not heard of it yet that Tess moved the second one, and moves it herself
        deals[1].refresh_from_db()
        deals[1].move_to(stages[2], at=at, by=tess)
        mine.locator(f"#deal-{deals[1].pk}").focus()
        mine.keyboard.press("2")
        expect(mine.locator("#toasts")).to_contain_text(
            f"changed “Deal 2” a moment ago. It is in {stages[2].name} now."
        )
        expect(self.column(mine, stages[2]).locator(f"#card-{deals[1].pk}")).to_be_visible()
        expect(mine.locator(f"#deal-{deals[1].pk}")).to_be_focused()
