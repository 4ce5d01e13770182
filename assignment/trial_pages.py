"""The rooms where rules are tried before they count: dry runs, versions and turning drafts on."""

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from assignment import dry_run, rules, versions
from assignment.models import RuleVersion
from assignment.rule_access import audit, chosen, demand_team, home, keepers, known, team_asked, visible
from core import clock
from core.htmx import done, page_or_fragment
from leads.models import Lead
from teams import rights

DAYS = (30, 90)


@rights.requires("set up rules")
@require_GET
def dry_runs(request: HttpRequest, kind: str) -> HttpResponse:
    """Try the list with some rules turned on that are off, or one of its versions, on the leads of the last weeks."""
    at, days = clock.now(), 90 if request.GET.get("days") == "90" else 30
    team = team_asked(request)
    rows, version = visible(known(kind), request.user, team), _version_asked(request, kind)
    on = chosen(request.GET.getlist("on"))
    now = [rule for rule in rows if rule.is_active]
    then = _as_of(version, now) if version else [rule for rule in rows if rule.is_active or rule.pk in on]
    leads = Lead.objects.visible_to(request.user)
    if team is not None:
        leads = leads.filter(team=team)
    found = dry_run.try_rules(now, then, leads, since=at - timedelta(days=days), at=at)
    tried = [rule for rule in rows if rule.pk in on and not rule.is_active]
    mine = [rule for rule in tried if rights.manages_team(request.user, rule.team_id)]
    context = {
        "kind": kind, "run": found, "days": days, "all_days": DAYS, "version": version, "team": team, "back": "assignment:rules",
        "back_label": _("Rules"), "tried": tried, "mine": mine, "keepers": "" if len(mine) == len(tried) else keepers(),
    }  # fmt: skip
    return page_or_fragment(request, "assignment/dry_run.html", context, fragment="panel")


def _version_asked(request: HttpRequest, kind: str) -> RuleVersion | None:
    asked = request.GET.get("version", "")
    return _version(request, kind, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 16 else None


def _as_of(version: RuleVersion, now: list) -> list:
    """Return today's rules with one list as it stood in a version."""
    others = [rule for rule in now if rule.team_id != version.team_id]
    then = [rule for rule in versions.as_rules(version.kind, version.team_id, version.rules) if rule.is_active]
    return sorted([*others, *then], key=lambda rule: (rule.is_everyone_else, rule.position, rule.pk))


@rights.requires("set up rules")
@require_POST
def activation(request: HttpRequest, kind: str) -> HttpResponse:
    """Turn several rules on at once."""
    wanted = [rule for rule in visible(known(kind), request.user) if rule.pk in chosen(request.POST.getlist("on")) and not rule.is_active]
    mine = [rule for rule in wanted if rights.manages_team(request.user, rule.team_id)]
    if not mine:
        return done(request, home(request), event="rules:changed", toast=_("No rule was turned on."))
    at = clock.now()
    with transaction.atomic():
        for team_id in sorted({rule.team_id for rule in mine}, key=lambda pk: pk or 0):
            here = [rule for rule in mine if rule.team_id == team_id]
            versions.begin(kind, team_id, at=at)
            rules.MODELS[kind].objects.filter(pk__in=[rule.pk for rule in here]).update(is_active=True, changed_at=at, changed_by=request.user)
            names = "”, “".join(rule.name for rule in here)
            versions.keep(kind, team_id, RuleVersion.What.ON, at=at, by=request.user, why=request.POST.get("why", ""), name=names)
            for rule in here:
                audit(request, kind, rule, "on")
    return done(request, home(request), event="rules:changed", toast=_("The rules count from now on."))


@rights.requires("set up rules")
@require_GET
def version_list(request: HttpRequest, kind: str) -> HttpResponse:
    """Who changed a list, when and why; each with its dry run and the way back."""
    team = team_asked(request)
    is_ours = rights.manages_team(request.user, team.pk if team else None)
    rows = [(row, versions.words_of(row)) for row in versions.of(known(kind), team.pk if team else None)]
    context = {
        "kind": kind, "team": team, "rows": rows, "may_change": is_ours, "back": "assignment:rules", "back_label": _("Rules"),
    }  # fmt: skip
    return page_or_fragment(request, "assignment/versions.html", context, fragment="list")


@rights.requires("set up rules")
@require_POST
def restoration(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Go back to how a list stood."""
    version = _version(request, known(kind), pk)
    versions.restore(version, at=clock.now(), by=request.user, why=request.POST.get("why", ""))
    there = reverse("assignment:team", args=[version.team_id]) if version.team_id else reverse("assignment:rules")
    return done(request, there, event="rules:changed", toast=_("The rules are as they were in version %(n)s.") % {"n": version.number})


@rights.requires("set up rules")
@require_POST
def version_reason(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Say afterwards why one changed a list: a rule is moved or turned off by one click. What was said stays."""
    version = _version(request, known(kind), pk)
    RuleVersion.objects.filter(pk=version.pk, by=request.user, why="").update(why=request.POST.get("why", "").strip()[:300])
    return redirect(reverse("assignment:versions", args=[kind]) + (f"?team={version.team_id}" if version.team_id else ""))


def _version(request: HttpRequest, kind: str, pk: int) -> RuleVersion:
    """Return a version of a list the person may change; else it does not exist (404)."""
    version = get_object_or_404(RuleVersion, pk=pk, kind=kind)
    demand_team(request, version.team_id)
    return version
