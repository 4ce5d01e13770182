"""One entry on its way in, and what became of it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from capture.rows import as_json
from core import reasons
from leads.cleaning import Cleaned

CREATED, JOINED, APART, SKIPPED, REJECTED, QUARANTINED = "created", "joined", "apart", "skipped", "rejected", "quarantined"

reasons.register(
    {
        "says_nothing": _("It names nobody and says nothing."),
        "not_readable": _("Something in it can't be read."),
        "with_doubts": _("Taken in, but something in it could not be read."),
        "already_here": _("The same entry came in before."),
        "possible_duplicate": _("Looks like another lead, but not surely enough to join it."),
        "not_visible": _("The person is known to another team, so this is kept as an enquiry of its own."),
        "too_fast": _("It was sent faster than a person can type."),
        "too_old": _("The form had been open for too long."),
        "not_ours": _("It did not come from our form."),
        "honeypot": _("A field that people don't see was filled in."),
        "too_many": _("Too many entries came from one address."),
        "links": _("It is stuffed with links."),
        "dropped": _("Dropped from quarantine by %(name)s."),
        "kept_by_typist": _("kept by the one who entered it"),
    }
)


@dataclass(slots=True)
class Arrival:
    """A stored (or about to be stored) submission as entering needs it; people and teams by id."""

    submission: int
    channel: str
    raw: dict[str, Any]
    captured_at: datetime
    occurred_at: datetime | None = None
    by: int | None = None
    team: int | None = None
    origins: dict[str, int | None] = field(default_factory=dict)  # source, medium, campaign when the entry names none
    context: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)  # what the story says about where it came from
    raw_json: str = ""
    run: int | None = None  # the import it is a row of

    def __post_init__(self) -> None:
        self.raw_json = self.raw_json or as_json(self.raw)


@dataclass(slots=True)
class Fate:
    """What became of an entry: a result of Submission.Result, its lead, and why."""

    result: str
    lead: int | None = None
    why: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Entry:
    """An arrival being entered."""

    arrival: Arrival
    cleaned: Cleaned
    lead: int | None = None
    apart_from: int | None = None
    pairs: list[tuple[int, str]] = field(default_factory=list)
    filled: dict[str, list] = field(default_factory=dict)
    fate: Fate | None = None
