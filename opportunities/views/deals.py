"""The deals in rows, as a file, and by the month they are expected to close: the board's filters in other shapes."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core import clock, exporting
from core.htmx import page_or_fragment
from core.listing import Shown
from opportunities import forecast, lists
from opportunities.filters import BOARD, EVERYWHERE
from opportunities.forms import people_of
from opportunities.scope import Scope
from opportunities.views.answers import refused
from teams import rights

SHAPES = {"board": ("square-kanban", gettext_lazy("Board")), "deals": ("list", gettext_lazy("List")), "forecast": ("trending-up", gettext_lazy("Forecast"))}
OF_ONE_SHAPE = ("sort", "q", "state", "by")  # what another shape does not know


@require_safe
def deals(request: HttpRequest) -> HttpResponse:
    """List the open, won or lost deals, as the address describes them."""
    tab = lists.tab_of(request.GET.get("state", ""))
    scope = Scope.read(request.user, request.GET, tab.listing, reverse("opportunities:deals"))
    if scope is None:
        return _no_pipeline(request)
    if scope.shown.redirect:
        return redirect(scope.shown.redirect)
    shown = lists.read(scope, tab)
    shown.count()
    shown.rows = shown.rows.for_rows()
    shown.all = shown.all.for_rows()
    today = timezone.localdate(clock.now())
    context = {
        "scope": scope, "shown": shown, "tab": tab, "whole": lists.sums(scope, shown, tab, today=today), **_around(request, scope, "deals"),
        "tabs": [(each.label, scope.shown.url(state=each.state, sort=None), each is tab) for each in lists.TABS.values()],
        "export_url": f"{reverse('opportunities:deals_file')}?{urlencode([*shown.pairs, ('format', '')])}" if rights.may(request.user, "export") else "",
    }  # fmt: skip
    return page_or_fragment(request, "opportunities/deals.html", context, fragment="fragment")


@require_safe
def forecast_page(request: HttpRequest) -> HttpResponse:
    """Show what the open deals will bring, by the month they are expected to close."""
    scope = Scope.read(request.user, request.GET, BOARD, reverse("opportunities:forecast"))
    if scope is None:
        return _no_pipeline(request)
    if scope.shown.redirect:
        return redirect(scope.shown.redirect)
    found = forecast.periods(scope, today=timezone.localdate(clock.now()))
    whole = forecast.total(found)
    for period in found:
        period.url = _of_period(scope, period)
    context = {"scope": scope, "shown": scope.shown, "periods": found, "whole": whole, **_around(request, scope, "forecast")}
    return page_or_fragment(request, "opportunities/forecast.html", context, fragment="list")


@rights.requires("export")
@require_safe
def deals_file(request: HttpRequest) -> HttpResponse:
    """Give the deals the address describes as CSV or, with ?format=xlsx, as a spreadsheet."""
    kind, query = exporting.asked(request.GET)
    tab = lists.tab_of(query.get("state", ""))
    scope = Scope.read(request.user, query, tab.listing, reverse("opportunities:deals"))
    if scope is None:
        return _no_pipeline(request)
    shown = lists.read(scope, tab)
    too_many = _("A file holds %(n)s deals. Narrow the list with filters, then export it in parts.")
    name = _("Deals %(day)s") % {"day": timezone.localdate().isoformat()}
    return exporting.of_list(request, shown, _rows(shown, tab), kind=kind, name=name, done_as="deals exported", too_many=too_many)


def _rows(shown: Shown, tab: lists.Tab) -> Iterable[list[Any]]:
    yield [_("Name"), _("Company"), _("Contact"), _("Stage"), _("Value"), _("Currency"), _("Probability"), _("Expected close"),
           _("Next activity"), _("Owner"), _("Team"), _("Opened"), _("Closed"), _("Reason")]  # fmt: skip
    rows = shown.ordered.select_related("company", "contact", "stage", "owner", "team", "lost_reason")
    for deal in rows.iterator(chunk_size=1000):
        yield [
            deal.name, str(deal.company or ""), str(deal.contact or ""), deal.stage.name, getattr(deal, tab.amount), deal.currency, deal.probability,
            deal.close_date.isoformat() if deal.close_date else "", deal.next_activity_label, str(deal.owner or ""), str(deal.team),
            timezone.localtime(deal.opened_at), timezone.localtime(deal.closed_at) if deal.closed_at else None, str(deal.lost_reason or ""),
        ]  # fmt: skip


def _around(request: HttpRequest, scope: Scope, here: str) -> dict[str, Any]:
    """Return what stands above the rows: the other shapes, the pipelines, who and which team was chosen."""
    pipelines = [(each.name, scope.shown.url(pipeline=str(each.pk)), each == scope.pipeline) for each in scope.pipelines]
    return {"views": views_of(scope, here), "more_chips": chips_of(request, scope), "pipelines": pipelines if len(pipelines) > 1 else []}


def views_of(scope: Scope, here: str) -> list[dict[str, Any]]:
    """Return the shapes of the pipeline as links that keep what it is narrowed to."""
    kept = [pair for pair in scope.shown.pairs if pair[0] not in OF_ONE_SHAPE]
    asked = f"?{urlencode(kept)}" if kept else ""
    return [
        {"label": label, "icon": icon, "url": f"{reverse(f'opportunities:{name}')}{asked}", "current": name == here}
        for name, (icon, label) in SHAPES.items()
    ]


def _of_period(scope: Scope, period: forecast.Period) -> str:
    """Return the list of the open deals of a period; nothing for those that are no one month."""
    if not period.count or not (period.month or period.key == forecast.UNDATED):
        return ""
    kept = [pair for pair in scope.shown.pairs if pair[0] not in OF_ONE_SHAPE]
    narrowed = ("close_month.is", f"{period.month:%Y-%m}") if period.month else ("close_month.empty", "")
    return f"{reverse('opportunities:deals')}?{urlencode([*kept, narrowed])}"


def _no_pipeline(request: HttpRequest) -> HttpResponse:
    return refused(request, _("There is no pipeline yet. A manager can set one up."), back="/")


def chips_of(request: HttpRequest, scope: Scope) -> list[dict]:
    """Return what else narrows the board than conditions, as chips, each with the address without it."""
    chips = []
    if len(scope.pipelines) > 1 and scope.pipeline != scope.pipelines[0]:
        chips.append({"label": _("Pipeline"), "value": scope.pipeline.name, "remove_url": scope.shown.url(pipeline="")})
    if scope.team:
        everywhere = EVERYWHERE if scope.user.current_team_id else ""
        chips.append({"label": _("Team"), "value": scope.team.name, "remove_url": scope.shown.url(team=everywhere)})
    if scope.owner:
        names = {"me": _("me"), "nobody": _("nobody")}
        person = names.get(scope.owner) or str(people_of(request.user).filter(pk=scope.owner).first() or "–")
        chips.append({"label": _("Owner"), "value": person, "remove_url": scope.shown.url(owner="")})
    return [{**chip, "operator": _("is")} for chip in chips]
