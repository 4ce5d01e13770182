"""Who is here: when each person last opened a page, kept in the cache alone.

A cache that lost it makes somebody look away: at worst a notice they could have seen comes by mail as well, once.
"""

from datetime import datetime, timedelta

from django.core.cache import cache, caches
from django.http import HttpRequest, HttpResponse

KEPT = 24 * 3600  # seconds
AGAIN = 15  # seconds in which a process notes a person once


def _key(person: int) -> str:
    return f"seen:{person}"


def note(person: int, *, at: datetime) -> None:
    cache.set(_key(person), at.timestamp(), KEPT)


def away_since(people: dict[int, int], *, at: datetime) -> set[int]:
    """Return who of {person: minutes} has opened no page for so many minutes."""
    seen = cache.get_many([_key(person) for person in people])
    limits = {person: (at - timedelta(minutes=minutes)).timestamp() for person, minutes in people.items()}
    return {person for person in people if seen.get(_key(person), 0) <= limits[person]}


class PresenceMiddleware:
    """Note that a signed-in person opened a page or sent something; parts a page fetches by itself don't count."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        from core import clock

        is_act = request.method == "POST" or request.headers.get("HX-Request") != "true"
        if is_act and request.user.is_authenticated:
            at = clock.now()
            lately = f"{_key(request.user.pk)}:{int(at.timestamp()) // AGAIN}"
            if caches["parts"].add(lately, True, AGAIN):
                note(request.user.pk, at=at)
        return self.get_response(request)
