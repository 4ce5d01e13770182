"""What the views of one lead share: finding it, telling what was done, wording a refusal."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import NoReverseMatch, reverse
from django_htmx.http import trigger_client_event

from core.htmx import done, tell, wants_fragment
from leads import listeners, lists, words
from leads.exceptions import LeadRefusal
from leads.models import Lead


def find(request: HttpRequest, pk: int, *, whole: Callable[[QuerySet], QuerySet] | None = None) -> Lead:
    """Return the lead if the person may see it; else it does not exist (404). A merged one leads to its survivor.

    `whole` says what to read with it.
    """
    leads = Lead.objects.visible_to(request.user).select_related("team", "owner", "source", "medium", "campaign")
    leads = whole(leads) if whole else leads
    found = get_object_or_404(leads, pk=pk)
    if not found.merged_into_id:
        return found
    return leads.filter(pk=found.merged_into_id).first() or found


def told(request: HttpRequest, lead: Lead, *, event: str = "lead:changed", toast: str, undo: str = "", **detail: Any) -> HttpResponse:
    """Say what was done; the page of the lead shows it, or the list when the lead is out of sight now."""
    lists.forget_counts(request.user)
    listeners.tell()
    is_seen = wants_fragment(request) or Lead.objects.visible_to(request.user).filter(pk=lead.pk).exists()
    to = _back(request, lead) if is_seen else reverse("leads:leads")
    return done(request, to, event=event, toast=toast, undo=undo, id=lead.pk, **detail)


def refused(request: HttpRequest, lead: Lead, error: LeadRefusal) -> HttpResponse:
    """Say kindly why it did not happen, and show how things stand now."""
    text = words.refusal(error)
    if not wants_fragment(request):
        messages.warning(request, text)
        return redirect(lead)
    response = tell(HttpResponse(status=204), text, tone="bad")
    trigger_client_event(response, "lead:changed", {"id": lead.pk})
    return trigger_client_event(response, "dialog:close", {})


def _back(request: HttpRequest, lead: Lead) -> str:
    return f"{lead.get_absolute_url()}{'#story' if request.POST.get('from') == 'composer' else ''}"


def address_of(name: str, *args) -> str:
    """Return the address of a page another app may have, or nothing while it is not there."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def owner_url() -> str:
    """Return the name of the page that hands a lead to somebody: the assignment app's when it is there."""
    return "assignment:lead_owner" if address_of("assignment:lead_owner", 1) else "leads:owner"
