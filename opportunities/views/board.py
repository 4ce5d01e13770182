"""The board, and moving a card on it."""

from contextlib import suppress

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from core import clock, undo
from core.htmx import page_or_fragment, tell, wants_fragment
from opportunities import board, cards, grouping
from opportunities.exceptions import OpportunityRefusal, StageGone
from opportunities.filters import SORTS
from opportunities.forms import people_of
from opportunities.holding import get_held
from opportunities.models import Opportunity, Stage
from opportunities.scope import Scope, is_key, teams_of
from opportunities.verbs import Left
from opportunities.views.answers import board_query, came_from, refused, word
from opportunities.views.deals import chips_of, views_of

NEWEST = 20  # closed deals in an opened fold
FURTHER = 50  # cards that come at once on scrolling
DEEPEST = 2_000  # cards into one column; further down the filters help


@require_safe
def board_page(request: HttpRequest) -> HttpResponse:
    """Show the board; with ?stage and ?offset that column begins further down, for htmx just its next cards."""
    scope = Scope.read(request.user, request.GET)
    if scope is None:
        return refused(request, _("There is no pipeline yet. A manager can set one up."), back="/")
    if scope.shown.redirect:
        return redirect(scope.shown.redirect)
    at, since = clock.now(), timezone.now()
    further = _further(request, scope)
    if further and wants_fragment(request) and "offset" in request.GET and request.htmx.trigger != "board":
        return _more(request, scope, *further, at)
    found = _columns(scope, at, further)
    _fill(scope, found, at)
    whole = board.summary([column.head for column in found])
    context = {
        "scope": scope, "since": f"{since.timestamp():.3f}", "columns": found, "whole": whole, **_tools(request, scope),
        "is_empty": not (whole and whole.count), **_of_the_kind(request, scope, found, whole, at),
    }  # fmt: skip
    return page_or_fragment(request, "opportunities/board.html", context, fragment="fragment")


def _columns(scope: Scope, at, further: tuple[str, int] | None) -> list[board.Column]:
    offsets = dict([further]) if further else None
    if scope.by != "stage":
        return grouping.columns(scope, at=at, offsets=offsets)
    return board.columns(scope, at=at, offsets={int(key): offset for key, offset in (offsets or {}).items()})


def _of_the_kind(request: HttpRequest, scope: Scope, found: list[board.Column], whole: board.Head | None, at) -> dict:
    """Return what a board by stage has beside its columns, or where a card of another one may go."""
    if scope.by != "stage":
        return {"choices": grouping.choices(scope, found, at=at)}
    folds = board.folds(scope, at=at)
    is_empty = not (whole and whole.count) and not folds["won"].count and not folds["lost"].count
    choices = [(stage.pk, stage.name) for stage in scope.stages]
    return {"choices": choices, "folds": folds, "closed": _closed(request, scope), "is_empty": is_empty}


def _tools(request: HttpRequest, scope: Scope) -> dict:
    """Return what stands above the board: filters, grouping, order."""
    return {
        "filter_url": _filter_url(scope), "chips": chips_of(request, scope), "views": views_of(scope, "board"), "sorts": SORTS, "sort_label": dict(SORTS)[scope.sort],
        "editor": scope.shown.editor if request.GET.keys() & {"add", "change"} else None,
        "ways": grouping.WAYS, "way_label": dict(grouping.WAYS)[scope.by],
    }  # fmt: skip


def _closed(request: HttpRequest, scope: Scope) -> dict | None:
    """Return the newest won or lost deals when ?closed opens that fold."""
    state = request.GET.get("closed")
    if state not in {Opportunity.State.WON, Opportunity.State.LOST}:
        return None
    rows = scope.rows().filter(state=state).select_related("company", "contact", "owner", "lost_reason")
    return {"state": state, "deals": list(rows.order_by("-closed_at", "-pk")[:NEWEST])}


def _further(request: HttpRequest, scope: Scope) -> tuple[str, int] | None:
    """Return the key of the column that is to begin further down, and where."""
    key, offset = request.GET.get("stage", ""), request.GET.get("offset", "")
    if not (offset.isascii() and offset.isdigit()) or len(offset) > 6 or not int(offset):
        return None
    if scope.by == "stage":
        known = any(str(stage.pk) == key for stage in scope.stages)
    else:
        with suppress(ValueError):
            grouping.value_of(scope.by, key)
            return key, min(int(offset), DEEPEST)
        return None
    return (key, min(int(offset), DEEPEST)) if known else None


def _more(request: HttpRequest, scope: Scope, key: str, offset: int, at) -> HttpResponse:
    """Answer the next cards of one column with the link to those after them."""
    if scope.by == "stage":
        stage = next(stage for stage in scope.stages if str(stage.pk) == key)
        head = board.heads(scope, [stage], today=timezone.localdate(at))[stage.pk]
        keys = board.first_cards(scope, [stage], offset=offset, limit=FURTHER).get(stage.pk, [])
    else:
        value = grouping.value_of(scope.by, key)
        head = grouping.heads(scope, at=at).get(value) or board.Head(grouping.Place(key, ""))
        keys = grouping.further_cards(scope, value, offset=offset, limit=FURTHER)
    column = board.Column(head, keys, offset)
    _fill(scope, [column], at)
    return TemplateResponse(request, "opportunities/board.html#more", {"column": column})


def _fill(scope: Scope, columns: list[board.Column], at) -> None:
    keys = [key for column in columns for key in column.keys]
    html = cards.render(keys, scope.user, scope.stages, at=at)
    for column in columns:
        column.cards = mark_safe("".join(f"{html[key]}\n" for key in column.keys if key in html))  # noqa: S308 - drawn by a template


def _filter_url(scope: Scope) -> str:
    """Return where the board is narrowed, as it is now."""
    return f"{reverse('opportunities:filter')}?{urlencode(scope.shown.pairs)}"


@require_safe
def filter_page(request: HttpRequest) -> HttpResponse:
    """Show the form that narrows the board; it leads back to the board's own address."""
    scope = Scope.read(request.user, request.GET)
    if scope is None:
        return refused(request, _("There is no pipeline yet. A manager can set one up."), back="/")
    people = [(str(pk), name) for pk, name in people_of(request.user).values_list("pk", "name")]
    asked = {"pipeline", "owner", "team"}
    context = {
        "scope": scope, "people": people, "teams": teams_of(request.user),
        "carried": [pair for pair in scope.shown.pairs if pair[0] not in asked],
    }  # fmt: skip
    return page_or_fragment(request, "opportunities/filter.html", context, fragment="form")


@require_POST
def stage(request: HttpRequest, pk: int) -> HttpResponse:
    """Move an opportunity to another stage. From the board the answer carries both heads and the card."""
    at = clock.now()
    seen = request.POST.get("seen", "")
    try:
        with transaction.atomic():
            opportunity = get_held(pk, request.user)
            target = _stage_of(request.POST.get("stage", ""), opportunity)
            left = opportunity.move_to(target, at=at, by=request.user, seen=int(seen) if is_key(seen) else None)
            address = _recorded(request, opportunity, left, at) if left else ""
    except Opportunity.DoesNotExist as error:
        raise Http404 from error
    except OpportunityRefusal as error:
        return refused(request, word(error))
    text = _("Moved to %(stage)s.") % {"stage": opportunity.stage.name}
    if not wants_fragment(request):
        if left:
            messages.success(request, text)
        return redirect(came_from(request))
    stages = [left.stage, opportunity.stage] if left else [opportunity.stage]
    return _moved(request, opportunity, stages, at, text if left else "", address)


def _stage_of(key: str, opportunity: Opportunity) -> int:
    if not is_key(key):
        raise StageGone(opportunity)
    return int(key)


def _recorded(request: HttpRequest, opportunity: Opportunity, left: Left, at) -> str:
    """Keep what undo needs and return its address."""
    details = {
        "opportunity": opportunity.pk,
        "from": left.stage.pk,
        "to": opportunity.stage_id,
        "since": left.since.isoformat(),
    }
    return undo.address(undo.begin("move", at=at, by=request.user, **details))


def _moved(
    request: HttpRequest, opportunity: Opportunity, stages: list[Stage], at, text: str, address: str
) -> HttpResponse:
    """Answer with the heads of the two columns and the card as it is now, each out of band, when sent from the board."""
    query = board_query(request)
    scope = Scope.read(request.user, query) if query is not None else None
    event = "opportunity:moved"
    if scope and not scope.holds(opportunity):
        response, event = HttpResponse(status=204), "opportunity:assigned"  # out of the filter: the board is drawn anew
    elif scope:
        wanted = {stage.pk for stage in stages}
        found = board.heads(
            scope, [stage for stage in scope.stages if stage.pk in wanted], today=timezone.localdate(at)
        )
        html = cards.render_known(opportunity, scope.stages, at=at)
        card = html.replace("<article ", '<article hx-swap-oob="true" ', 1)
        response = TemplateResponse(request, "opportunities/_moved.html", {"heads": found.values(), "card": card})
    else:
        response = HttpResponse(status=204)
    if text:
        tell(response, text, undo=address)
    return trigger_client_event(response, event, {"id": opportunity.pk})
