"""What changed on a board since a moment: the columns it touches, with their heads, order and changed cards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from core import limits
from core.prepared import Prepared
from opportunities import board, cards, grouping
from opportunities.models import Opportunity, OpportunityEvent
from opportunities.scope import Scope

OVERLAP = timedelta(seconds=10)  # a change may be committed some seconds after the moment it carries
FURTHEST_BACK = timedelta(minutes=10)  # a page that slept longer is drawn anew
DEEPEST = 500  # cards of a column that are kept up to date
MOST = 1000  # changed opportunities; more, and the page is drawn anew


class Seen(NamedTuple):
    """What an open board shows of a column: its cards, and the number its head says (None: it didn't tell)."""

    cards: int
    count: int | None = None


class _Changed(NamedTuple):
    stage: int
    state: str
    version: int


@dataclass
class Changes:
    """The touched columns. `html` holds changed cards and those that may have come into view."""

    columns: list[board.Column] = field(default_factory=list)
    html: dict[int, str] = field(default_factory=dict)
    heads: Mapping[Any, board.Head] = field(default_factory=dict)
    has_closed: bool = False
    is_too_much: bool = False
    told: Mapping[int, int] = field(default_factory=dict)  # {key: version} of all within the overlap, which next time are no news


def since(
    scope: Scope, moment: datetime, *, shown: Mapping[str, Seen], at: datetime, have: Mapping[int, int] | None = None,
    told: Mapping[int, int] | None = None,
) -> Changes:  # fmt: skip
    """Return what a board that knows how things were at `moment` has to change.

    `shown` says what it has of each column, `have` the version of each of its cards (None: it didn't tell), `told` which
    changes it heard of before. What left without a trace (an opening taken back, a share withdrawn) or went out of sight
    shows by the numbers of the heads.
    """
    if moment < at - FURTHEST_BACK:
        return Changes(is_too_much=True)
    moment -= OVERLAP
    tells_all = bool(shown) and all(seen.count is not None for seen in shown.values())
    if tells_all and scope.narrowing is None:
        rows = _CHANGED.rows(*scope.keys, moment, most=MOST + 1, **scope.words)
    else:
        rows = _facts(scope.rows() if tells_all else Opportunity.objects.filter(pipeline=scope.pipeline), moment, MOST + 1)
    changed = {pk: _Changed(*facts) for pk, *facts in rows}
    if len(changed) > MOST:
        return Changes(is_too_much=True)
    latest = {pk: one.version for pk, one in changed.items()}
    changed = {pk: one for pk, one in changed.items() if (told or {}).get(pk) != one.version}
    left = _left(list(changed), moment) if changed and not tells_all and scope.by == "stage" else set()
    found = _by_stage(scope, changed, left, shown, at) if scope.by == "stage" else _by_group(scope, changed, shown, at)
    found.told = latest
    if not found.columns:
        return found
    fresh: set[int] = set()
    for column in found.columns:
        fresh.update(_fresh(column, changed, have, shown.get(str(column.stage.pk), Seen(0))))
    found.html = cards.render(sorted(fresh), scope.user, scope.stages, at=at)
    found.has_closed = any(one.state != Opportunity.State.OPEN for one in changed.values())
    return found


def _facts(rows: QuerySet, moment: datetime, most: int) -> QuerySet:
    return rows.filter(changed_at__gt=moment).order_by().values_list("pk", "stage_id", "state", "version")[:most]


_CHANGED = Prepared(lambda *keys, most, **words: _facts(Scope.like(*keys[:-1], **words).rows(), keys[-1], most))


def _fresh(column: board.Column, changed: Mapping[int, _Changed], have: Mapping[int, int] | None, seen: Seen) -> list[int]:
    """Return the cards of a column to send along: those the board doesn't have as they are now.

    When it doesn't say which it has, changed ones, and as many at the end as may have come into view.
    """
    if have is not None:
        return [key for key in column.keys if key not in have or (key in changed and have[key] != changed[key].version)]
    gone = max(0, (seen.count or 0) - column.head.count)
    return [*(key for key in column.keys if key in changed), *column.keys[-(len(changed) + gone) :]]


def _by_stage(scope: Scope, changed: Mapping[int, _Changed], left: set[int], shown: Mapping[str, Seen], at: datetime) -> Changes:
    if shown.keys() - {str(stage.pk) for stage in scope.stages}:
        return Changes(is_too_much=True)  # a stage went
    heads = board.heads(scope, scope.stages, today=timezone.localdate(at))
    touched = {one.stage for one in changed.values()} | left
    touched |= {pk for pk, head in heads.items() if _counts_otherwise(shown.get(str(pk)), head)}
    stages = [stage for stage in scope.stages if stage.pk in touched]
    counts = {stage.pk: _length(shown.get(str(stage.pk))) for stage in stages}
    keys = board.first_cards(scope, stages, limit=max(counts.values(), default=limits.BOARD_CARDS))
    return Changes([board.Column(heads[stage.pk], keys.get(stage.pk, [])[: counts[stage.pk]]) for stage in stages], heads=heads)


def _by_group(scope: Scope, changed: Mapping[int, _Changed], shown: Mapping[str, Seen], at: datetime) -> Changes:
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
    """Tell whether a column's head says another number, or less than it shows cards."""
    return seen is not None and (seen.cards > head.count or (seen.count is not None and seen.count != head.count))


def _length(seen: Seen | None) -> int:
    return min(max(seen.cards if seen else 0, limits.BOARD_CARDS), DEEPEST)


def _left(changed: list[int], moment: datetime) -> set[int]:
    """Return the stages from which changed opportunities were moved since."""
    moves = OpportunityEvent.objects.filter(opportunity__in=changed, kind="moved", recorded_at__gt=moment).order_by()
    return {stage for stage in moves.values_list("details__from_stage", flat=True) if stage}
