"""Pairs of records that somebody should look at: found at the door or by the detector, judged once."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

STRENGTH = 70  # percent, of pairs that come without one


class PairQuerySet(models.QuerySet):
    def open(self):
        return self.filter(verdict="")

    def waiting_for(self, user):
        """Return the pairs still to be judged, both sides of which the person may see and could merge."""
        sides = (self.model.side, "other")
        rows = self.open()
        for side in sides:
            model = self.model._meta.get_field(side).related_model
            rows = rows.filter(self.model.can_be_merged(side))
            if not user.is_administrator:
                rows = rows.filter(**{f"{side}__in": model.objects.visible_to(user)})
        return rows

    def strongest_first(self):
        return self.order_by("-strength", "-pk")


class Pair(models.Model):
    """Two records of a kind, `side` (the name of the first one's column) and `other`, with the reason codes."""

    class Verdict(models.TextChoices):
        OPEN = "", _("to be looked at")
        SAME = "same", _("the same")
        DIFFERENT = "different", _("not the same")

    side = ""

    reasons = models.JSONField(default=list)
    strength = models.PositiveSmallIntegerField(default=STRENGTH, db_default=STRENGTH, help_text="percent")
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.OPEN, blank=True)
    found_at = models.DateTimeField(db_default=Now())
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    judged_at = models.DateTimeField(null=True, blank=True)

    objects = PairQuerySet.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def can_be_merged(cls, side: str) -> Q:
        """Return what a side must be to be merged."""
        return Q(**{f"{side}__merged_into__isnull": True})

    @property
    def one(self) -> Any:
        return getattr(self, self.side)

    def judge(self, verdict: str, *, at: datetime, by) -> bool:
        """Say whether the two are the same; the first verdict stands. Returns whether it was this one."""
        rows = type(self)._base_manager.filter(pk=self.pk, verdict=self.Verdict.OPEN)
        judged = rows.update(verdict=verdict, judged_by=by, judged_at=at) == 1
        self.refresh_from_db(fields=["verdict", "judged_by", "judged_at"])
        return judged
