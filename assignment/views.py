"""The rooms of assignment: the two rule lists under Settings, who gets a lead by hand, and how it was decided."""

from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assignment import routing, rules, tracing
from assignment.forms import FORMS, conditions_of, flat, rows_of
from core import clock, conditions, undo
from core.htmx import page_or_fragment
from core.models import AuditEntry
from leads.exceptions import LeadRefusal
from leads.forms import OwnerForm
from leads.people import who_can_take
from leads.views.common import find, refused, told
from teams import rights


@rights.requires("set up rules")
@require_GET
def rule_lists(request: HttpRequest) -> HttpResponse:
    """Both lists as sentences, in the order they are tried."""
    return _lists(request)


def _lists(request: HttpRequest) -> HttpResponse:
    book = conditions.book("lead")
    shown = {kind: tracing.lines(_visible(kind, request.user), book, request.user) for kind in FORMS}
    context = {"qualification": shown["qualification"], "assignment": shown["assignment"]}
    return page_or_fragment(request, "assignment/rules.html", context, fragment="lists")


@rights.requires("set up rules")
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, kind: str, pk: int | None = None) -> HttpResponse:
    """Add a rule, or change one."""
    one = _rule(request, kind, pk) if pk else rules.MODELS[_known(kind)]()
    book, data = conditions.book("lead"), request.POST if request.method == "POST" else None
    found = flat(one.conditions)
    form = FORMS[kind](data, instance=one, user=request.user, initial={"joined": found[0] if found else "all"})
    has_rows = not one.is_everyone_else and (found is not None or not pk)
    rows = rows_of(data, one.conditions, book) if has_rows else []
    if data is not None and all([form.is_valid(), *(row.is_valid() for row in rows)]):
        _save(request, kind, form, rows if has_rows else None)
        return redirect("assignment:rules")
    sentence = "" if has_rows or one.is_everyone_else else book.read(one.conditions).sentence
    context = {
        "form": form, "rows": rows, "rule": one, "kind": kind, "sentence": sentence, "back": "assignment:rules", "back_label": _("Rules"),
        "title": _("Change the rule") if pk else _("New rule"),
    }  # fmt: skip
    return page_or_fragment(request, "assignment/rule.html", context, fragment="form", status=422 if data is not None else 200)


@transaction.atomic
def _save(request: HttpRequest, kind: str, form, rows: list | None) -> None:
    one = form.save(commit=False)
    if one.pk is None:
        last = rules.MODELS[kind].objects.filter(is_everyone_else=False).aggregate(last=Max("position"))["last"]
        one.position = (last or 0) + 1
    if rows is not None:
        one.conditions = conditions_of(rows, form.cleaned_data["joined"])
    one.changed_at, one.changed_by = clock.now(), request.user
    one.save()
    rules.check([one])
    _audit(request, kind, one, "changed")


@rights.requires("set up rules")
@require_POST
def place(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Move a rule one place up or down; the last one stays the last."""
    one, is_up = _rule(request, kind, pk), request.POST.get("to") == "up"
    with transaction.atomic():
        rows = list(rules.MODELS[kind].objects.select_for_update().filter(is_everyone_else=False).order_by("position", "pk"))
        here = next((n for n, row in enumerate(rows) if row.pk == one.pk), None)
        there = None if here is None else here - 1 if is_up else here + 1
        if there is not None and 0 <= there < len(rows):
            rows[here], rows[there] = rows[there], rows[here]
            for position, row in enumerate(rows, 1):
                row.position = position
            rules.MODELS[kind].objects.bulk_update(rows, ["position"])
            _audit(request, kind, one, "moved")
    return _back(request)


@rights.requires("set up rules")
@require_POST
def state(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Turn a rule on or off; the last one is always on."""
    one = _rule(request, kind, pk)
    if not one.is_everyone_else:
        one.is_active = request.POST.get("on") == "1"
        one.save(update_fields=["is_active"])
        _audit(request, kind, one, "on" if one.is_active else "off")
    return _back(request)


@rights.requires("set up rules")
@require_POST
def removal(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Delete a rule; decisions keep the list as it stood."""
    one = _rule(request, kind, pk)
    if one.is_everyone_else:
        raise Http404
    _audit(request, kind, one, "removed")
    one.delete()
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    return _lists(request) if request.htmx else redirect("assignment:rules")


def _known(kind: str) -> str:
    if kind not in FORMS:
        raise Http404
    return kind


def _visible(kind: str, user) -> list:
    """Return the rules that count for somebody's teams: all of them for an administrator."""
    rows = rules.MODELS[_known(kind)].objects.select_related("team", "changed_by", *{
        "qualification": ["stage"], "assignment": ["to_team", "to_person"],
    }[kind]).order_by("is_everyone_else", "position", "pk")  # fmt: skip
    return [row for row in rows if row.team_id is None or rights.manages_team(user, row.team_id)]


def _rule(request: HttpRequest, kind: str, pk: int):
    """Return a rule the person may change; else it does not exist (404)."""
    one = get_object_or_404(rules.MODELS[_known(kind)], pk=pk)
    if not rights.manages_team(request.user, one.team_id):
        raise Http404
    return one


def _audit(request: HttpRequest, kind: str, one, what: str) -> None:
    AuditEntry.objects.create(
        action=f"rule {what}", actor=request.user, target=f"{kind} rule {one.pk}", details=rules.described(one),
        request_id=getattr(request, "id", "") or "",
    )  # fmt: skip


# --------------------------------------------------------------------- one lead


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
