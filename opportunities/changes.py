"""What changed on a board since a moment: the columns it touches, with their heads, order and changed cards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from core import limits
from opportunities import board, cards, grouping
from opportunities.models import Opportunity, OpportunityEvent
from opportunities.scope import Scope

OVERLAP = timedelta(
    seconds=10
)  # a change may be committed some seconds after the moment it carries; told twice is harmless
FURTHEST_BACK = timedelta(minutes=10)  # a page that slept longer is drawn anew
DEEPEST = 500  # cards of a column that are kept up to date
MOST = 200  # changed opportunities; more, and the page is drawn anew


class Seen(NamedTuple):
    """What an open board shows of a column: its cards, and the number its head says (None: it didn't tell)."""

    cards: int
    count: int | None = None


@dataclass
class Changes:
    """The touched columns. `html` holds changed cards and those that may have come into view."""

    columns: list[board.Column] = field(default_factory=list)
    html: dict[int, str] = field(default_factory=dict)
    heads: Mapping[Any, board.Head] = field(default_factory=dict)
    has_closed: bool = False
    is_too_much: bool = False


def since(scope: Scope, moment: datetime, *, shown: Mapping[str, Seen], at: datetime) -> Changes:
    """Return what a board that knows how things were at `moment` has to change; `shown` says what it has of each column.

    What left without a trace (an opening taken back, a share withdrawn) shows by the numbers of the heads.
    """
    if moment < at - FURTHEST_BACK:
        return Changes(is_too_much=True)
    moment -= OVERLAP
    rows = Opportunity.objects.filter(pipeline=scope.pipeline, changed_at__gt=moment).order_by()
    changed = {pk: (stage, state) for pk, stage, state in rows.values_list("pk", "stage_id", "state")[: MOST + 1]}
    if len(changed) > MOST:
        return Changes(is_too_much=True)
    found = _by_stage(scope, changed, moment, shown, at) if scope.by == "stage" else _by_group(scope, changed, shown, at)
    if not found.columns:
        return found
    fresh = {key for column in found.columns for key in column.keys if key in changed}
    for column in found.columns:  # as many as left may have come into view at the end
        seen = shown.get(str(column.stage.pk), Seen(0))
        gone = max(0, (seen.count or 0) - column.head.count)
        fresh.update(column.keys[-(len(changed) + gone) :])
    found.html = cards.render(sorted(fresh), scope.user, scope.stages, at=at)
    found.has_closed = any(state != Opportunity.State.OPEN for _stage, state in changed.values())
    return found


def _by_stage(scope: Scope, changed: dict[int, tuple[int, str]], moment: datetime, shown: Mapping[str, Seen], at: datetime) -> Changes:
    if shown.keys() - {str(stage.pk) for stage in scope.stages}:
        return Changes(is_too_much=True)  # a stage went
    heads = board.heads(scope, scope.stages, today=timezone.localdate(at))
    touched = {stage for stage, _state in changed.values()} | (_left(list(changed), moment) if changed else set())
    touched |= {pk for pk, head in heads.items() if _counts_otherwise(shown.get(str(pk)), head)}
    stages = [stage for stage in scope.stages if stage.pk in touched]
    counts = {stage.pk: _length(shown.get(str(stage.pk))) for stage in stages}
    keys = board.first_cards(scope, stages, limit=max(counts.values(), default=limits.BOARD_CARDS))
    return Changes([board.Column(heads[stage.pk], keys.get(stage.pk, [])[: counts[stage.pk]]) for stage in stages], heads=heads)


def _by_group(scope: Scope, changed: dict[int, tuple[int, str]], shown: Mapping[str, Seen], at: datetime) -> Changes:
    """Return all columns when anything changed; when a column came or went the page is drawn anew."""
    heads = grouping.heads(scope, at=at)
    by_key = {head.stage.pk: head for head in heads.values()}
    if by_key.keys() != shown.keys():
        return Changes(is_too_much=True)
    if not changed and not any(_counts_otherwise(shown[key], head) for key, head in by_key.items()):
        return Changes()
    keys = grouping.first_cards(scope, heads, most=lambda value: _length(shown[heads[value].stage.pk]))
    return Changes([board.Column(head, keys[value]) for value, head in heads.items()], heads=heads)


def _counts_otherwise(seen: Seen | None, head: board.Head) -> bool:
    return seen is not None and seen.count is not None and seen.count != head.count


def _length(seen: Seen | None) -> int:
    return min(max(seen.cards if seen else 0, limits.BOARD_CARDS), DEEPEST)


def _left(changed: list[int], moment: datetime) -> set[int]:
    """Return the stages from which changed opportunities were moved since."""
    moves = OpportunityEvent.objects.filter(opportunity__in=changed, kind="moved", recorded_at__gt=moment).order_by()
    return {stage for stage in moves.values_list("details__from_stage", flat=True) if stage}
