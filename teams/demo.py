"""The demo people and their one-click sign-in; only in demo mode, which never leaves the loopback address."""

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from core.audit import note
from teams.models import User


def people(request: HttpRequest) -> dict:
    """Template context: the demo people on signed-out pages, nothing outside demo mode."""
    if not settings.DEMO or request.user.is_authenticated:
        return {}
    return {"demo_people": User.objects.active().filter(is_demo=True).by_name()}


@require_POST
@login_not_required
def sign_in(request: HttpRequest) -> HttpResponse:
    """Step in as one of the demo people."""
    if not settings.DEMO:
        raise Http404
    number = request.POST.get("person", "")
    person = get_object_or_404(User.objects.active(), is_demo=True, pk=number if number.isdecimal() else 0)
    login(request, person)
    note("signed in", by=person, target=f"person {person.pk}", request=request, how="demo")
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if is_ours else resolve_url(settings.LOGIN_REDIRECT_URL))
