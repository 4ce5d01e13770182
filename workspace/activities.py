"""Ticking planned activities off and putting them off, whatever record they hang on; each with its undo."""

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from core import clock, undo, wording
from core.activities.forms import TOMORROW, DoneForm, PutOffForm
from core.htmx import done as told
from core.htmx import page_or_fragment
from leads.exceptions import LeadRefusal
from leads.models import Lead, LeadActivity
from leads.people import colleagues_of
from leads.undoing import ACTIVITY, CONTACT
from opportunities.models import Opportunity, OpportunityActivity
from teams.models import User

RECORDS = {"lead": (LeadActivity, Lead), "opportunity": (OpportunityActivity, Opportunity)}


@require_http_methods(["GET", "HEAD", "POST"])
def done(request: HttpRequest, record: str, pk: int) -> HttpResponse:
    """Ask how it went and what comes next, or tick the activity off; a POST without the form's mark does that at once."""
    activity, at = _find(request, record, pk), clock.now()
    if not activity.is_planned:
        return _settled_already(request, activity)
    form = DoneForm(request.POST if "chosen" in request.POST else None, activity=activity, at=at)
    if request.method != "POST" or (form.is_bound and not form.is_valid()):
        return _dialog(request, "workspace/done.html", record, activity, form)
    said = {"outcome": form.cleaned_data["outcome"], "then": form.following} if form.is_bound else {}
    with undo.recording(f"{record}_activity", by=request.user, at=at, **{record: activity.record.pk}) as change:
        change.touching(activity, *ACTIVITY)
        if record == "lead":
            change.touching(activity.record, *CONTACT)
        activity.done(at=at, by=request.user, **said)
        if activity.followed_by:
            change.created(activity.followed_by)
    text = _("Done.")
    if activity.followed_by:
        text = _("Done. Next: %(what)s.") % {"what": activity.followed_by.title}
    return _told(request, record, activity, "activity:done", text, change)


@require_POST
def cancel(request: HttpRequest, record: str, pk: int) -> HttpResponse:
    """Call the activity off: it was neither done nor is it to be done."""
    activity, at = _find(request, record, pk), clock.now()
    if not activity.is_planned:
        return _settled_already(request, activity)
    with undo.recording(f"{record}_activity", by=request.user, at=at, **{record: activity.record.pk}) as change:
        change.touching(activity, *ACTIVITY)
        activity.cancel(at=at, by=request.user)
    return _told(request, record, activity, "activity:done", _("Called off."), change)


@require_http_methods(["GET", "HEAD", "POST"])
def snooze(request: HttpRequest, record: str, pk: int) -> HttpResponse:
    """Ask until when, and who; or put the activity off, by a day when nothing is said."""
    activity, at = _find(request, record, pk), clock.now()
    if not activity.is_planned:
        return _settled_already(request, activity)
    people = _people(activity)
    given = request.POST if "until" in request.POST else {"until": TOMORROW}
    form = PutOffForm(given if request.method == "POST" else None, activity=activity, people=people, at=at)
    if not form.is_bound or not form.is_valid():
        return _dialog(request, "workspace/snooze.html", record, activity, form)
    person, until = form.cleaned_data["assignee"], form.due_at  # counted on from what it was due before
    try:
        with undo.recording(f"{record}_activity", by=request.user, at=at, **{record: activity.record.pk}) as change:
            change.touching(activity, "due_at", "all_day", "assignee")
            activity.put_off(until, at=at, by=request.user, all_day=form.all_day)
            if person:
                activity.hand_to(person, at=at, by=request.user)
    except LeadRefusal:
        activity.refresh_from_db(fields=["done_at", "done_by", "cancelled_at"])
        return _settled_already(request, activity)
    said = wording.due(activity.due, now=at)[1]
    return _told(request, record, activity, "activity:snoozed", _("Put off: %(until)s.") % {"until": said}, change)


def _find(request: HttpRequest, record: str, pk: int):
    """Return an activity the person is to do, or whose record they may see; `record` on it is that record."""
    if record not in RECORDS:
        raise Http404
    activities, subjects = RECORDS[record]
    activity = activities.objects.filter(pk=pk).select_related(record, "assignee", "done_by", "type__next").first()
    if activity is None:
        raise Http404
    activity.record = getattr(activity, record)
    may_see = subjects.objects.visible_to(request.user).filter(pk=activity.record.pk).exists()
    if activity.assignee_id != request.user.pk and not may_see:
        raise Http404
    return activity


def _settled_already(request: HttpRequest, activity) -> HttpResponse:
    """Say that somebody was quicker, or that it was pressed twice, and let the page show it."""
    text = _("It was called off meanwhile.") if activity.done_at is None else _("It is done already.")
    if activity.done_by and activity.done_by != request.user:
        text = _("%(name)s did it already.") % {"name": activity.done_by}
    return told(request, _back(request), event="activity:done", toast=text)


def _people(activity):
    """Return who could do it: those who work in the record's team, its owner, and who has it now."""
    colleagues = colleagues_of(activity.record)
    return (
        User.objects.active()
        .filter(Q(pk__in=colleagues.order_by().values("pk")) | Q(pk=activity.assignee_id))
        .by_name()
    )


def _dialog(request: HttpRequest, template: str, record: str, activity, form) -> HttpResponse:
    context = {
        "form": form,
        "activity": activity,
        "record": record,
        "next": _back(request),
        "cancel_url": _back(request),
    }
    return page_or_fragment(request, template, context, fragment="form", status=422 if form.is_bound else 200)


def _told(request: HttpRequest, record: str, activity, event: str, text: str, change) -> HttpResponse:
    response = told(request, _back(request), event=event, toast=text, undo=undo.address(change))
    if record == "opportunity" and response.status_code == 204:
        trigger_client_event(response, "opportunity:changed", {"id": activity.record.pk})
    return response


def _back(request: HttpRequest) -> str:
    there = request.POST.get("next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(there, {request.get_host()}) and there.startswith("/")
    return there if safe else reverse("workspace:today")
