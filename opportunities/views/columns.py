"""Moving a card on a board by owner, close month or source: it changes hands, closes in another month, gets another source."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from core import clock
from core.htmx import tell, wants_fragment
from leads.models import Source
from opportunities import cards, grouping
from opportunities.exceptions import ChangedMeanwhile, OpportunityClosed, OpportunityRefusal
from opportunities.forms import people_of
from opportunities.models import Opportunity
from opportunities.scope import Scope
from opportunities.views.answers import board_query, came_from, refused, word
from opportunities.views.opportunity import record_edit, record_handing


class ColumnGone(OpportunityRefusal):
    """Whom or what a column stands for is no longer there."""


@require_POST
def column(request: HttpRequest, pk: int) -> HttpResponse:
    """Move an opportunity to the column `stage` names ("owner-12"); `seen` is the one the person saw it in."""
    deal = get_object_or_404(Opportunity.objects.visible_to(request.user), pk=pk)
    key, by = request.POST.get("stage", ""), request.POST.get("stage", "").partition("-")[0]
    if by == "source" and not request.POST.get("chosen"):
        return refused(request, _("Where a deal came from isn't changed by moving its card. Its menu can do that."))
    at = clock.now()
    try:
        with transaction.atomic():
            before = _hold(deal, by, request.POST.get("seen", ""))
            if key == before:
                text, address = "", ""
            else:
                text, address = _way(by, deal)(request, deal, _value(by, key, deal), at)
    except ChangedMeanwhile as error:
        return refused(request, _changed(error, by))
    except ColumnGone:
        return refused(request, _("That is no longer there. “%(name)s” stays where it is.") % {"name": deal})
    except OpportunityRefusal as error:
        return refused(request, word(error))
    if not wants_fragment(request):
        if text:
            messages.success(request, text)
        return redirect(came_from(request))
    return _moved(request, deal, {before, key}, at, text, address)


def _hold(deal: Opportunity, by: str, seen: str) -> str:
    """Lock the opportunity and return its column's key. Raises OpportunityClosed, and ChangedMeanwhile when it was another one."""
    deal.hold()
    if not deal.is_open:
        raise OpportunityClosed(deal)
    if by not in grouping.COLUMNS:
        raise ColumnGone(deal)
    before = grouping.key_of(by, grouping.where(deal, by))
    if seen and seen != before:
        raise ChangedMeanwhile(deal, deal.get_last_actor())
    return before


def _value(by: str, key: str, deal: Opportunity) -> Any:
    try:
        return grouping.value_of(by, key)
    except ValueError:
        raise ColumnGone(deal) from None


def _way(by: str, deal: Opportunity) -> Callable[[HttpRequest, Opportunity, Any, datetime], tuple[str, str]]:
    return {"owner": _hand, "month": _close_in, "source": _came_by}[by]


def _hand(request: HttpRequest, deal: Opportunity, value: int | None, at: datetime) -> tuple[str, str]:
    rep = people_of(request.user).filter(pk=value).first() if value else None
    if value and rep is None:
        raise ColumnGone(deal)
    before = {"owner": deal.owner_id, "team": deal.team_id}
    deal.assign_to(rep, at=at, by=request.user)
    text = _("Assigned to %(name)s.") % {"name": rep} if rep else _("Now with nobody.")
    return text, record_handing(deal, before, by=request.user, at=at)


def _close_in(request: HttpRequest, deal: Opportunity, month, at: datetime) -> tuple[str, str]:
    before, day = deal.close_date, grouping.day_in(month, deal.close_date) if month else None
    deal.edit({"close_date": day}, at=at, by=request.user)
    text = _("Expected to close on %(day)s.") % {"day": date_format(day, "DATE_FORMAT")} if day else _("No close date now.")
    return text, record_edit(deal, {"close_date": before}, by=request.user, at=at)


def _came_by(request: HttpRequest, deal: Opportunity, value: int | None, at: datetime) -> tuple[str, str]:
    before, source = deal.source, Source.objects.filter(pk=value).first() if value else None
    if value and source is None:
        raise ColumnGone(deal)
    deal.edit({"source": source}, at=at, by=request.user)
    text = _("Source: %(name)s.") % {"name": source} if source else _("No source now.")
    return text, record_edit(deal, {"source": before}, by=request.user, at=at)


def _changed(error: ChangedMeanwhile, by: str) -> str:
    """Say who was quicker, and where the card is now."""
    deal = error.opportunity
    where = {
        "owner": _("It is with %(now)s now.") % {"now": deal.owner or _("nobody")},
        "month": _("It closes on %(now)s now.") % {"now": date_format(deal.close_date, "DATE_FORMAT")}
        if deal.close_date else _("It has no close date now."),
        "source": _("Its source is %(now)s now.") % {"now": deal.source or "–"},
    }[by]  # fmt: skip
    who = error.by or _("Somebody")
    return _("%(who)s changed “%(name)s” a moment ago. %(where)s") % {"who": who, "name": deal, "where": where}


def _moved(request: HttpRequest, deal: Opportunity, keys: set[str], at: datetime, text: str, address: str) -> HttpResponse:
    """Answer with the heads of both columns and the card, each out of band; when one of them is gone the board is drawn anew."""
    query = board_query(request)
    scope = Scope.read(request.user, query) if query is not None else None
    html = cards.render_changed(deal.pk, request.user, scope.stages, at=at) if scope and scope.holds(deal) else ""
    event, heads = "opportunity:moved", []
    if scope and html and scope.by != "stage" and not request.POST.get("elsewhere"):
        heads = [head for head in grouping.heads(scope, at=at).values() if head.stage.pk in keys]
    if heads and len(heads) == len(keys):
        card = html.replace("<article ", '<article hx-swap-oob="true" ', 1)
        response = TemplateResponse(request, "opportunities/_moved.html", {"heads": heads, "card": card})
    else:
        response, event = HttpResponse(status=204), "opportunity:assigned"
    if text:
        tell(response, text, undo=address)
    return trigger_client_event(response, event, {"id": deal.pk})
