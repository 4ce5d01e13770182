"""The conversion of a lead: a dialog on its page, a page of its own without JavaScript."""

import json
from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from core import clock, undo
from core.htmx import page_or_fragment, wants_fragment
from core.merging.exceptions import MergeRefused
from core.merging.pages import keys_of
from core.prepared import Prepared
from leads.holding import get_held, get_seen
from leads.models import Lead
from opportunities import twins
from opportunities.conversion import convert
from opportunities.conversion_form import ConversionForm
from opportunities.exceptions import NoCustomer, NoPipeline, OpportunityRefusal
from opportunities.models import Conversion, Opportunity
from opportunities.views.answers import refused, word
from teams.models import User
from teams.visibility import Sight

PARTS = ("matches", "deals", "will")  # of the form, by the id of htmx's target


@require_http_methods(["GET", "HEAD", "POST"])
def conversion(request: HttpRequest, lead_pk: int) -> HttpResponse:
    """Show the form (?q searches further customers) or convert the lead and go to what it became."""
    if request.method == "POST" and "search" not in request.POST:
        return _convert(request, lead_pk)
    lead = _found(get_seen, request, lead_pk)
    if not lead.is_open:
        return _ended(request, lead)
    if request.method != "POST":
        return _shown(request, lead)
    return _answer(request, lead, _form(request, lead, request.POST), 200, quiet=True)  # a search button, without JavaScript


def _convert(request: HttpRequest, lead_pk: int) -> HttpResponse:
    """Convert as the form says. The lead is held from its first reading on: whoever comes second finds it converted."""
    at, others, along = clock.now(), keys_of(request.POST.getlist("merge")), None
    try:
        with transaction.atomic():
            if others:
                twins.hold([lead_pk, *others])
            lead = _found(get_held, request, lead_pk)
            if not lead.is_open:
                return _ended(request, lead)
            if others:
                lead, along = twins.merge_into(lead, others, at=at, by=request.user)
            form = _form(request, lead, request.POST)
            if not form.is_valid():
                transaction.set_rollback(True)
                return _answer(request, lead, form, 422)
            made = convert(lead, at=at, by=request.user, along=along, **form.verb)
    except MergeRefused as refusal:
        form = _form(request, lead, request.POST)
        form.add_error(None, refusal.words)
        return _answer(request, lead, form, 422)
    except (OpportunityRefusal, NoCustomer, NoPipeline) as error:
        form.add_error(None, word(error))
        return _answer(request, lead, form, 422)
    text = _("Converted: %(name)s.") % {"name": made.opportunity or made.company or made.contact}
    messages.success(request, json.dumps({"text": text, "undo": undo.address(made.change)}), extra_tags="undo")
    return _go(request, _result(request, lead, made))


def _found(read: Callable[[int, User], Lead], request: HttpRequest, lead_pk: int) -> Lead:
    try:
        return read(lead_pk, request.user)
    except Lead.DoesNotExist as error:
        raise Http404 from error


def _ended(request: HttpRequest, lead: Lead) -> HttpResponse:
    standing = lead.conversions.filter(undone_at__isnull=True).select_related("opportunity", "by").first()
    if standing:
        return _told(request, lead, standing)
    return refused(request, _("%(lead)s is no longer open.") % {"lead": lead}, back=lead.get_absolute_url())


def _shown(request: HttpRequest, lead: Lead) -> HttpResponse:
    """Answer the form as the address has it: what was chosen so far comes along, so that it can be searched and worded."""
    form = _form(request, lead, request.GET, bound="customer" in request.GET)
    part = request.htmx.target
    if part in PARTS and wants_fragment(request):
        return TemplateResponse(request, f"opportunities/conversion.html#{part}", {"form": form, "lead": lead, "is_part": True})
    return _answer(request, lead, form, 200, quiet=True)


def _form(request: HttpRequest, lead: Lead, given: QueryDict, *, bound: bool = True) -> ConversionForm:
    search, deal_search = given.get("q", ""), given.get("dq", "")
    return ConversionForm(given if bound else None, lead=lead, user=request.user, search=search, deal_search=deal_search)


def _answer(
    request: HttpRequest, lead: Lead, form: ConversionForm, status: int, *, quiet: bool = False
) -> HttpResponse:
    context = {"form": form, "lead": lead, "quiet": quiet, "title": _("Convert to opportunity")}
    return page_or_fragment(request, "opportunities/conversion.html", context, fragment="form", status=status)


def _told(request: HttpRequest, lead: Lead, standing: Conversion) -> HttpResponse:
    """Tell the second of two people who won, and take them to what the lead became."""
    if standing.by == request.user or standing.by is None:
        text = _("%(lead)s is converted already.") % {"lead": lead}
    else:
        text = _("%(who)s converted %(lead)s before you. Nothing was doubled.") % {"who": standing.by, "lead": lead}
    messages.info(request, text)
    return _go(request, _result(request, lead, standing))


def _result(request: HttpRequest, lead: Lead, made: Conversion) -> str:
    """Return the page of what the lead became, as far as the person may see it."""
    deal = made.opportunity
    if deal and (deal.owner_id == request.user.pk or _SEEN.rows(*request.user.sight_keys, deal.pk, role=request.user.role)):
        return deal.get_absolute_url()
    for customer in (made.contact, made.company):
        if (
            customer
            and deal is None
            and type(customer).objects.visible_to(request.user).filter(pk=customer.pk).exists()
        ):
            return customer.get_absolute_url()
    return lead.get_absolute_url()


_SEEN = Prepared(
    lambda *keys, role: Opportunity.objects.visible_to(Sight.of(*keys[:-1], role=role)).filter(pk=keys[-1]).values_list("pk")
)


def _go(request: HttpRequest, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if wants_fragment(request) else redirect(url)
