"""What people keep of a list: their saved views and the columns they chose. An upper app keeps them, the lists only ask.

    kept.keep_with(keeper)                       in AppConfig.ready() of the app that stores them
    found = kept.of(request.user, "lead")        found.views, found.columns
"""

from dataclasses import dataclass, field
from typing import Protocol

from django.urls import reverse


@dataclass(frozen=True)
class KeptView:
    """A list's address under a name. `is_own` tells whether this person may change it, `is_pinned` has it in the navigation."""

    pk: int
    name: str
    query: str
    is_own: bool
    team: str = ""
    is_pinned: bool = False

    @property
    def url(self) -> str:
        return reverse("workspace:view", args=[self.pk])

    @property
    def pin_url(self) -> str:
        return reverse("workspace:pin", args=[self.pk])


@dataclass(frozen=True)
class Kept:
    views: list[KeptView] = field(default_factory=list)
    columns: list[str] | None = None


class Keeper(Protocol):
    def __call__(self, user, record: str) -> Kept: ...


_keeper: list[Keeper] = []


def keep_with(keeper: Keeper) -> None:
    _keeper[:] = [keeper]


def of(user, record: str) -> Kept:
    """Return what this person keeps of a kind of list; nothing when no app keeps anything."""
    return _keeper[0](user, record) if _keeper else Kept()
