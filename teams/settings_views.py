"""The list of rooms under Settings, and the organisation's own settings."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core import business, settings_rooms
from core.htmx import done, page_or_fragment
from teams import rights
from teams.setting_forms import OrganisationForm


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    context = {"rooms": settings_rooms.rooms_for(request.user)}
    return page_or_fragment(request, "settings/index.html", context, fragment="rooms")


@rights.requires("set up organisation")
@require_http_methods(["GET", "POST"])
def organisation(request: HttpRequest) -> HttpResponse:
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        for key in form.changed_data:
            business.put(key, form.cleaned_data[key], by=request.user)
        return done(request, "settings:organisation", event="settings:changed", toast=_("Organisation saved."))
    context = {"form": form, "title": _("Organisation"), "submit": _("Save")}
    return page_or_fragment(request, "settings/form.html", context, fragment="form", status=422 if form.errors else 200)
