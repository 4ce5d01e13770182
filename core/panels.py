"""Panels that upper apps add to the pages of lower ones, so that Python imports nothing upwards.

    panels.register("lead", why_panel, order=10, place="aside")

`source(request, subject)` returns {"template": "scoring/_why.html", …context} or None for nothing to show.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from core.alongside import Part

PLACES = ("top", "main", "aside")


@dataclass(frozen=True)
class Panel:
    source: Callable[[HttpRequest, Any], dict | None]
    order: int
    place: str
    parts: tuple[Part, ...] = ()


_panels: dict[str, list[Panel]] = {}


def register(record: str, source: Callable[[HttpRequest, Any], dict | None], *, order: int, place: str = "aside", parts: Iterable[Part] = ()) -> None:
    """Add a panel to the page of a kind of record; the same source again replaces its place and order.

    `parts` are what it needs of the record's own rows, to be read with the record (core.alongside).
    """
    if place not in PLACES:
        raise ValueError(f"place must be one of {', '.join(PLACES)}")
    others = [panel for panel in _panels.get(record, []) if panel.source is not source]
    _panels[record] = sorted([*others, Panel(source, order, place, tuple(parts))], key=lambda panel: panel.order)


def parts_of(record: str) -> list[Part]:
    """Return what the panels of a kind of record want read with it."""
    return [part for panel in _panels.get(record, []) for part in panel.parts]


def of(record: str, request: HttpRequest, subject: Any) -> dict[str, list[dict]]:
    """Return {place: [context with "template", …]} for one page."""
    shown: dict[str, list[dict]] = {place: [] for place in PLACES}
    for panel in _panels.get(record, []):
        if context := panel.source(request, subject):
            shown[panel.place].append(context)
    return shown
