"""What a person was told, and how they wish to be told."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import wording
from core.notices import kinds


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """One's own, and nobody else's."""
        return self.filter(person=user)

    def unread(self):
        return self.filter(read_at__isnull=True)

    def newest_first(self):
        return self.order_by("-at", "-pk")


class Notice(models.Model):
    """One piece of news for one person."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", db_index=False)
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=150, help_text="what makes this notice this notice: comes once for each person")
    subject = models.CharField(max_length=60, blank=True, help_text="app_label.model")
    row = models.BigIntegerField(null=True, blank=True)
    url = models.CharField(max_length=500, blank=True)
    values = models.JSONField(default=dict, blank=True)
    n = models.PositiveIntegerField(default=1, help_text="how many things it stands for")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    by_mail = models.BooleanField(default=False, help_text="also by mail, when the person is away")
    mailed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("person", "key", name="one_notice_per_person_and_key")]
        indexes = [
            models.Index(fields=["person", "-at", "-id"], name="notices_newest_first"),
            models.Index(fields=["person", "subject", "row"], name="unread_notices", condition=Q(read_at__isnull=True)),
            models.Index(fields=["at"], name="notices_to_mail",
                         condition=Q(by_mail=True, read_at__isnull=True, mailed_at__isnull=True)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return wording.ended(kinds.word(self.kind, self.values, self.n))

    @property
    def icon(self) -> str:
        kind = kinds.KINDS.get(self.kind)
        return kind.icon if kind else "bell"

    @property
    def tone(self) -> str:
        kind = kinds.KINDS.get(self.kind)
        return kind.tone if kind else "info"


class NoticeWishes(models.Model):
    """How one person wishes to be told; what is not named comes as its kind says."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="notice_wishes"
    )
    by_kind = models.JSONField(default=dict, blank=True, help_text="kind: app, mail or off")
    remind_minutes = models.PositiveSmallIntegerField(_("remind me before an activity is due (minutes)"), default=10)
    away_minutes = models.PositiveSmallIntegerField(_("away after (minutes without opening a page)"), default=10)

    def wish(self, kind: str) -> str:
        return self.by_kind.get(kind) or (kinds.KINDS[kind].default if kind in kinds.KINDS else kinds.APP)
