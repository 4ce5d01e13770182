"""People and companies that may buy but are not yet qualified, with where they came from and what was said."""

from datetime import datetime

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Tag
from core.pairs import Pair
from core.timeline import Activity, Event
from customers.models import Address
from leads.activities import ActivityVerbs
from leads.editing import LeadEditing
from leads.ideals import Criterion as Criterion
from leads.indexes import INDEXES
from leads.querysets import LeadQuerySet
from leads.reading import LeanReading
from leads.spelling import KEPT_BY
from leads.verbs import LeadVerbs


class Origin(models.Model):
    """A name in one of the three lists that say where leads come from."""

    name = models.CharField(_("name"), max_length=255)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Source(Origin):
    is_purchased = models.BooleanField(_("purchased list"), default=False, help_text=_("gives no consent to mail"))

    class Meta:
        verbose_name, verbose_name_plural = _("source"), _("sources")
        constraints = [models.UniqueConstraint(Lower("name"), name="one_source_per_name", violation_error_message=_("There is already a source of this name."))]


class Medium(Origin):
    class Meta:
        verbose_name, verbose_name_plural = _("medium"), _("media")
        constraints = [models.UniqueConstraint(Lower("name"), name="one_medium_per_name", violation_error_message=_("There is already a medium of this name."))]


class Campaign(Origin):
    class Meta:
        verbose_name, verbose_name_plural = _("campaign"), _("campaigns")
        constraints = [models.UniqueConstraint(Lower("name"), name="one_campaign_per_name", violation_error_message=_("There is already a campaign of this name."))]


class DisqualifyReason(models.Model):
    """Why a person said that a lead will not buy."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    needs_note = models.BooleanField(_("asks for a note"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("disqualify reason"), _("disqualify reasons")

    def __str__(self) -> str:
        return self.name


class Channel(models.TextChoices):
    WEB_FORM = "web_form", _("Web form")
    EMAIL = "email", _("E-mail")
    CHAT = "chat", _("Live chat")
    SOCIAL = "social", _("Social")
    EVENT = "event", _("Event")
    IMPORT = "import", _("Import")
    WEBHOOK = "webhook", _("Webhook")
    API = "api", _("API")
    MANUAL = "manual", _("Manual")


class CallOutcome(models.TextChoices):
    REACHED = "reached", _("Spoke with them")
    NO_ANSWER = "no_answer", _("No answer")
    VOICEMAIL = "voicemail", _("Left a message")
    BUSY = "busy", _("Busy")
    WRONG_NUMBER = "wrong_number", _("Wrong number")


class Quality(models.TextChoices):
    GOOD = "good", _("looks right")
    BAD = "bad", _("does not look right")
    UNKNOWN = "", _("not given")


class Temperature(models.TextChoices):
    HOT = "hot", _("Hot")
    WARM = "warm", _("Warm")
    COLD = "cold", _("Cold")


TRACKED = [
    "title", "name", "first_name", "last_name", "salutation", "job_title", "language", "email", "phone", "website",
    "company_name", "industry", "company_size", "street", "street2", "postcode", "city", "region", "country", "message",
    "expected_revenue", "currency", "stars", "custom", "referred_by",
]  # fmt: skip
BESIDE = ["owner", "team"]  # kept with a change of the others; their own changes are events and decisions, thousands at once


class Facts(Address):
    """Who somebody says they are and what they want: the columns a channel, an import or a person fills in."""

    title = models.CharField(_("wants"), max_length=300, blank=True)
    name = models.CharField(_("name"), max_length=300, blank=True)
    first_name = models.CharField(_("first name"), max_length=150, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    salutation = models.CharField(_("salutation"), max_length=40, blank=True)
    job_title = models.CharField(_("job title"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=35, blank=True)
    email = models.CharField(_("e-mail"), max_length=320, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    website = models.CharField(_("website"), max_length=500, blank=True)
    company_name = models.CharField(_("company"), max_length=300, blank=True)
    industry = models.CharField(_("industry"), max_length=120, blank=True)
    company_size = models.PositiveIntegerField(_("employees"), null=True, blank=True)
    message = models.TextField(_("message"), blank=True)
    expected_revenue = models.DecimalField(_("expected revenue"), max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    referred_by = models.CharField(_("referred by"), max_length=300, blank=True)

    class Meta:
        abstract = True


class Origins(models.Model):
    """First touch (never overwritten) and last touch (overwritten by each new visit that left a trace)."""

    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("source"))
    medium = models.ForeignKey(
        Medium, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("medium"), db_index=False
    )
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("campaign"))
    last_source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    last_medium = models.ForeignKey(Medium, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    last_campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    first_touch = models.JSONField(default=dict, blank=True, help_text="landing page, referrer, UTM set, click ids, time")
    last_touch = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True


class Fit(models.TextChoices):
    """Who they are: how well a lead suits the ideal customer and those who converted."""

    GOOD = "A", _("A, good")
    MIDDLING = "B", _("B, middling")
    POOR = "C", _("C, poor")


class EngagementTotals(models.Model):
    """What they did, human acts only; the single acts are Engagement rows."""

    visits = models.PositiveIntegerField(_("visits"), default=0)
    pages_viewed = models.PositiveIntegerField(_("pages viewed"), default=0)
    seconds_on_site = models.PositiveIntegerField(_("seconds on site"), default=0)
    emails_opened = models.PositiveIntegerField(_("e-mails opened"), default=0)
    emails_clicked = models.PositiveIntegerField(_("e-mails clicked"), default=0)
    emails_replied = models.PositiveIntegerField(_("e-mails replied to"), default=0)
    last_engaged_at = models.DateTimeField(_("last engaged"), null=True, blank=True)

    class Meta:
        abstract = True


class QualifyWork(models.Model):
    """The steps after capture (score, qualify, assign) as work on the lead's own row, with a lease.

    Setting `qualify_due_at` asks for them again: capture, nurture and edits do; capture's sweep drains them.
    """

    qualify_due_at = models.DateTimeField(null=True, blank=True)
    qualify_lease_until = models.DateTimeField(null=True, blank=True)
    qualify_token = models.UUIDField(null=True, blank=True)
    qualify_attempts = models.PositiveSmallIntegerField(default=0)
    qualify_error = models.TextField(blank=True, default="")
    qualify_stuck_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


@pghistory.track(
    pghistory.UpdateEvent(condition=pghistory.AnyChange(*TRACKED)), fields=[*TRACKED, *BESIDE], model_name="LeadFieldHistory"
)
class Lead(LeanReading, LeadVerbs, LeadEditing, Facts, Origins, EngagementTotals, QualifyWork):
    """Somebody who may buy, not yet qualified. Open until converted, disqualified, archived or merged."""

    # derived on every write by leads.cleaning; matching and search use these
    email_key = models.CharField(max_length=320, blank=True, editable=False)
    email_domain = models.CharField(max_length=253, blank=True, editable=False)
    is_free_mail = models.BooleanField(default=False, editable=False)
    email_quality = models.CharField(max_length=4, choices=Quality, default=Quality.UNKNOWN, blank=True, editable=False)
    phone_e164 = models.CharField(max_length=20, blank=True, editable=False)
    phone_quality = models.CharField(max_length=4, choices=Quality, default=Quality.UNKNOWN, blank=True, editable=False)
    name_key = models.CharField(max_length=300, blank=True, editable=False)
    company_key = models.CharField(max_length=300, blank=True, editable=False)

    stars = models.PositiveSmallIntegerField(_("stars"), default=0)
    tags = models.ManyToManyField(Tag, blank=True, related_name="leads")
    custom = models.JSONField(default=dict, blank=True)
    shared_with = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="shared_leads")

    team = models.ForeignKey("teams.SalesTeam", models.PROTECT, related_name="leads", verbose_name=_("team"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("owner")
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    contact = models.ForeignKey("customers.Contact", models.PROTECT, null=True, blank=True, related_name="leads", db_index=False)
    company = models.ForeignKey("customers.Company", models.PROTECT, null=True, blank=True, related_name="leads", db_index=False)

    score = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)
    scored_at = models.DateTimeField(null=True, blank=True)
    temperature = models.CharField(_("temperature"), max_length=4, choices=Temperature, blank=True)
    temperature_at = models.DateTimeField(_("temperature since"), null=True, blank=True)
    fit = models.CharField(_("fit"), max_length=1, choices=Fit, blank=True, default="", db_default="", editable=False)
    engagement = models.PositiveSmallIntegerField(_("engagement"), null=True, blank=True, editable=False)
    qualification = models.CharField(max_length=12, blank=True, help_text="what the last decision said: accept, keep …")

    captured_at = models.DateTimeField(_("captured"))
    occurred_at = models.DateTimeField(_("happened at the source"), null=True, blank=True)
    assigned_at = models.DateTimeField(_("assigned"), null=True, blank=True)
    first_assigned_at = models.DateTimeField(null=True, blank=True)
    first_contacted_at = models.DateTimeField(_("first contact"), null=True, blank=True)
    first_contacted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    reached_at = models.DateTimeField(_("reached"), null=True, blank=True)
    response_goal_at = models.DateTimeField(null=True, blank=True)
    response_limit_at = models.DateTimeField(null=True, blank=True)
    mql_at = models.DateTimeField(_("marketing qualified"), null=True, blank=True)
    sql_at = models.DateTimeField(_("sales qualified"), null=True, blank=True)
    qualified_at = models.DateTimeField(_("qualification decided"), null=True, blank=True)
    come_back_at = models.DateTimeField(_("come back at"), null=True, blank=True)
    next_activity_at = models.DateTimeField(null=True, blank=True)

    converted_at = models.DateTimeField(_("converted"), null=True, blank=True)
    disqualified_at = models.DateTimeField(_("disqualified"), null=True, blank=True)
    disqualify_reason = models.ForeignKey(
        DisqualifyReason, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    disqualify_note = models.TextField(blank=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    archive_reason = models.CharField(max_length=300, blank=True)
    merged_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged", db_index=False)
    apart_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="separate_enquiries", db_index=False,
                                   help_text="a known person's enquiry entered by somebody who may not see the other one")

    is_open = models.GeneratedField(
        expression=Q(converted_at__isnull=True, disqualified_at__isnull=True, archived_at__isnull=True, merged_at__isnull=True),
        output_field=models.BooleanField(), db_persist=True,
    )
    response_time = models.GeneratedField(
        expression=F("first_contacted_at") - F("captured_at"), output_field=models.DurationField(), db_persist=True
    )
    search = models.TextField(blank=True, default="", editable=False, help_text="folded words; see leads.cleaning")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = LeadQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("lead"), _("leads")
        constraints = [
            models.UniqueConstraint(
                "email_key", name="one_open_lead_per_email",
                condition=Q(is_open=True, apart_from__isnull=True) & ~Q(email_key=""),
                violation_error_message=_("There is already an open lead with this e-mail."),
            ),
            models.UniqueConstraint(
                "phone_e164", "name_key", name="one_open_lead_per_phone_and_name",
                condition=Q(is_open=True, apart_from__isnull=True, email_key="") & ~Q(phone_e164=""),
                violation_error_message=_("There is already an open lead with this name and phone."),
            ),
            models.CheckConstraint(condition=Q(score__isnull=True) | Q(score__lte=100), name="lead_score_in_range"),
            models.CheckConstraint(condition=Q(stars__lte=3), name="lead_stars_in_range"),
            models.CheckConstraint(
                condition=Q(disqualified_at__isnull=True) | Q(disqualify_reason__isnull=False),
                name="lead_disqualified_only_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(merged_at__isnull=True, merged_into__isnull=True)
                | Q(merged_at__isnull=False, merged_into__isnull=False),
                name="lead_merged_into_something",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="lead_not_merged_into_itself"),
            models.CheckConstraint(
                condition=Q(converted_at__isnull=True) | Q(disqualified_at__isnull=True),
                name="lead_not_both_converted_and_disqualified",
            ),
            models.CheckConstraint(
                condition=~(Q(name="") & Q(email="") & Q(phone="") & Q(company_name="") & Q(title="") & Q(message="") & Q(custom={})),
                name="lead_says_something",
                violation_error_message=_("A lead needs a name, an e-mail, a phone or a company."),
            ),
            models.CheckConstraint(
                condition=Q(expected_revenue__isnull=True) | Q(expected_revenue__gte=0), name="lead_revenue_not_negative",
                violation_error_message=_("Expected revenue can't be below zero."),
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=True) | Q(assigned_at__isnull=False), name="lead_owned_since_a_moment"
            ),
        ]
        indexes = INDEXES
        triggers = KEPT_BY

    def __str__(self) -> str:
        return self.name or self.company_name or self.email or self.phone or self.title or f"#{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("leads:lead", args=[self.pk])

    @property
    def goes_on(self) -> bool:
        """Whether what is planned for it is still to be done: it is open, or a customer by now."""
        return self.is_open or bool(self.converted_at and not self.merged_at)

    @property
    def status(self) -> str:
        """One word for a badge: how it ended, or how far it has come."""
        if self.merged_at:
            return "merged"
        if self.converted_at:
            return "converted"
        if self.disqualified_at:
            return "disqualified"
        if self.archived_at:
            return "archived"
        if self.sql_at or self.qualification == "accept":
            return "qualified"
        return "contacted" if self.first_contacted_at else "new"

    @property
    def is_put_off(self) -> bool:
        """Whether it comes back on a later day: until then nobody has to reply."""
        return self.is_open and self.qualification == "nurture" and self.come_back_at is not None

    @property
    def clock_start(self) -> datetime:
        """From when its first reply is waited for: its capture, or the day it came back from being put off."""
        return self.come_back_at if self.come_back_at and self.qualification != "nurture" else self.captured_at

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a first reply."""
        return self.is_open and self.first_contacted_at is None and not self.is_put_off


class LeadEmail(models.Model):
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="emails", db_index=False)  # the constraint's index serves
    email = models.CharField(max_length=320)
    key = models.CharField(max_length=320)

    class Meta:
        constraints = [models.UniqueConstraint("lead", "key", name="lead_holds_an_email_once")]
        indexes = [models.Index(fields=["key"], name="lead_emails_by_key")]


class LeadPhone(models.Model):
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="phones", db_index=False)  # the constraint's index serves
    number = models.CharField(max_length=60)
    e164 = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("lead", "number", name="lead_holds_a_number_once")]
        indexes = [models.Index(fields=["e164"], name="lead_phones_by_number", condition=~Q(e164=""))]


class LeadEvent(Event):
    """One line of a lead's story."""

    class Kind(models.TextChoices):
        CREATED = "created", _("captured")
        JOINED = "joined", _("wrote again")
        SCORED = "scored", _("scored")
        TEMPERATURE = "temperature", _("temperature")
        QUALIFIED = "qualified", _("qualification")
        ASSIGNED = "assigned", _("assigned")
        UNASSIGNED = "unassigned", _("taken back")
        WAITING = "waiting", _("waiting for a free person")
        ESCALATED = "escalated", _("manager told")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        CHANGED = "changed", _("changed")
        NOTED = "noted", _("note")
        CALLED = "called", _("call")
        MAILED = "mailed", _("e-mail")
        PLANNED = "planned", _("activity planned")
        DID = "did", _("activity done")
        CONTACTED = "contacted", _("first contact")
        CONVERTED = "converted", _("converted")
        DISQUALIFIED = "disqualified", _("disqualified")
        ARCHIVED = "archived", _("archived")
        RESTORED = "restored", _("restored")
        MERGED = "merged", _("merged")
        UNDONE = "undone", _("taken back")
        ENGAGED = "engaged", _("engaged")
        SHARED = "shared", _("shared")

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="events", db_index=False)  # lead_timeline begins with it
    kind = models.CharField(max_length=30, choices=Kind)

    class Meta:
        indexes = [models.Index(fields=["lead", "-occurred_at", "-id"], name="lead_timeline")]


class Engagement(models.Model):
    """One thing a lead did, or a machine on its behalf: only those judged human count."""

    class Kind(models.TextChoices):
        VISIT = "visit", _("visited")
        PAGE = "page", _("viewed a page")
        OPEN = "open", _("opened an e-mail")
        CLICK = "click", _("clicked in an e-mail")
        REPLY = "reply", _("replied")
        FORM = "form", _("sent a form")
        EVENT = "event", _("attended")

    class Actor(models.TextChoices):
        HUMAN = "human", _("human")
        MACHINE = "machine", _("machine")
        UNCLEAR = "unclear", _("unclear")

    append_only = True

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="engagements", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    actor = models.CharField(max_length=10, choices=Actor, default=Actor.HUMAN)
    occurred_at = models.DateTimeField()
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["lead", "-occurred_at"], name="engagement_of_lead"),
            models.Index(fields=["kind", "occurred_at"], name="acts_by_kind", include=["lead"], condition=Q(actor="human")),
        ]


class LeadActivity(ActivityVerbs, Activity):
    lead = models.ForeignKey(Lead, models.CASCADE, related_name="activities")

    class Meta:
        indexes = [
            models.Index(fields=["lead", "due_at"], name="planned_for_lead", condition=Q(done_at__isnull=True, cancelled_at__isnull=True)),
            models.Index(fields=["due_at"], name="lead_activities_to_remind",
                         condition=Q(done_at__isnull=True, cancelled_at__isnull=True, reminded_at__isnull=True)),
            models.Index(fields=["due_at", "id"], name="lead_activities_due", condition=Q(done_at__isnull=True, cancelled_at__isnull=True)),
            models.Index(fields=["assignee", "due_at"], name="lead_activities_of_person",
                         condition=Q(done_at__isnull=True, cancelled_at__isnull=True)),
        ]

    def get_absolute_url(self) -> str:
        return self.lead.get_absolute_url()


class PossibleDuplicate(Pair):
    """Two leads somebody should look at."""

    side = "lead"

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="possible_duplicates")
    other = models.ForeignKey(Lead, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("lead", "other", name="one_row_per_possible_duplicate"),
            models.CheckConstraint(condition=~Q(lead=F("other")), name="lead_is_not_its_own_duplicate"),
        ]
        indexes = [models.Index(fields=["-strength", "-id"], name="lead_pairs_to_look_at", condition=Q(verdict=""))]

    @classmethod
    def can_be_merged(cls, side: str) -> Q:
        """A converted lead lives on as its customer, and an ended one is an earlier enquiry, not a duplicate."""
        return Q(**{f"{side}__is_open": True})


from leads.mass.models import MassAct  # noqa: E402, F401 - its table belongs to this app
from leads.spelling import SearchText, SearchWord  # noqa: E402, F401 - so does this
