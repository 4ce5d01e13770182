"""The demo people and their one-click sign-in; only in demo mode, which never leaves the loopback address."""

from django.conf import settings
from django.http import HttpRequest

from teams.models import User


def people(request: HttpRequest) -> dict:
    """Template context: the demo people on signed-out pages, nothing outside demo mode."""
    if not settings.DEMO or request.user.is_authenticated:
        return {}
    return {"demo_people": User.objects.active().filter(is_demo=True).by_name()}
