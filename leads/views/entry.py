"""The way to manual entry, which belongs to the channels."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from leads.views.common import address_of


@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """Go to the page where a lead is entered by hand, with whatever the address prefills."""
    url = address_of("capture:manual")
    if not url:
        raise Http404
    return redirect(f"{url}?{request.GET.urlencode()}" if request.GET else url)
