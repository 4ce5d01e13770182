"""What happens to a planned activity of a lead: done, put off, called off."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from core import notices
from core.activities.models import following, whole_day
from leads.exceptions import ChangedMeanwhile
from leads.verbs import OUTGOING

GOES_ON = Q(lead__is_open=True) | Q(lead__converted_at__isnull=False, lead__merged_at__isnull=True)  # as Lead.goes_on says it


class ActivityVerbs:
    """The verbs of LeadActivity. Each moves a planned activity only; repeated, it changes nothing."""

    followed_by = None

    @transaction.atomic
    def done(self, *, at: datetime, by, outcome: str = "", reached: bool = False, then: Mapping | bool | None = None) -> bool:
        """Tick it off. A call, mail or meeting counts as an attempt to reach the lead.

        `then` plans what comes next: as `plan` takes it, False for nothing; unless said, a type that starts another one
        does so. It is `followed_by` then.
        """
        if not self._settle(done_at=at, done_by=by, outcome=outcome.strip()):
            return False
        self.lead.record("did", at=at, by=by, **self.told, outcome=self.outcome)
        if self.kind in OUTGOING:
            self.lead.contacted(at=at, by=by, reached=reached)
        if then is None and self.starts_another:
            then = following(self, at=at)
        if then and self.lead.goes_on:
            self.followed_by = self.lead.plan(**then, at=at, by=by, with_customer=True)
        return True

    @transaction.atomic
    def hand_to(self, person, *, at: datetime, by) -> bool:
        """Let a colleague do it. Raises ChangedMeanwhile when it is done or called off by now."""
        if person.pk == self.assignee_id:
            return False
        due_at = whole_day(self.due, person.zone) if self.all_day else self.due_at
        if not self._settle(assignee=person, due_at=due_at, reminded_at=None):
            raise ChangedMeanwhile(self.lead, ("activity",))
        self.lead.record("planned", at=at, by=by, **self.told, due_at=self.due.isoformat(), assignee=str(person))
        notices.notify(person, "activity_planned", about=self.lead, key=f"{self._meta.label_lower}:{self.pk}:{at.isoformat()}",
                       at=at, by=by, what=self.title)  # fmt: skip
        return True

    @transaction.atomic
    def cancel(self, *, at: datetime, by) -> bool:
        """Call it off."""
        if not self._settle(cancelled_at=at):
            return False
        self.lead.record("did", at=at, by=by, **self.told, cancelled=True)
        return True

    @transaction.atomic
    def put_off(self, due_at: datetime, *, at: datetime, by, all_day: bool | None = None) -> bool:
        """Move it to another moment; `all_day` says whether that is a whole day, else it stays what it was.

        Raises ChangedMeanwhile when it is done or called off by now.
        """
        all_day = self.all_day if all_day is None else all_day
        if (due_at, all_day) == (self.due_at, self.all_day):
            return False
        if not self._settle(due_at=due_at, all_day=all_day, reminded_at=None):
            raise ChangedMeanwhile(self.lead, ("activity",))
        self.lead.record("planned", at=at, by=by, **self.told, due_at=self.due.isoformat(), moved=True)
        return True

    def _settle(self, **changes) -> bool:
        rows = type(self)._base_manager.filter(pk=self.pk, done_at__isnull=True, cancelled_at__isnull=True)
        moved = rows.update(**changes) == 1
        self.refresh_from_db(fields=list(changes))
        if moved:
            self.lead.follow_activities()
        return moved
