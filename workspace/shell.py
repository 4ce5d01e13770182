"""What the desk puts around every page: Today with the number waiting, the team switcher, the demo notice."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from core import business
from leads import lists
from teams.models import SalesTeam, User
from workspace import keeping, today


def waiting_count(user: User) -> int | None:
    """Count one's own leads that wait for a first reply; one query."""
    return today.waiting(user, team=False).count() or None


def pinned(user: User) -> list[dict]:
    """Return the views somebody pinned, with how many leads they hold. One query, and at most one more for the numbers."""
    views = keeping.pinned_by(user, "lead")
    counts = lists.count_tabs(user) if views else {}
    address = reverse("leads:leads")
    return [
        {"label": view.name, "url": f"{address}?{view.query}" if view.query else address, "count": counts.get(f"kept {view.pk}"), "team": view.team}
        for view in views
    ]


def switcher(request: HttpRequest) -> dict:
    user = request.user
    if user.is_administrator:
        teams = list(SalesTeam.objects.order_by("name", "pk"))
    else:
        teams = [seat.team for seat in user.seats]
    current = next((team for team in teams if team.pk == user.current_team_id), None)
    return {
        "organisation": business.get("organisation_name"),
        "current": current.name if current else (teams[0].name if len(teams) == 1 else _("All my teams")),
        "teams": [{"pk": team.pk, "name": team.name, "current": team == current} for team in teams],
    }


def demo_notice(request: HttpRequest) -> dict | None:
    if business.get("demo_is_loading"):
        return {
            "text": _("Demo data are still loading. You can work meanwhile; more appears by itself."),
            "tone": "info",
            "icon": "hourglass",
            "poll": True,
        }
    return None
