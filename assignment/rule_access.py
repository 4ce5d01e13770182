"""Whose rules somebody may see and change, and the audit of what was done to them."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext

from assignment import rules
from core.models import AuditEntry
from teams import rights
from teams.models import Role, SalesTeam, User

RELATED = {"qualification": ["stage__pipeline"], "assignment": ["to_team", "to_person", "to_territory__team", "to_territory__owner"]}


def known(kind: str) -> str:
    """Return the kind of list an address names; another does not exist (404)."""
    if kind not in rules.MODELS:
        raise Http404
    return kind


def visible(kind: str, user, team: SalesTeam | None = None) -> list:
    """Return the rules that count for somebody's teams, or for one of them: all of them for an administrator."""
    rows = rules.MODELS[known(kind)].objects.select_related("team", "changed_by", *RELATED[kind])
    rows = rows.order_by("is_everyone_else", "position", "pk")
    if team is not None:
        return [row for row in rows if row.team_id in (None, team.pk)]
    return [row for row in rows if row.team_id is None or rights.manages_team(user, row.team_id)]


def find(request: HttpRequest, kind: str, pk: int):
    """Return a rule the person may change; else it does not exist (404)."""
    one = get_object_or_404(rules.MODELS[known(kind)], pk=pk)
    demand_team(request, one.team_id)
    return one


def demand_team(request: HttpRequest, team_id: int | None) -> None:
    if not rights.manages_team(request.user, team_id):
        raise Http404


def managed(user) -> list[SalesTeam]:
    """Return the teams whose rules somebody sets up, by name."""
    teams = SalesTeam.objects.order_by("name", "pk")
    return list(teams if user.is_administrator else teams.filter(pk__in=user.team_ids))


def keepers() -> str:
    """Name those who may change the rules of every team, at most three of them."""
    names = list(User.objects.active().filter(role=Role.ADMINISTRATOR).by_name().values_list("name", flat=True)[:3])
    return get_text_list(names, gettext("or"))


def team_asked(request: HttpRequest) -> SalesTeam | None:
    """Return the team whose page was asked for, if the person sets it up."""
    asked = request.GET.get("team", "")
    return next((team for team in managed(request.user) if str(team.pk) == asked), None)


def home(request: HttpRequest) -> str:
    """Return where somebody came from to change a rule: the page of the team asked for, else that of all rules."""
    team = team_asked(request)
    return reverse("assignment:team", args=[team.pk]) if team else reverse("assignment:rules")


def chosen(asked: list[str]) -> set[int]:
    """Return the keys of an address or form; what is none is left out."""
    return {int(text) for text in asked[:200] if text.isascii() and text.isdigit() and len(text) < 16}


def audit(request: HttpRequest, kind: str, one, what: str) -> None:
    AuditEntry.objects.create(
        action=f"rule {what}", actor=request.user, target=f"{kind} rule {one.pk}", details=rules.described(one),
        request_id=getattr(request, "id", "") or "",
    )  # fmt: skip
