"""Qualified chances with an amount and a stage, and how leads became them."""

from datetime import date, datetime
from decimal import Decimal

import pghistory
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.models import Change, Tag
from core.timeline import Activity, Event
from leads.models import Campaign, Lead, Medium, Source
from opportunities import chances
from opportunities.activities import ActivityVerbs, PlannedVerbs
from opportunities.closing import ClosingVerbs
from opportunities.opening import OpeningVerbs
from opportunities.verbs import OpportunityVerbs
from teams.visibility import VisibleQuerySet


class PipelineQuerySet(models.QuerySet):
    def in_order(self):
        return self.order_by("-is_default", "position", "pk")

    def for_team(self, team):
        """Return the pipelines a team works with: its own first, then those of everybody."""
        own = Q(pk__in=Pipeline.teams.through.objects.filter(salesteam_id=team.pk).values("pipeline_id"))
        everybody = ~Q(pk__in=Pipeline.teams.through.objects.values("pipeline_id"))
        mine = models.Case(models.When(own, then=0), default=1)
        return self.filter(own | everybody).order_by(mine, "-is_default", "position", "pk")


class Pipeline(models.Model):
    name = models.CharField(_("name"), max_length=80, unique=True)
    teams = models.ManyToManyField(
        "teams.SalesTeam",
        blank=True,
        related_name="pipelines",
        verbose_name=_("teams"),
        help_text=_("none means: every team"),
    )
    is_default = models.BooleanField(_("default"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = PipelineQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("pipeline"), _("pipelines")
        constraints = [models.UniqueConstraint("is_default", condition=Q(is_default=True), name="one_default_pipeline",
                                               violation_error_message=_("Another pipeline is the default one. Take that from it first."))]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class StageQuerySet(models.QuerySet):
    def in_order(self):
        return self.order_by("position", "pk")

    def active(self):
        return self.filter(is_active=True)


class Stage(models.Model):
    """One step of a pipeline with its usual chance to win. Won and lost are not stages but how it closed."""

    pipeline = models.ForeignKey(Pipeline, models.CASCADE, related_name="stages", verbose_name=_("pipeline"))
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    probability = models.DecimalField(
        _("probability"), max_digits=4, decimal_places=3, default=Decimal("0.2"), help_text=_("0 to 1")
    )
    rots_after = models.PositiveSmallIntegerField(_("days until a deal looks stale"), null=True, blank=True)
    requirements = models.TextField(_("what must be true to enter"), blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = StageQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("stage"), _("stages")
        constraints = [
            models.UniqueConstraint("pipeline", "name", name="one_stage_per_name_in_a_pipeline",
                                    violation_error_message=_("This pipeline already has a stage of this name.")),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1),
                name="stage_probability_in_range",
                violation_error_message=_("A probability lies between 0 and 1."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A stage goes out of use when no deal stands in it: the board would show those no more."""
        n = Opportunity.objects.open().filter(stage=self.pk).count() if self.pk and not self.is_active else 0
        if n:
            text = ngettext("%(n)s open deal is in this stage. Move it first.", "%(n)s open deals are in this stage. Move them first.", n)
            raise ValidationError({"is_active": text % {"n": n}})


class LostReason(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    needs_note = models.BooleanField(_("asks for a note"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("lost reason"), _("lost reasons")

    def __str__(self) -> str:
        return self.name


class OpportunityQuerySet(OpeningVerbs, VisibleQuerySet):
    def open(self):
        return self.filter(state=Opportunity.State.OPEN)

    def won(self):
        return self.filter(state=Opportunity.State.WON)

    def lost(self):
        return self.filter(state=Opportunity.State.LOST)

    def for_rows(self):
        """Read what a row of the list shows, without a query per row."""
        return self.select_related("company", "contact", "owner", "stage", "team", "lost_reason").defer("custom", "notes", "lost_note")

    def for_cards(self):
        """Read what a card shows, without a query per card."""
        tags = Tag.objects.filter(opportunities=OuterRef("pk")).order_by("name").values(words=JSONObject(name="name", tone="tone"))
        shown = self.select_related("company", "contact", "owner", "stage", "team").annotate(shown_tags=ArraySubquery(tags))
        return shown.only(*CARD_COLUMNS, *CARD_WORDS)


CARD_COLUMNS = (
    "name", "version", "pipeline", "state", "stage_since", "amount_open", "currency", "score", "next_activity_at", "next_activity_label",
    "next_activity_on", "next_is_whole_day", "probability", "probability_by_hand", "probability_by_model",
)  # fmt: skip
CARD_WORDS = (
    "company__name", "contact__name", "owner__name", "owner__hue", "stage__name", "stage__rots_after", "team__hot_from", "team__warm_from",
)  # fmt: skip


@pghistory.track(
    pghistory.UpdateEvent(),
    fields=[
        "name",
        "company",
        "contact",
        "expected",
        "currency",
        "close_date",
        "probability_by_hand",
        "stage",
        "owner",
        "team",
        "custom",
        "stars",
        "recurring",
        "notes",
    ],
    model_name="OpportunityFieldHistory",
)
class Opportunity(OpportunityVerbs, ClosingVerbs, ActivityVerbs, models.Model):
    """A qualified chance to sell: whom, how much, how far, until when."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        WON = "won", _("won")
        LOST = "lost", _("lost")

    class Plan(models.TextChoices):
        NONE = "", _("once")
        MONTH = "month", _("a month")
        QUARTER = "quarter", _("a quarter")
        YEAR = "year", _("a year")

    name = models.CharField(_("name"), max_length=300)
    company = models.ForeignKey(
        "customers.Company",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="opportunities",
        verbose_name=_("company"),
    )
    contact = models.ForeignKey(
        "customers.Contact",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="opportunities",
        verbose_name=_("contact"),
    )
    contacts = models.ManyToManyField(
        "customers.Contact", blank=True, related_name="+", verbose_name=_("also involved")
    )
    pipeline = models.ForeignKey(
        Pipeline, models.PROTECT, related_name="opportunities", verbose_name=_("pipeline"), db_index=False
    )  # changed_opportunities begins with it
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="opportunities", verbose_name=_("stage"))
    stage_since = models.DateTimeField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="opportunities",
        verbose_name=_("owner"),
    )
    team = models.ForeignKey("teams.SalesTeam", models.PROTECT, related_name="opportunities", verbose_name=_("team"))
    shared_with = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="shared_opportunities")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    expected = models.DecimalField(_("expected revenue"), max_digits=16, decimal_places=2, default=Decimal(0))
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    # expected = open + won + lost + moved, moved by Closing rows only (decision 16)
    amount_open = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0), editable=False)
    amount_won = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0), editable=False)
    amount_lost = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0), editable=False)
    amount_moved = models.DecimalField(max_digits=16, decimal_places=2, default=Decimal(0), editable=False)
    probability = models.DecimalField(_("probability"), max_digits=4, decimal_places=3, default=Decimal("0.2"))
    probability_by_hand = models.BooleanField(default=False)
    probability_by_model = models.BooleanField(default=False, db_default=False, editable=False)
    weighted = models.GeneratedField(
        expression=F("amount_open") * F("probability"),
        output_field=models.DecimalField(max_digits=16, decimal_places=2),
        db_persist=True,
    )
    recurring = models.DecimalField(_("recurring revenue"), max_digits=16, decimal_places=2, null=True, blank=True)
    recurring_plan = models.CharField(max_length=10, choices=Plan, default=Plan.NONE, blank=True)
    close_date = models.DateField(_("close date"), null=True, blank=True)

    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    lost_reason = models.ForeignKey(LostReason, models.PROTECT, null=True, blank=True, related_name="opportunities")
    lost_note = models.TextField(blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)
    stars = models.PositiveSmallIntegerField(default=0)
    tags = models.ManyToManyField(Tag, blank=True, related_name="opportunities")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="opportunities")
    medium = models.ForeignKey(Medium, models.PROTECT, null=True, blank=True, related_name="+")
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, blank=True, related_name="+")
    notes = models.TextField(_("notes"), blank=True)
    custom = models.JSONField(default=dict, blank=True)
    next_activity_at = models.DateTimeField(null=True, blank=True)
    next_activity_on = models.DateField(null=True, blank=True, help_text="the same as a day, for the column's bar")
    next_is_whole_day = models.BooleanField(default=False, db_default=False)
    next_activity_label = models.CharField(max_length=300, blank=True)
    followed = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="follow_ups")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = OpportunityQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("opportunity"), _("opportunities")
        constraints = [
            models.CheckConstraint(
                condition=Q(expected=F("amount_open") + F("amount_won") + F("amount_lost") + F("amount_moved")),
                name="opportunity_parts_add_up_to_expected",
            ),
            models.CheckConstraint(
                condition=Q(amount_open__gte=0, amount_won__gte=0, amount_lost__gte=0, amount_moved__gte=0),
                name="opportunity_amounts_not_negative",
                violation_error_message=_("An amount can't be below zero."),
            ),
            models.CheckConstraint(
                condition=Q(state="lost", lost_reason__isnull=False) | (~Q(state="lost") & Q(lost_reason__isnull=True)),
                name="opportunity_lost_reason_only_when_lost",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="opportunity_closed_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="opportunity_probability_in_range"
            ),
            models.CheckConstraint(
                condition=~Q(probability_by_hand=True, probability_by_model=True), name="probability_is_one_word"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="opportunity_has_a_name"),
            models.CheckConstraint(condition=Q(stars__lte=3), name="opportunity_stars_in_range"),
        ]
        indexes = [
            models.Index(
                "stage",
                F("next_activity_at").asc(nulls_last=True),
                "id",
                name="cards_by_next_activity",
                condition=Q(state="open"),
            ),
            models.Index(
                "owner",
                "stage",
                F("next_activity_at").asc(nulls_last=True),
                "id",
                name="cards_of_owner",
                condition=Q(state="open"),
            ),
            models.Index(
                "team",
                "stage",
                F("next_activity_at").asc(nulls_last=True),
                "id",
                name="cards_of_team",
                condition=Q(state="open"),
            ),
            models.Index(
                "team",
                "stage",
                F("next_activity_at").asc(nulls_last=True),
                "id",
                name="cards_of_nobody",
                condition=Q(state="open", owner__isnull=True),
            ),
            models.Index(
                "pipeline",
                F("next_activity_at").asc(nulls_first=True),
                "id",
                name="deals_by_next_activity",
                condition=Q(state="open"),
            ),
            models.Index(fields=["pipeline", "changed_at"], name="changed_opportunities"),
            models.Index(
                fields=["pipeline", "state", "-closed_at"], name="closed_opportunities", condition=~Q(state="open")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("opportunities:opportunity", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def next_due(self) -> datetime | date | None:
        """When the next activity is due, as shown: a moment, or a whole day of whoever does it."""
        return self.next_activity_on if self.next_is_whole_day else self.next_activity_at

    @property
    def probability_from(self) -> str:
        """Return whose word the probability is: hand, model or stage."""
        if self.probability_by_hand:
            return chances.HAND
        return chances.MODEL if self.probability_by_model else chances.STAGE


class Conversion(models.Model):
    """How one lead ended well, with all that undoing it needs (decision 15)."""

    class Outcome(models.TextChoices):
        NEW = "new", _("new opportunity")
        EXISTING = "existing", _("existing opportunity")
        CUSTOMER = "customer", _("customer only")
        NO_CUSTOMER = "no_customer", _("opportunity without a customer yet")
        SALE = "sale", _("straight to a won sale")

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="conversions")
    outcome = models.CharField(max_length=12, choices=Outcome)
    opportunity = models.ForeignKey(Opportunity, models.PROTECT, null=True, blank=True, related_name="conversions")
    company = models.ForeignKey("customers.Company", models.PROTECT, null=True, blank=True, related_name="+")
    contact = models.ForeignKey("customers.Contact", models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    before = models.JSONField(default=dict, help_text="what was created, and touched rows as they were")
    change = models.OneToOneField(Change, models.PROTECT, null=True, blank=True, related_name="conversion")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "lead", condition=Q(undone_at__isnull=True), name="one_standing_conversion_per_lead"
            ),
            models.CheckConstraint(
                condition=Q(outcome="customer", opportunity__isnull=True)
                | (~Q(outcome="customer") & Q(opportunity__isnull=False))
                | Q(undone_at__isnull=False),
                name="conversion_has_its_opportunity",
            ),
        ]


class Closing(models.Model):
    """A part of an opportunity's amount that ended: won, lost, or moved to another opportunity."""

    class Kind(models.TextChoices):
        WON = "won", _("won")
        LOST = "lost", _("lost")
        MOVED = "moved", _("moved")
        REOPENED = "reopened", _("reopened")

    append_only = True

    # the database deletes along (migration 0006): the app's role may not delete events itself
    opportunity = models.ForeignKey(Opportunity, models.DO_NOTHING, related_name="closings")
    kind = models.CharField(max_length=10, choices=Kind)
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3)
    reason = models.ForeignKey(LostReason, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)
    to = models.ForeignKey(Opportunity, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["opportunity", "at"], name="closings_of_opportunity")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="lost") | Q(reason__isnull=True), name="closing_reason_only_when_lost"
            )
        ]


class OpportunityEvent(Event):
    class Kind(models.TextChoices):
        OPENED = "opened", _("opened")
        MOVED = "moved", _("stage changed")
        CHANGED = "changed", _("changed")
        NOTED = "noted", _("note")
        CALLED = "called", _("call")
        MAILED = "mailed", _("e-mail")
        PLANNED = "planned", _("activity planned")
        DID = "did", _("activity done")
        ASSIGNED = "assigned", _("assigned")
        ATTACHED = "attached", _("lead attached")
        WON = "won", _("won")
        LOST = "lost", _("lost")
        PARTLY = "partly", _("closed in part")
        REOPENED = "reopened", _("reopened")
        UNDONE = "undone", _("taken back")

    # the database deletes along (migration 0006): the app's role may not delete events itself
    opportunity = models.ForeignKey(Opportunity, models.DO_NOTHING, related_name="events")
    kind = models.CharField(max_length=30, choices=Kind)

    class Meta:
        indexes = [models.Index(fields=["opportunity", "-occurred_at", "-id"], name="opportunity_timeline")]


class OpportunityActivity(PlannedVerbs, Activity):
    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="activities")

    class Meta:
        indexes = [
            models.Index(
                fields=["opportunity", "due_at"],
                name="planned_for_opportunity",
                condition=Q(done_at__isnull=True, cancelled_at__isnull=True),
            ),
            models.Index(
                fields=["due_at"],
                name="opp_activities_to_remind",
                condition=Q(done_at__isnull=True, cancelled_at__isnull=True, reminded_at__isnull=True),
            ),
            models.Index(
                fields=["assignee", "due_at"],
                name="opp_activities_of_person",
                condition=Q(done_at__isnull=True, cancelled_at__isnull=True),
            ),
        ]

    def get_absolute_url(self) -> str:
        return self.opportunity.get_absolute_url()


from opportunities.searching import DealSearch  # noqa: E402, F401 - its table belongs here, where Django looks for it
from opportunities.totals import MonthTotal, StageTotal  # noqa: E402, F401 - so do these
