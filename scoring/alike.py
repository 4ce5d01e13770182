"""Past leads like this one, and how they ended: near in the facts by which the model tells leads apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log1p
from typing import Any

from leads.models import Lead
from scoring import features, scores
from scoring.grading import Grader, PriorGrader
from scoring.models import Snapshot

LOOKED_AT, SHOWN = 2_000, 5
LEAST = 0.25  # of what could be the same, to be called alike
AGREES = 0.6  # from which a fact is named as shared


@dataclass(frozen=True)
class Alike:
    """A closed lead near another one."""

    lead: Lead
    share: float
    same: list[str]  # keys of the facts both have


def of(lead: Lead, user, *, at: datetime) -> list[Alike]:
    """Return up to five closed leads this person may see that are nearest, the nearest first. Few queries; some milliseconds."""
    _model, grader = scores.current()
    unused = features.unused()  # also before a model without them serves
    weights = {key: weight for key, weight in weights_of(grader).items() if key not in unused}
    if not weights:
        return []
    seen = _facts(lead, at)
    ended = (
        Lead.objects.visible_to(user)
        .exclude(pk=lead.pk)
        .filter(is_open=False, archived_at__isnull=True, merged_at__isnull=True)
    )
    rows = list(
        Snapshot.objects.filter(lead__in=ended.values("pk"))
        .order_by("-lead__captured_at", "-pk")
        .values_list("pk", "fields")[:LOOKED_AT]
    )
    scale = {key: _spread([row[1].get(key) for row in rows]) for key, kind in grader.types.items() if kind == "number"}
    near = sorted(
        ((_likeness(seen, facts, weights, scale), pk) for pk, facts in rows), key=lambda one: (-one[0][0], -one[1])
    )[:SHOWN]
    leads = ended.select_related("source").in_bulk([pk for (share, _same), pk in near if share >= LEAST])
    return [Alike(leads[pk], share, same) for (share, same), pk in near if pk in leads]


def _facts(lead: Lead, at: datetime) -> dict[str, Any]:
    kept = Snapshot.objects.filter(lead=lead).values_list("fields", flat=True).first()
    return kept if kept is not None else features.Reader(at=at).of(lead)


def weights_of(grader: Grader | PriorGrader) -> dict[str, float]:
    """Return by how much each field tells leads apart: between which log-odds its values lie."""
    found = {}
    for key, (table, _card) in grader.tables.items():
        odds = [*table.get("bins", []), *table.get("levels", {}).values()]
        if key not in features.ACTS and odds and max(odds) > min(odds):
            found[key] = max(odds) - min(odds)
    return found


def _likeness(
    one: dict[str, Any], other: dict[str, Any], weights: dict[str, float], scale: dict[str, float]
) -> tuple[float, list[str]]:
    """Return the share of what tells them apart that is the same, 0 to 1, and the facts that are, weightiest first."""
    most, same, agree = 0.0, 0.0, []
    for key, weight in weights.items():
        mine, theirs = one.get(key), other.get(key)
        if mine is None and theirs is None:
            continue
        most += weight
        likeness = _same(mine, theirs, scale.get(key, 1.0))
        same += weight * likeness
        if likeness >= AGREES:
            agree.append((weight, key))
    return (same / most if most else 0.0), [key for _weight, key in sorted(agree, reverse=True)[:3]]


def _same(mine: Any, theirs: Any, scale: float) -> float:
    if mine is None or theirs is None:
        return 0.0
    if isinstance(mine, list) and isinstance(theirs, list):
        return len(set(mine) & set(theirs)) / max(len(set(mine) | set(theirs)), 1)
    if _is_number(mine) and _is_number(theirs):
        return max(0.0, 1 - abs(_step(mine) - _step(theirs)) / scale)
    return float(mine == theirs)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _step(number: float) -> float:
    return log1p(number) if number >= 0 else -log1p(-number)


def _spread(values: Sequence[Any]) -> float:
    """Return how far apart figures lie: one of them further away than this has nothing in common."""
    steps = sorted(_step(value) for value in values if _is_number(value))
    return max(steps[int(0.9 * (len(steps) - 1))] - steps[int(0.1 * (len(steps) - 1))], 0.1) if steps else 1.0
