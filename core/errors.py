"""Error pages in the product's words; the same 404 for what does not exist and what one may not see."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from core.middleware import OutageMiddleware, is_outage


def not_found(request: HttpRequest, exception=None) -> HttpResponse:
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception=None) -> HttpResponse:
    return HttpResponse(render_to_string("403.html"), status=403)


def bad_request(request: HttpRequest, exception=None) -> HttpResponse:
    return HttpResponse(render_to_string("400.html"), status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return HttpResponse(render_to_string("403.html", {"csrf": True}), status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    import sys

    if is_outage(sys.exc_info()[1]):
        return OutageMiddleware.sorry()
    return HttpResponse(render_to_string("500.html"), status=500)
