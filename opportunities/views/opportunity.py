"""The page of one opportunity and what is done on it."""

from itertools import chain
from json import dumps, loads
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from core import clock, panels, undo
from core.htmx import done, page_or_fragment, wants_fragment
from core.merging import family
from customers.models import Company, Contact
from customers.verbs import CustomerTaken
from leads.forms import ActivityForm
from leads.models import Lead, LeadEvent
from leads.people import colleagues_of
from opportunities.customer_story import may_undo
from opportunities.exceptions import AmountTooLarge, NoPipeline, OpportunityRefusal
from opportunities.forms import CallForm, DealForm, FactsForm, NoteForm, OwnerForm
from opportunities.models import Closing, Conversion, Opportunity, OpportunityEvent
from opportunities.opening import first_stage
from opportunities.scope import is_key, teams_of
from opportunities.views.answers import refused, word

EVENTS = 100
CLOSINGS = 10
PLANNED = 20
COMPOSERS = {"note": NoteForm, "call": CallForm, "activity": ActivityForm}


def _seen(request: HttpRequest, pk: int) -> Opportunity:
    rows = Opportunity.objects.visible_to(request.user).select_related("company", "contact", "owner", "team", "stage", "pipeline", "source",
                                                                       "lost_reason", "followed")  # fmt: skip
    return get_object_or_404(rows, pk=pk)


@require_safe
def opportunity_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one opportunity; ?compose opens a tab of the composer."""
    if lead := _reopened(request, pk):
        return HttpResponseClientRedirect(lead.get_absolute_url()) if wants_fragment(request) else redirect(lead)
    opportunity = _seen(request, pk)
    return _page(request, opportunity, compose=request.GET.get("compose", "note"))


def _reopened(request: HttpRequest, pk: int) -> Lead | None:
    """Return the lead to go back to when this opportunity went with its conversion, which was taken back just now."""
    if Opportunity.objects.filter(pk=pk).exists():
        return None
    taken_back = Conversion.objects.filter(undone_at__isnull=False, before__made__opportunity=pk).values("lead")
    return Lead.objects.visible_to(request.user).filter(pk__in=taken_back).first()


def _page(
    request: HttpRequest, opportunity: Opportunity, *, compose: str, form=None, status: int = 200
) -> HttpResponse:
    at = clock.now()
    compose = compose if compose in COMPOSERS else "note"
    if form is None:
        form = _blank(opportunity, compose)
    leads = list(opportunity.conversions.filter(undone_at__isnull=True).select_related("lead", "change"))
    planned = list(opportunity.activities.planned().in_order().select_related("assignee")[:PLANNED])
    context = {
        "opportunity": opportunity, "stages": _stages(opportunity, at), "leads": _leads(request, leads), "events": _events(opportunity, leads),
        "next": planned[0] if planned else None, "later": planned[1:], "compose": compose, "form": form,
        "people": _people(request, opportunity), "days": max(0, (at - opportunity.stage_since).days),
        "closings": _closed_parts(opportunity),
        "panels": panels.of("opportunity", request, opportunity), "tags": list(opportunity.tags.all()),
        "company": _if_seen(Company, request, opportunity.company), "follow_ups": list(opportunity.follow_ups.visible_to(request.user)[:10]),
    }  # fmt: skip
    context["is_fragment"] = wants_fragment(request)
    context["lead"] = leads[0].lead if leads else None  # what a lead's own events may name
    fragment = "composer" if request.htmx.target == "composer" else "record"
    return page_or_fragment(request, "opportunities/opportunity.html", context, fragment=fragment, status=status)


def _closed_parts(opportunity: Opportunity) -> list[Closing]:
    """Return what is closed, newest first: a reopening took back the last part that was won or lost before it."""
    parts: list[Closing] = []
    for closing in opportunity.closings.select_related("reason", "to").order_by("pk"):
        if closing.kind != "reopened":
            parts.append(closing)
        elif last := next((part for part in reversed(parts) if part.kind != "moved"), None):
            parts.remove(last)
    return parts[: -CLOSINGS - 1 : -1]


def _blank(opportunity: Opportunity, compose: str, data=None):
    """Return the composer's form."""
    if compose != "activity":
        return COMPOSERS[compose](data)
    return ActivityForm(data, people=colleagues_of(opportunity))


def _stages(opportunity: Opportunity, at) -> list[dict[str, Any]]:
    """Return the path of the pipeline: done, present and coming stages, with the days spent in each one left."""
    spent: dict[int, int] = {}
    for details in opportunity.events.filter(kind="moved").values_list("details", flat=True):
        spent[details.get("from_stage", 0)] = spent.get(details.get("from_stage", 0), 0) + details.get("days", 0)
    shown = [
        stage for stage in opportunity.pipeline.stages.in_order() if stage.is_active or stage.pk == opportunity.stage_id
    ]
    place = next(index for index, stage in enumerate(shown) if stage.pk == opportunity.stage_id)
    return [
        {"stage": stage, "is_done": index < place or opportunity.state == "won", "is_current": index == place and opportunity.is_open,
         "days": spent.get(stage.pk)}
        for index, stage in enumerate(shown)
    ]  # fmt: skip


def _leads(request: HttpRequest, conversions: list) -> list[dict[str, Any]]:
    """Return the leads it came from; those one may not see only by what the opportunity says of them."""
    seen = set(
        Lead.objects.visible_to(request.user)
        .filter(pk__in=[one.lead_id for one in conversions])
        .values_list("pk", flat=True)
    )
    return [
        {"lead": one.lead, "at": one.at, "undo": one.change_id if may_undo(one, request.user) else None}
        for one in conversions if one.lead_id in seen
    ]  # fmt: skip


def _events(opportunity: Opportunity, conversions: list) -> list:
    """Return the story: the opportunity's own events and those of the leads it came from, newest first."""
    keys = [one.lead_id for one in conversions]
    own = (
        OpportunityEvent.objects.filter(opportunity=opportunity)
        .select_related("actor")
        .order_by("-occurred_at", "-pk")[:EVENTS]
    )
    leads = LeadEvent.objects.filter(lead__in=family(Lead, keys)) if keys else LeadEvent.objects.none()
    theirs = leads.select_related("actor", "lead").order_by("-occurred_at", "-pk")[:EVENTS]
    story = sorted(chain(own, theirs), key=lambda event: (event.occurred_at, event.recorded_at), reverse=True)
    return _told_once(story, opportunity)[:EVENTS]


def _told_once(story: list, opportunity: Opportunity) -> list:
    """Tell a conversion in one line: what was opened and what the lead says of it go into the line that names the lead."""
    lines = {(event.details.get("lead"), event.occurred_at): event for event in story if event.kind == "attached"}
    told = set()
    for event in story:
        line = lines.get((getattr(event, "lead_id", None), event.occurred_at))
        if event.kind == "converted" and line:
            line.details["into"] = {name: event.details.get(name) for name in ("company", "contact", "made")}
            told.add(event)
        elif event.kind == "opened":
            opening = next((line for line in lines.values() if line.details.get("opened")), None)
            if opening:
                opening.details["stage"] = event.details.get("stage", "")
                told.add(event)
    return [event for event in story if event not in told]


def _people(request: HttpRequest, opportunity: Opportunity) -> list[Contact]:
    keys = [opportunity.contact_id, *opportunity.contacts.values_list("pk", flat=True)]
    return list(Contact.objects.visible_to(request.user).filter(pk__in=[key for key in keys if key]).by_name())


def _if_seen(model, request: HttpRequest, record):
    """Return the record when the person may see its own page, too."""
    return (
        record if record is not None and model.objects.visible_to(request.user).filter(pk=record.pk).exists() else None
    )


# -------------------------------------------------------------------- composer


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    def keep(deal: Opportunity, form, at) -> None:
        deal.note(form.cleaned_data["text"], at=at, by=request.user)

    return _compose(request, pk, "note", keep, _("Noted."))


@require_POST
def call(request: HttpRequest, pk: int) -> HttpResponse:
    def log(deal: Opportunity, form, at) -> None:
        deal.log_call(form.cleaned_data["outcome"], form.cleaned_data["note"], at=at, by=request.user)

    return _compose(request, pk, "call", log, _("Call logged."))


@require_POST
def activities(request: HttpRequest, pk: int) -> HttpResponse:
    def plan(deal: Opportunity, form, at) -> str:
        with undo.recording("opportunity_activity", at=at, by=request.user, opportunity=deal.pk) as change:
            change.created(deal.plan(**form.plan, at=at, by=request.user))
        return undo.address(change)

    return _compose(request, pk, "activity", plan, _("Planned."))


def _compose(request: HttpRequest, pk: int, kind: str, act, text: str) -> HttpResponse:
    """Take what was written; `act` may return the address that takes it back."""
    opportunity, at = _seen(request, pk), clock.now()
    form = _blank(opportunity, kind, request.POST)
    if not form.is_valid():
        return _page(request, opportunity, compose=kind, form=form, status=422)
    try:
        address = act(opportunity, form, at)
    except OpportunityRefusal as error:
        return refused(request, word(error), back=opportunity.get_absolute_url())
    return done(request, opportunity, event="opportunity:changed", toast=text, undo=address or "", id=opportunity.pk)


# ------------------------------------------------------------------ owner, facts


@require_http_methods(["GET", "HEAD", "POST"])
def owner(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the opportunity to a colleague."""
    opportunity = _seen(request, pk)
    data = request.POST if request.method == "POST" else None
    form = OwnerForm(data, user=request.user, initial={"owner": opportunity.owner_id})
    if data is None or not form.is_valid():
        context = {
            "form": form,
            "opportunity": opportunity,
            "title": _("Change owner"),
            "icon": "user-plus",
            "way": "owner",
        }
        return page_or_fragment(
            request, "opportunities/owner.html", context, fragment="form", status=422 if data is not None else 200
        )
    at, before = clock.now(), {"owner": opportunity.owner_id, "team": opportunity.team_id}
    rep = form.cleaned_data["owner"]
    with transaction.atomic():
        opportunity.assign_to(rep, at=at, by=request.user)
        address = record_handing(opportunity, before, by=request.user, at=at)
    text = _("Assigned to %(name)s.") % {"name": rep} if rep else _("Now with nobody.")
    still = Opportunity.objects.visible_to(request.user).filter(pk=opportunity.pk).exists()
    to = opportunity if still else reverse("opportunities:board")
    return done(request, to, event="opportunity:assigned", toast=text, undo=address, id=opportunity.pk)


def record_handing(opportunity: Opportunity, before: dict[str, int | None], *, by, at) -> str:
    """Keep whose it was, and return the address that gives it back."""
    details = {"opportunity": opportunity.pk, "before": before, "to": opportunity.owner_id}
    with undo.recording("hand_deal", at=at, by=by, **details) as change:
        return undo.address(change)


@require_http_methods(["GET", "HEAD", "POST"])
def facts(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit the facts in place."""
    opportunity = _seen(request, pk)
    data = request.POST if request.method == "POST" else None
    form = FactsForm(data, opportunity=opportunity, user=request.user, initial=_facts_of(opportunity))
    if data is None or not form.is_valid():
        return _facts_form(request, opportunity, form, 422 if data is not None else 200)
    at, changes = clock.now(), form.changes()
    if not opportunity.is_open:
        changes = {name: value for name, value in changes.items() if name not in {"expected", "currency"}}
    before = {name: getattr(opportunity, name) for name in changes}
    if not opportunity.probability_by_hand:
        before["probability"] = None
    try:
        with transaction.atomic():
            changed = opportunity.edit(changes, at=at, by=request.user, version=form.cleaned_data["version"])
            address = record_edit(opportunity, {name: before[name] for name in changed}, by=request.user, at=at) if changed else ""
    except AmountTooLarge:
        form.add_error("expected", _("Less than what is closed already."))
        return _facts_form(request, opportunity, form, 422)
    except OpportunityRefusal as error:
        form.add_error(None, word(error))
        return _facts_form(request, opportunity, form, 409)
    text = _("Saved.") if changed else _("Nothing changed.")
    return done(request, opportunity, event="opportunity:changed", toast=text, undo=address, id=opportunity.pk)


def record_edit(opportunity: Opportunity, before: dict[str, Any], *, by, at) -> str:
    """Keep what the facts were, and return the address that takes the edit back."""
    facts = {name: getattr(value, "pk", value) for name, value in before.items()}
    details = loads(
        dumps({"opportunity": opportunity.pk, "version": opportunity.version, "before": facts}, cls=DjangoJSONEncoder)
    )
    with undo.recording("edit_deal", at=at, by=by, **details) as change:
        return undo.address(change)


def _facts_form(request: HttpRequest, opportunity: Opportunity, form, status: int) -> HttpResponse:
    status = 422 if status == 409 and request.htmx else status
    context = {"form": form, "opportunity": opportunity, "title": _("Edit deal"), "icon": "pencil"}
    return page_or_fragment(request, "opportunities/facts.html", context, fragment="form", status=status)


def _facts_of(opportunity: Opportunity) -> dict[str, Any]:
    percent = (opportunity.probability * 100).normalize() if opportunity.probability_by_hand else None
    return {
        "name": opportunity.name, "expected": opportunity.expected, "currency": opportunity.currency, "close_date": opportunity.close_date,
        "probability": f"{percent:f}" if percent is not None else None, "company": opportunity.company, "contact": opportunity.contact_id,
        "source": opportunity.source_id, "notes": opportunity.notes, "version": opportunity.version,
    }  # fmt: skip


# --------------------------------------------------------------------------- new


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Open a deal without a lead; ?stage, ?company and ?contact fill in what is known."""
    data = request.POST if request.method == "POST" else None
    try:
        form = DealForm(data, user=request.user, initial=None if data is not None else _known(request))
    except NoPipeline as error:
        return refused(request, word(error))
    if data is None or not form.is_valid():
        context = {"form": form, "title": _("New deal"), "icon": "plus"}
        return page_or_fragment(
            request, "opportunities/new.html", context, fragment="form", status=422 if data is not None else 200
        )
    deal = _open(request, form.cleaned_data)
    return done(
        request, deal, event="opportunity:opened", toast=_("“%(name)s” is on the board.") % {"name": deal}, id=deal.pk
    )


def _known(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    team = user.current_team or (user.seats[0].team if user.seats else next((one for one in teams_of(user) if one.is_default), None))
    known: dict[str, Any] = {"owner": user.pk if not user.is_ops else None, "team": team.pk if team else None}
    if team:
        known |= {"stage": first_stage(team).pk, "currency": team.currency}
    known |= {name: request.GET[name] for name in ("stage", "owner") if is_key(request.GET.get(name, ""))}
    if day := request.GET.get("close_date", "")[:10]:
        known["close_date"] = day
    for name, model in (("contact", Contact), ("company", Company)):
        key = request.GET.get(name, "")
        if (
            key.isascii()
            and key.isdigit()
            and len(key) < 16
            and (found := model.objects.visible_to(user).filter(pk=int(key)).first())
        ):
            known[name] = found.pk
            company = found.company if name == "contact" else found
            known["customer"] = str(company or found)
            known["name"] = _("%(name)s: new deal") % {"name": company or found}
            if company and name == "contact":
                known["company"] = company.pk
    return known


@transaction.atomic
def _open(request: HttpRequest, given: dict[str, Any]) -> Opportunity:
    at, user = clock.now(), request.user
    company, contact = given["company"], given["contact"]
    name = given["customer"].strip()
    if name and (company is None or company.name != name) and not (contact and contact.name == name):
        company = _company_named(name, given, at, user)
    return Opportunity.objects.open_new(
        name=given["name"], company=company or (contact.company if contact else None), contact=contact, stage=given["stage"], team=given["team"],
        owner=given["owner"], expected=given["expected"] or 0, currency=given["currency"], close_date=given["close_date"], at=at, by=user,
    )  # fmt: skip


def _company_named(name: str, given: dict[str, Any], at, user) -> Company:
    from customers import keys

    seen = Company.objects.visible_to(user).standing()
    known = seen.filter(name_key=keys.rules.fold_company(name)[:300]).order_by("pk").first()
    if known:
        return known
    try:
        return Company.objects.add(name=name, owner=given["owner"], team=given["team"], at=at, by=user)
    except CustomerTaken:
        return Company.objects.add(name=name, owner=given["owner"], team=given["team"], at=at, by=user, apart=True)
