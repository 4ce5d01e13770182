"""The list of leads."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import kept
from core.counting import FEW, Count
from core.htmx import page_or_fragment
from core.listing import Shown
from core.merging.pages import count_waiting
from leads import lists
from leads.views.around import peek, suffix
from leads.views.common import address_of, owner_url
from teams import rights
from teams.models import User


@require_safe
def leads(request: HttpRequest) -> HttpResponse:
    """Show the leads somebody may see, as the address describes them."""
    view = lists.view_of(request.GET)
    keeps = kept.of(request.user, "lead")
    columns = lists.columns_of(keeps.columns)
    reads = [name for column in columns.values() for name in column.reads]
    counts = lists.count_tabs(request.user, fresh=request.htmx.trigger == "list")
    listing = lists.listing_for(request.user, counts, view)
    shown = listing.read(request, lists.narrowed(view, request.user).for_list(also=reads))
    if shown.redirect:
        return redirect(shown.redirect)
    if request.GET.get("view") not in {None, "", *lists.VIEWS}:
        shown.notices.append(_("There is no view “%(name)s”.") % {"name": request.GET["view"][:40]})
    if shown.is_narrowed or view.key not in counts or _is_rare(counts[view.key], request.user):
        shown.count()
    else:
        shown.total = counts[view.key]
    if "next" in columns:
        lists.with_next_activity(shown.page.rows)
    return page_or_fragment(request, "leads/lead_list.html", {
        "shown": shown, "view": view, "tabs": _tabs(view, counts, shown, keeps), "open_count": counts["open"],
        "narrowed_words": _narrowed_words(shown), "has_leads": bool(counts["open"].number or counts["ended"].number), "everywhere_url": shown.url(view="all"), "lead_word": _("Lead"),
        "columns": columns, "all_columns": [(name, each.label, name in columns) for name, each in lists.COLUMNS.items()],
        "keep_url": f"{reverse('workspace:new_view', args=['lead'])}?{urlencode({'query': shown.query})}", "columns_url": address_of("workspace:columns", "lead"),
        "acts_url": reverse("leads:acts"), "import_url": address_of("imports:imports") if rights.may(request.user, "import") else "", "owner_url": owner_url(),
        "export_url": _export_url(shown) if rights.may(request.user, "export") else "",
        "peek": peek(request, shown), "from_here": suffix(shown), "waiting": count_waiting(request.user, "lead"), "pairs_url": reverse("leads:pairs"),
    }, fragment="fragment")  # fmt: skip


def _is_rare(count: Count, user: User) -> bool:
    """Tell whether somebody sees so few leads of a view that they are read by their keys: walking through everybody's takes longer."""
    return count.number <= FEW and not user.is_administrator


def _tabs(current: lists.View, counts: dict, shown: Shown, keeps: kept.Kept) -> list[lists.Tab]:
    """Return the tabs: the views everybody has, then those the person keeps; the one that describes the list is current."""
    path = reverse("leads:leads")
    own = _kept_tabs(counts, shown, keeps)
    is_own = any(tab.is_current for tab in own)
    tabs = [
        lists.Tab(view.label, path if view.key == "open" else f"{path}?view={view.key}", counts[view.key], view == current and not is_own)
        for view in lists.TABS
    ]
    if current.key == "all" and not is_own:
        tabs.append(lists.Tab(current.label, shown.here, shown.total, True))
    return tabs + own


def _kept_tabs(counts: dict, shown: Shown, keeps: kept.Kept) -> list[lists.Tab]:
    here, path = _said(shown.pairs), reverse("leads:leads")
    tabs = []
    for view in keeps.views:
        change = f"{view.url}?{urlencode({'query': shown.query})}" if view.is_own else ""
        is_current = _said((key, value) for key, values in QueryDict(view.query).lists() for value in values) == here
        url = f"{path}?{view.query}" if view.query else path
        tabs.append(lists.Tab(view.name, url, counts.get(f"kept {view.pk}", Count(0)), is_current, change, view.team, view.pin_url, view.is_pinned))
    return tabs


def _said(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return what an address says, in order. That similar words are shown it says only while few are spelled so."""
    return sorted(pair for pair in pairs if pair != ("near", "1"))


def _export_url(shown: Shown) -> str:
    return f"{reverse('leads:export')}?{urlencode([*shown.pairs, ('format', '')])}"


def _narrowed_words(shown: Shown) -> str:
    """Name the filters in a sentence: "Score at least 90, search “nord”." """
    said = [" ".join(part for part in (chip.label, chip.operator, chip.value) if part) for chip in shown.chips]
    said += [_("search “%(text)s”") % {"text": shown.q[:80]}] if shown.q else []
    return capfirst(f"{', '.join(said)}.")
