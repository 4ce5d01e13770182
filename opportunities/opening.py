"""How an opportunity begins: from a lead, or on its own."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import models

from core import business
from core.inserts import insert, insert_all
from core.models import CustomField
from core.prepared import Prepared
from core.transactions import joined
from opportunities import lifecycle
from opportunities.exceptions import NoPipeline
from opportunities.news import tell_boards
from teams.models import SalesTeam

if TYPE_CHECKING:
    from leads.models import Lead
    from opportunities.models import Opportunity, Pipeline, Stage


WISH = 60  # letters of a message in a name
_ENDS = re.compile(r"(?<=[.!?])\s+|\s*\n\s*")  # of sentences
FIRST_LINES = ("opened", "attached")  # of the story of an opportunity that began with a lead


class OpeningVerbs:
    """The verbs of Opportunity.objects."""

    @joined()
    def open_new(
        self, *, name: str, team, at: datetime, by=None, stage: "Stage | None" = None, owner=None, company=None, contact=None,
        expected: Decimal = Decimal(0), currency: str = "", close_date: date | None = None, **columns: Any,
    ) -> "Opportunity":  # fmt: skip
        """Open an opportunity in the first stage of the team's pipeline, or in the given one. Raises NoPipeline."""
        given = {"company": company, "contact": contact, "expected": expected, "currency": currency, "close_date": close_date, **columns}
        opportunity = self._store(stage or first_stage(team), at=at, name=name, team=team, owner=owner, created_by=by, **given)
        insert_all(self._lines(opportunity, (FIRST_LINES[0], _opened(opportunity)), by=by))
        lifecycle.follow(company, contact)
        return opportunity

    @joined()
    def open_from(
        self, lead: "Lead", *, at: datetime, by=None, name: str = "", expected: Decimal | None = None, stage: "Stage | None" = None,
        team=None, tags: Iterable[int] | None = None, later: list[models.Model] | None = None, **given: Any,
    ) -> "Opportunity":  # fmt: skip
        """Open an opportunity that carries on where a lead ends: its wish, amount, origin, tags, score and fields.

        What becomes of the customer's status is the caller's to say. `tags` are the lead's where they were read already;
        `later` takes the rows that go with it, which the caller writes. Raises NoPipeline.
        """
        team = team or lead.team
        opportunity = self._store(
            stage or first_stage(team), at=at, created_by=by, team=team, name=name or name_of(lead),
            expected=lead.expected_revenue or Decimal(0) if expected is None else expected,
            source_id=lead.source_id, medium_id=lead.medium_id, campaign_id=lead.campaign_id, score=lead.score, stars=lead.stars,
            custom=_shared_fields(lead.custom), is_demo=lead.is_demo, **given,
        )  # fmt: skip
        if tags is None:
            tags = lead.tags.through.objects.filter(lead=lead).values_list("tag_id", flat=True)
        attached = {"lead": lead.pk, "name": str(lead), "opened": True}
        rows = [self.model.tags.through(opportunity=opportunity, tag_id=tag) for tag in tags]
        rows += self._lines(opportunity, *zip(FIRST_LINES, (_opened(opportunity), attached), strict=True), by=by)
        if later is None:
            insert_all(rows)
        else:
            later += rows
        return opportunity

    def _store(self, stage: "Stage", *, at: datetime, name: str, team, expected: Decimal, currency: str = "", **columns: Any):
        opportunity = self.model(
            name=name.strip()[:300], pipeline_id=stage.pipeline_id, stage=stage, stage_since=at, team=team, expected=expected,
            amount_open=expected, currency=currency or team.currency or business.get("currency"), probability=stage.probability,
            opened_at=at, **columns,
        )  # fmt: skip
        insert(opportunity)
        tell_boards(opportunity.pipeline_id)
        return opportunity

    def _lines(self, opportunity: "Opportunity", *lines: tuple[str, dict], by) -> list[models.Model]:
        """Return the first lines of its story."""
        event = opportunity.events.model
        return [
            event(opportunity=opportunity, kind=kind, occurred_at=opportunity.opened_at, actor=by, details=details)
            for kind, details in lines
        ]


def _opened(opportunity: "Opportunity") -> dict[str, str]:
    return {"stage": opportunity.stage.name, "amount": f"{opportunity.expected}", "currency": opportunity.currency}


def name_of(lead: "Lead") -> str:
    """Return what an opportunity from this lead is called unless somebody says otherwise: by what it wants, else by who it is.

    A title stands alone, as the customer is shown beside it; the first words of a message say too little without one.
    """
    if lead.title:
        return lead.title
    who, wish = lead.company_name or str(lead), _first_words(lead.message)
    return f"{who} – {wish}" if wish and wish != who else who


def _first_words(message: str) -> str:
    """Return the first sentence of a message that is more than a greeting, cut so that a name is read at a glance."""
    sentences = [" ".join(one.split()) for one in _ENDS.split(message.strip())]
    sentence = next((one for one in sentences if one.count(" ") > 1), sentences[0])
    if len(sentence) <= WISH:
        return sentence.rstrip(" .,:;")
    whole = sentence[:WISH].rpartition(" ")[0] or sentence[:WISH]
    return f"{whole.rstrip(' .,:;')}…"


def first_stage(team) -> "Stage":
    """Return where new opportunities of a team begin. Raises NoPipeline. Two queries."""
    for pipeline in pipelines_of(team):
        if stages := stages_of(pipeline):
            return stages[0]
    raise NoPipeline


def pipelines_of(team) -> "list[Pipeline]":
    """Return the pipelines a team works with, its own first."""
    return _PIPELINES.rows(team.pk)


def stages_of(pipeline: "Pipeline") -> "list[Stage]":
    """Return the stages of a pipeline that are in use, in their order."""
    stages = _STAGES.rows(pipeline.pk)
    for stage in stages:
        stage.pipeline = pipeline
    return stages


def _pipelines(team: int) -> "models.QuerySet[Pipeline]":
    from opportunities.models import Pipeline

    return Pipeline.objects.for_team(SalesTeam(pk=team))


def _stages(pipeline: int) -> "models.QuerySet[Stage]":
    from opportunities.models import Stage

    return Stage.objects.filter(pipeline=pipeline).active().in_order()


_PIPELINES = Prepared(_pipelines)
_STAGES = Prepared(_stages)


def _shared_fields(custom: dict) -> dict:
    """Keep the values of fields that opportunities have too."""
    return {key: custom[key] for key in _FIELDS.rows() if key in custom} if custom else {}


_FIELDS = Prepared(lambda: CustomField.objects.filter(record="opportunity", is_active=True).values_list("key", flat=True))
