"""What people are told about leads: handed over, the reply that is due, activities, pairs to look at."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField, DurationField, Exists, ExpressionWrapper, F, OuterRef, Value
from django.db.models.functions import Coalesce, Concat, Greatest, Least
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import notices
from core.models import Notice
from leads.models import Lead

AT_ONCE = 1000
NEAR_SHARE, NEAR_LEAST, NEAR_MOST = 0.2, timedelta(minutes=1), timedelta(minutes=30)
MISSED_WITHIN = timedelta(minutes=10)  # what was missed longer ago is on the page Today


def _assigned(values, n: int) -> str:
    if n > 1:
        return ngettext("%(n)s lead was assigned to you.", "%(n)s leads were assigned to you.", n) % {"n": n}
    if "by" in values:
        return _("%(by)s assigned %(subject)s to you.") % values
    return _("%(subject)s was assigned to you.") % values


def _taken(values, n: int) -> str:
    if n > 1:
        return ngettext(
            "%(n)s of your leads went to somebody else.", "%(n)s of your leads went to somebody else.", n
        ) % {"n": n}
    if values.get("name"):
        return _("%(subject)s went from you to %(name)s.") % values
    return _("%(subject)s went from you back to the team.") % values


def _near(values, n: int) -> str:
    if n > 1:
        return ngettext(
            "The goal for a first reply to %(n)s lead is near.", "The goal for a first reply to %(n)s leads is near.", n
        ) % {"n": n}
    return _("The goal for a first reply to %(subject)s is near.") % values


def _missed(values, n: int) -> str:
    if n > 1:
        return ngettext("%(n)s lead waits longer for a first reply than the goal allows.",
                        "%(n)s leads wait longer for a first reply than the goal allows.", n) % {"n": n}  # fmt: skip
    return _("%(subject)s waits longer for a first reply than the goal allows.") % values


def _due(values, n: int) -> str:
    if n > 1:
        return ngettext("%(n)s activity is due.", "%(n)s activities are due.", n) % {"n": n}
    return _("Due: %(what)s, %(subject)s.") % values


def _planned(values, n: int) -> str:
    if n > 1:
        return ngettext("%(n)s activity was planned for you.", "%(n)s activities were planned for you.", n) % {"n": n}
    return _("%(by)s planned for you: %(what)s, %(subject)s.") % values


def _back(values, n: int) -> str:
    if n > 1:
        return ngettext("%(n)s lead that was put off is back.", "%(n)s leads that were put off are back.", n) % {"n": n}
    if values.get("again"):
        return _("%(subject)s wrote again and is back: it was put off until later.") % values
    return _("%(subject)s is back: it was put off until now.") % values


def _pair(values, n: int) -> str:
    return ngettext("%(n)s new lead may be the same as one that is there. Look at the pair.",
                    "%(n)s new leads may be the same as ones that are there. Look at the pairs.", n) % {"n": n}  # fmt: skip


def register() -> None:
    notices.register("lead_assigned", gettext_lazy("A lead is assigned to me"), "user-plus", words=_assigned, topic="owner",
                     many_url="leads:leads", order=10)  # fmt: skip
    notices.register("lead_taken", gettext_lazy("A lead of mine goes to somebody else"), "arrow-right-left", words=_taken,
                     topic="owner", default="app", tells_of_loss=True, order=20)  # fmt: skip
    notices.register("response_near", gettext_lazy("The goal for a first reply is near"), "timer", words=_near, topic="response",
                     many_url="workspace:today", default="app", tone="warm", order=30)  # fmt: skip
    notices.register("response_missed", gettext_lazy("The goal for a first reply is missed"), "circle-alert", words=_missed,
                     topic="response", many_url="workspace:today", tone="bad", order=31)  # fmt: skip
    notices.register("activity_due", gettext_lazy("An activity is due"), "calendar-clock", words=_due,
                     many_url="workspace:today", order=40)  # fmt: skip
    notices.register("activity_planned", gettext_lazy("Somebody plans an activity for me"), "calendar", words=_planned,
                     many_url="workspace:today", default="app", order=41)  # fmt: skip
    notices.register("lead_back", gettext_lazy("A lead of mine that was put off is back"), "rotate-ccw", words=_back,
                     many_url="workspace:today", tone="care", order=25)  # fmt: skip
    notices.register("pair_to_review", gettext_lazy("A possible duplicate crosses teams"), "copy", words=_pair,
                     many_url="leads:pairs", default="app", order=80)  # fmt: skip


# ------------------------------------------------------------------ first replies


def watch_replies(*, at: datetime) -> int:
    """Tell owners whose leads near or miss the goal for a first reply; each lead once for each of both."""
    start = Greatest("captured_at", Coalesce("come_back_at", "captured_at"))  # of those that wait, whoever was put off is back
    near = ExpressionWrapper((F("response_goal_at") - start) * NEAR_SHARE, output_field=DurationField())
    waiting = Lead.objects.waiting_for_first_reply().filter(owner__is_active=True).annotate(
        warn_at=F("response_goal_at") - Coalesce("team__warn_before", Least(Greatest(near, Value(NEAR_LEAST)), Value(NEAR_MOST)))
    )  # fmt: skip
    soon = waiting.filter(response_goal_at__gt=at, warn_at__lte=at)
    late = waiting.filter(response_goal_at__lte=at, response_goal_at__gt=at - MISSED_WITHIN)
    late = late.exclude(assigned_at__gte=F("response_goal_at"))  # who got it late missed nothing
    told = 0
    with transaction.atomic(), notices.gathered(f"{at:%Y%m%d%H%M%S}", at_most=3):
        for kind, leads in (("response_near", soon), ("response_missed", late)):
            for lead in _not_told(leads, kind, at=at):
                notices.notify(lead.owner_id, kind, about=lead, key=f"{kind}:{lead.pk}", at=at)
                told += 1
    return told


def _not_told(leads, kind: str, *, at: datetime):
    """Leave out those of which their owner was told, alone or in a digest."""
    key = Concat(Value(f"{kind}:"), OuterRef("pk"), output_field=CharField())
    known = Notice.objects.filter(person=OuterRef("owner"), key=key)
    digests = Notice.objects.filter(kind=kind, n__gt=1, at__gt=at - NEAR_MOST - MISSED_WITHIN).values_list(
        "values__rows", flat=True
    )
    counted = {row for rows in digests for row in rows or ()}
    return leads.filter(~Exists(known)).exclude(pk__in=counted).order_by("response_goal_at", "pk")[:AT_ONCE]
