"""Everything that came in, kept as it came; the forms and imports it came through."""

import re
import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from capture.visibility import SubmissionQuerySet
from core.models import Change
from core.work import Work, WorkQuerySet
from leads.models import Campaign, Channel, Lead, Medium, Source
from opportunities.models import Opportunity
from teams.models import SalesTeam

HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?::\d{1,5})?", re.IGNORECASE)


class Submission(Work):
    """One raw entry through the front door. Stored and committed before anything else happens with it."""

    class Result(models.TextChoices):
        NONE = "", _("not yet")
        CREATED = "created", _("new lead")
        JOINED = "joined", _("joined an open lead")
        APART = "apart", _("kept as a separate enquiry")
        SKIPPED = "skipped", _("skipped")
        REJECTED = "rejected", _("rejected")
        QUARANTINED = "quarantined", _("set aside")

    channel = models.CharField(max_length=10, choices=Channel)
    external_id = models.CharField(max_length=200, default=uuid.uuid4, help_text="unique within the channel: the key of «once»")
    raw = models.JSONField(default=dict, help_text="as it came")
    context = models.JSONField(default=dict, blank=True, help_text="address, agent, touches; what the channel adds")
    received_at = models.DateTimeField(db_default=Now())
    captured_at = models.DateTimeField()
    occurred_at = models.DateTimeField(null=True, blank=True)
    web_form = models.ForeignKey("capture.WebForm", models.PROTECT, null=True, blank=True, related_name="submissions", db_index=False)
    import_run = models.ForeignKey("capture.ImportRun", models.CASCADE, null=True, blank=True, related_name="submissions", db_index=False)
    import_line = models.BigIntegerField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    team = models.ForeignKey(SalesTeam, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    result = models.CharField(max_length=12, choices=Result, default=Result.NONE, blank=True)
    why = models.JSONField(default=dict, blank=True, help_text="a code with values")
    lead = models.ForeignKey(Lead, models.SET_NULL, null=True, blank=True, related_name="submissions", db_index=False)
    is_demo = models.BooleanField(default=False)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("channel", "external_id", name="one_submission_per_external_id")]
        indexes = [
            models.Index(fields=["due_at", "id"], name="submissions_to_take_in", condition=Q(state__in=["waiting", "claimed"])),
            models.Index(fields=["lead"], name="submissions_of_lead", condition=Q(lead__isnull=False)),
            models.Index(fields=["-received_at"], name="submissions_newest_first"),
            models.Index(fields=["import_run", "import_line"], name="submissions_of_import", condition=Q(import_run__isnull=False)),
            models.Index(fields=["web_form", "-received_at"], name="submissions_of_form", condition=Q(web_form__isnull=False)),
            models.Index(fields=["-received_at"], name="submissions_set_aside", condition=Q(result="quarantined")),
            models.Index(fields=["due_at"], name="submissions_stuck", condition=Q(state="stuck")),
        ]


class WebForm(models.Model):
    """A public page with a form whose answers become leads."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    heading = models.CharField(_("heading"), max_length=200, blank=True)
    intro = models.TextField(_("introduction"), blank=True)
    thanks = models.TextField(_("thank-you text"), blank=True)
    fields = models.JSONField(_("fields"), default=list, help_text="[{field, label, required, choices}]")
    team = models.ForeignKey(SalesTeam, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team"))
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    medium = models.ForeignKey(Medium, models.PROTECT, null=True, blank=True, related_name="+")
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, blank=True, related_name="+")
    hosts = ArrayField(models.CharField(max_length=253), verbose_name=_("may be embedded on"), default=list, blank=True)
    is_active = models.BooleanField(_("open"), default=True)
    is_demo = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("web form"), _("web forms")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("web_form:form", args=[self.slug])

    def clean(self) -> None:
        """Refuse questions the page could not ask, and hosts that are none."""
        if problem := next((said for host in self.hosts if not HOST.fullmatch(host) and (said := host)), ""):
            raise ValidationError({"hosts": _("“%(host)s” is not a host such as www.example.com.") % {"host": problem}})
        questions = self.fields
        if not isinstance(questions, list) or not questions or not all(isinstance(each, dict) and each.get("label") for each in questions):
            raise ValidationError({"fields": _("Name at least one question, each with a label.")})
        asked = [each["field"] for each in questions if each.get("field")]
        if len(asked) != len(set(asked)):
            raise ValidationError({"fields": _("Each field can be asked for once.")})
        kinds = {"text", "email", "phone", "choice", "long", "number", "consent", None}
        if any(each.get("type") not in kinds or (each.get("type") == "choice" and not each.get("choices")) for each in questions):
            raise ValidationError({"fields": _("A question is text, email, phone, choice (with choices), long, number or consent.")})


class FormPost(models.Model):
    """When an address (keyed hash) last posted which form: the limits are counted here, not in memory."""

    sender = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["sender", "at"], name="posts_of_a_sender")]


class ImportRun(Work):
    """One file, from upload to result; worked on in leased chunks by the bulk worker."""

    class Step(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        READING = "reading", _("being read")
        MAPPING = "mapping", _("columns to be matched")
        CHECKING = "checking", _("being checked")
        PREVIEW = "preview", _("to be confirmed")
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        UNDOING = "undoing", _("being taken back")
        UNDONE = "undone", _("taken back")
        FAILED = "failed", _("failed")

    class Kind(models.TextChoices):
        LEADS = "leads", _("leads")
        DEALS = "deals", _("won and lost deals")

    name = models.CharField(max_length=300, help_text="the file's name as shown; never a path")
    digest = models.CharField(max_length=64, blank=True)
    size = models.BigIntegerField(default=0)
    file = models.CharField(max_length=200, blank=True, help_text="content address in the file store")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.LEADS)
    step = models.CharField(max_length=10, choices=Step, default=Step.UPLOADED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="imports")
    team = models.ForeignKey(SalesTeam, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="+")
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, blank=True, related_name="+")
    dialect = models.JSONField(default=dict, blank=True, help_text="encoding, delimiter, header line, day order, sheet")
    columns = models.JSONField(default=list, blank=True, help_text="per column: header, samples, field, policy, type")
    options = models.JSONField(default=dict, blank=True)
    rows = models.IntegerField(default=0)
    next_line = models.BigIntegerField(default=0, help_text="rows up to here are entered")
    created_count = models.IntegerField(default=0)
    joined_count = models.IntegerField(default=0)
    skipped_count = models.IntegerField(default=0)
    rejected_count = models.IntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True, help_text="the preview's numbers")
    problem = models.TextField(blank=True)
    change = models.ForeignKey(Change, models.SET_NULL, null=True, blank=True, related_name="+")
    uploaded_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = WorkQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("import"), _("imports")
        indexes = [models.Index(fields=["-uploaded_at"], name="imports_newest_first")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(step="finished")
                | Q(rows=models.F("created_count") + models.F("joined_count") + models.F("skipped_count") + models.F("rejected_count")),
                name="import_finished_only_with_every_row_accounted_for",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("imports:import", args=[self.pk])


class ImportRow(models.Model):
    """One row of a file, as it was read, and what became of it; `line` is the line a person sees in the file."""

    class Fate(models.TextChoices):
        NONE = "", _("not yet")
        CREATED = "created", _("new")
        JOINED = "joined", _("joined an open lead")
        SKIPPED = "skipped", _("skipped")
        REJECTED = "rejected", _("rejected")

    class Back(models.TextChoices):
        NONE = "", _("stands")
        TAKEN = "taken", _("taken back")
        KEPT = "kept", _("kept")

    import_run = models.ForeignKey(ImportRun, models.CASCADE, related_name="import_rows", db_index=False)
    number = models.IntegerField(help_text="1, 2, 3 … of the rows")
    line = models.BigIntegerField()
    cells = ArrayField(models.TextField(), help_text="as read")
    fate = models.CharField(max_length=10, choices=Fate, default=Fate.NONE, blank=True)
    why = models.JSONField(default=list, blank=True, help_text="[{code, column, value}]")
    lead = models.ForeignKey(Lead, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    opportunity = models.ForeignKey(Opportunity, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    planned = models.CharField(max_length=10, choices=Fate, default=Fate.NONE, blank=True, help_text="what the check foresees")
    key = models.CharField(max_length=64, blank=True, default="", help_text="digest of whom it names: the same again is a repeat")
    fixes = models.JSONField(default=dict, blank=True, help_text="{column: text a person typed instead}")
    ready = models.TextField(db_default="", blank=True, help_text="the checked row as it will enter; empty once it is in")
    back = models.CharField(max_length=5, choices=Back, db_default=Back.NONE, blank=True, help_text="what undo did with it")
    entered_as = models.CharField(max_length=90, null=True, blank=True, help_text="file digest and number, once a deal is in")

    class Meta:
        constraints = [
            models.UniqueConstraint("import_run", "number", name="one_row_per_number"),
            models.UniqueConstraint("entered_as", condition=Q(entered_as__isnull=False), name="one_deal_per_row_of_a_file"),
        ]
        indexes = [
            # nearly every row of a file is new: only what a person looks for among them costs an entry
            models.Index(fields=["import_run", "fate", "number"], name="import_rows_by_fate", condition=~Q(fate__in=["", "created"])),
            models.Index(fields=["import_run", "planned", "number"], name="import_rows_by_plan", condition=~Q(planned__in=["", "created"])),
            models.Index(fields=["lead"], name="import_rows_of_lead", condition=Q(lead__isnull=False)),
            models.Index(fields=["opportunity"], name="import_rows_of_deal", condition=Q(opportunity__isnull=False)),
        ]


class ImportUpload(models.Model):
    """A file on its way up in parts; the next part begins where `received` ends, so that a broken one goes on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=300)
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    import_run = models.ForeignKey(ImportRun, models.SET_NULL, null=True, blank=True, related_name="+")
    began_at = models.DateTimeField(db_default=Now())


class SavedMapping(models.Model):
    """How the columns of a header were matched last time."""

    fingerprint = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=300)
    columns = models.JSONField(default=list)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    used_at = models.DateTimeField(db_default=Now())
