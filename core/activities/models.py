"""What people plan: calls, mails, meetings and what an organisation adds, each with what usually follows."""

from datetime import date, datetime, time, timedelta, tzinfo

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.timeline import ActivityKind

BUILT_IN = {"Call", "E-mail", "Meeting", "To-do"}  # as the first migration calls them
MORNING = 9  # o'clock, when something of another day is due


class ActivityTypeQuerySet(models.QuerySet):
    def in_order(self):
        return self.order_by("position", "name", "pk")

    def active(self):
        return self.filter(is_active=True)


class ActivityType(models.Model):
    """A kind of activity. Its code stands in forms; those of the built-in kinds are the kinds' own."""

    class Chain(models.TextChoices):
        NOTHING = "", _("nothing by itself")
        SUGGEST = "suggest", _("suggest the next one")
        START = "start", _("plan the next one at once")

    class Icon(models.TextChoices):
        CALL = "phone", _("phone")
        MAIL = "mail", _("letter")
        MEETING = "video", _("camera")
        CHECK = "check", _("tick")
        CALENDAR = "calendar", _("calendar")
        DEMO = "presentation", _("screen")
        QUOTE = "file-text", _("document")
        VISIT = "map-pin", _("place")
        CONTRACT = "handshake", _("handshake")
        SAMPLE = "send", _("parcel on its way")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("counts as"), max_length=10, choices=ActivityKind, default=ActivityKind.TO_DO,
                            help_text=_("A call, e-mail or meeting counts as reaching out to the lead."))  # fmt: skip
    icon = models.CharField(_("icon"), max_length=30, choices=Icon, default=Icon.CHECK)
    default_days = models.PositiveSmallIntegerField(_("due after (days)"), default=1)
    text = models.CharField(_("what for, unless said otherwise"), max_length=300, blank=True)
    next = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("what follows")
    )
    chain = models.CharField(_("when it is done"), max_length=10, choices=Chain, default=Chain.NOTHING, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = ActivityTypeQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("activity type"), _("activity types")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(chain="") | models.Q(next__isnull=False), name="activity_chain_leads_somewhere",
                violation_error_message=_("Say what follows."),
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        """Return the name; a built-in one that nobody renamed is said in the reader's language."""
        label = dict(ActivityKind.choices).get(self.code)
        return str(label) if label and self.name in BUILT_IN else self.name

    @property
    def summary(self) -> str:
        """What an activity of this type is called when nobody says what it is for."""
        return self.text or ("" if self.code in ActivityKind.values else self.name)

    def due_from(self, at: datetime, person=None) -> datetime:
        """Return when one that is planned now is due: so many days on, in the morning of whoever does it, else of the reader."""
        if not self.default_days:
            return at + timedelta(hours=1)
        here = timezone.localtime(at, person and person.zone) + timedelta(days=self.default_days)
        return here.replace(hour=MORNING, minute=0, second=0, microsecond=0)


def of(code: str) -> ActivityType | None:
    """Return the type of a code; None for a kind without one."""
    return ActivityType.objects.filter(code=code).first()


def due(code: str, day: date | None, hour: time | None, *, at: datetime, person=None) -> dict:
    """Return the columns due_at and all_day for a day and an hour of the reader's zone; without a day, what is usual for the code.

    `person` is who does it, when that is not the reader: the usual hour is theirs.
    """
    if day is None:
        usual = timezone.localtime((of(code) or ActivityType()).due_from(at, person))
        return {"due_at": usual if hour is None else timezone.make_aware(datetime.combine(usual.date(), hour)), "all_day": False}
    return {"due_at": timezone.make_aware(datetime.combine(day, hour or time(0))), "all_day": hour is None}


def whole_day(day: date, zone: tzinfo) -> datetime:
    """Return the moment that stands for a whole day of somebody: when it begins where they are."""
    return timezone.make_aware(datetime.combine(day, time(0)), zone)


def due_where_done(due_at: datetime, person, *, all_day: bool) -> datetime:
    """Return when it is due for whoever does it: a moment stays, a whole day of the reader becomes the same one of theirs."""
    return whole_day(timezone.localdate(due_at), person.zone) if all_day and person else due_at


def choices() -> list[tuple[str, str]]:
    """Return what may be planned, as (code, name); the plain kinds when nobody set any up."""
    found = [(each.code, str(each)) for each in ActivityType.objects.active().in_order()]
    return found or list(ActivityKind.choices)


def planned_by(code: str, summary: str) -> dict:
    """Return the columns kind, type and summary of an activity that is planned under a code."""
    known = of(code)
    summary = summary.strip()
    if known is None:
        return {"kind": code, "summary": summary}
    return {"kind": known.kind, "type": known, "summary": summary or known.summary}


def following(activity, *, at: datetime) -> dict | None:
    """Return what its type says should be planned when an activity is done, as the verb `plan` takes it."""
    kind = activity.type
    if kind is None or kind.next is None or not kind.chain or not kind.next.is_active:
        return None
    return {
        "kind": kind.next.code,
        "due_at": kind.next.due_from(at, activity.assignee),
        "summary": kind.next.summary,
        "assignee": activity.assignee,
    }
