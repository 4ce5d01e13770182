"""A record's timeline: events newest first, by day, with runs of small changes folded into one line.

    {% load story %}{% include "core/_timeline.html" with events=events %}

`events` are core.timeline.Event rows of any app, newest first; each is worded by its app's `_event.html`, the one place
where kinds become sentences.

    story.register("company", events_of)          # fn(request, record, most) → events an upper app adds to its story
    events += story.added("company", request, record, 100)

An event may carry `story_template`, which words it instead, and `part_of`: what follows with the same value is folded behind it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

QUIET = frozenset({"changed", "scored", "qualified", "waiting", "engaged"})  # many of these say little each
TOLD = 80  # letters of a value that the line itself tells


@dataclass
class Entry:
    """One line: its event, and the older ones of the same kind and person folded behind it."""

    event: Any
    folded: list[Any] = field(default_factory=list)

    @property
    def template(self) -> str:
        return template_of(self.event)

    @property
    def lines(self) -> list[tuple[Any, str]]:
        """Return the folded events, each with its template."""
        return [(event, template_of(event)) for event in self.folded]

    @property
    def part_of(self) -> Any:
        """Return what the event is a part of; what is folded behind it is a part too, not a change before it."""
        return getattr(self.event, "part_of", None)

    def takes(self, event: Any) -> bool:
        """Tell whether an older event is a part of the same, or of the same small kind by the same person."""
        if self.part_of is not None:
            return self.part_of == getattr(event, "part_of", None)
        mine = (self.event._meta.model, self.event.kind, self.event.actor_id)
        return self.is_quiet and mine == (event._meta.model, event.kind, event.actor_id)

    @property
    def is_quiet(self) -> bool:
        return self.event.kind in QUIET


def template_of(event: Any) -> str:
    """Return what words an event: its app's template, or what it was given where another app tells it."""
    return getattr(event, "story_template", "") or f"{event._meta.app_label}/_event.html"


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
        if entry := _folds_into(days[-1].entries, event):
            entry.folded.append(event)
        else:
            days[-1].entries.append(Entry(event))
    return days


def _folds_into(entries: list[Entry], event: Any) -> Entry | None:
    """Return the line the event belongs behind: small changes of other kinds in between don't part a run (each edit scores anew)."""
    if entries and entries[-1].part_of is not None and entries[-1].takes(event):
        return entries[-1]
    quiet = takewhile(lambda entry: entry.is_quiet, reversed(entries))
    return next((entry for entry in quiet if entry.takes(event)), None)


def needs_card(changes: Sequence[tuple[str, str, str]]) -> bool:
    """Tell whether the line can't tell all that changed, each a (label, before, after): several fields, or a long text."""
    return len(changes) > 1 or any(len(value) > TOLD for _, *values in changes for value in values)


_added: dict[str, list[Callable[[HttpRequest, Any, int], list]]] = {}


def register(record: str, source: Callable[[HttpRequest, Any, int], list]) -> None:
    """Let an upper app tell its part of the story of a kind of record."""
    if source not in _added.setdefault(record, []):
        _added[record].append(source)


def added(record: str, request: HttpRequest, subject: Any, most: int) -> list[Any]:
    """Return what upper apps tell of one record, at most so many lines each."""
    return [event for source in _added.get(record, ()) for event in source(request, subject, most)]
