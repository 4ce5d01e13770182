"""How an opportunity begins: from a lead, or on its own."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from core import business
from opportunities import lifecycle
from opportunities.exceptions import NoPipeline
from opportunities.news import tell_boards

if TYPE_CHECKING:
    from leads.models import Lead
    from opportunities.models import Opportunity, Stage


class OpeningVerbs:
    """The verbs of Opportunity.objects."""

    @transaction.atomic
    def open_new(
        self, *, name: str, team, at: datetime, by=None, stage: "Stage | None" = None, owner=None, company=None, contact=None,
        expected: Decimal = Decimal(0), currency: str = "", close_date: date | None = None, **columns: Any,
    ) -> "Opportunity":  # fmt: skip
        """Open an opportunity in the first stage of the team's pipeline, or in the given one. Raises NoPipeline."""
        stage = stage or first_stage(team)
        opportunity = self.create(
            name=name.strip()[:300], company=company, contact=contact, pipeline_id=stage.pipeline_id, stage=stage, stage_since=at,
            owner=owner, team=team, created_by=by, expected=expected, amount_open=expected,
            currency=currency or team.currency or business.get("currency"), probability=stage.probability,
            close_date=close_date, opened_at=at, **columns,
        )  # fmt: skip
        opportunity.record(
            "opened", at=at, by=by, stage=stage.name, amount=f"{expected}", currency=opportunity.currency
        )
        tell_boards(stage.pipeline_id)
        lifecycle.follow(company, contact)
        return opportunity

    @transaction.atomic
    def open_from(
        self, lead: "Lead", *, at: datetime, by=None, name: str = "", expected: Decimal | None = None, **given: Any
    ):
        """Open an opportunity that carries on where a lead ends: its wish, amount, origin, tags, score and fields."""
        opportunity = self.open_new(
            at=at, by=by, name=name or name_of(lead), expected=lead.expected_revenue or Decimal(0) if expected is None else expected,
            source_id=lead.source_id, medium_id=lead.medium_id, campaign_id=lead.campaign_id, score=lead.score, stars=lead.stars,
            custom=_shared_fields(lead.custom), is_demo=lead.is_demo, **{"team": lead.team, **given},
        )  # fmt: skip
        opportunity.tags.set(lead.tags.all())
        opportunity.record("attached", at=at, by=by, lead=lead.pk, name=str(lead), opened=True)
        return opportunity


def name_of(lead: "Lead") -> str:
    """Return what an opportunity from this lead is called unless somebody says otherwise."""
    return lead.title or lead.company_name or str(lead)


def first_stage(team) -> "Stage":
    """Return where new opportunities of a team begin. Raises NoPipeline."""
    from opportunities.models import Pipeline

    for pipeline in Pipeline.objects.for_team(team):
        if stage := pipeline.stages.active().in_order().first():
            return stage
    raise NoPipeline


def _shared_fields(custom: dict) -> dict:
    """Keep the values of fields that opportunities have too."""
    from core.models import CustomField

    if not custom:
        return {}
    keys = CustomField.objects.filter(record="opportunity", is_active=True, key__in=custom).values_list(
        "key", flat=True
    )
    return {key: custom[key] for key in keys}
