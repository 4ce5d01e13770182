"""Whom a deal's verbs tell, and of what."""

import pytest

from core.models import Notice
from core.personal_data import HOLDINGS
from tests.factories import opportunities


def said(person) -> list[str]:
    return [str(notice) for notice in person.notices.order_by("pk")]


@pytest.fixture
def deal(nora):
    return opportunities.opportunity("Booths", owner=nora, expected=9000)


class TestWin:
    def test_tells_the_manager_and_not_the_winner(self, deal, nora, omar, tess, at):
        deal.win(at=at, by=nora)
        assert said(tess) == ["Nora Bakke won Booths: €9,000."]
        assert not nora.notices.exists()
        assert not omar.notices.exists()  # he does not see Nora's deals

    def test_tells_a_team_that_sees_everything(self, deal, nora, omar, north, at):
        type(north).objects.filter(pk=north.pk).update(sees_whole_team=True)
        deal.refresh_from_db()
        deal.win(at=at, by=nora)
        assert said(omar) == ["Nora Bakke won Booths: €9,000."]

    def test_tells_nobody_of_a_loss(self, deal, nora, tess, at):
        deal.lose(opportunities.lost_reason(), at=at, by=nora)
        assert not Notice.objects.exists()

    def test_still_reads_when_the_customer_was_erased(self, deal, nora, tess, at):
        deal.win(at=at, by=nora)
        HOLDINGS[Notice].blank(Notice.objects.all())
        assert said(tess) == ["— is won: —."]


class TestHandingOver:
    def test_tells_the_new_owner(self, deal, nora, omar, at):
        deal.assign_to(omar, at=at, by=nora)
        assert said(omar) == ["Nora Bakke assigned Booths to you."]

    def test_planning_for_a_colleague_tells_them(self, deal, nora, omar, at):
        deal.plan("call", at, at=at, by=nora, assignee=omar)
        assert said(omar) == ["Nora Bakke planned for you: Call, Booths."]
