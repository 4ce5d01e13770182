"""Rules and leads on their way through them, valid from as little as a test wants to say."""

from datetime import datetime
from itertools import count
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from assignment import versions
from assignment.models import AssignmentRule, QualificationRule, RuleVersion
from leads.models import Lead
from tests.factories import leads as factories

_position = count(1)


def qualification_rule(outcome: str = "accept", conditions: dict | None = None, *, name: str = "", team=None, **fields: Any) -> QualificationRule:
    number = next(_position)
    return QualificationRule.objects.create(
        name=name or f"Rule {number}", position=number, conditions=conditions or {}, outcome=outcome, team=team, **fields
    )


def assignment_rule(conditions: dict | None = None, *, name: str = "", team=None, **fields: Any) -> AssignmentRule:
    number = next(_position)
    return AssignmentRule.objects.create(name=name or f"Rule {number}", position=number, conditions=conditions or {}, team=team, **fields)


def rule_version(kind: str = "assignment", *, team=None, at: datetime = factories.MORNING) -> RuleVersion:
    """Keep a list as it stands now, as the first change to it does."""
    with transaction.atomic():
        versions.begin(kind, team.pk if team else None, at=at)
    return RuleVersion.objects.filter(kind=kind, team=team).latest("number")


def due_lead(name: str = "", *, team=None, at: datetime = factories.MORNING, **fields: Any) -> Lead:
    """Make a lead as capture leaves it: its steps after capture are due."""
    lead = factories.lead(name, team=team, at=at, **fields)
    Lead.objects.filter(pk=lead.pk).update(qualify_due_at=Now())
    lead.refresh_from_db()
    return lead


def waiting_leads(number: int, team, *, at: datetime = factories.MORNING, **fields: Any) -> list[Lead]:
    """Make accepted leads nobody has yet, in few statements."""
    return Lead.objects.bulk_create(
        [Lead(**({"name": f"Lead {n}", "team": team, "channel": "import", "captured_at": at, "qualification": "accept",
                  "search": f"lead {n}"} | fields)) for n in range(number)]
    )  # fmt: skip
