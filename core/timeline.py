"""What happened (Event) and what is planned (Activity); each subject has its own concrete table."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One thing that happened to its subject. Only ever added: the app's role may not update or delete it.

    `kind` and `details` are a code with values (JSON primitives); the sentence is worded when shown.
    """

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    occurred_at = models.DateTimeField()
    details = models.JSONField(default=dict, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    append_only = True

    class Meta:
        abstract = True


class ActivityKind(models.TextChoices):
    CALL = "call", _("Call")
    EMAIL = "email", _("E-mail")
    MEETING = "meeting", _("Meeting")
    TO_DO = "todo", _("To-do")


class ActivityQuerySet(models.QuerySet):
    def planned(self):
        return self.filter(done_at__isnull=True, cancelled_at__isnull=True)

    def overdue(self, at: datetime):
        return self.planned().filter(due_at__lt=at)

    def in_order(self):
        return self.order_by("due_at", "pk")


class Activity(models.Model):
    """Something somebody means to do by a moment; done or cancelled by a timestamp."""

    kind = models.CharField(_("kind"), max_length=10, choices=ActivityKind, default=ActivityKind.CALL)
    type = models.ForeignKey("core.ActivityType", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("type"))
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    note = models.TextField(_("note"), blank=True)
    due_at = models.DateTimeField(_("due"))
    all_day = models.BooleanField(default=False)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who")
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.TextField(_("outcome"), blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def title(self) -> str:
        """What it is for, else what it is."""
        return self.summary or str(self.get_kind_display())

    @property
    def what(self) -> str:
        """What it is: the name of its type, else its kind."""
        return str(self.type) if self.type_id else str(self.get_kind_display())

    @property
    def told(self) -> dict[str, Any]:
        """What an event keeps of it: enough to word it when its type is called otherwise, or is gone."""
        is_own = self.type_id and self.what != str(self.get_kind_display())
        return {"activity": self.pk, "what": str(self.kind), "summary": self.summary, **({"type": self.what} if is_own else {})}

    @property
    def due(self) -> datetime | date:
        """When it is due, as shown: a moment, or a whole day."""
        return timezone.localdate(self.due_at, self.zone) if self.all_day else self.due_at

    @property
    def zone(self) -> tzinfo:
        """The zone whose days count: that of whoever does it, else the reader's."""
        return self.assignee.zone if self.assignee_id else timezone.get_current_timezone()

    def is_late(self, at: datetime) -> bool:
        """Whether its moment, or its whole day, is over."""
        return self.due_at + timedelta(days=1) <= at if self.all_day else self.due_at < at

    @property
    def starts_another(self) -> bool:
        """Whether its type plans the next one by itself when it is done."""
        return bool(self.type_id and self.type.chain == "start")

    @property
    def suggests_another(self) -> bool:
        """Whether its type has something to propose for when it is done."""
        return bool(self.type_id and self.type.chain == "suggest")

    @property
    def is_planned(self) -> bool:
        return self.done_at is None and self.cancelled_at is None


def kind_told(details: Mapping[str, Any]) -> str:
    """Return what kind of activity an event tells of: its type's name as it was then, else its kind in the reader's language."""
    kind = details.get("what", "")
    return details.get("type") or str(dict(ActivityKind.choices).get(kind, kind))


def was_called_off(event: Event) -> bool:
    """Whether it tells that what was planned will not be done: such an event is no deed."""
    return event.kind == "did" and bool(event.details.get("cancelled"))
