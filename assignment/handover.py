"""Hand somebody's whole book over in one act: open leads, open deals and planned activities, taken back in one too.

Among several takers each kind goes in turns, oldest first, so that their numbers differ by one at most. An activity goes
with its record; one that hangs on a colleague's record goes to that colleague.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.functions import Now

from assignment import news
from assignment.models import Decision
from core import notices, undo
from core.models import Change, ChangeRow
from leads.activities import GOES_ON
from leads.bulk import Batch
from leads.models import Lead, LeadActivity
from opportunities.models import Opportunity, OpportunityActivity, OpportunityEvent
from teams.models import User

LEAD, DEAL, ACTIVITY = ("owner", "team", "assigned_at"), ("owner", "team"), ("assignee",)


@dataclass(frozen=True)
class Book:
    """What one person has in hand, as far as somebody may hand it on."""

    leads: models.QuerySet
    deals: models.QuerySet
    lead_activities: models.QuerySet
    deal_activities: models.QuerySet

    def count(self) -> dict[str, int]:
        """Return the numbers of leads, deals and activities."""
        activities = self.lead_activities.count() + self.deal_activities.count()
        return {"leads": self.leads.count(), "deals": self.deals.count(), "activities": activities}


def book_of(person: User, *, by: User) -> Book:
    """Return a person's book, limited to what `by` sees: a manager that of the own teams, an administrator all."""
    leads, deals = Lead.objects.visible_to(by).open(), Opportunity.objects.visible_to(by).open()
    return Book(
        leads.filter(owner=person), deals.filter(owner=person),
        LeadActivity.objects.planned().filter(GOES_ON, assignee=person, lead__in=Lead.objects.visible_to(by)),
        OpportunityActivity.objects.planned().filter(assignee=person, opportunity__in=deals),
    )  # fmt: skip


def hand_over(person: User, takers: Sequence[User], *, at: datetime, by: User, reason: str = "") -> tuple[Change, dict[str, int]]:
    """Give a person's whole book to others; returns the change that takes it back, and what was handed on.

    Repeated, there is nothing left to hand on. Leads and deals that end meanwhile stay as they are.
    """
    if not takers or person in takers:
        raise ValueError("somebody else must take it")
    book = book_of(person, by=by)
    with undo.recording("hand_over", at=at, by=by, person=person.pk) as recorder:
        rows = _Rows(recorder.change)
        given = _leads(person, book, takers, at, by, reason.strip(), rows)
        deals = _deals(person, book, takers, at, by, rows)
        activities = _activities(book.lead_activities, "lead", takers, rows)
        activities += _activities(book.deal_activities, "opportunity", takers, rows)
        rows.write()
    told = {"leads": sum(given.values()), "deals": sum(deals.values()), "activities": activities}
    for taker in takers:
        news.book_handed(taker, person, given[taker.pk] + deals[taker.pk], recorder.change, at=at, by=by)
    return recorder.change, told


class _Rows:
    """The before- and after-images of many rows, written in one statement."""

    def __init__(self, change: Change):
        self.change, self.rows = change, []

    def add(self, row: models.Model, before: dict[str, Any], names: tuple[str, ...]) -> None:
        self.rows.append(ChangeRow(change=self.change, model=row._meta.label_lower, row=row.pk, before=before, after=undo.image(row, names)))

    def write(self) -> None:
        ChangeRow.objects.bulk_create(self.rows, batch_size=1000)


def _leads(person: User, book: Book, takers: Sequence[User], at: datetime, by: User, said: str, rows: _Rows) -> dict[int, int]:
    """Give the leads to the takers in turns, with an event and a decision each; returns how many each got."""
    held = book.leads.select_related("team").order_by("captured_at", "pk").select_for_update(no_key=True, of=("self",))
    batch, before, got = Batch(at=at, by=by), {}, {}
    leads = list(held)
    for lead, taker in zip(leads, cycle(takers), strict=False):
        before[lead.pk], got[lead.pk] = undo.image(lead, LEAD), taker.pk
        values = {"name": str(by), "said": said, "owner": str(taker)}
        batch.record(
            lead, "assigned", to=taker.pk, name=str(taker), team=lead.team.name, before=str(person), why={"code": "by_hand", "values": values},
        )  # fmt: skip
        batch.add(
            Decision, lead, kind=Decision.Kind.ASSIGNMENT, outcome="assigned", reason="by_hand", values=values, details={},
            team_id=lead.team_id, owner_id=taker.pk, by_id=by.pk, tries=1, at=at, last_tried_at=at,
        )  # fmt: skip
        batch.change(lead, owner_id=taker.pk, assigned_at=at, first_assigned_at=lead.first_assigned_at or at)
    with notices.muted():  # the takers are told once, of everything
        stored = batch.flush()
    for lead in leads:
        if lead.pk in stored:
            rows.add(lead, before[lead.pk], LEAD)
    return _numbers(takers, [got[pk] for pk in stored])


def _deals(person: User, book: Book, takers: Sequence[User], at: datetime, by: User, rows: _Rows) -> dict[int, int]:
    deals = list(book.deals.order_by("opened_at", "pk").select_for_update(no_key=True, of=("self",)))
    events, theirs = [], {taker.pk: [] for taker in takers}
    for deal, taker in zip(deals, cycle(takers), strict=False):
        before = undo.image(deal, DEAL)
        deal.owner_id = taker.pk
        rows.add(deal, before, DEAL)
        theirs[taker.pk].append(deal.pk)
        details = {"to": taker.pk, "name": str(taker), "before": str(person)}
        events.append(OpportunityEvent(opportunity=deal, kind="assigned", occurred_at=at, actor=by, details=details))
    for taker, keys in theirs.items():
        Opportunity.objects.filter(pk__in=keys).update(owner=taker, version=F("version") + 1, changed_at=Now())
    OpportunityEvent.objects.bulk_create(events, batch_size=1000)
    return {taker: len(keys) for taker, keys in theirs.items()}


def _activities(planned: models.QuerySet, record: str, takers: Sequence[User], rows: _Rows) -> int:
    """Give planned activities to whoever has their record now; where nobody has, to the first taker."""
    found = list(planned.select_related(record).order_by("pk").select_for_update(of=("self",)))
    theirs: dict[int, list[int]] = {}
    for activity in found:
        before = undo.image(activity, ACTIVITY)
        owner = getattr(activity, record).owner_id
        activity.assignee_id = takers[0].pk if owner in (None, activity.assignee_id) else owner
        rows.add(activity, before, ACTIVITY)
        theirs.setdefault(activity.assignee_id, []).append(activity.pk)
    for taker, keys in theirs.items():
        planned.model.objects.filter(pk__in=keys).update(assignee=taker)
    return len(found)


def _numbers(takers: Sequence[User], got: Iterable[int]) -> dict[int, int]:
    numbers = {taker.pk: 0 for taker in takers}
    for pk in got:
        numbers[pk] += 1
    return numbers
