"""Fit and engagement beside the score: who they are, A to C, and what they did, 1 to 3."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from leads import ideals
from leads.ideals import Criterion
from leads.models import Engagement, Lead
from scoring.features import ACTS

GOOD, POOR = 0.4, -0.4  # log-odds against the mean lead from which who they are makes them an A, or a C
IDEAL = {"A": GOOD, "C": POOR}
BEHIND = {*ACTS, "source", "medium", "campaign", "channel", "hour", "weekday", "referred", "tags"}  # how they came and what they did
SIGNALS = {  # points of one act, and the days after which it counts half
    "reply": (10, 30), "form": (8, 30), "event": (6, 45), "click": (4, 14), "visit": (2, 7), "open": (1, 7), "page": (0.5, 7),
}  # fmt: skip
TOTALS = {"reply": "emails_replied", "click": "emails_clicked", "visit": "visits", "open": "emails_opened", "page": "pages_viewed"}
MUCH, SOME = 8.0, 2.0
LEAST_ENGAGED = 3
UNDATED = 90  # days ago, of totals nobody dated


def letters(leads: Sequence[Lead], at: datetime) -> dict[int, str]:
    """Return how leads suit their team's ideal customer, where it has one. One query where no team has."""
    if not Criterion.objects.exists():
        return {}
    prefetch_related_objects(leads, "tags")
    return ideals.letters(leads, at=at)


def fit(parts: dict[str, float], ideal: str = "") -> str:
    """Return A, B or C by what the model says of who they are and how they suit the ideal customer.

    Fields of how they came and what they did don't count. An ideal customer counts as much as the model's word for an A.
    """
    sum_of_who = sum(gain for key, gain in parts.items() if key not in BEHIND) + IDEAL.get(ideal, 0.0)
    return "A" if sum_of_who >= GOOD else "C" if sum_of_who <= POOR else "B"


def strengths(leads: Iterable[Lead], at: datetime) -> dict[int, float]:
    """Return how much each lead did lately: human acts only, each counting half after its half-life.

    Totals without single acts, as an import brings them, count as if done when the lead last engaged. One query at most.
    """
    engaged = [lead for lead in leads if lead.last_engaged_at or any(getattr(lead, column) for column in TOTALS.values())]
    acts: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    if engaged:
        rows = Engagement.objects.filter(lead__in=engaged, actor=Engagement.Actor.HUMAN, occurred_at__lte=at)
        for lead, kind, moment in rows.values_list("lead_id", "kind", "occurred_at"):
            acts[lead].append((kind, moment))
    return {lead.pk: strength(lead, acts[lead.pk], at) for lead in engaged}


def strength(lead: Lead, acts: list[tuple[str, datetime]], at: datetime) -> float:
    total = sum(_counts(kind, (at - moment).total_seconds() / 86400) for kind, moment in acts)
    days = (at - lead.last_engaged_at).total_seconds() / 86400 if lead.last_engaged_at else UNDATED
    for kind, column in TOTALS.items():
        undated = getattr(lead, column) - sum(one == kind for one, _moment in acts)
        total += max(undated, 0) * _counts(kind, days)
    return total


def _counts(kind: str, days: float) -> float:
    points, half_life = SIGNALS[kind]
    return points * 0.5 ** (max(days, 0.0) / half_life)


def level(strength: float) -> int:
    return 1 if strength >= MUCH else 2 if strength >= SOME else LEAST_ENGAGED


def worded(reasons: dict[str, Any]) -> dict[str, str] | None:
    """Return {"grade": "A2", "words"} of stored reasons, or None for a score that had no model to tell by."""
    if "fit" not in reasons:
        return None
    who = {"A": _("good fit by past leads"), "B": _("middling fit by past leads"), "C": _("poor fit by past leads")}[reasons["fit"]]
    did = {1: _("very engaged"), 2: _("somewhat engaged"), 3: _("hardly engaged")}[reasons["engagement"]]
    return {"grade": f"{reasons['fit']}{reasons['engagement']}", "words": f"{who}, {did}"}
