"""Saying yes or no to a lead one was given."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from assignment import clockwork
from core import clock
from leads.models import Lead
from leads.views.common import find, told


@require_POST
def acceptance(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the lead on; its time runs no longer."""
    lead = find(request, pk)
    _mine(request, lead)
    offer = clockwork.offer_to(lead, request.user)
    done = offer is not None and clockwork.accept(offer, at=clock.now())
    return told(request, lead, toast=_("It is yours.") if done else _("It was answered already."))


@require_POST
def refusal(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the lead to the next person."""
    lead = find(request, pk)
    _mine(request, lead)
    offer = clockwork.offer_to(lead, request.user)
    if offer is None:
        return told(request, lead, toast=_("It was answered already."))
    clockwork.decline(offer, at=clock.now(), said=request.POST.get("why", ""))
    lead = Lead.objects.select_related("owner").get(pk=pk)
    toast = _("%(name)s has it now.") % {"name": lead.owner} if lead.owner else _("Nobody else is free now; it waits in the queue.")
    return told(request, lead, event="lead:assigned", toast=toast)


def _mine(request: HttpRequest, lead: Lead) -> None:
    """Only who was given the lead answers for it; to others there is nothing to answer (404)."""
    if not lead.offers.filter(owner=request.user).exists():
        raise Http404
