"""The rooms of the rules under Settings: both ordered lists as sentences, and the form of one rule."""

from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assignment import rules, tracing
from assignment.forms import FORMS
from core import clock, conditions
from core.conditions.builder import Builder
from core.htmx import page_or_fragment
from core.listing import count_all
from core.models import AuditEntry
from leads.models import Lead
from teams import rights
from teams.models import SalesTeam


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
    """Add a rule, or change one. Buttons of the conditions post the whole form and change nothing yet."""
    one = _rule(request, kind, pk) if pk else rules.MODELS[_known(kind)](team=_asked_team(request))
    book, data = conditions.book("lead"), request.POST if request.method == "POST" else None
    builder = None if one.is_everyone_else else Builder.posted(book, data) if data is not None else Builder(book, one.conditions)
    if builder and data is not None and "do" in data:
        builder.act(data["do"])
        form = FORMS[kind](instance=one, user=request.user, initial=data.dict())
        return _shown(request, kind, one, form, builder, fragment="builder")
    form = FORMS[kind](data, instance=one, user=request.user)
    if data is not None and all([form.is_valid(), builder is None or builder.is_valid()]):
        _save(request, kind, form, builder)
        return redirect("assignment:rules")
    return _shown(request, kind, one, form, builder, fragment="form", status=422 if data is not None else 200)


def _shown(request: HttpRequest, kind: str, one, form, builder: Builder | None, *, fragment: str, status: int = 200) -> HttpResponse:
    context = {
        "form": form, "builder": builder, "rule": one, "kind": kind, "back": "assignment:rules", "back_label": _("Rules"),
        "title": _("Change the rule") if one.pk else _("New rule"), "matches": matches(request, builder) if builder else "",
    }  # fmt: skip
    return page_or_fragment(request, "assignment/rule.html", context, fragment=fragment, status=status)


def matches(request: HttpRequest, builder: Builder) -> str:
    """Say how many open leads one sees match now; nothing while it can't be read."""
    found = builder.conditions
    if found.problems:
        return ""
    counted = count_all({"": Lead.objects.visible_to(request.user).open().filter(found.q)})[""]
    return ngettext("Matches %(n)s open lead now.", "Matches %(n)s open leads now.", counted.number) % {"n": counted}


def _asked_team(request: HttpRequest):
    """Return the team whose page one came from, for a new rule."""
    asked = request.GET.get("team", "")
    team = SalesTeam.objects.filter(pk=int(asked)).first() if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    return team if team and rights.manages_team(request.user, team.pk) else None


@transaction.atomic
def _save(request: HttpRequest, kind: str, form, builder: Builder | None) -> None:
    one = form.save(commit=False)
    if one.pk is None:
        last = rules.MODELS[kind].objects.filter(is_everyone_else=False).aggregate(last=Max("position"))["last"]
        one.position = (last or 0) + 1
        one.is_active = "draft" not in request.POST
    if builder is not None:
        one.conditions = builder.stored
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
