"""The list of leads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.htmx import page_or_fragment
from core.listing import Shown
from core.merging.pages import count_waiting
from leads import lists
from leads.views.around import peek, suffix
from leads.views.common import address_of, owner_url
from teams import rights


@require_safe
def leads(request: HttpRequest) -> HttpResponse:
    """Show the leads somebody may see, as the address describes them."""
    view = lists.view_of(request.GET)
    shown = lists.LEADS.read(request, lists.narrowed(view, request.user).for_list())
    if shown.redirect:
        return redirect(shown.redirect)
    if request.GET.get("view") not in {None, "", *lists.VIEWS}:
        shown.notices.append(_("There is no view “%(name)s”.") % {"name": request.GET["view"][:40]})
    counts = lists.count_tabs(request.user, fresh=request.htmx.trigger == "list")
    if shown.is_narrowed or view.key not in counts:
        shown.count()
    else:
        shown.total = counts[view.key]
    lists.with_next_activity(shown.page.rows)
    return page_or_fragment(request, "leads/lead_list.html", {
        "shown": shown, "view": view, "tabs": _tabs(view, counts, shown), "open_count": counts["open"],
        "narrowed_words": _narrowed_words(shown), "everywhere_url": shown.url(view="all"), "lead_word": _("Lead"),
        "import_url": address_of("imports:imports") if rights.may(request.user, "import") else "", "owner_url": owner_url(),
        "peek": peek(request, shown), "from_here": suffix(shown), "waiting": count_waiting(request.user, "lead"), "pairs_url": reverse("leads:pairs"),
    }, fragment="fragment")  # fmt: skip


def _tabs(current: lists.View, counts: dict, shown: Shown) -> list[lists.Tab]:
    path = reverse("leads:leads")
    tabs = [
        lists.Tab(view, path if view.key == "open" else f"{path}?view={view.key}", counts[view.key], view == current)
        for view in lists.TABS
    ]
    return tabs if current.key != "all" else [*tabs, lists.Tab(current, shown.here, shown.total, True)]


def _narrowed_words(shown: Shown) -> str:
    """Name the filters in a sentence: "Score at least 90, search “nord”."."""
    said = [" ".join(part for part in (chip.label, chip.operator, chip.value) if part) for chip in shown.chips]
    said += [_("search “%(text)s”") % {"text": shown.q[:80]}] if shown.q else []
    return f"{', '.join(said)}."
