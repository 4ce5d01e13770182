"""The page of one lead: who it is, whether it is good, what is next, and what happened."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import alongside, clock, custom_fields, panels
from core.htmx import wants_fragment
from leads import timeline
from leads.forms import ActivityForm, CallForm, NoteForm
from leads.matching import earlier_leads_of
from leads.models import Lead
from leads.people import colleagues_of
from leads.views.around import around
from leads.views.common import address_of, find, owner_url

COMPOSERS = {"note": _("Note"), "call": _("Log call"), "activity": _("Activity")}
FRAGMENTS = {"composer": "composer", "story": "story", "story-more": "more"}  # by the id of htmx's target


@require_safe
def lead(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the whole page, or the part that htmx's target names."""
    found = find(request, pk, whole=timeline.with_all)
    if found.pk != pk:
        messages.info(request, _("The lead you asked for was merged into this one."))
        return redirect(found)
    fragment = FRAGMENTS.get(request.htmx.target or "", "record") if wants_fragment(request) else ""
    return show(request, found, fragment=fragment)


def show(request: HttpRequest, lead: Lead, *, fragment: str = "", status: int = 200, form=None, compose: str = "") -> HttpResponse:
    """Render the page of a lead or a part of it; `form` is one that was refused, for the composer named `compose`."""
    context: dict[str, Any] = {"lead": lead, "is_fragment": bool(fragment), "at": clock.now()}
    if fragment in {"", "record", "composer"}:
        context |= _composer(request, lead, form, compose)
    if fragment in {"", "record", "story", "more"}:
        context |= _story(request, lead)
    if fragment in {"", "record"}:
        context |= _record(request, lead)
    if not fragment:
        context["around"] = around(request, lead)
    template = f"leads/lead.html#{fragment}" if fragment else "leads/lead.html"
    response = TemplateResponse(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _composer(request: HttpRequest, lead: Lead, form, compose: str) -> dict[str, Any]:
    compose = compose or request.GET.get("compose", "")
    compose = compose if compose in COMPOSERS else "note"
    if form is None:
        form = {"note": NoteForm, "call": CallForm}[compose]() if compose != "activity" else ActivityForm(people=colleagues_of(lead))
    return {"form": form, "compose": compose}


def _story(request: HttpRequest, lead: Lead) -> dict[str, Any]:
    before = request.GET.get("before", "")
    story = timeline.get_story(
        lead, kind=request.GET.get("kind", "all"), before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    )
    kinds = [("all", _("All")), ("messages", _("Messages")), ("changes", _("Changes"))]
    return {
        "story": story, "custom_labels": story.custom_labels, "custom_numbers": story.custom_numbers,
        "kinds": [(key, words, f"{lead.get_absolute_url()}?kind={key}", key == story.kind) for key, words in kinds],
    }  # fmt: skip


def _record(request: HttpRequest, lead: Lead) -> dict[str, Any]:
    own_fields = [row for row in alongside.of(lead, timeline.CUSTOM_FIELDS) if row.is_active]
    planned = list(lead.activities.planned().select_related("assignee").in_order()[:20])
    return {
        "next": planned[0] if planned else None, "later": planned[1:], "tags": list(lead.tags.all()),
        "duplicates": timeline.duplicates_of(lead, request.user), "earlier": list(earlier_leads_of(lead, user=request.user, limit=5).select_related("owner", "source", "team")),
        "panels": panels.of("lead", request, lead), "custom": custom_fields.shown("lead", lead.custom, fields=own_fields), "has_custom": bool(own_fields),
        "emails": [row.email for row in lead.emails.all() if row.key != lead.email_key],
        "phones": [row.number for row in lead.phones.all() if row.number != lead.phone],
        "convert_url": address_of("opportunities:conversion", lead.pk), "owner_url": address_of(owner_url(), lead.pk),
        "customer_urls": {
            "company": address_of("customers:company", lead.company_id) if lead.company_id else "",
            "contact": address_of("customers:contact", lead.contact_id) if lead.contact_id else "",
        },
    }  # fmt: skip
