"""The board and what its cards are told, with and without JavaScript."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from core import clock
from core.models import Change
from opportunities.models import MonthTotal, Opportunity, Pipeline, Stage, StageTotal
from opportunities.scope import Scope
from tests.factories import opportunities as make
from tests.harness.words import text_of

pytestmark = pytest.mark.django_db
BOARD = "/opportunities/"
HTMX = {"headers": {"HX-Request": "true"}}


def on_board(**more) -> dict:
    return {"headers": {"HX-Request": "true", "HX-Current-URL": f"http://testserver{BOARD}", **more}}


class TestBoard:
    def test_shows_columns_with_count_sum_and_weighted_sum(self, client_of, deal, nora):
        make.opportunity("Pods", owner=nora, expected=4000, at=timezone.now())
        page = client_of(nora).get(BOARD)
        words = text_of(page)
        assert page.status_code == 200
        assert "Qualified 2" in words and "€100,000" in words and "€20,000 at 20%" in words
        assert "Phone booths" in words and "Nordlys Interiors" in words and "No next step" in words

    def test_names_no_share_of_nothing(self, client_of, nora, stages):
        make.opportunity("Not priced yet", owner=nora, expected=0, at=timezone.now())
        words = text_of(client_of(nora).get(BOARD))
        assert "Not priced yet" in words and "at 0%" not in words

    def test_keeps_currencies_apart(self, client_of, nora, deal):
        make.opportunity("Pods", owner=nora, expected=4000, currency="SEK", at=timezone.now())
        words = text_of(client_of(nora).get(BOARD))
        assert "€96,000" in words and re.search(r"SEK\s?4,000", words) and "100,000" not in words

    def test_shows_only_what_one_may_see(self, client_of, deal, vera, omar, tess, olga, ada):
        for person, sees in ((vera, False), (omar, False), (tess, True), (olga, False), (ada, True)):
            words = text_of(client_of(person).get(BOARD))
            assert ("Phone booths" in words) == sees, person
            assert ("€96,000" in words) == sees, person

    def test_shows_what_is_shared_in_cards_and_head(self, client_of, deal, vera):
        deal.shared_with.add(vera)
        words = text_of(client_of(vera).get(BOARD))
        assert "Phone booths" in words and "Qualified 1" in words and "€96,000" in words

    def test_shows_ten_cards_a_column_and_loads_more(self, client_of, nora, stages):
        for n in range(13):
            make.opportunity(f"Deal {n:02}", owner=nora, at=timezone.now())
        client = client_of(nora)
        page = client.get(BOARD).content.decode()
        assert page.count('id="card-') == 10 and "Load more (3)" in page
        more = client.get(f"{BOARD}?stage={stages[0].pk}&offset=10", **HTMX).content.decode()
        assert more.count('id="card-') == 3 and "<html" not in more and "Load more" not in more
        whole = client.get(f"{BOARD}?stage={stages[0].pk}&offset=10").content.decode()
        assert whole.count('id="card-') == 3 and "Back to the first" in whole

    def test_narrows_by_owner_and_team(self, client_of, tess, nora, omar, north):
        make.opportunity("Noras", owner=nora, at=timezone.now())
        make.opportunity("Omars", owner=omar, at=timezone.now())
        make.opportunity("Nobodys", team=north, at=timezone.now())
        client = client_of(tess)
        for asked, seen in (
            (f"owner={nora.pk}", "Noras"),
            ("owner=nobody", "Nobodys"),
            (f"owner={omar.pk}&team={north.pk}", "Omars"),
        ):
            words = text_of(client.get(f"{BOARD}?{asked}"))
            assert seen in words and "Qualified 1" in words
            assert sum(name in words for name in ("Noras", "Omars", "Nobodys")) == 1
        assert client.get(f"{BOARD}?owner=999999&team=x&pipeline=%27&sort=;").status_code == 200

    def test_says_so_when_there_is_nothing(self, client_of, nora):
        assert "No deals here yet" in text_of(client_of(nora).get(BOARD))

    def test_marks_what_rots(self, client_of, nora, stages):
        make.opportunity("Old", owner=nora, at=timezone.now() - timedelta(days=20))
        page = client_of(nora).get(BOARD).content.decode()
        assert "is-stale" in page and "20 d" in page

    def test_folds_tell_of_this_quarter_and_open_on_a_press(self, client_of, deal, nora):
        deal.win(amount=Decimal(90000), at=timezone.now(), by=nora)
        make.opportunity("Pods", owner=nora).lose(make.lost_reason("Price"), at=timezone.now(), by=nora)
        client = client_of(nora)
        assert 'aria-label="Won, 1 this quarter"' in client.get(BOARD).content.decode() and "€90K" in text_of(
            client.get(BOARD)
        )
        words = text_of(client.get(f"{BOARD}?closed=lost"))
        assert "Pods" in words and "Price" in words and "Phone booths" not in words
        assert client.get(f"{BOARD}?closed=%27").status_code == 200

    def test_empty_totals_are_dropped(self, deal, at):
        from opportunities.tasks import bulk_tidy_totals

        deal.win(at=at)
        assert StageTotal.objects.count() == MonthTotal.objects.count() == 1
        assert bulk_tidy_totals() == 2 and bulk_tidy_totals() == 0

    def test_fragment_equals_page(self, client_of, deal, nora):
        client = client_of(nora)
        whole, part = client.get(BOARD), client.get(BOARD, **HTMX)
        board = text_of(part).partition("1 deal ·")[0].strip()  # what follows is the head's sum, out of band
        assert "Phone booths" in board and board in text_of(whole) and "<html" not in part.content.decode()

    def test_needs_few_queries_however_many_cards(self, client_of, nora, django_assert_max_num_queries):
        for stage in make.stages():
            for _n in range(10):
                make.opportunity(owner=nora, stage=stage, at=timezone.now())
        client = client_of(nora)
        with django_assert_max_num_queries(15):
            client.get(BOARD)
        with django_assert_max_num_queries(15):
            assert client.get(BOARD).content.decode().count('id="card-') == 40

    def test_the_menu_of_the_cards_carries_each_readers_own_token(self, client_of, nora, tess, deal):
        first = client_of(nora).get(BOARD).content.decode()
        second = client_of(tess).get(BOARD).content.decode()
        token = re.search(r'id="deal-menu".*?csrfmiddlewaretoken" value="(\w+)"', second, re.S)[1]
        assert token not in first

    def test_a_renamed_company_shows_at_once(self, client_of, nora, deal, at):
        client = client_of(nora)
        client.get(BOARD)
        deal.company.edit({"name": "Nordlys AB"}, at=at, by=nora)
        assert "Nordlys AB" in text_of(client.get(BOARD))

    def test_a_card_bands_its_score_by_the_teams_limits_at_once(self, client_of, nora, deal):
        Opportunity.objects.filter(pk=deal.pk).update(score=60)
        for hot, warm, tone in ((95, 80, "cold"), (95, 40, "warm"), (55, 40, "hot")):
            type(deal.team).objects.filter(pk=deal.team_id).update(hot_from=hot, warm_from=warm)
            assert f'class="score tone-{tone}"' in client_of(nora).get(BOARD).content.decode()

    def test_a_card_turns_overdue_by_itself(self, client_of, nora, deal):
        now = timezone.now()
        deal.plan("call", now + timedelta(minutes=2), at=now, by=nora)
        client = client_of(nora)
        assert "due-over" not in client.get(BOARD).content.decode()
        from opportunities import cards

        assert cards.lasts(Opportunity.objects.get(pk=deal.pk), now) <= 120
        with clock.stopped_at(now + timedelta(minutes=5)):
            card = cards.draw(Opportunity.objects.for_cards().get(pk=deal.pk), at=clock.now())
        assert "due-over" in card


class TestWhatABoardShows:
    """The board reads along indexes; who sees what must be what visible_to says."""

    def test_is_what_visible_to_says_for_every_role(self, nora, omar, vera, tess, olga, ada, north, south):
        for owner, team in ((nora, north), (omar, north), (vera, south), (None, north), (None, south), (tess, north)):
            make.opportunity(owner=owner, team=team)
        brought_in = make.opportunity(owner=vera)
        Opportunity.objects.filter(pk=brought_in.pk).update(created_by=olga)
        brought_in.shared_with.add(nora)
        from opportunities import board

        pipeline = Pipeline.objects.get()
        for person in (nora, omar, vera, tess, olga, ada):
            for narrowing in (
                {},
                {"team": north},
                {"owner": "nobody"},
                {"owner": "me"},
                {"owner": str(vera.pk), "team": south},
            ):
                scope = Scope(person, pipeline, [pipeline], **narrowing)
                wanted = set(scope.rows().open().values_list("pk", flat=True))
                stage = scope.stages[0]
                assert set(board.first_cards(scope, scope.stages, limit=50)[stage.pk]) == wanted, (person, narrowing)
                assert board.heads(scope, [stage], today=timezone.localdate())[stage.pk].count == len(wanted), (
                    person,
                    narrowing,
                )

    @pytest.mark.parametrize("sort", ["next", "score", "value", "age"])
    def test_comes_in_the_order_asked_for(self, nora, ada, sort, at):
        from opportunities import board

        now = timezone.now()
        for score, value, days in ((10, 300, 1), (None, 100, 3), (90, 200, 2)):
            made = make.opportunity(owner=nora, expected=value, score=score, at=now - timedelta(days=days))
            if score != 10:
                made.plan("call", now + timedelta(days=value), at=now, by=nora)
        pipeline = Pipeline.objects.get()
        for person in (nora, ada):
            scope = Scope(person, pipeline, [pipeline], sort=sort)
            keys = board.first_cards(scope, scope.stages)[scope.stages[0].pk]
            values = [int(Opportunity.objects.get(pk=key).expected) for key in keys]
            assert (
                values
                == {
                    "next": [100, 200, 300],
                    "score": [200, 300, 100],
                    "value": [300, 200, 100],
                    "age": [100, 200, 300],
                }[sort]
            )


class TestMove:
    def url(self, deal):
        return reverse("opportunities:stage", args=[deal.pk])

    def test_by_form_goes_back_to_the_board(self, client_of, deal, stages, nora):
        answer = client_of(nora).post(self.url(deal), {"stage": stages[1].pk, "seen": stages[0].pk}, follow=True)
        deal.refresh_from_db()
        assert (
            answer.redirect_chain == [(BOARD, 302)]
            and deal.stage == stages[1]
            and "Moved to Needs agreed." in text_of(answer)
        )

    def test_from_the_board_answers_with_both_heads_and_the_card(self, client_of, deal, stages, nora):
        answer = client_of(nora).post(self.url(deal), {"stage": stages[2].pk, "seen": stages[0].pk}, **on_board())
        html = answer.content.decode()
        assert answer.status_code == 200 and html.count('hx-swap-oob="true"') == 3
        assert (
            f'id="head-{stages[0].pk}"' in html
            and f'id="head-{stages[2].pk}"' in html
            and f'id="card-{deal.pk}"' in html
        )
        assert f'data-seen="{stages[2].pk}"' in html and "€57,600 at 60%" in text_of(answer)
        assert '"undo"' in answer.headers["HX-Trigger"]

    def test_from_another_page_says_only_what_happened(self, client_of, deal, stages, nora):
        answer = client_of(nora).post(self.url(deal), {"stage": stages[1].pk}, **HTMX)
        assert answer.status_code == 204 and "opportunity:moved" in answer.headers["HX-Trigger"]

    def test_tells_who_was_quicker(self, client_of, deal, stages, nora, tess, at):
        deal.move_to(stages[3], at=at, by=tess)
        answer = client_of(nora).post(self.url(deal), {"stage": stages[1].pk, "seen": stages[0].pk}, **on_board())
        assert answer.status_code == 409 and "Tess Moran changed" in answer.headers["HX-Trigger"]
        page = client_of(nora).post(self.url(deal), {"stage": stages[1].pk, "seen": stages[0].pk})
        assert page.status_code == 409 and "It is in Negotiation now." in text_of(page)

    def test_survives_a_stage_deleted_while_dragged(self, client_of, deal, stages, nora):
        Stage.objects.get(pk=stages[2].pk).delete()
        answer = client_of(nora).post(self.url(deal), {"stage": stages[2].pk, "seen": stages[0].pk}, **on_board())
        deal.refresh_from_db()
        assert (
            answer.status_code == 409 and "no longer there" in answer.headers["HX-Trigger"] and deal.stage == stages[0]
        )

    def test_of_nonsense_changes_nothing(self, client_of, deal, nora):
        for stage in ("", "x", "-1", "9" * 30, "1 OR 1=1"):
            assert client_of(nora).post(self.url(deal), {"stage": stage}).status_code == 409

    def test_is_not_there_for_others(self, client_of, deal, stages, vera, olga):
        for person in (vera, olga):
            assert client_of(person).post(self.url(deal), {"stage": stages[1].pk}).status_code == 404
        assert client_of(vera).get(self.url(deal)).status_code == 405

    def test_needs_the_token(self, client_of, deal, stages, nora):
        assert (
            client_of(nora, enforce_csrf_checks=True).post(self.url(deal), {"stage": stages[1].pk}).status_code == 403
        )

    def test_is_taken_back(self, client_of, deal, stages, nora):
        client = client_of(nora)
        client.post(self.url(deal), {"stage": stages[1].pk}, **on_board())
        client.post(reverse("core:undo", args=[Change.objects.get().pk]))
        deal.refresh_from_db()
        assert deal.stage == stages[0]

    def test_needs_few_queries(self, client_of, deal, stages, nora, django_assert_max_num_queries):
        client = client_of(nora)
        client.get(BOARD)
        with django_assert_max_num_queries(16):
            client.post(self.url(deal), {"stage": stages[1].pk, "seen": stages[0].pk}, **on_board())
