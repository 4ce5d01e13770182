"""Mail on its way out, each with the state it is in (reliability rule 7)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.work import Work, WorkQuerySet
from leads.models import Lead


class OutgoingMail(Work):
    """One message: planned, claimed, sending (committed before the connection opens), then sent, refused or uncertain.

    At most once over SMTP: a message whose end is unknown becomes uncertain and is never resent by itself.
    """

    class Stage(models.TextChoices):
        PLANNED = "planned", _("planned")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        REFUSED = "refused", _("refused")
        UNCERTAIN = "uncertain", _("uncertain")
        CANCELLED = "cancelled", _("cancelled")

    MOVES = {
        Stage.PLANNED: {Stage.SENDING, Stage.CANCELLED},
        Stage.SENDING: {Stage.SENT, Stage.REFUSED, Stage.UNCERTAIN, Stage.PLANNED},  # planned: certainly not handed over
        Stage.UNCERTAIN: {Stage.SENT, Stage.REFUSED, Stage.PLANNED},
    }

    key = models.CharField(max_length=120, unique=True, help_text="what makes this mail this mail: sent once per key")
    mailer = models.CharField(max_length=20, default="default")
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.PLANNED)
    to = models.CharField(max_length=320)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    message_id = models.CharField(max_length=77, unique=True)
    lead = models.ForeignKey(Lead, models.SET_NULL, null=True, blank=True, related_name="mails")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
                               help_text="the colleague it is for, when it is a notice")
    created_at = models.DateTimeField(auto_now_add=True)
    sending_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    deferrals = models.PositiveSmallIntegerField(default=0, help_text="tries that certainly handed nothing over")
    answer = models.TextField(blank=True, help_text="what the mail server said")

    objects = WorkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="mail_to_send", condition=Q(stage__in=["planned", "sending"]))]
        constraints = [models.CheckConstraint(condition=~Q(to__contains="\n"), name="mail_to_is_one_line")]
