"""A team's pages about time, under Settings: when it works, and how soon it replies."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.audit import note
from core.htmx import done, page_or_fragment
from teams import rights
from teams.models import SalesTeam
from teams.policy_forms import ClockForm, HoursForm
from teams.team_views import teams_of


@rights.requires("set up teams")
@require_http_methods(["GET", "POST"])
def hours(request: HttpRequest, pk: int) -> HttpResponse:
    """When the team works, and what that counts for."""
    return _page(request, pk, HoursForm, "hours")


@rights.requires("set up teams")
@require_http_methods(["GET", "POST"])
def clock(request: HttpRequest, pk: int) -> HttpResponse:
    """How soon the team replies, by temperature, and what follows when it does not."""
    return _page(request, pk, ClockForm, "clock")


def _page(request: HttpRequest, pk: int, form_class: type[forms.ModelForm], name: str) -> HttpResponse:
    found = get_object_or_404(teams_of(request.user), pk=pk)
    form = form_class(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        note("team changed", target=f"team {pk}", by=request.user, request=request, fields=form.changed_data)
        return done(request, reverse(f"teams:{name}", args=[pk]), event="team:changed", toast=_("Team saved."))
    context = {"form": form, "team": SalesTeam.objects.get(pk=pk), "tab": name}
    return page_or_fragment(request, f"teams/{name}.html", context, fragment="form", status=422 if form.errors else 200)
