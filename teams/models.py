"""The people who work here, their teams, how much each can take on, and territories."""

import zoneinfo
from datetime import datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from core.prepared import Prepared


class Role(models.TextChoices):
    REP = "rep", _("Sales rep")
    MANAGER = "manager", _("Manager")
    OPS = "ops", _("Operations")
    ADMINISTRATOR = "administrator", _("Administrator")


class UserQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def visible_to(self, user: "User"):
        """Colleagues: everybody active, and oneself. Names of colleagues are no secret inside the organisation."""
        return self.filter(Q(is_active=True) | Q(pk=user.pk))

    def by_name(self):
        return self.order_by(Lower("name"), "pk")


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    use_in_migrations = False

    def create_user(self, email: str, password: str | None = None, *, name: str = "", role: str = Role.REP, **fields):
        user = self.model(email=self.normalize_email(email).lower(), name=name or email.split("@")[0], role=role, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields):
        return self.create_user(email, password, role=Role.ADMINISTRATOR, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in. What they may do follows from their one role and their teams."""

    class Theme(models.TextChoices):
        SYSTEM = "", _("Match system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(
        _("e-mail"), unique=True, error_messages={"unique": _("There is already a person with this e-mail.")}
    )
    name = models.CharField(_("name"), max_length=150)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.REP)
    job_title = models.CharField(_("job title"), max_length=120, blank=True)
    hue = models.PositiveSmallIntegerField(default=1, help_text=_("colour of the avatar, 1 to 8"))
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Berlin")
    language = models.CharField(_("language"), max_length=10, default="en")
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.SYSTEM, blank=True)
    is_compact = models.BooleanField(_("compact rows"), default=False)
    single_keys = models.BooleanField(_("single-key shortcuts"), default=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_demo = models.BooleanField(default=False, editable=False)
    joined_at = models.DateTimeField(db_default=Now(), editable=False)
    current_team = models.ForeignKey("teams.SalesTeam", models.SET_NULL, null=True, blank=True, related_name="+")
    invited_at = models.DateTimeField(null=True, blank=True, editable=False)
    sign_outs = models.PositiveIntegerField(default=0, editable=False, help_text="counts up to end all sessions at once")

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name, verbose_name_plural = _("person"), _("people")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_person_per_email", violation_error_message=_("Somebody has this address already.")),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="person_has_a_known_role", violation_error_message=_("There is no such role.")),
            models.CheckConstraint(condition=Q(hue__gte=1, hue__lte=8), name="person_hue_in_range", violation_error_message=_("A colour is a number from 1 to 8.")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_session_auth_hash(self) -> str:
        """What a session must still match: a new password, another role or a sign-out everywhere ends it."""
        return salted_hmac("teams.User.session", f"{self.password}:{self.role}:{self.sign_outs}", algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self):
        return iter(())

    def has_perm(self, perm: str, obj=None) -> bool:
        """Answer the Django admin, in which only set-up tables stand: the rules are in teams.rights."""
        from teams import rights

        return self.is_active and rights.may_set_up(self, perm)

    def has_perms(self, perm_list, obj=None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        from teams import rights

        return self.is_active and rights.may_see_app(self, app_label)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def is_manager(self) -> bool:
        return self.role == Role.MANAGER

    @property
    def is_ops(self) -> bool:
        return self.role == Role.OPS

    @property
    def manages(self) -> bool:
        """Managers and administrators set up teams, stages and rules and hand leads around."""
        return self.role in {Role.MANAGER, Role.ADMINISTRATOR}

    @property
    def is_staff(self) -> bool:
        return self.manages and self.is_active

    @property
    def is_superuser(self) -> bool:  # type: ignore[override]
        return self.is_administrator

    @is_superuser.setter
    def is_superuser(self, value: bool) -> None:
        """PermissionsMixin's column is not used: the role says it."""

    @property
    def needs_second_factor(self) -> bool:
        """Those who see more than their own records prove themselves twice (S14)."""
        return settings.REQUIRE_MFA and self.role in {Role.MANAGER, Role.OPS, Role.ADMINISTRATOR}

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        try:
            return zoneinfo.ZoneInfo(self.time_zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return zoneinfo.ZoneInfo("UTC")

    @cached_property
    def seats(self) -> list["Membership"]:
        """This person's memberships with their teams, read once per request."""
        found = _SEATS.rows(self.pk)
        for seat in found:
            seat.user = self
        return found

    @property
    def team_ids(self) -> list[int]:
        return [seat.team_id for seat in self.seats]

    @property
    def open_team_ids(self) -> list[int]:
        """Teams of which this person sees everything: shared teams, and all own teams for a manager."""
        return [seat.team_id for seat in self.seats if self.is_manager or seat.team.sees_whole_team]

    @property
    def sight_keys(self) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
        """Return this person's key, those of their teams that are not open to them, and those that are: see Sight.of."""
        opened = self.open_team_ids
        return self.pk, tuple(team for team in self.team_ids if team not in opened), tuple(opened)


class SalesTeam(models.Model):
    """Salespeople who share leads; who gets one is chosen by the team's strategy."""

    class Strategy(models.TextChoices):
        ROUND_ROBIN = "round_robin", _("Round-robin: strict turns")
        WORKLOAD = "workload", _("Workload: fewest open")
        TERRITORY = "territory", _("Territory")
        MANUAL = "manual", _("Manual: a manager hands out")

    class Workload(models.TextChoices):
        """What counts as load when the one with the fewest is looked for."""

        LEADS = "leads", _("Open leads")
        DEALS = "deals", _("Open deals, and leads not yet contacted")
        WEIGHTED = "weighted", _("Open deals by how far they are, and leads not yet contacted")

    class AfterLimit(models.TextChoices):
        NOTHING = "nothing", _("Leave it with its owner")
        REROUTE = "reroute", _("Give it to the next person")
        ESCALATE = "escalate", _("Tell the manager")

    name = models.CharField(_("name"), max_length=80, unique=True)
    is_default = models.BooleanField(_("takes leads that no team was chosen for"), default=False)
    sees_whole_team = models.BooleanField(_("everybody sees the whole team's records"), default=False)
    strategy = models.CharField(_("strategy"), max_length=12, choices=Strategy, default=Strategy.ROUND_ROBIN)
    time_zone = models.CharField(_("time zone"), max_length=60, default="Europe/Berlin")
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    response_goal = models.DurationField(_("response goal"), default=timedelta(minutes=5))
    response_limit = models.DurationField(_("response limit"), default=timedelta(hours=1))
    workload = models.CharField(_("what counts as load"), max_length=10, choices=Workload, default=Workload.LEADS)
    keeps_relations = models.BooleanField(_("who knows the company gets its leads"), default=False)
    waits_for_hours = models.BooleanField(_("hands out leads in working hours only"), default=False)
    clock_in_hours = models.BooleanField(_("the response clock runs in working hours only"), default=False)
    warn_before = models.DurationField(_("warning before the goal"), null=True, blank=True)
    after_limit = models.CharField(_("after the limit"), max_length=10, choices=AfterLimit, default=AfterLimit.NOTHING)
    accept_within = models.DurationField(_("accept or decline within"), null=True, blank=True)
    returns_when_away = models.BooleanField(_("untouched leads of people who are away go to others"), default=False)
    has_queue = models.BooleanField(default=False, editable=False, help_text="somebody waits for room: the next room is theirs")
    hot_from = models.PositiveSmallIntegerField(_("hot from score"), default=70)
    warm_from = models.PositiveSmallIntegerField(_("warm from score"), default=40)
    turns_taken = models.BigIntegerField(default=0, editable=False, help_text=_("rotation: turns given out so far"))
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = _("sales team"), _("sales teams")
        constraints = [
            models.UniqueConstraint("is_default", condition=Q(is_default=True), name="one_default_team",
                                    violation_error_message=_("Another team is the default one already.")),
            models.CheckConstraint(condition=Q(hot_from__lte=100, warm_from__lte=F("hot_from")),
                                   name="warm_limit_below_hot_limit",
                                   violation_error_message=_("Warm must begin below hot, and hot at 100 at most.")),
        ]

    def __str__(self) -> str:
        return self.name

    def temperature_of(self, score: int | None) -> str:
        if score is None:
            return ""
        return "hot" if score >= self.hot_from else "warm" if score >= self.warm_from else "cold"


class MembershipQuerySet(models.QuerySet):
    def available(self, at: datetime):
        """Members who can take a lead now: active, not paused, not away."""
        away = Q(away_from__lte=at) & (Q(away_until__isnull=True) | Q(away_until__gt=at))
        return self.filter(user__is_active=True, is_paused=False, takes_leads=True).exclude(away)


class Membership(models.Model):
    """One person in one team: how much they take on and when they are there."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("person"))
    team = models.ForeignKey(SalesTeam, models.CASCADE, related_name="memberships", verbose_name=_("team"))
    takes_leads = models.BooleanField(_("takes leads"), default=True)
    capacity = models.PositiveIntegerField(_("capacity"), default=60, help_text=_("open leads at most"))
    daily_cap = models.PositiveIntegerField(_("new leads a day at most"), null=True, blank=True)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1)
    is_paused = models.BooleanField(_("paused"), default=False)
    away_from = models.DateTimeField(_("away from"), null=True, blank=True)
    away_until = models.DateTimeField(_("back at"), null=True, blank=True)
    last_turn = models.BigIntegerField(default=0, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("membership"), _("memberships")
        constraints = [
            models.UniqueConstraint("user", "team", name="one_membership_per_person_and_team",
                                    violation_error_message=_("This person is in the team already.")),
            models.CheckConstraint(
                condition=Q(away_from__isnull=True) | Q(away_until__isnull=True) | Q(away_until__gt=F("away_from")),
                name="absence_ends_after_it_begins",
                violation_error_message=_("The absence ends before it begins.")),
            models.CheckConstraint(condition=Q(weight__gte=1), name="membership_weight_at_least_one", violation_error_message=_("A weight is 1 or more.")),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.team}"

    def is_away(self, at: datetime) -> bool:
        return bool(self.away_from and self.away_from <= at and (self.away_until is None or self.away_until > at))


_SEATS = Prepared(lambda person: Membership.objects.filter(user=person).select_related("team").order_by("team__name", "pk"))


class WorkingDay(models.Model):
    """When a team works on one day of the week, in its own time zone; a team without any works around the clock."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    team = models.ForeignKey(SalesTeam, models.CASCADE, related_name="working_days")
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))

    class Meta:
        constraints = [
            models.UniqueConstraint("team", "weekday", name="one_span_per_team_and_weekday"),
            models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="working_day_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="working_day_of_the_week"),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class Holiday(models.Model):
    """A day on which a team does not work."""

    team = models.ForeignKey(SalesTeam, models.CASCADE, related_name="holidays")
    day = models.DateField(_("day"))
    name = models.CharField(_("name"), max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("team", "day", name="one_holiday_per_team_and_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}".strip()


class ResponseGoal(models.Model):
    """How quickly a team replies to leads of one temperature; without a row the team's own goal and limit count."""

    class Temperature(models.TextChoices):
        HOT = "hot", _("Hot")
        WARM = "warm", _("Warm")
        COLD = "cold", _("Cold")

    team = models.ForeignKey(SalesTeam, models.CASCADE, related_name="response_goals")
    temperature = models.CharField(_("temperature"), max_length=4, choices=Temperature)
    goal = models.DurationField(_("response goal"))
    limit = models.DurationField(_("response limit"))

    class Meta:
        constraints = [
            models.UniqueConstraint("team", "temperature", name="one_goal_per_team_and_temperature"),
            models.CheckConstraint(condition=Q(limit__gte=F("goal")), name="response_limit_not_before_goal"),
        ]

    def __str__(self) -> str:
        return f"{self.team}: {self.temperature}"


class Territory(models.Model):
    """A part of the market, by conditions, and who looks after it."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    team = models.ForeignKey(SalesTeam, models.CASCADE, related_name="territories", verbose_name=_("team"))
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="territories", verbose_name=_("owner"))
    conditions = models.JSONField(_("conditions"), default=dict, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("territory"), _("territories")

    def __str__(self) -> str:
        return self.name


class SignInTry(models.Model):
    """One password or code tried for an account (a keyed hash of it); counted here, because memory forgets."""

    account = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["account", "at"], name="tries_of_an_account")]
