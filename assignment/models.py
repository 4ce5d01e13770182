"""Ordered rules that qualify and assign, and a record of every decision they made."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from leads.models import Lead
from opportunities.models import Stage
from teams.models import SalesTeam, Territory


class RuleQuerySet(models.QuerySet):
    def in_order(self):
        """Active rules, first to last; «everyone else» is always the last."""
        return self.filter(is_active=True).order_by("is_everyone_else", "position", "pk")


class Rule(models.Model):
    """One line of an ordered list: the first whose conditions match decides."""

    team = models.ForeignKey(SalesTeam, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team"),
                             help_text=_("none means: every team"))
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    conditions = models.JSONField(_("conditions"), default=dict, blank=True)
    is_everyone_else = models.BooleanField(_("everyone else"), default=False, editable=False)
    is_active = models.BooleanField(_("on"), default=True)
    problem = models.CharField(max_length=300, blank=True, editable=False)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = RuleQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class QualificationRule(Rule):
    class Outcome(models.TextChoices):
        OPPORTUNITY = "opportunity", _("open an opportunity")
        ACCEPT = "accept", _("accept as a qualified lead")
        KEEP = "keep", _("keep in the pool")
        NURTURE = "nurture", _("come back later")
        ARCHIVE = "archive", _("archive")

    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, default=Outcome.KEEP)
    stage = models.ForeignKey(Stage, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stage"))
    archive_reason = models.CharField(_("reason to archive"), max_length=300, blank=True)
    come_back_after = models.DurationField(_("come back after"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("qualification rule"), _("qualification rules")
        constraints = [
            models.UniqueConstraint("team", condition=Q(is_everyone_else=True), name="one_last_qualification_rule",
                                    nulls_distinct=False)
        ]


class AssignmentRule(Rule):
    to_team = models.ForeignKey(SalesTeam, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("to team"))
    to_person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
                                  verbose_name=_("to person"))
    to_territory = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+",
                                     verbose_name=_("to the territory"))
    strategy = models.CharField(_("strategy"), max_length=12, choices=SalesTeam.Strategy, blank=True,
                                help_text=_("empty means: the team's own"))

    class Meta:
        verbose_name, verbose_name_plural = _("assignment rule"), _("assignment rules")
        constraints = [
            models.UniqueConstraint("team", condition=Q(is_everyone_else=True), name="one_last_assignment_rule",
                                    nulls_distinct=False)
        ]


class RuleList(models.Model):
    """An ordered list as it stood when it decided something: decisions point here instead of repeating it.

    `rules` holds what each rule was: [{"id", "name", "team", "conditions", "outcome", …}], first to last.
    """

    append_only = True

    kind = models.CharField(max_length=14)
    digest = models.CharField(max_length=64)
    rules = models.JSONField()
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "digest"], name="one_row_per_rule_list")]


class RuleVersion(models.Model):
    """One list as it stood after a change: who changed what, when and why; any of them can be taken up again.

    A team's own rules are one list, those for every team another. `rules` holds them first to last, those turned off too.
    """

    class What(models.TextChoices):
        BEGUN = "begun", _("as it was found")
        ADDED = "added", _("added “%(name)s”")
        CHANGED = "changed", _("changed “%(name)s”")
        MOVED = "moved", _("moved “%(name)s”")
        ON = "on", _("turned “%(name)s” on")
        OFF = "off", _("turned “%(name)s” off")
        REMOVED = "removed", _("deleted “%(name)s”")
        RESTORED = "restored", _("went back to version %(number)s")

    kind = models.CharField(max_length=14)
    team = models.ForeignKey(SalesTeam, models.CASCADE, null=True, related_name="+")
    number = models.PositiveIntegerField()
    rules = models.JSONField()
    what = models.CharField(max_length=10, choices=What)
    values = models.JSONField(default=dict)
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("kind", "team", "number", name="one_rule_version_per_number", nulls_distinct=False)]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Decision(models.Model):
    """Why a lead was qualified or assigned as it was. New only when outcome or reason changes; tries are counted on it.

    `reason` is a code, `values` what words it. `details` is the trace: {"list": the RuleList, "tested": [[rule,
    "matched" as 0 or 1, each condition's answer as "101"], …], "seen": {field: value}, "candidates": [{"id", "name", "load",
    "capacity", "why_not"[, what counted as load]}, …]}.
    """

    class Kind(models.TextChoices):
        QUALIFICATION = "qualification", _("qualification")
        ASSIGNMENT = "assignment", _("assignment")

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="decisions", db_index=False)
    kind = models.CharField(max_length=14, choices=Kind)
    outcome = models.CharField(max_length=20)
    reason = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    details = models.JSONField(default=dict)
    team = models.ForeignKey(SalesTeam, models.PROTECT, null=True, blank=True, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    tries = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()
    last_tried_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["lead", "-at", "-id"], name="decisions_of_lead"),
            models.Index(fields=["by"], name="decisions_by_person", condition=Q(by__isnull=False)),  # most are the rules'
        ]


class Offer(models.Model):
    """A lead somebody was given and says yes or no to within a time, where their team wants that."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        EXPIRED = "expired", _("not answered in time")
        OVERTAKEN = "overtaken", _("somebody else has it by now")

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="offers")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    offered_at = models.DateTimeField()
    accept_by = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    said = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["accept_by"], name="offers_without_answer", condition=Q(answer="")),
            models.Index(fields=["lead", "-id"], name="offers_of_lead"),
        ]


class ClockStep(models.Model):
    """What a lead's response clock led to, once for each owner: another owner, or a word to the manager."""

    class Kind(models.TextChoices):
        REROUTED = "rerouted", _("given to the next person after the limit")
        ESCALATED = "escalated", _("the manager was told after the limit")

    append_only = True

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="clock_steps")
    kind = models.CharField(max_length=10, choices=Kind)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("lead", "owner", "kind", name="one_clock_step_per_lead_and_owner")]
