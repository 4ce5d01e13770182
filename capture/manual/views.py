"""Entering a lead by hand: through the front door like any other, taken in at once, with a warning about those who look alike."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from capture import intake
from capture.channels import hint, receive
from capture.manual.forms import SAID, EntryForm
from capture.models import Submission
from core import business
from core.htmx import done, page_or_fragment
from leads.matching import Match, matches_of
from leads.models import Channel, Lead

TEMPLATE = "capture/manual.html"


@require_http_methods(["GET", "HEAD", "POST"])
def manual(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        said = {name: request.GET[name][:300] for name in (*SAID, "source") if request.GET.get(name)}
        form = EntryForm(request.user, initial={**said, "key": get_random_string(20)})
        return show(request, form, [])
    form = EntryForm(request.user, request.POST)
    if not form.is_valid():
        return show(request, form, likenesses_of(request), status=422)
    alike = likenesses_of(request)
    if alike and not request.POST.get("anyway"):
        return show(request, form, alike, status=422, asks=True)
    return enter(request, form)


def show(request: HttpRequest, form: EntryForm, alike: list[Match], *, status: int = 200, asks: bool = False) -> HttpResponse:
    context = {"form": form, "alike": alike, "asks": asks, "action": reverse("capture:manual"), "cancel_url": reverse("leads:leads"),
               "joins": next((like.lead for like in alike if like.is_certain and like.lead.is_open), None)}  # fmt: skip
    return page_or_fragment(request, TEMPLATE, context, fragment="form", status=status)


def enter(request: HttpRequest, form: EntryForm) -> HttpResponse:
    """Store, take in, and land on the lead. The same rendering sent twice is one entry."""
    user, said = request.user, form.cleaned_data
    team = said.get("team") or (user.current_team if user.current_team_id in user.team_ids else None)
    team = team or (user.seats[0].team if user.seats else None)
    source = said.get("source")
    entry = receive(
        Channel.MANUAL, {**form.answers(), **({"source": source.name} if source else {})}, external_id=f"{user.pk}:{said['key']}",
        by=user, team=team, context={"keep": True} if said.get("keep") else {}, ask_workers=False,
    )  # fmt: skip
    intake.take_in(only=[entry.pk])
    transaction.on_commit(hint)
    entry.refresh_from_db()
    lead = Lead.objects.visible_to(user).filter(pk=entry.lead_id).first()
    if lead is None:
        return done(request, redirect("leads:leads").url, event="lead:captured", toast=gettext("Taken in. It will be in the list in a moment."))
    joined = entry.result == Submission.Result.JOINED
    toast = gettext("Added to %(lead)s.") if joined else gettext("%(lead)s is a lead now.")
    return landed(request, lead, toast % {"lead": lead})


def landed(request: HttpRequest, lead: Lead, toast: str) -> HttpResponse:
    """Go to the lead's page, from the dialog too."""
    from django.contrib import messages

    messages.success(request, toast)
    if request.htmx:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = lead.get_absolute_url()
        return response
    return redirect(lead)


def likenesses_of(request: HttpRequest) -> list[Match]:
    """Return leads the person may see that look like what is being typed."""
    said = request.POST if request.method == "POST" else request.GET
    email, phone, name, company = (str(said.get(key, ""))[:320] for key in ("email", "phone", "name", "company_name"))
    return matches_of(email, phone, name, company, user=request.user, country=business.get("country"))


@require_safe
def likenesses(request: HttpRequest) -> HttpResponse:
    """Warn while typing: the part of the page that names those who look alike."""
    return TemplateResponse(request, "capture/_alike.html", {"alike": likenesses_of(request)})
