"""GET /opportunities/changes/?since=: what an open board asks when it hears that something changed, in one answer."""

from collections.abc import Mapping
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

KNOWN_AT_MOST = 100  # changes of the last seconds that go back and forth


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """Answer the touched columns as JSON; {"again": true} when the page had better draw itself anew."""
    scope = Scope.read(request.user, request.GET)
    if scope is None:
        return refused(request, _("There is no pipeline yet. A manager can set one up."), back="/")
    at, now = clock.now(), timezone.now()
    moment, _sign, known = request.GET.get("since", "").partition("~")
    found = news.since(
        scope, _moment(moment), shown=_shown(request), at=now, told=_versions(known),
        have=_versions(request.GET["have"]) if "have" in request.GET else None,
    )  # fmt: skip
    told = {"since": f"{now.timestamp():.3f}{_known(found.told)}", "again": found.is_too_much}
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


def _versions(text: str) -> dict[int, int]:
    """Read versions of cards: "12.3,15.1"."""
    pairs = (part.partition(".") for part in text[:4000].split(","))
    return {int(key): int(version) for key, _dot, version in pairs if is_key(key) and is_key(version)}


def _known(told: Mapping[int, int]) -> str:
    """Return what the board sends back with its next question, so that it isn't told again what it knows: "~12.3,15.1"."""
    return "~" + ",".join(f"{key}.{version}" for key, version in told.items()) if 0 < len(told) <= KNOWN_AT_MOST else ""


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
