"""What every app may lean on: tags, custom fields, undo, audit, business settings, signs of life."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from core import clock, limits
from core.activities.models import ActivityType
from core.notices.models import Notice, NoticeWishes
from core.work import Work, WorkQuerySet

__all__ = [
    "ActivityType", "AuditEntry", "Change", "ChangeRow", "CustomField", "ExchangeRate", "Heartbeat", "InvariantRun", "Notice", "NoticeWishes",
    "Setting", "Tag",
]  # fmt: skip


class Tag(models.Model):
    """A free label in one of the tones."""

    class Tone(models.TextChoices):
        INFO = "info", _("blue")
        OK = "ok", _("green")
        WARM = "warm", _("amber")
        HOT = "hot", _("orange")
        CARE = "care", _("violet")
        COLD = "cold", _("grey-blue")
        NONE = "none", _("grey")

    name = models.CharField(_("name"), max_length=60)
    tone = models.CharField(_("colour"), max_length=10, choices=Tone, default=Tone.NONE)

    class Meta:
        verbose_name, verbose_name_plural = _("tag"), _("tags")
        constraints = [
            models.UniqueConstraint(
                Lower("name"), name="one_tag_per_name",
                violation_error_message=_("There is already a tag of this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class CustomField(models.Model):
    """A field an installation adds to a kind of record; its values live in that record's `custom` JSON."""

    class Type(models.TextChoices):
        TEXT = "text", _("text")
        NUMBER = "number", _("number")
        DATE = "date", _("date")
        CHOICE = "choice", _("choice")
        FLAG = "flag", _("yes or no")

    record = models.CharField(_("record"), max_length=40, help_text=_("lead, company, contact or opportunity"))
    key = models.SlugField(_("key"), max_length=60, allow_unicode=True)
    label = models.CharField(_("label"), max_length=120)
    type = models.CharField(_("type"), max_length=10, choices=Type, default=Type.TEXT)
    choices = ArrayField(models.CharField(max_length=200), verbose_name=_("choices"), default=list, blank=True)
    is_filterable = models.BooleanField(_("filterable"), default=True)
    is_active = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("custom field"), _("custom fields")
        constraints = [models.UniqueConstraint("record", "key", name="one_custom_field_per_key",
                                               violation_error_message=_("There is already a field with this key."))]  # fmt: skip

    def __str__(self) -> str:
        return self.label

    def clean(self) -> None:
        """Refuse a choice without anything to choose."""
        if self.type == self.Type.CHOICE and not self.choices:
            raise ValidationError({"choices": _("Name what there is to choose.")})


class Setting(models.Model):
    """One business setting that differs from its default; read and written through core.business."""

    key = models.CharField(max_length=80, primary_key=True)
    value = models.JSONField()
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")


class AuditEntry(models.Model):
    """Who changed rights, exported, signed in or set something up. Only ever added."""

    append_only = True

    action = models.CharField(max_length=60)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    target = models.CharField(max_length=120, blank=True)
    details = models.JSONField(default=dict, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = _("audit entries")
        indexes = [models.Index(fields=["at"], name="audit_by_time"), models.Index(fields=["target", "at"], name="audit_by_target")]


class Change(Work):
    """One act that can be taken back for 30 days, with what each touched row was before."""

    class Undo(models.TextChoices):
        OPEN = "open", _("can be taken back")
        ASKED = "asked", _("being taken back")
        UNDONE = "undone", _("taken back")
        KEPT = "kept", _("taken back in part")

    verb = models.CharField(max_length=60)
    details = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    until = models.DateTimeField()
    undo = models.CharField(max_length=10, choices=Undo, default=Undo.OPEN)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    kept = models.JSONField(default=list, blank=True, help_text="rows edited since, which undo left alone")

    objects = WorkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="undo_asked_for", condition=Q(undo="asked"))]

    def save(self, **kwargs) -> None:
        self.until = self.until or self.at + timedelta(days=limits.UNDO_DAYS)
        super().save(**kwargs)


class ChangeRow(models.Model):
    """One row a change touched: `before` is None when the change created it; `after` tells edits made since."""

    change = models.ForeignKey(Change, models.CASCADE, related_name="rows")
    model = models.CharField(max_length=60, help_text="app_label.model")
    row = models.BigIntegerField()
    before = models.JSONField(null=True)
    after = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["change", "id"], name="rows_of_a_change")]


class Heartbeat(models.Model):
    """When each process last said that it is alive."""

    process = models.CharField(max_length=30, primary_key=True)
    at = models.DateTimeField(db_default=Now())
    details = models.JSONField(default=dict, blank=True)


class ExchangeRate(models.Model):
    """What one unit of a currency was worth in the organisation's currency on a day."""

    currency = models.CharField(_("currency"), max_length=3)
    date = models.DateField(_("from"))
    rate = models.DecimalField(_("rate"), max_digits=18, decimal_places=8)

    class Meta:
        verbose_name, verbose_name_plural = _("exchange rate"), _("exchange rates")
        constraints = [
            models.UniqueConstraint("currency", "date", name="one_rate_per_currency_and_day",
                                    violation_error_message=_("There is already a rate of this currency for this day.")),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_above_zero",
                                   violation_error_message=_("A rate is above zero.")),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.date}"


class InvariantRun(models.Model):
    """One run of the invariant check with what it found."""

    at = models.DateTimeField(db_default=Now())
    findings = models.JSONField(default=list)
    seconds = models.FloatField(default=0)
