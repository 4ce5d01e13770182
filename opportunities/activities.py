"""What was said and done about an opportunity, and what is planned next."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.timezone import localdate

from core import notices
from core.activities.models import due_where_done, following, planned_by, whole_day
from core.timeline import ActivityKind
from opportunities.exceptions import NothingSaid, OpportunityClosed

if TYPE_CHECKING:
    from opportunities.models import OpportunityActivity, OpportunityEvent


class ActivityVerbs:
    """The verbs of Opportunity about talking to the customer."""

    def note(self, text: str, *, at: datetime, by) -> "OpportunityEvent":
        """Keep what somebody has to say; closed ones too. Raises NothingSaid."""
        if not (text := text.strip()):
            raise NothingSaid(self)
        return self.record("noted", at=at, by=by, text=text)

    def log_call(self, outcome: str, note: str = "", *, at: datetime, by) -> "OpportunityEvent":
        """Note a call that was made: reached, voicemail …"""
        return self.record("called", at=at, by=by, outcome=str(outcome), note=note.strip())

    @transaction.atomic
    def plan(
        self, kind: str, due_at: datetime, *, at: datetime, by=None, summary: str = "", note: str = "", assignee=None,
        all_day: bool = False,
    ) -> "OpportunityActivity":  # fmt: skip
        """Plan an activity, for oneself unless somebody else is named. Raises OpportunityClosed."""
        self.hold()
        if not self.is_open:
            raise OpportunityClosed(self)
        person = assignee or by or self.owner
        activity = self.activities.create(
            **planned_by(kind, summary), due_at=due_where_done(due_at, person, all_day=all_day), all_day=all_day, note=note.strip(),
            assignee=person, created_by=by,
        )  # fmt: skip
        self.record(
            "planned", at=at, by=by, **activity.told, due_at=activity.due.isoformat(), assignee=str(activity.assignee or ""),
        )  # fmt: skip
        self.follow_activities()
        notices.notify(activity.assignee, "activity_planned", about=self, key=f"{activity._meta.label_lower}:{activity.pk}", at=at,
                       by=by or activity.assignee, what=activity.title)  # fmt: skip
        return activity

    def follow_activities(self) -> None:
        """Let the next-activity columns say what the first planned activity is; the day is that of the team's zone.

        A closed opportunity has no next one: what is planned rests, and goes on when it is opened again.
        """
        changes = next_columns(self.activities.planned().in_order()[:1] if self.is_open else [], self.team)
        if any(getattr(self, name) != value for name, value in changes.items()):
            self.keep(**changes)


class PlannedVerbs:
    """The verbs of OpportunityActivity. Each moves a planned activity only; repeated, it changes nothing."""

    followed_by = None

    @transaction.atomic
    def done(self, *, at: datetime, by, outcome: str = "", then: Mapping | bool | None = None) -> bool:
        """Tick it off. `then` is what comes next, as for an activity of a lead."""
        columns = {"done_at": at, "done_by": by, "outcome": outcome.strip()}
        if not self._settle("did", at=at, by=by, outcome=outcome.strip(), columns=columns):
            return False
        if then is None and self.starts_another:
            then = following(self, at=at)
        if then and self.opportunity.is_open:
            self.followed_by = self.opportunity.plan(**then, at=at, by=by)
        return True

    @transaction.atomic
    def hand_to(self, person, *, at: datetime, by) -> bool:
        """Let a colleague do it."""
        if person.pk == self.assignee_id:
            return False
        due_at = whole_day(self.due, person.zone) if self.all_day else self.due_at
        moved = self._settle("planned", at=at, by=by, assignee=str(person), due_at=self.due.isoformat(), columns={
            "assignee": person, "due_at": due_at, "reminded_at": None,
        })  # fmt: skip
        if moved:
            notices.notify(person, "activity_planned", about=self.opportunity, at=at, by=by, what=self.title,
                           key=f"{self._meta.label_lower}:{self.pk}:{at.isoformat()}")  # fmt: skip
        return moved

    @transaction.atomic
    def cancel(self, *, at: datetime, by) -> bool:
        """Call it off."""
        return self._settle("did", at=at, by=by, cancelled=True, columns={"cancelled_at": at})

    @transaction.atomic
    def put_off(self, due_at: datetime, *, at: datetime, by, all_day: bool | None = None) -> bool:
        """Move it to another moment; `all_day` says whether that is a whole day, else it stays what it was."""
        all_day = self.all_day if all_day is None else all_day
        said = localdate(due_at, self.zone) if all_day else due_at
        return self._settle("planned", at=at, by=by, due_at=said.isoformat(), moved=True, columns={
            "due_at": due_at, "all_day": all_day, "reminded_at": None,
        })  # fmt: skip

    def _settle(self, kind: str, *, at: datetime, by, columns: dict[str, Any], **details: Any) -> bool:
        self.opportunity.hold()
        rows = type(self)._base_manager.filter(pk=self.pk, done_at__isnull=True, cancelled_at__isnull=True)
        if not rows.update(**columns):
            return False
        self.refresh_from_db(fields=list(columns))
        self.opportunity.record(kind, at=at, by=by, **self.told, **details)
        self.opportunity.follow_activities()
        return True


def next_columns(planned: Sequence, team) -> dict[str, Any]:
    """Return what the next-activity columns say of planned activities, which come in their order."""
    first = next(iter(planned), None)
    if first is None:
        return {"next_activity_at": None, "next_activity_label": "", "next_activity_on": None, "next_is_whole_day": False}
    return {
        "next_activity_at": first.due_at, "next_is_whole_day": first.all_day, "next_activity_label": first.summary or str(ActivityKind(first.kind).label),
        "next_activity_on": first.due if first.all_day else first.due_at.astimezone(_zone(team)).date(),
    }  # fmt: skip


def _zone(team):
    import zoneinfo

    try:
        return zoneinfo.ZoneInfo(team.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return zoneinfo.ZoneInfo("UTC")
