"""Around every request: an id, its server time, safe headers, and a calm answer while the database is away."""

import re
import time
import uuid

from django.db import DataError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme

from core import logs, shell

_ID = re.compile(r"^[A-Za-z0-9-]{8,36}$")


class RequestIdMiddleware:
    """Give the request an id (or keep the proxy's), put it on the log lines and on the answer."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if _ID.match(given) else str(uuid.uuid4())
        token = logs.request_id.set(request.request_id)
        try:
            response = self.get_response(request)
        finally:
            logs.request_id.reset(token)
        response["X-Request-ID"] = request.request_id
        return response


class _Counter:
    def __init__(self):
        self.queries, self.seconds = 0, 0.0

    def __call__(self, execute, sql, params, many, context):
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.queries += 1
            self.seconds += time.perf_counter() - start


class ServerTimingMiddleware:
    """Say in the Server-Timing header how long the answer took here (ms) and how many queries it needed."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        counter, start = _Counter(), time.perf_counter()
        with connection.execute_wrapper(counter):
            response = self.get_response(request)
        total = (time.perf_counter() - start) * 1000
        response["Server-Timing"] = (
            f'app;dur={total:.1f}, db;dur={counter.seconds * 1000:.1f};desc="{counter.queries} queries"'
        )
        return response


class HeadersMiddleware:
    """Headers that hold everywhere, the admin included; pages of a signed-in person are never kept by caches."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), browsing-topics=()")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("X-Permitted-Cross-Domain-Policies", "none")
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response.setdefault("Cache-Control", "no-store")
        return response


class CountsMiddleware:
    """Whoever changes something sees the numbers of the navigation change with it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method not in {"GET", "HEAD", "OPTIONS"} and request.user.is_authenticated:
            shell.forget_counts(request.user)
        return response


class WrongMethodMiddleware:
    """An address that only takes what a page sends, opened by hand or from the history, answers with a page and a way on."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or response.content or request.method == "HEAD" or request.headers.get("HX-Request") == "true":
            return response
        allowed = response.headers["Allow"]
        response = render(request, "405.html", {"came_from": _page_before(request)}, status=405)
        response["Allow"] = allowed
        return response


def _page_before(request: HttpRequest) -> str:
    """Return the page of ours a request came from, else nothing; never the address itself."""
    url = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if is_ours and url != request.build_absolute_uri() else ""


class OutageMiddleware:
    """Answer 503 with Retry-After, and no traceback, while the database or the disk is away."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        error = getattr(request, "outage", None)
        return self.sorry() if error is not None else response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if is_outage(error):
            return self.sorry()
        return None

    @staticmethod
    def sorry() -> HttpResponse:
        response = HttpResponse(render_to_string("503.html"), status=503)
        response["Retry-After"] = "5"
        return response


class UnreadableMiddleware:
    """Answer 400 to a sign the database keeps in no text: nobody types it, it is no fault of the server, and nothing was changed."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DataError) and "NUL (0x00)" in str(error):
            return HttpResponse(render_to_string("400.html"), status=400)
        return None


def is_outage(error: BaseException | None) -> bool:
    """Tell whether an error means «the database or its disk is away», not «this request is wrong»."""
    from psycopg import errors
    from psycopg_pool import PoolTimeout

    while error is not None:
        if isinstance(error, errors.QueryCanceled | errors.LockNotAvailable | errors.DeadlockDetected):
            return False
        if isinstance(error, OperationalError | InterfaceError | PoolTimeout | errors.DiskFull):
            return True
        error = error.__cause__
    return False
