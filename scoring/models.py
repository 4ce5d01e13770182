"""Scoring models, how they were learnt, the scores they gave, and what was known about a lead when it was first scored."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models import Lead
from opportunities.models import Opportunity


class ScoringModel(models.Model):
    """One training run: its data range, counts, measures, decision, and its coefficients as JSON with a digest.

    Never a pickle; `coefficients` is range-checked and its SHA-256 compared on loading.
    """

    question = models.CharField(max_length=20, default="lead", help_text="lead: P(converts); deal: P(won)")
    trained_at = models.DateTimeField(db_default=Now())
    data_from = models.DateTimeField(null=True, blank=True)
    data_to = models.DateTimeField(null=True, blank=True)
    closed_count = models.PositiveIntegerField(default=0)
    won_count = models.PositiveIntegerField(default=0)
    stands_in = models.BooleanField(default=False, help_text="trained on won and lost deals until enough own leads closed")
    measures = models.JSONField(default=dict)
    decision = models.JSONField(default=dict)
    coefficients = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    held_out = models.JSONField(null=True, blank=True, help_text="the same learnt without the newest leads: what later ones are compared with")
    schema = models.PositiveSmallIntegerField(default=1)
    active_since = models.DateTimeField(null=True, blank=True)
    active_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("question", condition=Q(active_since__isnull=False, active_until__isnull=True),
                                    name="one_active_model_per_question")
        ]


class Training(models.Model):
    """One run of learning, in parts whose results are rows: a worker that dies loses one part."""

    class State(models.TextChoices):
        RUNNING = "running", _("learning")
        PROMOTED = "promoted", _("serves")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")

    question = models.CharField(max_length=20, default="lead")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    at = models.DateTimeField(help_text="what had closed by then is learnt from")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    known = models.PositiveIntegerField(default=0, help_text="how many had closed")
    lessons = models.CharField(max_length=64, blank=True, help_text="digest of what is learnt from; another one starts the parts anew")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="tries of the part at work")
    why = models.JSONField(default=dict, blank=True)
    model = models.ForeignKey(ScoringModel, models.PROTECT, null=True, blank=True, related_name="trainings")

    class Meta:
        constraints = [models.UniqueConstraint("question", condition=Q(state="running"), name="one_training_at_a_time")]
        indexes = [models.Index(fields=["question", "-id"], name="trainings_newest_first")]


class TrainingPart(models.Model):
    """The result of one part of a training, dropped when the training ends."""

    training = models.ForeignKey(Training, models.CASCADE, related_name="parts")
    name = models.CharField(max_length=40)
    result = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint("training", "name", name="one_result_per_part")]


class Score(models.Model):
    """One grade a lead got, with the model it came from and the reasons (codes with values and points)."""

    append_only = True

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="scores")
    model = models.ForeignKey(ScoringModel, models.PROTECT, null=True, related_name="scores")
    value = models.PositiveSmallIntegerField()
    probability = models.FloatField()
    reasons = models.JSONField(default=dict)
    scored_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["lead", "-scored_at", "-id"], name="scores_of_lead")]
        constraints = [models.CheckConstraint(condition=Q(value__lte=100), name="score_in_range")]


class Snapshot(models.Model):
    """The allowed fields of a lead as they were at its first scoring; training reads these, not today's values."""

    lead = models.OneToOneField(Lead, models.CASCADE, primary_key=True, related_name="snapshot")
    fields = models.JSONField()
    taken_at = models.DateTimeField()


class DealScore(models.Model):
    """What is known of an opportunity and what the model says of it: the facts at its first grading and the latest grade."""

    opportunity = models.OneToOneField(Opportunity, models.CASCADE, primary_key=True, related_name="deal_score")
    fields = models.JSONField(help_text="the facts when it was first graded: what training reads")
    taken_at = models.DateTimeField()
    facts = models.JSONField(help_text="the facts of the latest grade, without the stage")
    model = models.ForeignKey(ScoringModel, models.PROTECT, related_name="+")
    probability = models.FloatField()
    reasons = models.JSONField(default=dict)
    scored_at = models.DateTimeField()
    first_said = models.FloatField(null=True, blank=True, help_text="the probability of its first grade: what is held against how it ended")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(probability__gte=0, probability__lte=1), name="deal_score_in_range")]


class Unexplained(models.Model):
    """A lead whose latest reasons lack what the trees say: the bulk worker follows, hottest first."""

    lead = models.OneToOneField(Lead, models.CASCADE, primary_key=True, related_name="unexplained")
    since = models.DateTimeField()


class UnusedField(models.Model):
    """A field no score may use: left out to see the effect, or sensitive, so that it is never used."""

    class Why(models.TextChoices):
        EXCLUDED = "excluded", _("left out")
        SENSITIVE = "sensitive", _("sensitive: never used")

    key = models.CharField(max_length=80, unique=True)
    why = models.CharField(max_length=10, choices=Why, default=Why.EXCLUDED)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now())


class HandScore(models.Model):
    """A score a person set, beside the model's: who, why, until when."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="hand_scores")
    value = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint("lead", condition=Q(lifted_at__isnull=True), name="one_standing_hand_score_per_lead"),
            models.CheckConstraint(condition=Q(value__lte=100), name="hand_score_in_range"),
        ]


class TeamLimits(models.Model):
    """From which score on a team's leads are hot and warm by the latest proposal, and by which limits they were sorted last."""

    team = models.OneToOneField("teams.SalesTeam", models.CASCADE, related_name="score_limits")
    hot_from = models.PositiveSmallIntegerField()
    warm_from = models.PositiveSmallIntegerField()
    proposed_at = models.DateTimeField(null=True, blank=True)
    follows = models.BooleanField(default=True, help_text="the team's limits are those proposed; off when somebody sets others")
    in_force_hot = models.PositiveSmallIntegerField()
    in_force_warm = models.PositiveSmallIntegerField()
    in_force_ideal = models.CharField(max_length=64, blank=True, default="", db_default="", help_text="the ideal customer leads were graded by last")


class Regrading(models.Model):
    """A change that touches what is open: leads or deals graded before it are graded anew, in batches."""

    class Why(models.TextChoices):
        IDEAL = "ideal", _("the ideal customer changed")
        FIELD = "field", _("a field is used no longer, or again")
        LIMITS = "limits", _("the limits of hot and warm changed")

    question = models.CharField(max_length=20, default="lead")
    why = models.CharField(max_length=10, choices=Why)
    team = models.ForeignKey("teams.SalesTeam", models.CASCADE, null=True, blank=True, related_name="+")
    field = models.CharField(max_length=80, blank=True)
    since = models.DateTimeField(help_text="what was graded before is waiting")
    total = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("question", "why", "team", "field", condition=Q(ended_at__isnull=True), nulls_distinct=False,
                                    name="one_regrading_of_a_kind")
        ]


class Watermark(models.Model):
    """Up to which event and engagement leads were graded again, and up to which event deals: one row."""

    event = models.BigIntegerField(default=0)
    engagement = models.BigIntegerField(default=0)
    deal = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_watermark")]
