"""Acts over every lead of a list: asking what they need, their progress, their end, and undo."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from core import clock, limits, reasons
from core.htmx import page_or_fragment, tell, wants_fragment
from leads import lists, stayed
from leads.forms import DisqualifyForm, OwnerForm, TagForm
from leads.mass import acts, running, undoing
from leads.mass.models import MassAct
from leads.models import Lead
from leads.people import who_can_take
from teams.models import SalesTeam, User

TITLES = {
    "assign": gettext_lazy("Assign"), "qualify": gettext_lazy("Qualify"), "disqualify": gettext_lazy("Disqualify"), "archive": gettext_lazy("Archive"),
    "tag": gettext_lazy("Tag"),
}  # fmt: skip


def few(request: HttpRequest) -> list[Lead] | None:
    """Return the leads of the whole list when they are few enough to act on at once, else None."""
    try:
        rows = taken(request.POST.get("do", ""), running.leads_of(request.POST.get("query", ""), request.user))
    except running.Unclear:
        return None
    found = list(rows.order_by("pk").values_list("pk", flat=True)[: limits.UNDO_AT_ONCE + 1])
    if len(found) > limits.UNDO_AT_ONCE:
        return None
    return list(Lead.objects.filter(pk__in=found).select_related("team", "owner").order_by("pk"))


def ask(request: HttpRequest, do: str, back: str) -> HttpResponse:
    """Ask what an act over the whole list needs and say over how many leads it goes; then begin it."""
    query = request.POST.get("query", "")
    try:
        rows = taken(do, running.leads_of(query, request.user))
    except running.Unclear as unclear:
        return _refused(request, unclear, back)
    if do not in TITLES:
        return redirect(back)
    people = takers(rows, request.user) if do == "assign" else None
    chosen = request.POST if "chosen" in request.POST else None
    form = FORMS[do](chosen, people)
    if not form.is_bound or not form.is_valid():
        context = {
            "form": form, "do": do, "title": TITLES[do], "people": people, "next": back, "query": query,
            "total": acts.number(rows.count()), "only_open": acts.ACTS[do].only_open,
        }  # fmt: skip
        return page_or_fragment(request, "leads/bulk.html", context, fragment="form", status=422 if form.is_bound else 200)
    act = running.begin(do, query, _values(do, form), by=request.user, at=clock.now())
    lists.forget_counts(request.user)
    return HttpResponseClientRedirect(act.get_absolute_url()) if wants_fragment(request) else redirect(act)


def taken(do: str, rows: QuerySet) -> QuerySet:
    """Return the leads of a list an act is about; most leave those that have ended alone."""
    return acts.ACTS[do].takes(rows) if do in acts.ACTS else rows


FORMS: dict[str, Callable[[Any, Any], forms.Form]] = {
    "assign": lambda given, people: OwnerForm(given, people=people),
    "disqualify": lambda given, _people: DisqualifyForm(given),
    "archive": lambda given, _people: forms.Form(given),
    "qualify": lambda given, _people: forms.Form(given),
    "tag": lambda given, _people: TagForm(given),
}


def _values(do: str, form: forms.Form) -> dict[str, Any]:
    """Return what the act must know, as JSON."""
    said = form.cleaned_data
    if do == "assign":
        return {"owner": said["owner"].pk, "name": str(said["owner"]), "said": said["why"]}
    if do == "disqualify":
        return {"reason": said["reason"].pk, "name": said["reason"].name, "note": said["note"].strip()}
    return {"tag": said["tag"].pk, "name": said["tag"].name} if do == "tag" else {}


def takers(rows: QuerySet, asker: User) -> QuerySet:
    """Return the people every lead of the list may be handed to."""
    teams = SalesTeam.objects.filter(Exists(rows.filter(team=OuterRef("pk"))))
    shared = None
    for team in teams:
        each = who_can_take(Lead(team=team), asker)
        shared = each if shared is None else shared.filter(pk__in=each.values("pk"))
    return User.objects.none() if shared is None else shared


def _refused(request: HttpRequest, unclear: Exception, back: str) -> HttpResponse:
    text = _("This list can't be read as it was, so nothing was done. %(why)s") % {"why": unclear}
    if wants_fragment(request):
        return tell(HttpResponse(status=204), text, tone="bad")
    messages.warning(request, text)
    return redirect(back)


@require_safe
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far an act over many leads is, and what became of it."""
    found = get_object_or_404(MassAct.objects.visible_to(request.user).select_related("change", "by"), pk=pk)
    moving = found.step in MassAct.MOVING
    looked_at = found.done_count if found.step == MassAct.Step.RUNNING else found.back_count + found.kept_count
    of = found.total if found.step == MassAct.Step.RUNNING else found.done_count
    kept = [
        {"text": reasons.word(each["code"], each["values"]), "url": reverse("leads:lead", args=[each["values"]["lead"]])}
        for each in found.change.kept[:50]
    ]
    context = {
        "act": found, "moving": moving, "looked_at": looked_at, "of": of, "title": acts.words(found), "kept": kept,
        "can_undo": found.step == MassAct.Step.FINISHED and found.done_count and found.change.until > clock.now(),
        "left_words": stayed.sentence(found.verb, found.left_by_reason), "left": _left(found, request.user),
        "list_url": f"{reverse('leads:leads')}?{found.query}", "is_stuck": found.state == found.State.STUCK,
    }  # fmt: skip
    return page_or_fragment(request, "leads/act.html", context, fragment="progress")


def _left(act: MassAct, user: User) -> list[dict[str, Any]]:
    """Return the first of those who stayed as they were with the reason, of them those the person may still see."""
    reasons_of = dict(act.left.get("leads", []))
    found = Lead.objects.visible_to(user).filter(pk__in=reasons_of).order_by("pk")
    return [{"lead": lead, "why": stayed.word(act.verb, reasons_of[lead.pk])} for lead in found]


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back, or stop it and take back what is done."""
    found = get_object_or_404(MassAct.objects.visible_to(request.user).select_related("change"), pk=pk)
    if found.change.until <= clock.now() or not undoing.begin_undo(found, by=request.user):
        messages.warning(request, _("This can't be taken back any more."))
    return redirect(found)
