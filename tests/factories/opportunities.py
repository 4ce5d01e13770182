"""Opportunities, pipelines and stages, valid from as little as a test wants to say."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from opportunities.models import LostReason, Opportunity, Pipeline, Stage
from tests.factories.leads import default_team

_number = count(1)
MORNING = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)


def pipeline(name: str = "", *, stages: tuple[tuple[str, str], ...] = (), teams: tuple = (), **fields: Any) -> Pipeline:
    """Make a pipeline with stages given as (name, probability)."""
    made = Pipeline.objects.create(name=name or f"Pipeline {next(_number)}", **fields)
    made.teams.set(teams)
    for position, (stage_name, probability) in enumerate(stages):
        Stage.objects.create(
            pipeline=made, name=stage_name, position=position, probability=Decimal(probability), rots_after=14
        )
    return made


def stages(pipeline: Pipeline | None = None) -> list[Stage]:
    """Return the stages in use, in order; of the first pipeline unless told otherwise."""
    return list((pipeline or Pipeline.objects.in_order().first()).stages.active().in_order())


def stage(name: str) -> Stage:
    return Stage.objects.get(name=name)


def opportunity(
    name: str = "",
    *,
    owner=None,
    team=None,
    expected: Decimal | int | str = 1000,
    at: datetime = MORNING,
    by=None,
    **fields: Any,
) -> Opportunity:
    """Open one by its own verb, in the first stage and of the owner's first team unless told otherwise."""
    team = team or (owner.seats[0].team if owner and owner.seats else default_team())
    return Opportunity.objects.open_new(
        name=name or f"Opportunity {next(_number)}",
        owner=owner,
        team=team,
        expected=Decimal(expected),
        at=at,
        by=by or owner,
        **fields,
    )


def lost_reason(name: str = "Price", **fields: Any) -> LostReason:
    return LostReason.objects.get_or_create(name=name, defaults=fields)[0]
