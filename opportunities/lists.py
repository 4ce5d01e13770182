"""The list of deals beside the board: the same filters, in rows one can sort and search."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.listing import Listing, Shown, Sort
from opportunities import board
from opportunities.board import Amounts, Head
from opportunities.models import Opportunity
from opportunities.scope import Scope
from opportunities.searching import search

ALSO = ("pipeline", "team", "owner", "by", "state")
State = Opportunity.State


OPEN = Listing("opportunity", default="next", also=ALSO, search=search, keys_first=True, sorts={
    "next": Sort(_("Next activity"), "next_activity_at"), "name": Sort(_("Name"), Lower("name"), is_filled=True),
    "stage": Sort(_("Stage"), F("stage__position"), is_filled=True), "value": Sort(_("Value"), "amount_open", descending=True),
    "chance": Sort(_("Chance"), "probability", descending=True), "close": Sort(_("Expected close"), "close_date"),
    "score": Sort(_("Score"), "score", descending=True), "age": Sort(_("Time in stage"), "stage_since"),
})  # fmt: skip
CLOSED = Listing("opportunity", default="-closed", also=ALSO, search=search, keys_first=True, sorts={
    "closed": Sort(_("Closed"), "closed_at", descending=True), "name": Sort(_("Name"), Lower("name"), is_filled=True),
    "value": Sort(_("Value"), "expected", descending=True),
})  # fmt: skip


@dataclass(frozen=True)
class Tab:
    """Which deals by how they stand: open ones, those won, those lost."""

    state: str
    label: Any
    listing: Listing
    amount: str  # the column of the amount that is shown


TABS = {tab.state: tab for tab in [
    Tab(State.OPEN, _("Open"), OPEN, "amount_open"), Tab(State.WON, _("Won"), CLOSED, "amount_won"),
    Tab(State.LOST, _("Lost"), CLOSED, "amount_lost"),
]}  # fmt: skip


def tab_of(asked: str) -> Tab:
    return TABS.get(asked, TABS[State.OPEN])


def read(scope: Scope, tab: Tab) -> Shown:
    """Return the list that a scope's address describes: only what its person may see."""
    shown, own = scope.shown, scope.chosen & Q(pipeline=scope.pipeline, state=tab.state)
    shown.all, shown.rows = shown.all.filter(own), shown.rows.filter(own)
    return shown


def sums(scope: Scope, shown: Shown, tab: Tab, *, today: date) -> Head | None:
    """Return how many deals the list holds and what they come to. Open ones unsearched are read from the kept totals where these know."""
    if tab.state == State.OPEN and not shown.q and scope.is_kept:
        stages = list(scope.pipeline.stages.in_order())
        return board.summary(list(board.heads(scope, stages, today=today).values()))
    whole = Head(None)
    weighted = Sum("weighted") if tab.state == State.OPEN else Sum(tab.amount)
    for row in shown.found.order_by().values("currency").annotate(n=Count("pk"), amount=Sum(tab.amount), part=weighted):
        whole.count += row["n"]
        whole.sums[row["currency"]] = Amounts(row["currency"], row["amount"], row["part"])
    return whole
