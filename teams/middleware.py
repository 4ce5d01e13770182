"""Sign-in on every page that doesn't say @login_not_required, the second factor where a role needs one, and each
person's own zone and language."""

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation

from core.errors import signed_out


class SignInMiddleware(LoginRequiredMiddleware):
    """A fragment asked for after the session ended answers 401, so that the page can open the sign-in dialog."""

    def handle_no_permission(self, request: HttpRequest, view_func) -> HttpResponse:
        if request.headers.get("HX-Request") == "true":
            return signed_out()
        return super().handle_no_permission(request, view_func)


class SecondFactorMiddleware:
    """Lead managers, operations and administrators to setting up a second factor until they have one."""

    OPEN = ("/account/", "/static/", "/healthz", "/readyz")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._is_missing(request):
            if request.headers.get("HX-Request") == "true":
                return HttpResponse(status=204, headers={"HX-Redirect": reverse("mfa_index")})
            return redirect("mfa_index")
        return self.get_response(request)

    def _is_missing(self, request: HttpRequest) -> bool:
        user = request.user
        if not user.is_authenticated or not user.needs_second_factor or request.path.startswith(self.OPEN):
            return False
        if request.session.get("second_factor"):  # it can't be taken away while the role asks for it
            return False
        if not is_mfa_enabled(user, [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]):
            return True
        request.session["second_factor"] = True
        return False


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
