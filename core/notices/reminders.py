"""Reminding people of what they planned: a notice some minutes before an activity falls due, each moment once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, DateTimeField, DurationField, ExpressionWrapper, F, Value, When
from django.db.models.functions import Coalesce

from core.notices.models import NoticeWishes
from core.notices.verbs import gathered, notify

AT_ONCE = 500
LONGEST_BEFORE = timedelta(days=1)
FORGIVEN = timedelta(days=1)  # what fell due longer ago is overdue on the page Today, not news
MORNING = timedelta(hours=8)  # when a whole day's activity is due, counted from its midnight
PER_MINUTE = timedelta(minutes=1)


def remind(model, subject: str, *, at: datetime) -> int:
    """Remind of planned activities of one table whose moment comes near; returns of how many."""
    minutes = Coalesce(F("assignee__notice_wishes__remind_minutes"), NoticeWishes().remind_minutes)
    before = ExpressionWrapper(minutes * Value(PER_MINUTE), output_field=DurationField())
    begins = Case(
        When(all_day=True, then=F("due_at") + Value(MORNING)), default=F("due_at"), output_field=DateTimeField()
    )
    rows = (
        model.objects.planned()
        .filter(
            reminded_at__isnull=True,
            assignee__is_active=True,
            due_at__lte=at + LONGEST_BEFORE,
            due_at__gt=at - FORGIVEN,
        )
        .annotate(remind_at=ExpressionWrapper(begins - before, output_field=DateTimeField()))
        .filter(remind_at__lte=at)
        .select_related(subject)
        .order_by("due_at", "pk")
    )
    with transaction.atomic(), gathered(f"{model._meta.label_lower}:{at:%Y%m%d%H%M%S}", at_most=5):
        due = list(rows.select_for_update(of=("self",), no_key=True, skip_locked=True)[:AT_ONCE])
        model.objects.filter(pk__in=[activity.pk for activity in due]).update(reminded_at=at)
        for activity in due:
            record = getattr(activity, subject)
            if getattr(record, "goes_on", record.is_open):
                key = f"{model._meta.label_lower}:{activity.pk}:{activity.due_at.timestamp():.0f}"
                notify(activity.assignee_id, "activity_due", about=record, key=key, at=at, what=activity.title,
                       due_at=activity.due_at.isoformat())  # fmt: skip
    return len(due)
