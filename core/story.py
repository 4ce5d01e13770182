"""A record's timeline: events newest first, by day, with runs of small changes folded into one line.

    {% load story %}{% include "core/_timeline.html" with events=events %}

`events` are core.timeline.Event rows of any app, newest first; each is worded by its app's `_event.html`, the one place
where kinds become sentences.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone

QUIET = frozenset({"changed", "scored", "qualified", "waiting", "engaged"})  # many of these say little each


@dataclass
class Entry:
    """One line: its event, and the older ones of the same kind and person folded behind it."""

    event: Any
    folded: list[Any] = field(default_factory=list)

    @property
    def template(self) -> str:
        return f"{self.event._meta.app_label}/_event.html"

    def takes(self, event: Any) -> bool:
        """Tell whether the next event is of the same small kind, by the same person."""
        mine = (self.event._meta.model, self.event.kind, self.event.actor_id)
        return self.event.kind in QUIET and mine == (event._meta.model, event.kind, event.actor_id)


@dataclass
class Day:
    date: date
    entries: list[Entry] = field(default_factory=list)


def by_day(events: Iterable[Any]) -> list[Day]:
    """Group events, newest first, by the reader's days; runs of small changes within a day become one entry."""
    days: list[Day] = []
    for event in events:
        there = timezone.localtime(event.occurred_at).date()
        if not days or days[-1].date != there:
            days.append(Day(there))
        entries = days[-1].entries
        if entries and entries[-1].takes(event):
            entries[-1].folded.append(event)
        else:
            entries.append(Entry(event))
    return days
