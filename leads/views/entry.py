"""The way to manual entry, which belongs to the channels."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from leads.views.lists import address_of

PAGES = ("manual:entry", "manual:new", "capture:manual", "capture:entry")


@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """Go to the page where a lead is entered by hand, with whatever the address prefills."""
    for name in PAGES:
        if url := address_of(name):
            return redirect(f"{url}?{request.GET.urlencode()}" if request.GET else url)
    raise Http404
