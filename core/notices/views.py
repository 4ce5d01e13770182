"""One's own notices: the page, the bell, what was read, and how one wishes to be told."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from core import clock, limits
from core.htmx import done, page_or_fragment, wants_fragment
from core.notices.forms import WishesForm
from core.notices.models import Notice, NoticeWishes
from core.prepared import Prepared

SHOWN_AT_MOST = 99  # the bell counts up to here
IN_DIALOG = 12


def unread_count(user) -> int:
    """Count what the person has not read, up to one more than the bell shows; one query."""
    return len(_UNREAD.rows(user.pk))


_UNREAD = Prepared(lambda person: Notice.objects.visible_to(person).unread().order_by().values_list("pk")[: SHOWN_AT_MOST + 1])


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """Show one's notices, newest first; htmx gets the first of them as a dialog."""
    mine = Notice.objects.visible_to(request.user).newest_first()
    if wants_fragment(request):
        shown = list(mine[:IN_DIALOG])
        return TemplateResponse(request, "notices/notices.html#dialog", {"notices": shown, **_about(request, shown)})
    only_unread = request.GET.get("show") == "unread"
    if only_unread:
        mine = mine.unread()
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        last = Notice.objects.visible_to(request.user).filter(pk=before).first()
        mine = mine.filter(at__lte=last.at).exclude(at=last.at, pk__gte=last.pk) if last else mine.none()
    found = list(mine[: limits.PAGE_ROWS + 1])
    shown = found[: limits.PAGE_ROWS]
    more = shown[-1].pk if len(found) > limits.PAGE_ROWS else None
    context = {"notices": shown, "more": more, "only_unread": only_unread, **_about(request, shown)}
    return TemplateResponse(request, "notices/notices.html", context)


def _about(request: HttpRequest, shown: list[Notice]) -> dict:
    return {"unread": unread_count(request.user), "newest": max((notice.pk for notice in shown), default=0)}


@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """The bell alone, with the newest unread notice, for a page that hears of news."""
    if not wants_fragment(request):
        return redirect("core:notices")
    newest = Notice.objects.visible_to(request.user).unread().order_by("-pk").first()
    return TemplateResponse(request, "notices/_bell.html", {"newest": newest})


@require_POST
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one notice as read, or as unread again."""
    found = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    read = request.POST.get("read") != "0"
    Notice.objects.filter(pk=found.pk, read_at__isnull=read).update(read_at=clock.now() if read else None)
    if wants_fragment(request):
        found.refresh_from_db()
        response = page_or_fragment(request, "notices/notices.html", {"notice": found}, fragment="row")
        return trigger_client_event(response, "notices:read", {})
    return redirect(_back(request))


@require_POST
def reading(request: HttpRequest) -> HttpResponse:
    """Mark as read everything up to the newest one the person had before their eyes."""
    newest = request.POST.get("newest", "")
    mine = Notice.objects.visible_to(request.user).unread()
    if newest.isascii() and newest.isdigit() and len(newest) < 19:
        mine.filter(pk__lte=newest).update(read_at=clock.now())
    response = done(request, _back(request), event="notices:read", toast=_("All read."))
    if wants_fragment(request) and urlsplit(request.headers.get("HX-Current-URL", "")).path == reverse("core:notices"):
        response["HX-Refresh"] = "true"
    return response


def _back(request: HttpRequest) -> str:
    there = request.POST.get("next", "")
    return (
        there
        if url_has_allowed_host_and_scheme(there, {request.get_host()}) and there.startswith("/notices/")
        else "/notices/"
    )


@require_http_methods(["GET", "HEAD", "POST"])
def wishes(request: HttpRequest) -> HttpResponse:
    """Choose for each kind: in the app, also by mail when away, or not at all."""
    mine = NoticeWishes.objects.filter(person=request.user).first() or NoticeWishes(person=request.user)
    form = WishesForm(request.POST if request.method == "POST" else None, instance=mine)
    if form.is_bound and form.is_valid():
        form.save()
        return done(request, "core:wishes", event="profile:changed", toast=_("Saved."))
    status = 422 if form.errors else 200
    return page_or_fragment(request, "notices/wishes.html", {"form": form}, fragment="form", status=status)
