"""What stands around every page: navigation, team switcher, notices. Apps register theirs in AppConfig.ready().

    register_nav("leads", _("Leads"), "users", "leads:leads", order=20, count=count_open_leads)
    register_switcher(switcher)
    register_notice(demo_notice)

A callable is asked only when a whole page is rendered (never for a fragment), at most once per page, and should need at
most one query. The numbers beside the rooms are remembered for a moment, until their reader changes something.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import SimpleLazyObject, cached_property

from core import actions
from core.addresses import address_of
from core.htmx import wants_fragment


@dataclass(frozen=True)
class Room:
    """One entry of the navigation. `keys` are URL namespaces whose pages belong to it, `paths` beginnings of addresses."""

    key: str
    label: Any
    icon: str
    url_name: str
    order: int
    count: Callable[[Any], int | str | None] | None = None
    alert: bool = False
    allowed: Callable[[Any], bool] | None = None
    keys: frozenset[str] = field(default_factory=frozenset)
    paths: tuple[str, ...] = ()
    go: str = ""


class NavItem:
    """A room as the templates see it: key, label, icon, url, go, alert, current and the count, asked on first use."""

    def __init__(self, room: Room, url: str, counts: "Counts", *, current: bool):
        self.key, self.label, self.icon, self.go, self.alert = room.key, room.label, room.icon, room.go, room.alert
        self.url = url
        self.current = current
        self._counts = counts

    @property
    def count(self) -> int | str | None:
        return self._counts.found.get(self.key)


class Counts:
    """The numbers beside the rooms, asked together on first use and remembered for a moment."""

    def __init__(self, user, rooms: list[Room]):
        self.user, self.rooms = user, rooms

    @cached_property
    def found(self) -> dict[str, Any]:
        known = cache.get(_remembered(self.user))
        if known is None:
            known = {room.key: room.count(self.user) for room in self.rooms if room.count} | {PINNED: _pinned[0](self.user) if _pinned else []}
            cache.set(_remembered(self.user), known, REMEMBERED)
        return known


REMEMBERED = 10  # seconds
PINNED = "pinned views"  # beside the rooms' keys


def forget_counts(user) -> None:
    """Count anew on the person's next page: they changed something."""
    cache.delete(_remembered(user))


def _remembered(user) -> str:
    return f"nav:{user.pk}"


_rooms: dict[str, Room] = {}
_notices: list[Callable[[HttpRequest], dict | Iterable[dict] | None]] = []
_switcher: list[Callable[[HttpRequest], dict | None]] = []
_pinned: list[Callable[[Any], list[dict]]] = []


def register_nav(
    key: str, label, icon: str, url_name: str, *, order: int, count=None, alert=False, allowed=None, keys=(), paths=(), go=""
) -> None:
    """Put a room into the navigation; the same key again replaces it.

    count(user) gives the number beside it, allowed(user) hides it, go is its letter after G, keys are further URL
    namespaces that count as being there, paths beginnings of addresses that do.
    """
    namespaces = frozenset({url_name.partition(":")[0], *keys})
    _rooms[key] = Room(key, label, icon, url_name, order, count, alert, allowed, namespaces, tuple(paths), go)


def register_notice(source: Callable[[HttpRequest], dict | Iterable[dict] | None]) -> None:
    """Show notices above every page: {"text", "tone", "icon", "title", "url", "action", "poll"}, or None.

    With poll the page asks again every 5 s, so that a notice goes by itself.
    """
    if source not in _notices:
        _notices.append(source)


def register_switcher(source: Callable[[HttpRequest], dict | None]) -> None:
    """Give the head of the navigation: {"organisation", "current", "teams": [{"pk", "name", "current"}]}."""
    _switcher[:] = [source]


def register_pinned(source: Callable[[Any], list[dict]]) -> None:
    """Give what stands below the rooms: source(user) returns [{"label", "url", "count", "team"}]."""
    _pinned[:] = [source]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `nav`, `shell_notices` and `switcher`, each worked out only when a template asks.

    `rooms` names what the person's navigation holds and `nav_words` also what it shows now, for parts of a page that are
    kept by them.
    """
    rows = SimpleLazyObject(lambda: nav(request))
    return {
        "rooms": SimpleLazyObject(lambda: " ".join(room.key for room in _open_to(request))),
        "nav": rows,
        "nav_words": SimpleLazyObject(lambda: " ".join(f"{item.url} {item.count or ''} {'here' if item.current else ''};" for item in rows)),
        "shell_notices": SimpleLazyObject(lambda: notices(request)),
        "switcher": SimpleLazyObject(lambda: switcher(request)),
        "pinned": SimpleLazyObject(lambda: pinned(request)),
        "live_events": settings.LIVE_EVENTS,
        "actions": SimpleLazyObject(lambda: actions.open_to(request.user)) if _signed_in(request) else [],
        "unread_notices": SimpleLazyObject(lambda: unread_notices(request)),
    }


def nav(request: HttpRequest) -> list[NavItem]:
    rooms = _open_to(request)
    counts = _counts(request, rooms)
    shown = {room.key: (room, url) for room in rooms if (url := address_of(room.url_name))}
    here = _room_of(request, shown)
    return [NavItem(room, url, counts, current=key == here) for key, (room, url) in shown.items()]


def _room_of(request: HttpRequest, shown: dict[str, tuple[Room, str]]) -> str | None:
    """Return the key of the room a page lies in: the one its address begins with, else the one of its namespace."""
    for key, (room, url) in shown.items():
        if request.path.startswith(((url,) if url != "/" else ()) + room.paths):
            return key
    named = _namespace(request)
    return next((key for key, (room, _url) in shown.items() if named in room.keys), None)


def _open_to(request: HttpRequest) -> list[Room]:
    if not _signed_in(request):
        return []
    rooms = sorted(_rooms.values(), key=lambda room: (room.order, room.key))
    return [room for room in rooms if room.allowed is None or room.allowed(request.user)]


def notices(request: HttpRequest) -> list[dict]:
    if not _signed_in(request):
        return []
    found = []
    for source in _notices:
        given = source(request)
        found += [given] if isinstance(given, dict) else list(given or [])
    return found


def notices_part(request: HttpRequest) -> HttpResponse:
    """The notices alone, for a page that waits for one to end; without htmx the way home."""
    if not wants_fragment(request):
        return redirect("/")
    return render(request, "shell/_notices.html")


def switcher(request: HttpRequest) -> dict:
    given = _switcher[0](request) if _switcher and _signed_in(request) else None
    return given or {"organisation": "Catchment", "current": "", "teams": []}


def pinned(request: HttpRequest) -> list[dict]:
    """Return the pinned views, the one that is shown now as current."""
    if not _signed_in(request):
        return []
    here = request.get_full_path()
    return [{**view, "current": view["url"] == here} for view in _counts(request, _open_to(request)).found.get(PINNED, [])]


def _counts(request: HttpRequest, rooms: list[Room]) -> Counts:
    """Return the numbers of the navigation, the same for all parts of one page."""
    if not hasattr(request, "nav_counts"):
        request.nav_counts = Counts(request.user, rooms)
    return request.nav_counts


def unread_notices(request: HttpRequest) -> int:
    from core.notices.views import unread_count

    return unread_count(request.user) if _signed_in(request) else 0


def _signed_in(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated


def _namespace(request: HttpRequest) -> str:
    match = getattr(request, "resolver_match", None)
    return match.namespace if match else ""
