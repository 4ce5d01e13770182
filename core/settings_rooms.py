"""The rooms under Settings; each app registers its own in AppConfig.ready().

    settings_rooms.register("rules", _("Rules"), _("Who gets which lead."), "route", "assignment:rules",
                            order=30, allowed=rights.allowed("set up rules"))

A room whose page does not exist yet, or that somebody may not enter, is not shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.addresses import address_of


@dataclass(frozen=True)
class SettingsRoom:
    key: str
    label: Any
    sentence: Any
    icon: str
    url_name: str
    order: int
    allowed: Callable[[Any], bool] | None = None

    @property
    def url(self) -> str:
        return address_of(self.url_name)


_rooms: dict[str, SettingsRoom] = {}


def register(key: str, label, sentence, icon: str, url_name: str, *, order: int, allowed=None) -> None:
    """Add a room; the same key again replaces it. allowed(user) hides it."""
    _rooms[key] = SettingsRoom(key, label, sentence, icon, url_name, order, allowed)


def rooms_for(user) -> list[SettingsRoom]:
    rooms = sorted(_rooms.values(), key=lambda room: (room.order, room.key))
    return [room for room in rooms if (room.allowed is None or room.allowed(user)) and room.url]
