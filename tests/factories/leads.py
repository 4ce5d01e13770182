"""Leads and what belongs to them, valid from as little as a test wants to say."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from core.models import CustomField
from leads import cleaning
from leads.models import Campaign, Criterion, DisqualifyReason, Lead, LeadActivity, Medium, Source
from teams.models import SalesTeam

_number = count(1)
MORNING = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)


def lead(name: str = "", *, owner=None, team: SalesTeam | None = None, at: datetime = MORNING, save: bool = True, **fields: Any) -> Lead:
    """Make an open lead captured `at`, of the owner's first team unless told otherwise, with its clock running."""
    if not name and not {"email", "phone", "company_name", "title", "message"} & set(fields):
        name = f"Lead {next(_number)}"
    team = team or (owner.seats[0].team if owner and owner.seats else default_team())
    if owner:
        fields = {"assigned_at": at, "first_assigned_at": at, **fields}
    made = Lead(**{
        "name": name, "owner": owner, "team": team, "channel": "web_form", "captured_at": at,
        "response_goal_at": at + team.response_goal, "response_limit_at": at + team.response_limit, **fields,
    })  # fmt: skip
    cleaning.derive(made)
    if "score" in fields and "temperature" not in fields:
        made.temperature = team.temperature_of(made.score)
    if save:
        made.save()
        made.refresh_from_db()
        if made.email_key:
            made.emails.create(key=made.email_key, email=made.email)
        if made.phone:
            made.phones.create(number=made.phone, e164=made.phone_e164)
        made.record("created", at=at, channel=made.channel, source=str(made.source or ""))
    return made


def default_team() -> SalesTeam:
    found = SalesTeam.objects.filter(is_default=True).first()
    return found or SalesTeam.objects.create(name="Sales", is_default=True)


def reason(name: str = "No budget", **fields: Any) -> DisqualifyReason:
    return DisqualifyReason.objects.get_or_create(name=name, defaults=fields)[0]


def source(name: str = "Website") -> Source:
    return Source.objects.get_or_create(name=name)[0]


def medium(name: str = "cpc") -> Medium:
    return Medium.objects.get_or_create(name=name)[0]


def campaign(name: str = "spring-fair") -> Campaign:
    return Campaign.objects.get_or_create(name=name)[0]


def activity(lead: Lead, *, kind: str = "call", at: datetime = MORNING, due_at: datetime | None = None, by=None, **fields) -> LeadActivity:
    """Plan something for the lead by its own verb, for tomorrow unless told otherwise."""
    return lead.plan(kind, due_at or at + timedelta(days=1), at=at, by=by or lead.owner, **fields)


def custom_field(key: str, *, label: str = "", type: str = "text", record: str = "lead", **fields: Any) -> CustomField:
    return CustomField.objects.create(record=record, key=key, label=label or key.capitalize(), type=type, **fields)


def criterion(name: str = "Large", conditions: dict | None = None, *, team: SalesTeam, **fields: Any) -> Criterion:
    """Say what a team's ideal customer is; a company of a hundred people unless told otherwise."""
    large = {"all": [{"field": "company_size", "op": "gte", "value": 100}]}
    return Criterion.objects.create(team=team, name=name, conditions=conditions or large, **fields)
