"""GET /opportunities/changes/?since=: what an open board asks when it hears that something changed, in one answer."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.wording import money
from opportunities import board
from opportunities import changes as news
from opportunities.models import Opportunity
from opportunities.scope import Scope, is_key
from opportunities.views.answers import refused


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Answer the touched columns as JSON; {"again": true} when the page had better draw itself anew."""
    scope = Scope.read(request.user, request.GET)
    if scope is None:
        return refused(request, _("There is no pipeline yet. A manager can set one up."), back="/")
    at, now = clock.now(), timezone.now()
    found = news.since(scope, _moment(request.GET.get("since", "")), shown=_shown(request), at=now, have=_have(request))
    told = {"since": f"{now.timestamp():.3f}", "again": found.is_too_much}
    if found.columns:
        request.GET = _of_the_board(request.GET)
        told["columns"] = [_column(request, column, found) for column in found.columns]
        whole = board.summary(list(found.heads.values()))
        told["sum"] = render_to_string("opportunities/_summary.html", {"whole": whole}, request)
        told["folds"] = _folds(scope, at) if found.has_closed and scope.by == "stage" else {}
    return JsonResponse(told)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(text[:20]), UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.min.replace(tzinfo=UTC)


def _shown(request: HttpRequest) -> dict[str, news.Seen]:
    """Read what the board shows of each column, cards and the number of its head: "12:10:345,13:30:30"."""
    found = {}
    for part in request.GET.get("shown", "")[:4000].split(","):
        key, _colon, numbers = part.partition(":")
        cards, _colon, count = numbers.partition(":")
        if key and is_key(cards):
            found[key] = news.Seen(int(cards), int(count) if is_key(count) else None)
    return found


def _have(request: HttpRequest) -> dict[int, int] | None:
    """Read which version of each card the board has: "12.3,15.1"; None when it doesn't tell."""
    if "have" not in request.GET:
        return None
    pairs = (part.partition(".") for part in request.GET["have"][:4000].split(","))
    return {int(key): int(version) for key, _dot, version in pairs if is_key(key) and is_key(version)}


def _of_the_board(query: QueryDict) -> QueryDict:
    """Return the board's own words of the address, which its links keep."""
    kept = query.copy()
    for name in ("since", "shown", "have"):
        kept.pop(name, None)
    return kept


def _column(request: HttpRequest, column: board.Column, found: news.Changes) -> dict:
    return {
        "stage": column.stage.pk, "keys": column.keys, "cards": {key: found.html[key] for key in column.keys if key in found.html},
        "head": render_to_string("opportunities/_head.html", {"head": column.head}, request),
        "more": render_to_string("opportunities/_cards.html", {"column": column}, request).strip(),
    }  # fmt: skip


def _folds(scope: Scope, at: datetime) -> dict[str, str]:
    """Return what the folded zones say beside their names."""
    folds = board.folds(scope, at=at)
    won = [money(one.amount, one.currency, short=True) for one in folds["won"].amounts]
    return {
        Opportunity.State.WON: " · ".join([str(folds["won"].count), *won]),
        Opportunity.State.LOST: str(folds["lost"].count),
    }
