"""The leads' vocabulary of questions; they chain and work from a relation (`nora.leads.open()`)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from teams.visibility import VisibleQuerySet

ROW = (
    "name", "title", "email", "phone", "company_name", "score", "channel", "country", "captured_at", "first_contacted_at",
    "response_goal_at", "response_limit_at", "next_activity_at", "is_open", "qualification", "come_back_at", "sql_at", "converted_at",
    "disqualified_at", "archived_at", "merged_at", "name_key", "company_key", "email_key", "phone_e164", "version",
    "source__name", "owner__name", "owner__hue", "team__name", "team__hot_from", "team__warm_from", "team__response_goal",
    "team__response_limit",
)  # fmt: skip


PUT_OFF = Q(qualification="nurture", come_back_at__isnull=False)


class LeadQuerySet(VisibleQuerySet):
    def open(self):
        return self.filter(is_open=True)

    def going_on(self):
        """Leave those with which something may still be planned: open ones, and customers by now (as Lead.goes_on says)."""
        return self.filter(Q(is_open=True) | Q(converted_at__isnull=False, merged_at__isnull=True))

    def hottest_first(self):
        return self.order_by(F("score").desc(nulls_last=True), "-pk")

    def newest_first(self):
        return self.order_by("-captured_at", "-pk")

    def unassigned(self):
        return self.open().filter(owner__isnull=True)

    def hot(self):
        return self.open().filter(temperature="hot")

    def waiting_for_first_reply(self):
        """Open leads nobody has tried to reach, without those that come back on a later day."""
        return self.open().filter(~PUT_OFF, first_contacted_at__isnull=True)

    def to_qualify(self):
        """Leads whose steps after capture are due and not being worked on, by the database's clock."""
        return self.filter(
            Q(qualify_lease_until__isnull=True) | Q(qualify_lease_until__lt=Now()),
            qualify_due_at__lte=Now(), qualify_stuck_at__isnull=True,
        )

    def captured_between(self, start: datetime, end: datetime):
        return self.filter(captured_at__gte=start, captured_at__lt=end)

    def for_list(self, *, also: Iterable[str] = ()):
        """Read what a list row shows, and no more, without a query per row. `also` names what chosen columns need."""
        beside = {name.partition("__")[0] for name in also if "__" in name}
        return self.select_related("owner", "source", "team", *beside).only(*ROW, *also).fetch_mode(models.FETCH_PEERS)
