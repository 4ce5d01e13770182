"""The rooms of assignment on one lead: who gets it by hand, and how it was decided. The rules: assignment.rule_pages."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from assignment import routing, tracing
from core import clock, undo
from core.htmx import page_or_fragment
from leads.exceptions import LeadRefusal
from leads.forms import OwnerForm
from leads.people import who_can_take
from leads.views.common import find, refused, told


@require_http_methods(["GET", "HEAD", "POST"])
def lead_owner(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose who works on the lead, by hand or by the rules; either way a decision says why."""
    lead = find(request, pk)
    people = who_can_take(lead, request.user)
    by_rules = request.method == "POST" and "rules" in request.POST
    form = OwnerForm(request.POST if request.method == "POST" and not by_rules else None, people=people)
    at, address, rep = clock.now(), "", None
    if not by_rules and not (form.is_bound and form.is_valid()):
        context = {"lead": lead, "people": people, "form": form, "cancel_url": lead.get_absolute_url()}
        return page_or_fragment(request, "assignment/owner.html", context, fragment="form", status=422 if form.is_bound else 200)
    try:
        if by_rules:
            decision = routing.assign(lead, at=at, by=request.user)
            rep = decision.owner
        else:
            rep = form.cleaned_data["owner"]
            change = routing.assign_by_hand(lead, rep, at=at, by=request.user, reason=form.cleaned_data["why"])
            address = undo.address(change) if change else ""
    except LeadRefusal as error:
        return refused(request, lead, error)
    toast = _("Assigned to %(name)s.") % {"name": rep} if rep else _("Nobody is free now; it waits in the queue.")
    return told(request, lead, event="lead:assigned", toast=toast, undo=address)


@require_GET
def decisions(request: HttpRequest, pk: int) -> HttpResponse:
    """How the lead was qualified and assigned: rules tested, people looked at, newest first."""
    lead = find(request, pk)
    context = {"lead": lead, "traces": tracing.of(lead), "cancel_url": lead.get_absolute_url()}
    return page_or_fragment(request, "assignment/decisions.html", context, fragment="form")
