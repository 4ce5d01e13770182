"""The rooms of the rules under Settings: both ordered lists as sentences, and the form of one rule."""

from collections import Counter
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assignment import rules, tracing, troubles, versions
from assignment.forms import FORMS
from assignment.models import Decision, RuleVersion
from assignment.rule_access import audit, find, home, keepers, known, managed, team_asked, visible
from core import clock, conditions
from core.conditions.builder import Builder
from core.counting import count_all
from core.htmx import page_or_fragment
from leads.models import Lead
from teams import rights

NEWEST = 50  # decisions that say how often each rule matched


@rights.requires("set up rules")
@require_GET
def rule_lists(request: HttpRequest) -> HttpResponse:
    """Both lists as sentences, in the order they are tried; with `team` only what counts for its leads."""
    return _lists(request)


def _lists(request: HttpRequest) -> HttpResponse:
    context = lists_of(request.user, team_asked(request)) | {"teams": managed(request.user)}
    return page_or_fragment(request, "assignment/rules.html", context, fragment="lists")


def lists_of(user, team) -> dict[str, Any]:
    """Return both lists in words, with what they need to be shown and changed; with a team only what counts for its leads."""
    book = conditions.book("lead")
    rows = {kind: visible(kind, user, team) for kind in FORMS}
    may_change_all = rights.manages_team(user, None)
    teams = [team] if team else managed(user)
    return {
        "lists": [
            (
                kind, title, tracing.lines(rows[kind], book, user, hits=_hits(kind, user, team), teams=teams),
                [row for row in rows[kind] if not row.is_active],
            )
            for kind, title in (("qualification", _("What becomes of a lead")), ("assignment", _("Who gets it")))
        ],
        "may_change_all": may_change_all, "keepers": "" if may_change_all else keepers(), "team": team, "team_query": f"?team={team.pk}" if team else "",
    }  # fmt: skip


def _hits(kind: str, user, team) -> tuple[Counter, int]:
    """Count how often each rule matched among the newest decisions, and how many there are."""
    leads = Lead.objects.visible_to(user)
    rows = Decision.objects.filter(kind=kind, lead__in=leads if team is None else leads.filter(team=team)).exclude(details={})
    matched = [tested[-1][0] for tested in rows.order_by("-id").values_list("details__tested", flat=True)[:NEWEST] if tested]
    return Counter(matched), len(matched)


@rights.requires("set up rules")
@require_http_methods(["GET", "HEAD", "POST"])
def rule(request: HttpRequest, kind: str, pk: int | None = None) -> HttpResponse:
    """Add a rule, or change one. Buttons of the conditions post the whole form and change nothing yet."""
    one = find(request, kind, pk) if pk else rules.MODELS[known(kind)](team=team_asked(request))
    book, data = conditions.book("lead"), request.POST if request.method == "POST" else None
    builder = None if one.is_everyone_else else Builder.posted(book, data) if data is not None else Builder(book, one.conditions)
    if builder and data is not None and "do" in data:
        builder.act(data["do"])
        form = FORMS[kind](instance=one, user=request.user, initial=data.dict())
        return _shown(request, kind, one, form, builder, fragment="builder")
    before = one.team_id
    form = FORMS[kind](data, instance=one, user=request.user)
    if data is not None and all([form.is_valid(), builder is None or builder.is_valid()]):
        _save(request, kind, form, builder, before)
        return redirect(home(request))
    return _shown(request, kind, one, form, builder, fragment="form", status=422 if data is not None else 200)


def _shown(request: HttpRequest, kind: str, one, form, builder: Builder | None, *, fragment: str, status: int = 200) -> HttpResponse:
    context = {
        "form": form, "builder": builder, "rule": one, "kind": kind, "back": "assignment:rules", "back_label": _("Rules"),
        "home": home(request), "title": _("Everyone else") if one.is_everyone_else else _("Change the rule") if one.pk else _("New rule"),
        "matches": matches(request, builder, form["team"].value() if "team" in form.fields else None) if builder else "",
    }  # fmt: skip
    return page_or_fragment(request, "assignment/rule.html", context, fragment=fragment, status=status)


def matches(request: HttpRequest, builder: Builder, team: Any = None) -> str:
    """Say how many open leads one sees, of one team or all, match now; nothing while it can't be read."""
    found = builder.conditions
    if found.problems:
        return ""
    leads = Lead.objects.visible_to(request.user).open().filter(found.q)
    if str(team or "").isdigit():
        leads = leads.filter(team=int(team))
    counted = count_all({"": leads})[""]
    return ngettext("Matches %(n)s open lead now.", "Matches %(n)s open leads now.", counted.number) % {"n": counted}


@transaction.atomic
def _save(request: HttpRequest, kind: str, form, builder: Builder | None, before: int | None) -> None:
    """Keep a rule and the version of its list; one that went to another team leaves a version there too."""
    one, at, is_new = form.instance, clock.now(), form.instance.pk is None
    for team_id in sorted({one.team_id, one.team_id if is_new else before}, key=lambda pk: pk or 0):
        versions.begin(kind, team_id, at=at)
    form.save(commit=False)
    if is_new:
        last = rules.MODELS[kind].objects.filter(is_everyone_else=False).aggregate(last=Max("position"))["last"]
        one.position = (last or 0) + 1
        one.is_active = "draft" not in request.POST
    if builder is not None:
        one.conditions = builder.stored
    one.changed_at, one.changed_by = at, request.user
    one.save()
    troubles.check([one])
    audit(request, kind, one, "changed")
    what = RuleVersion.What.ADDED if is_new else RuleVersion.What.CHANGED
    versions.keep(kind, one.team_id, what, at=at, by=request.user, why=form.cleaned_data["why"], name=one.name)
    if not is_new and before != one.team_id:
        versions.keep(kind, before, RuleVersion.What.REMOVED, at=at, by=request.user, name=one.name)


@rights.requires("set up rules")
@require_POST
def place(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Move a rule one place up or down among those one sees; the last one stays the last."""
    one, step = find(request, kind, pk), -1 if request.POST.get("to") == "up" else 1
    with transaction.atomic():
        versions.begin(kind, one.team_id, at=clock.now())
        rows = list(rules.MODELS[kind].objects.select_for_update().filter(is_everyone_else=False).order_by("position", "pk"))
        seen = [row.pk for row in visible(kind, request.user, team_asked(request)) if not row.is_everyone_else]
        there = seen.index(one.pk) + step if one.pk in seen else -1
        if 0 <= there < len(seen):
            moving = next(row for row in rows if row.pk == one.pk)
            rows.remove(moving)
            beside = next(n for n, row in enumerate(rows) if row.pk == seen[there])
            rows.insert(beside if step < 0 else beside + 1, moving)
            for position, row in enumerate(rows, 1):
                row.position = position
            rules.MODELS[kind].objects.bulk_update(rows, ["position"])
            _keep(request, kind, one, RuleVersion.What.MOVED)
    return _back(request)


@rights.requires("set up rules")
@require_POST
def state(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Turn a rule on or off; the last one is always on."""
    one, is_on = find(request, kind, pk), request.POST.get("on") == "1"
    if not one.is_everyone_else and one.is_active != is_on:
        with transaction.atomic():
            versions.begin(kind, one.team_id, at=clock.now())
            one.is_active = is_on
            one.save(update_fields=["is_active"])
            _keep(request, kind, one, RuleVersion.What.ON if is_on else RuleVersion.What.OFF)
    return _back(request)


@rights.requires("set up rules")
@require_POST
def removal(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Delete a rule; decisions keep the list as it stood."""
    one = find(request, kind, pk)
    if one.is_everyone_else:
        raise Http404
    with transaction.atomic():
        versions.begin(kind, one.team_id, at=clock.now())
        audit(request, kind, one, "removed")
        one.delete()
        versions.keep(kind, one.team_id, RuleVersion.What.REMOVED, at=clock.now(), by=request.user, why=request.POST.get("why", ""), name=one.name)
    return _back(request)


def _keep(request: HttpRequest, kind: str, one, what: str) -> None:
    audit(request, kind, one, what)
    versions.keep(kind, one.team_id, what, at=clock.now(), by=request.user, name=one.name)


def _back(request: HttpRequest) -> HttpResponse:
    return _lists(request) if request.htmx else redirect(home(request))
