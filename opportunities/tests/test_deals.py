"""The deals in rows, as a file, and by the month they are expected to close."""

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import clock
from opportunities import forecast
from opportunities.fields import month_after
from opportunities.models import Opportunity
from opportunities.scope import Scope
from tests.factories import customers, opportunities

LIST, FILE, FORECAST = "/opportunities/list/", "/opportunities/list/file/", "/opportunities/forecast/"


@pytest.fixture
def today():
    return timezone.localdate(clock.now())


@pytest.fixture
def deals(nora, omar, vera, today, at):
    made = [
        opportunities.opportunity("Booths", owner=nora, expected=1000, close_date=today, at=at, company=customers.company("Nördlys", owner=nora)),
        opportunities.opportunity("Pods", owner=nora, expected=2000, close_date=month_after(today, 2), at=at),
        opportunities.opportunity("Lockers", owner=omar, expected=500, close_date=today - timedelta(days=70), currency="SEK", at=at),
        opportunities.opportunity("=Chairs()", owner=nora, expected=50, at=at),
        opportunities.opportunity("Far", owner=nora, expected=70, close_date=month_after(today, 20), at=at),
    ]
    opportunities.opportunity("Secret", owner=vera, expected=9999, close_date=today, at=at)
    opportunities.opportunity("Sold", owner=nora, expected=300, at=at).win(at=clock.now(), by=nora)
    opportunities.opportunity("Gone", owner=nora, expected=40, at=at).lose(opportunities.lost_reason("Price"), at=clock.now(), by=nora)
    return made


def names(client, query: str = "") -> list[str]:
    body = client.get(f"{LIST}{query}").content.decode()
    return re.findall(r'<a class="truncate" href="/opportunities/\d+/">([^<]+)</a>', body)


class TestList:
    def test_shows_the_open_ones_of_whoever_looks(self, client_of, nora, deals):
        assert set(names(client_of(nora))) == {"Booths", "Pods", "=Chairs()", "Far"}

    @pytest.mark.parametrize(("query", "found"), [
        ("?sort=-value", ["Pods", "Booths", "Far", "=Chairs()"]), ("?sort=name", ["=Chairs()", "Booths", "Far", "Pods"]),
        ("?sort=close", ["Booths", "Pods", "Far", "=Chairs()"]), ("?amount.gte=1000&sort=-value", ["Pods", "Booths"]),
        ("?state=won", ["Sold"]), ("?state=lost", ["Gone"]), ("?q=oot", ["Booths"]), ("?q=nordlys", ["Booths"]), ("?q=secret", []),
        ("?owner=nobody", []), ("?owner=me&sort=value", ["=Chairs()", "Far", "Booths", "Pods"]),
    ])  # fmt: skip
    def test_is_narrowed_and_put_in_order_by_its_address(self, client_of, nora, deals, query, found):
        assert names(client_of(nora), query) == found

    def test_says_what_it_comes_to_as_the_board_does(self, client_of, tess, deals):
        for query in ("", "?amount.gte=500", "?owner.is=me"):
            sums = [re.search(r'id="board-sum"[^>]*>([^<]+)<', client_of(tess).get(f"{path}{query}").content.decode())[1]
                    for path in ("/opportunities/", LIST)]  # fmt: skip
            assert sums[0] == sums[1]

    def test_a_search_counts_only_what_it_finds(self, client_of, nora, deals):
        assert 'id="board-sum">1 deal · €1K' in client_of(nora).get(f"{LIST}?q=oot").content.decode()

    def test_hostile_addresses_are_left_out_with_a_word(self, client_of, nora, deals):
        answer = client_of(nora).get(f"{LIST}?sort=password&gone.is=x&page=0&state=%00&pipeline=zz&owner=%27")
        assert answer.status_code == 200
        assert "is not a filter of this list" in answer.content.decode() or "left out" in answer.content.decode()

    def test_asks_little_however_many_rows(self, client_of, nora, deals, django_assert_max_num_queries, at):
        for n in range(30):
            opportunities.opportunity(f"More {n}", owner=nora, at=at)
        client = client_of(nora)
        client.get(LIST)
        with django_assert_max_num_queries(12):
            client.get(LIST)

    def test_a_fragment_is_the_list_with_the_sums(self, client_of, nora, deals):
        body = client_of(nora).get(LIST, headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()
        assert "<html" not in body and 'id="list"' in body and 'id="board-sum" hx-swap-oob="true"' in body

    def test_the_shapes_keep_what_it_is_narrowed_to(self, client_of, nora, deals):
        for path in ("/opportunities/", LIST, FORECAST):
            body = client_of(nora).get(f"{path}?amount.gte=500&sort=-value").content.decode()
            for other in ("/opportunities/", LIST, FORECAST):
                assert f'href="{other}?amount.gte=500"' in body, (path, other)


class TestFile:
    def test_holds_what_is_shown_in_its_order_and_no_formula(self, client_of, tess, deals):
        answer = client_of(tess).get(f"{FILE}?sort=name&owner.is={deals[0].owner_id}&format=csv")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
        assert [row[0] for row in rows] == ["Name", "'=Chairs()", "Booths", "Far", "Pods"]
        assert rows[2][1] == "Nördlys" and rows[2][4:6] == ["1000.00", "EUR"]

    def test_a_spreadsheet_too_and_written_down(self, client_of, tess, deals):
        from core.models import AuditEntry

        answer = client_of(tess).get(f"{FILE}?state=won&format=xlsx")
        assert answer.content[:2] == b"PK"
        assert AuditEntry.objects.filter(action="deals exported", actor=tess).count() == 1

    def test_reps_export_nothing(self, client_of, nora, deals):
        assert client_of(nora).get(FILE).status_code == 404
        assert FILE not in client_of(nora).get(LIST).content.decode()


class TestForecast:
    def found(self, user, query: str = "") -> dict:
        from django.http import QueryDict

        scope = Scope.read(user, QueryDict(query))
        return {period.key: period for period in forecast.periods(scope, today=timezone.localdate(clock.now()))}

    def test_every_open_deal_and_what_was_won_stands_in_one_period(self, nora, deals, today):
        found = self.found(nora)
        this = today.replace(day=1)
        assert found[this].sums["EUR"].open == 1000
        assert found[this].sums["EUR"].won == 300
        assert found[month_after(this, 2)].sums["EUR"].open == 2000
        assert (found["later"].sums["EUR"].open, found["undated"].sums["EUR"].open) == (70, 50)
        assert "overdue" not in found

    def test_sums_are_those_of_the_rows(self, tess, deals, nora):
        found = self.found(tess)
        whole = forecast.total(list(found.values()))
        rows = Opportunity.objects.visible_to(tess).open()
        for currency in ("EUR", "SEK"):
            mine = [deal for deal in rows if deal.currency == currency]
            assert whole.sums[currency].open == sum(deal.amount_open for deal in mine)
            assert whole.sums[currency].weighted == sum(deal.weighted for deal in mine)
        assert whole.count == len(rows)
        assert found["overdue"].sums["SEK"].open == Decimal(500)

    @pytest.mark.parametrize("query", ["", "owner=me", "owner=nobody", "currency.is=SEK", "close_month.empty="])
    def test_kept_totals_say_what_the_rows_say(self, nora, omar, vera, tess, ada, deals, today, at, monkeypatch, query):
        """However one sees a deal: as its owner, in a team, because it is shared, as the one who brought it in."""
        opportunities.opportunity("Nobody's", owner=None, team=deals[0].team, expected=11, close_date=today, at=at)
        deals[1].shared_with.add(vera)
        deals[1].move_to(opportunities.stages()[2], at=at)
        deals[3].edit({"close_date": month_after(today, 3)}, at=at, by=nora)
        deals[4].win(at=clock.now(), by=nora)
        for user in (nora, omar, vera, tess, ada):
            kept = self.found(user, query)
            with monkeypatch.context() as patch:
                patch.setattr(Scope, "is_kept", False)
                assert kept == self.found(user, query), user

    def test_adds_up_no_deals_for_who_sees_all(self, ada, deals):
        with CaptureQueriesContext(connection) as asked:
            self.found(ada)
        assert not [query for query in asked.captured_queries if "amount_open" in query["sql"]]

    def test_a_month_leads_to_its_deals(self, client_of, nora, deals, today):
        body = client_of(nora).get(f"{FORECAST}?amount.gte=1").content.decode()
        for month, name in ((today, "Booths"), (month_after(today, 2), "Pods")):
            href = re.search(rf'href="([^"]+close_month.is={month:%Y-%m})"', body)[1].replace("&amp;", "&")
            assert names(client_of(nora), href.partition("?")[1] + href.partition("?")[2]) == [name]
        undated = re.search(r'href="([^"]+close_month.empty=)"', body)[1].replace("&amp;", "&")
        assert names(client_of(nora), "?" + undated.partition("?")[2]) == ["=Chairs()"]

    def test_tells_nothing_of_what_one_may_not_see(self, client_of, nora, deals):
        assert "9,999" not in client_of(nora).get(FORECAST).content.decode()

    def test_asks_little(self, client_of, nora, deals, django_assert_max_num_queries):
        client = client_of(nora)
        client.get(FORECAST)
        with django_assert_max_num_queries(9):
            client.get(FORECAST)

    def test_an_empty_one_says_what_would_stand_there(self, client_of, nora):
        assert "Nothing to forecast" in client_of(nora).get(FORECAST).content.decode()
