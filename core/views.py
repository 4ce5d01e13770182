"""Taking a change back, and the operations page."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from core import clock, invariants, operations, reasons, undo
from core.htmx import tell, wants_fragment
from core.models import Change


@require_POST
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo one's own change; managers and administrators may undo anybody's they could have made."""
    changes = Change.objects.all() if request.user.is_administrator else Change.objects.filter(by=request.user)
    change = get_object_or_404(changes, pk=pk)
    try:
        change = undo.ask(change, by=request.user, at=clock.now())
        text = _what_happened(change)
    except undo.NotYet as later:
        text = reasons.word(later.code, later.values)
    except undo.TooLate:
        text = _("That was taken back already, or its 30 days are over.")
    if to := undo.leads_on_to(change, _page(request), request.user):
        messages.info(request, text)
        return HttpResponseClientRedirect(to) if wants_fragment(request) else redirect(to)
    if wants_fragment(request):
        response = HttpResponse(status=204)
        tell(response, text)
        return trigger_client_event(response, "change:undone", {"id": change.pk})
    messages.info(request, text)
    return redirect(_back(request))


def _what_happened(change: Change) -> str:
    if change.undo == Change.Undo.ASKED:
        return _("It is being taken back in the background.")
    if not change.kept:
        return _("Taken back.")
    first = reasons.word(change.kept[0]["code"], change.kept[0]["values"])
    more = len(change.kept) - 1
    if not more:
        return _("Taken back in part. %(reason)s") % {"reason": first}
    return ngettext("Taken back in part. %(reason)s And %(n)s more.", "Taken back in part. %(reason)s And %(n)s more.",
                    more) % {"reason": first, "n": more}


def _page(request: HttpRequest) -> str:
    """Return the path of the page one is on, or asked to go back to."""
    return urlsplit(request.htmx.current_url_abs_path or "" if request.htmx else _back(request)).path


def _back(request: HttpRequest) -> str:
    came_from = request.POST.get("next") or request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return came_from if safe else "/"


def _operations_only(request: HttpRequest) -> None:
    if not (request.user.is_administrator or request.user.is_ops):
        raise Http404


def operations_page(request: HttpRequest) -> HttpResponse:
    _operations_only(request)
    return TemplateResponse(request, "core/operations.html", {**operations.overview(), "checks": invariants.names()})


@require_POST
def retry(request: HttpRequest, kind: str, row: str) -> HttpResponse:
    _operations_only(request)
    if operations.retry(kind, row, by=request.user):
        messages.success(request, _("It is tried again now."))
    else:
        messages.info(request, _("It is no longer stuck."))
    return redirect("core:operations")


@require_POST
def check_now(request: HttpRequest) -> HttpResponse:
    _operations_only(request)
    found = len(invariants.run().findings)
    messages.info(request, ngettext("%(n)s finding.", "%(n)s findings.", found) % {"n": found} if found
                  else _("Checked: nothing found."))
    return redirect("core:operations")
