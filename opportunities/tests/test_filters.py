"""Narrowing the board: conditions in its address, shown as chips."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from core.models import Tag
from opportunities.models import Opportunity
from opportunities.scope import Scope
from tests.factories import customers, leads, opportunities

CARD = re.compile(r'id="deal-\d+" href="[^"]*">([^<]*)<')
CLOSE = timezone.localdate() + timedelta(days=40)


@pytest.fixture
def deals(nora, omar, tess):
    """Four open deals that differ in everything one may ask about."""
    now, stages = timezone.now(), opportunities.stages()
    booths = Tag.objects.create(name="Booths", tone="info")
    first = opportunities.opportunity(
        "Booths", owner=nora, expected=9000, source=leads.source("Fair"), close_date=CLOSE, company=customers.company("Nordlys", owner=nora),
        at=now - timedelta(days=3),
    )  # fmt: skip
    first.tags.add(booths)
    first.plan("call", now + timedelta(days=1), at=now, by=nora)
    opportunities.opportunity("Pods", owner=nora, expected=200, source=leads.source("Website"), at=now - timedelta(days=90))
    opportunities.opportunity("Lockers", owner=omar, expected=70, currency="SEK", stage=stages[1], at=now)
    opportunities.opportunity("Chairs", team=omar.seats[0].team, expected=50, at=now)
    return booths


def page(client, query: str = "", **more) -> str:
    return client.get(f"/opportunities/?{query}", more).content.decode()


def cards(text: str) -> set[str]:
    return set(CARD.findall(text))


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "wanted"),
        [
            ("owner.is=me", set()), ("owner.empty=", {"Chairs"}), ("currency.is=SEK", {"Lockers"}), ("amount.gte=200", {"Booths", "Pods"}),
            ("no_next_step.is=yes", {"Pods", "Lockers", "Chairs"}), ("no_next_step.is=no", {"Booths"}), ("is_stale.is=yes", {"Pods"}),
            ("stage_since.older=2d", {"Booths", "Pods"}), ("stage_since.within=1d", {"Lockers", "Chairs"}),
            ("close_date.filled=", {"Booths"}), (f"close_month.is={CLOSE:%Y-%m}", {"Booths"}), ("close_month.empty=", {"Pods", "Lockers", "Chairs"}),
            ("name.contains=o", {"Booths", "Pods", "Lockers"}), ("customer.starts=nord", {"Booths"}), ("source.empty=", {"Lockers", "Chairs"}),
            ("next_activity_at.ahead=3d", {"Booths"}), ("amount.lt=100&currency.is_not=SEK", {"Chairs"}),
        ],
    )  # fmt: skip
    def test_narrow_cards_and_heads_alike(self, client_of, tess, deals, query, wanted):
        text = page(client_of(tess), query)
        assert cards(text) == wanted
        heads = sum(int(count) for count in re.findall(r'data-count="(\d+)"', text))
        assert heads == len(wanted)

    def test_know_sources_tags_people_and_teams(self, client_of, tess, nora, deals):
        client, team = client_of(tess), nora.seats[0].team
        fair = Opportunity.objects.get(name="Booths").source
        assert cards(page(client, f"source.is={fair.pk}")) == {"Booths"}
        assert cards(page(client, f"tags.is={deals.pk}")) == {"Booths"}
        assert cards(page(client, f"owner.is={nora.pk}")) == {"Booths", "Pods"}
        assert cards(page(client, f"team.is={team.pk}")) == {"Booths", "Pods", "Lockers", "Chairs"}

    def test_never_widen_what_one_may_see(self, client_of, nora, omar, vera, deals):
        assert cards(page(client_of(nora), f"owner.is={omar.pk}")) == set()
        assert cards(page(client_of(vera), "amount.gte=0")) == set()

    def test_stand_as_chips_with_their_words_and_the_address_without_them(self, client_of, tess, deals):
        text = page(client_of(tess), "no_next_step.is=yes&amount.gte=60&sort=value")
        assert "Open amount" in text and "at least" in text and "<b>60</b>" in text and "No next step" in text
        assert 'href="/opportunities/?amount.gte=60&amp;sort=value"' in text
        assert 'href="/opportunities/?sort=value">Clear all' in text

    @pytest.mark.parametrize(
        ("query", "said"),
        [("gone.is=1", "There is no field “gone” any more."), ("source.is=999999", "was deleted"), ("colour=red", "is not a filter"),
         ("amount.gte=x", "Open amount")],
    )  # fmt: skip
    def test_that_can_not_be_read_are_said(self, client_of, tess, deals, query, said):
        assert said in page(client_of(tess), query)

    def test_are_added_by_a_form_that_leads_to_their_address(self, client_of, tess, deals):
        client = client_of(tess)
        menu = client.get("/opportunities/filter/?by=month&amount.gte=60").content.decode()
        assert "/opportunities/?by=month&amp;amount.gte=60&amp;add=source" in menu
        form = page(client, "by=month&amount.gte=60&add=source")
        assert 'name="field" value="source"' in form and 'name="amount.gte" value="60"' in form and "Website" in form
        answer = client.get("/opportunities/?by=month&field=currency&op=is&value=SEK")
        assert answer.status_code == 302 and answer["Location"] == "/opportunities/?by=month&currency.is=SEK"

    def test_of_owner_team_and_currency_are_counted_by_the_kept_totals(self, rf, tess, deals):
        from django.http import QueryDict

        assert Scope.read(tess, QueryDict("currency.is=SEK&owner.is=me")).is_kept
        assert not Scope.read(tess, QueryDict("currency.is=SEK&amount.gte=1")).is_kept

    def test_hold_for_what_an_open_board_is_told(self, client_of, tess, nora, deals, at):
        client, stages = client_of(tess), opportunities.stages()
        Opportunity.objects.get(name="Pods").move_to(stages[1], at=timezone.now(), by=nora)
        since = f"{timezone.now().timestamp() - 120:.3f}"
        told = client.get(f"/opportunities/changes/?currency.is=SEK&since={since}").json()
        keys = {key for column in told["columns"] for key in column["keys"]}
        assert keys == {Opportunity.objects.get(name="Lockers").pk}
        assert "1 deal" in told["sum"]

    @pytest.mark.parametrize(("query", "event"), [("is_stale.is=yes", "opportunity:assigned"), ("amount.gte=1", "opportunity:moved")])
    def test_draw_the_board_anew_when_a_move_takes_the_card_out_of_them(self, client_of, tess, deals, query, event):
        deal, stages = Opportunity.objects.get(name="Pods"), opportunities.stages()
        answer = client_of(tess).post(
            reverse("opportunities:stage", args=[deal.pk]), {"stage": stages[1].pk, "seen": stages[0].pk},
            headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver/opportunities/?{query}"},
        )  # fmt: skip
        assert event in answer["HX-Trigger"] and (b"<article" in answer.content) is (event == "opportunity:moved")

    def test_of_every_team_stay_so_in_every_link(self, client_of, tess, nora, deals):
        tess.current_team = nora.seats[0].team
        tess.save(update_fields=["current_team"])
        text = page(client_of(tess), "team=&amount.gte=60")
        assert "team=all" in text and "Team</span><span>is" not in text
