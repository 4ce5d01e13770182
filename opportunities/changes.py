"""What changed on a board since a moment: the columns it touches, with their heads, order and changed cards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from core import limits
from opportunities import board, cards
from opportunities.models import Opportunity, OpportunityEvent, Stage
from opportunities.scope import Scope

OVERLAP = timedelta(
    seconds=10
)  # a change may be committed some seconds after the moment it carries; told twice is harmless
FURTHEST_BACK = timedelta(minutes=10)  # a page that slept longer is drawn anew
DEEPEST = 60  # cards of a column that are kept up to date
MOST = 200  # changed opportunities; more, and the page is drawn anew


@dataclass
class Changes:
    """The touched columns. `html` holds changed cards and those that may have come into view."""

    columns: list[board.Column] = field(default_factory=list)
    html: dict[int, str] = field(default_factory=dict)
    heads: dict[int, board.Head] = field(default_factory=dict)
    has_closed: bool = False
    is_too_much: bool = False


def since(scope: Scope, moment: datetime, *, shown: Mapping[int, int], at: datetime) -> Changes:
    """Return what a board that knows how things were at `moment` has to change; `shown` counts its cards by stage."""
    if moment < at - FURTHEST_BACK:
        return Changes(is_too_much=True)
    moment -= OVERLAP
    rows = Opportunity.objects.filter(pipeline=scope.pipeline, changed_at__gt=moment).order_by()
    changed = {pk: (stage, state) for pk, stage, state in rows.values_list("pk", "stage_id", "state")[: MOST + 1]}
    if len(changed) > MOST:
        return Changes(is_too_much=True)
    if not changed:
        return Changes()
    touched = {stage for stage, _state in changed.values()} | _left(list(changed), moment)
    stages = [stage for stage in scope.stages if stage.pk in touched]
    return _of(scope, stages, changed, shown=shown, at=at)


def _left(changed: list[int], moment: datetime) -> set[int]:
    """Return the stages from which changed opportunities were moved since."""
    moves = OpportunityEvent.objects.filter(opportunity__in=changed, kind="moved", recorded_at__gt=moment).order_by()
    return {stage for stage in moves.values_list("details__from_stage", flat=True) if stage}


def _of(
    scope: Scope, stages: list[Stage], changed: dict[int, tuple[int, str]], *, shown: Mapping[int, int], at: datetime
) -> Changes:
    heads = board.heads(scope, scope.stages, today=timezone.localdate(at))
    counts = {stage.pk: min(max(shown.get(stage.pk, 0), limits.BOARD_CARDS), DEEPEST) for stage in stages}
    keys = board.first_cards(scope, stages, limit=max(counts.values(), default=limits.BOARD_CARDS))
    columns = [board.Column(heads[stage.pk], keys.get(stage.pk, [])[: counts[stage.pk]]) for stage in stages]
    found = Changes(columns, heads=heads)
    wanted = {key for column in found.columns for key in column.keys if key in changed}
    for column in found.columns:  # as many as changed may have come into view at the end
        wanted.update(column.keys[-len(changed) :])
    found.html = cards.render(sorted(wanted), scope.user, scope.stages, at=at)
    found.has_closed = any(state != Opportunity.State.OPEN for _stage, state in changed.values())
    return found
