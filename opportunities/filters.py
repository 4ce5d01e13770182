"""The board's filters: conditions in its address, as the lists of leads and customers have them."""

from types import SimpleNamespace

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import clock
from core.listing import Listing, Shown, Sort
from opportunities.models import Opportunity
from teams.models import User

BOARD = Listing("opportunity", default="next", also=("pipeline", "team", "owner", "by"), sorts={
    "next": Sort(_("Next activity"), "next_activity_at"), "score": Sort(_("Score"), "score"),
    "value": Sort(_("Value"), "amount_open"), "age": Sort(_("Time in stage"), "stage_since"),
})  # fmt: skip
SORTS = [(key, sort.label) for key, sort in BOARD.sorts.items()]
ASIDE = ("stage", "offset", "closed", "since", "shown", "have")  # say nothing about which deals are shown
EVERYWHERE = "all"  # the team that is no narrowing, though another one is chosen in the navigation


def read(user: User, query: QueryDict, listing: Listing = BOARD, path: str = "") -> Shown:
    """Read the filters of a board's address; what is none is left out with a notice. Asks the database when there is one."""
    kept = query.copy()
    for name in ASIDE:
        kept.pop(name, None)
    if kept.get("team") == "":
        kept["team"] = EVERYWHERE
    request = SimpleNamespace(GET=kept, user=user, path=path or reverse("opportunities:board"))
    rows = Opportunity.objects.none() if listing is BOARD else Opportunity.objects.visible_to(user)  # a board reads its own
    return Shown(listing, request, rows, clock.now())
