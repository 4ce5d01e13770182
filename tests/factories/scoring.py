"""Closed leads and models for scoring, valid from as little as a test wants to say."""

from datetime import UTC, datetime, timedelta
from typing import Any

from leads.models import Lead
from scoring import training
from scoring.models import ScoringModel, Snapshot
from tests.factories import leads as factories

LONG_AGO = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def closed_lead(won: bool, *, fields: dict[str, Any] | None = None, at: datetime = LONG_AGO, days: float = 3, by=None, **facts: Any) -> Lead:
    """Make a lead captured `at` that ended `days` later, with the facts it had when it was first scored."""
    lead = factories.lead(at=at, **facts)
    if fields is not None:
        Snapshot.objects.create(lead=lead, fields=fields, taken_at=at)
    end = at + timedelta(days=days)
    if won:
        lead.mark_converted(at=end, by=by)
    else:
        lead.disqualify(factories.reason(), at=end, by=by)
    return lead


def history(won: int, lost: int, *, won_fields: dict[str, Any], lost_fields: dict[str, Any], at: datetime = LONG_AGO) -> list[Lead]:
    """Make closed leads, won and lost in turn, an hour apart, in few statements."""
    outcomes = sorted([(n / won, True) for n in range(won)] + [(n / lost, False) for n in range(lost)])
    team, reason = factories.default_team(), factories.reason()
    leads = Lead.objects.bulk_create([_ended(is_won, at + timedelta(hours=n), team, reason) for n, (_, is_won) in enumerate(outcomes)])
    Snapshot.objects.bulk_create(
        Snapshot(lead=lead, fields=won_fields if is_won else lost_fields, taken_at=lead.captured_at)
        for lead, (_, is_won) in zip(leads, outcomes, strict=True)
    )
    return leads


def _ended(won: bool, at: datetime, team, reason) -> Lead:
    end = at + timedelta(days=3)
    how = {"converted_at": end} if won else {"disqualified_at": end, "disqualify_reason": reason}
    return Lead(name="Somebody", team=team, channel="import", captured_at=at, **how)


def model(*, at: datetime = LONG_AGO + timedelta(days=90), **given: Any) -> ScoringModel:
    """Train on what there is and let it serve."""
    if not training.closed_leads().exists():
        history(30, 30, won_fields={"source": "Referral"}, lost_fields={"source": "Phone"})
    trained = training.train(at)
    for name, value in given.items():
        setattr(trained, name, value)
    if given:
        trained.save(update_fields=list(given))
    return trained
