"""Whose imports somebody sees, and for which teams they may bring leads in (decision 26)."""

from django.db.models import QuerySet

from capture.models import ImportRun
from teams import rights
from teams.models import SalesTeam, User


def visible_to(user: User) -> QuerySet[ImportRun]:
    """Operations and administrators see all imports, a manager their own."""
    if not rights.may(user, "import"):
        return ImportRun.objects.none()
    if rights.may(user, "see all imports"):
        return ImportRun.objects.all()
    return ImportRun.objects.filter(by=user)


def teams_of(user: User) -> QuerySet[SalesTeam]:
    """Teams whose leads this person may bring in."""
    teams = SalesTeam.objects.order_by("name", "pk")
    return teams if rights.may(user, "see all imports") else teams.filter(pk__in=user.team_ids)


def first_team(user: User) -> SalesTeam | None:
    return next((seat.team for seat in user.seats), None) or teams_of(user).order_by("-is_default", "pk").first()
