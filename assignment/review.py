"""Leads somebody has to look at, one after the other: worth selling to, not now, or never. Each answer is a decision by hand."""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from assignment import routing
from assignment.models import Decision
from core import undo
from leads.models import DisqualifyReason, Lead
from leads.undoing import ENDING

SAID = ("sql_at", "mql_at", "qualification", "qualified_at", "come_back_at", "qualify_due_at")
OWNED = ("owner", "team", "assigned_at", "first_assigned_at", "response_goal_at", "response_limit_at")
ORDER = (F("score").desc(nulls_last=True), "captured_at", "pk")


def queue(user) -> QuerySet[Lead]:
    """Return the open leads nobody has judged yet: one's own, and those in the pool one sees. The hottest first, then the oldest."""
    judged = Q(sql_at__isnull=False) | Q(qualification="nurture")
    decided = Q(qualification__in=["keep", "accept"]) | Q(qualification="", qualify_due_at__isnull=True) | Q(qualify_stuck_at__isnull=False)
    mine_or_nobodys = Q(owner=user) | Q(owner__isnull=True) & ~Q(qualification="accept")
    return Lead.objects.visible_to(user).open().filter(decided, mine_or_nobodys).exclude(judged).order_by(*ORDER)


def after(rows: QuerySet[Lead], lead: Lead | None) -> Lead | None:
    """Return the lead that follows another in the queue, which may have left it; at the end the first one again."""
    if lead is not None:
        same = Q(captured_at__gt=lead.captured_at) | Q(captured_at=lead.captured_at, pk__gt=lead.pk)
        if lead.score is None:
            further = Q(score__isnull=True) & same
        else:
            further = Q(score__lt=lead.score) | Q(score__isnull=True) | Q(score=lead.score) & same
        if found := rows.filter(further).first():
            return found
    return rows.first()


def qualify(lead: Lead, *, at: datetime, by) -> undo.Recorder:
    """Say that a lead is worth selling to: its SQL moment. One that nobody has goes to somebody by the rules.

    Raises LeadNotOpen.
    """
    with undo.recording("lead_reviewed", at=at, by=by, lead=lead.pk) as change:
        change.touching(lead, *SAID, *OWNED)
        lead.qualify(at=at, by=by)
        _record(lead, "accept", at=at, by=by)
        if lead.owner_id is None:
            routing.assign(lead, at=at, by=by)
            lead.refresh_from_db()
    return change


def come_back(lead: Lead, on: datetime, *, at: datetime, by) -> undo.Recorder:
    """Put a lead off until a moment; then the rules decide about it again. Raises LeadNotOpen."""
    with undo.recording("lead_reviewed", at=at, by=by, lead=lead.pk) as change:
        change.touching(lead, *SAID)
        lead.put_off(on, at=at, by=by)
        _record(lead, "nurture", at=at, by=by, until=on.isoformat())
    return change


def disqualify(lead: Lead, reason: DisqualifyReason, note: str, *, at: datetime, by) -> undo.Recorder:
    """Say that a lead won't buy, and why. Raises LeadNotOpen, NoteNeeded."""
    with undo.recording("lead_disqualified", at=at, by=by, lead=lead.pk) as change:
        change.touching(lead, *ENDING)
        lead.disqualify(reason, note=note, at=at, by=by)
    return change


def _record(lead: Lead, outcome: str, *, at: datetime, by, **values: str) -> None:
    Decision.objects.create(
        lead=lead, kind=Decision.Kind.QUALIFICATION, outcome=outcome, reason="said", values={"name": str(by), **values}, details={}, by=by,
        team_id=lead.team_id, at=at, last_tried_at=at,
    )  # fmt: skip
