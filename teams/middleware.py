"""Sign-in on every page that doesn't say @login_not_required, and each person's own zone and language."""

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone, translation


class SignInMiddleware(LoginRequiredMiddleware):
    """A fragment asked for after the session ended answers 401, so that the page can open the sign-in dialog."""

    def handle_no_permission(self, request: HttpRequest, view_func) -> HttpResponse:
        if request.headers.get("HX-Request") == "true":
            response = HttpResponse(status=401)
            response["HX-Trigger"] = "session:ended"
            response["X-Sign-In"] = resolve_url(settings.LOGIN_URL)
            return response
        return super().handle_no_permission(request, view_func)


class PersonMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        with timezone.override(user.zone), translation.override(user.language or settings.LANGUAGE_CODE):
            request.LANGUAGE_CODE = translation.get_language()
            return self.get_response(request)
