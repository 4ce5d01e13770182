"""Error pages in the product's words; the same 404 for what does not exist and what one may not see."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.translation import gettext

from core.htmx import tell
from core.middleware import OutageMiddleware, is_outage


def not_found(request: HttpRequest, exception=None) -> HttpResponse:
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception=None) -> HttpResponse:
    return HttpResponse(render_to_string("403.html"), status=403)


def bad_request(request: HttpRequest, exception=None) -> HttpResponse:
    return HttpResponse(render_to_string("400.html"), status=400)


def signed_out() -> HttpResponse:
    """Answer a fragment that asks for a sign-in: the page opens its dialog, nothing typed is lost."""
    return HttpResponse(status=401, headers={"HX-Trigger": "session:ended", "X-Sign-In": resolve_url(settings.LOGIN_URL)})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that nothing was done. A form on an open page is told there: to sign in again, or that the page is too old."""
    if request.headers.get("HX-Request") == "true":
        if not request.user.is_authenticated:
            return HttpResponse(status=401, headers={"HX-Trigger": "session:ended"})
        text = gettext("Nothing was saved: this page is older than your sign-in. Load it again and send it once more.")
        return tell(HttpResponse(status=403), text, tone="bad")
    return HttpResponse(render_to_string("403.html", {"csrf": True}), status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    import sys

    if is_outage(sys.exc_info()[1]):
        return OutageMiddleware.sorry()
    return HttpResponse(render_to_string("500.html"), status=500)
