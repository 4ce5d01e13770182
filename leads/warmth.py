"""How warm a lead is: hot, warm or cold by its score and its team's limits. Crossing a limit is a line in the story.

Rules can ask since when ("Temperature since within the last 1 day"), and a lead that got warmer while nobody had it is
decided anew, so that what was kept or sent away comes to somebody the day it matters.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leads.bulk import Batch
    from leads.models import Lead

RISING = ("", "cold", "warm", "hot")
WAITS = frozenset({"keep", "nurture"})  # outcomes that more warmth may change


def columns(lead: "Lead", value: int, *, at: datetime, temperature: str | None = None) -> dict[str, Any]:
    """Return the columns that go with a new score: the temperature, since when, and that rules should look again."""
    after = lead.team.temperature_of(value) if temperature is None else temperature
    changes: dict[str, Any] = {"temperature": after, "temperature_at": lead.temperature_at if after == lead.temperature else at}
    if is_waking(lead, after):
        changes["qualify_due_at"] = at
    return changes


def is_waking(lead: "Lead", after: str) -> bool:
    """Tell whether a lead nobody has became warmer, so that another rule may match."""
    is_warmer = bool(lead.temperature) and RISING.index(after) > RISING.index(lead.temperature)
    return is_warmer and lead.is_open and lead.owner_id is None and lead.qualification in WAITS


def has_crossed(before: str, after: str) -> bool:
    """Tell whether this is a line in the story: the first temperature is none."""
    return bool(before) and before != after


def warm(lead: "Lead", value: int, *, batch: "Batch", temperature: str | None = None) -> None:
    """Put a new score with its temperature into a batch, and what crossing a limit means."""
    before = lead.temperature
    changes = columns(lead, value, at=batch.at, temperature=temperature)
    batch.change(lead, score=value, scored_at=batch.at, **changes)
    if has_crossed(before, changes["temperature"]):
        batch.record(lead, "temperature", before=before, after=changes["temperature"])
