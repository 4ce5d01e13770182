"""A score set by hand: it stands where the model's would, which goes on being kept beside it, until somebody lifts it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from leads import warmth
from leads.models import Lead
from scoring.models import HandScore


def standing(leads: Iterable[int]) -> dict[int, int]:
    """Return {lead: score by hand} of those that have one. One query."""
    return dict(HandScore.objects.filter(lead__in=list(leads), lifted_at__isnull=True).values_list("lead_id", "value"))


@transaction.atomic
def give(lead: Lead, value: int, why: str, *, at: datetime, by) -> HandScore:
    """Set a lead's score by hand; an earlier one by hand is lifted."""
    lead = _held(lead)
    _lift(lead, at=at, by=by)
    given = HandScore.objects.create(lead=lead, value=value, why=why, by=by, at=at)
    _show(lead, value, at=at, by=by)
    return given


@transaction.atomic
def lift(lead: Lead, *, at: datetime, by) -> bool:
    """Go back to the model's score; False when none was set by hand."""
    lead = _held(lead)
    if not _lift(lead, at=at, by=by):
        return False
    latest = lead.scores.order_by("-scored_at", "-pk").first()
    if latest is not None:
        _show(lead, latest.value, at=at, by=by)
    return True


def _held(lead: Lead) -> Lead:
    return Lead.objects.select_for_update(no_key=True, of=("self",)).select_related("team").get(pk=lead.pk)


def _lift(lead: Lead, *, at: datetime, by) -> bool:
    return bool(HandScore.objects.filter(lead=lead, lifted_at__isnull=True).update(lifted_at=at, lifted_by=by))


def _show(lead: Lead, value: int, *, at: datetime, by) -> None:
    before, was = lead.score, lead.temperature
    changes = {"score": value, **warmth.columns(lead, value, at=at)}
    for name, changed in changes.items():
        setattr(lead, name, changed)
    lead.save(update_fields=list(changes))
    if before != value:
        lead.record("scored", at=at, by=by, before=before, after=value, by_hand=True)
    if warmth.has_crossed(was, lead.temperature):
        lead.record("temperature", at=at, by=by, before=was, after=lead.temperature)
