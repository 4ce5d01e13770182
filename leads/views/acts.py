"""What a person does with one lead: notes, calls, plans, hands over, ends, restores. One form, one verb, one answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock, undo
from core.activities.forms import DoneForm
from core.htmx import page_or_fragment
from leads import timeline
from leads.exceptions import LeadRefusal
from leads.forms import ActivityForm, CallForm, DisqualifyForm, NoteForm, OwnerForm
from leads.people import colleagues_of, who_can_take
from leads.undoing import ACTIVITY, CONTACT, ENDING, OWNER
from leads.views.common import find, refused, told
from leads.views.lead import show


@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    lead, form = find(request, pk), NoteForm(request.POST)
    if not form.is_valid():
        return _again(request, lead, form, "note")
    lead.note(form.cleaned_data["text"], at=clock.now(), by=request.user)
    return told(request, lead, event="lead:noted", toast=_("Note added."))


@require_POST
def call(request: HttpRequest, pk: int) -> HttpResponse:
    lead, form = find(request, pk), CallForm(request.POST)
    if not form.is_valid():
        return _again(request, lead, form, "call")
    lead.log_call(form.cleaned_data["outcome"], form.cleaned_data["note"], at=clock.now(), by=request.user)
    return told(request, lead, event="lead:contacted", toast=_("Call logged."))


@require_POST
def activities(request: HttpRequest, pk: int) -> HttpResponse:
    lead = find(request, pk)
    form = ActivityForm(request.POST, people=colleagues_of(lead))
    if not form.is_valid():
        return _again(request, lead, form, "activity")
    at = clock.now()
    try:
        with undo.recording("lead_activity", at=at, by=request.user, lead=lead.pk) as change:
            change.created(lead.plan(**form.plan, at=at, by=request.user))
    except LeadRefusal as error:
        return refused(request, lead, error)
    return told(request, lead, event="activity:planned", toast=_("Planned."), undo=undo.address(change))


def _again(request: HttpRequest, lead, form, compose: str) -> HttpResponse:
    return show(request, lead, fragment="composer" if request.htmx else "", status=422, form=form, compose=compose)


@require_http_methods(["GET", "HEAD", "POST"])
def completion(request: HttpRequest, pk: int, activity: int) -> HttpResponse:
    """Ask how it went, or tick the activity off."""
    lead = find(request, pk)
    planned = get_object_or_404(lead.activities, pk=activity)
    planned.lead = lead
    at = clock.now()
    form = DoneForm(request.POST if request.method == "POST" else None, activity=planned, at=at)
    if request.method != "POST" or not form.is_valid():
        return _dialog(request, "leads/completion.html", {"lead": lead, "activity": planned, "form": form}, form)
    with undo.recording("lead_activity", at=at, by=request.user, lead=lead.pk) as change:
        change.touching(planned, *ACTIVITY)
        change.touching(lead, *CONTACT)
        planned.done(at=at, by=request.user, outcome=form.cleaned_data["outcome"], then=form.following)
        if planned.followed_by:
            change.created(planned.followed_by)
    text = _("Done. Next: %(what)s.") % {"what": planned.followed_by.title} if planned.followed_by else _("Done.")
    return told(request, lead, event="activity:done", toast=text, undo=undo.address(change))


@require_POST
def cancellation(request: HttpRequest, pk: int, activity: int) -> HttpResponse:
    lead = find(request, pk)
    planned = get_object_or_404(lead.activities, pk=activity)
    planned.lead, at = lead, clock.now()
    with undo.recording("lead_activity", at=at, by=request.user, lead=lead.pk) as change:
        change.touching(planned, *ACTIVITY)
        planned.cancel(at=at, by=request.user)
    return told(request, lead, event="activity:done", toast=_("Called off."), undo=undo.address(change))


@require_http_methods(["GET", "HEAD", "POST"])
def owner(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose who works on the lead: people with what they carry."""
    lead = find(request, pk)
    people = who_can_take(lead, request.user)
    form = OwnerForm(request.POST if request.method == "POST" else None, people=people)
    if not form.is_bound or not form.is_valid():
        return _dialog(request, "leads/owner.html", {"lead": lead, "people": people, "form": form}, form)
    rep, said, at = form.cleaned_data["owner"], form.cleaned_data["why"], clock.now()
    why = {"code": "by_hand", "values": {"name": str(request.user), "said": said}}
    try:
        with undo.recording("lead_assigned", at=at, by=request.user, lead=lead.pk) as change:
            change.touching(lead, *OWNER)
            lead.assign_to(rep, at=at, by=request.user, why=why)
    except LeadRefusal as error:
        return refused(request, lead, error)
    return told(request, lead, event="lead:assigned", toast=_("Assigned to %(name)s.") % {"name": rep}, undo=undo.address(change))


@require_POST
def pool(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the lead back to its team."""
    lead, at = find(request, pk), clock.now()
    try:
        with undo.recording("lead_released", at=at, by=request.user, lead=lead.pk) as change:
            change.touching(lead, *OWNER)
            lead.release(at=at, by=request.user)
    except LeadRefusal as error:
        return refused(request, lead, error)
    return told(request, lead, event="lead:assigned", toast=_("Back in the pool of %(team)s.") % {"team": lead.team}, undo=undo.address(change))


@require_http_methods(["GET", "HEAD", "POST"])
def disqualification(request: HttpRequest, pk: int) -> HttpResponse:
    """End the lead with a reason."""
    lead = find(request, pk)
    form = DisqualifyForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return _dialog(request, "leads/disqualification.html", {"lead": lead, "form": form, "action": request.path}, form)
    at = clock.now()
    try:
        with undo.recording("lead_disqualified", at=at, by=request.user, lead=lead.pk) as change:
            change.touching(lead, *ENDING)
            lead.disqualify(form.cleaned_data["reason"], note=form.cleaned_data["note"], at=at, by=request.user)
    except LeadRefusal as error:
        return refused(request, lead, error)
    return told(request, lead, event="lead:ended", toast=_("Disqualified."), undo=undo.address(change))


@require_POST
def archive(request: HttpRequest, pk: int) -> HttpResponse:
    lead, at = find(request, pk), clock.now()
    try:
        with undo.recording("lead_archived", at=at, by=request.user, lead=lead.pk) as change:
            change.touching(lead, *ENDING)
            lead.archive(request.POST.get("why", "")[:300], at=at, by=request.user)
    except LeadRefusal as error:
        return refused(request, lead, error)
    return told(request, lead, event="lead:ended", toast=_("Archived."), undo=undo.address(change))


@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    lead, at = find(request, pk), clock.now()
    try:
        with undo.recording("lead_restored", at=at, by=request.user, lead=lead.pk) as change:
            change.touching(lead, *ENDING)
            lead.restore(at=at, by=request.user)
    except LeadRefusal as error:
        return refused(request, lead, error)
    return told(request, lead, event="lead:restored", toast=_("Open again."), undo=undo.address(change))


@require_POST
def duplicate(request: HttpRequest, pk: int, pair: int) -> HttpResponse:
    """Say that a possible duplicate is somebody else."""
    lead = find(request, pk)
    pairs = {each.pk: each for each in timeline.duplicates_of(lead, request.user)}
    if pair in pairs:
        pairs[pair].judge("different", at=clock.now(), by=request.user)
    return told(request, lead, toast=_("Noted: not the same."))


def _dialog(request: HttpRequest, template: str, context: dict, form) -> HttpResponse:
    context["cancel_url"] = reverse("leads:lead", args=[context["lead"].pk])
    return page_or_fragment(request, template, context, fragment="form", status=422 if form.is_bound else 200)
