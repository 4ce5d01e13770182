"""The act as a row: what to do, with which leads, and how far it came."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.work import Work, WorkQuerySet
from leads import stayed


class MassActQuerySet(WorkQuerySet):
    def visible_to(self, user):
        """What one did oneself; administrators see everybody's."""
        return self if user.is_administrator else self.filter(by=user)

    def moving(self):
        return self.filter(step__in=MassAct.MOVING)


class MassAct(Work):
    """What somebody does with all leads of a list at once.

    `query` is the list's address as its reader saw it; leads that came after `upto` (the last one there was) stay out.
    `values` is what the verb needs as JSON: the owner's key, the reason's. `at_row` is the last lead worked on, and while
    it is taken back the last row of the change.
    """

    class Verb(models.TextChoices):
        ASSIGN = "assign", _("assign")
        QUALIFY = "qualify", _("qualify")
        DISQUALIFY = "disqualify", _("disqualify")
        ARCHIVE = "archive", _("archive")
        TAG = "tag", _("tag")

    class Step(models.TextChoices):
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        UNDOING = "undoing", _("being taken back")
        UNDONE = "undone", _("taken back")

    MOVING = (Step.RUNNING, Step.UNDOING)

    verb = models.CharField(max_length=12, choices=Verb)
    query = models.TextField(blank=True)
    values = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    change = models.OneToOneField("core.Change", models.PROTECT, related_name="+")
    step = models.CharField(max_length=10, choices=Step, default=Step.RUNNING)
    total = models.PositiveIntegerField()
    upto = models.BigIntegerField()
    at_row = models.BigIntegerField(default=0)
    done_count = models.PositiveIntegerField(default=0)
    back_count = models.PositiveIntegerField(default=0)
    kept_count = models.PositiveIntegerField(default=0, help_text="taken back in part: leads edited since stay as they are")
    left = models.JSONField(default=dict, db_default={}, help_text="why leads stayed as they were: numbers by reason, and the first of them")
    problem = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = MassActQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="mass_acts_due", condition=models.Q(state__in=["waiting", "claimed"]))]

    def get_absolute_url(self) -> str:
        return reverse("leads:act", args=[self.pk])

    @property
    def left_count(self) -> int:
        """Return how many leads stayed as they were."""
        return max(self.total - self.done_count, 0)

    @property
    def left_by_reason(self) -> dict[str, int]:
        """Return {reason: how many stayed}; who was not looked at any more has ended, or left the list."""
        told = self.left.get("counts", {})
        return {**told, stayed.GONE: max(self.left_count - sum(told.values()), 0)}
