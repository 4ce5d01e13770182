"""The button that removes the demo data."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import business
from crm_site.demo import removing
from leads.models import Lead


def demo(request: HttpRequest) -> HttpResponse:
    """Say what the demo consists of, and remove it on POST. Administrators only."""
    if not request.user.is_administrator:
        raise Http404
    if request.method == "POST":
        if business.get("demo_is_loading"):
            messages.warning(request, _("The demo data are still loading. Try again in a minute."))
            return redirect("demo:demo")
        count = removing.remove(by=request.user)["leads"]
        messages.success(request, ngettext("%(n)s demo lead and all that hung on it is gone.",
                                           "%(n)s demo leads and all that hung on them are gone.", count) % {"n": count})  # fmt: skip
        return redirect("workspace:today")
    return TemplateResponse(request, "demo/demo.html", {"count": Lead.objects.filter(is_demo=True).count()})
