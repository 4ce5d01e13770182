"""Forms of the pages under Settings; each field is named, none is taken from the request."""

import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

from babel import Locale
from django import forms
from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from core import business
from core.currencies import CurrencyField
from teams.models import Membership, Role, SalesTeam, User

HIDDEN = {"demo_is_loading", "demo_loaded"}  # states the product keeps for itself


@cache
def zones() -> list[tuple[str, str]]:
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right")))
    return [("UTC", "UTC"), *((name, name.replace("_", " ")) for name in names)]


@cache
def _countries(locale: str) -> list[tuple[str, str]]:
    names = Locale.parse(locale).territories
    return sorted(((code, name) for code, name in names.items() if len(code) == 2 and code.isalpha() and code != "ZZ"),
                  key=lambda pair: pair[1])  # fmt: skip


def countries() -> list[tuple[str, str]]:
    return [("", _("None")), *_countries(to_locale(get_language() or "en"))]


class OrganisationForm(forms.Form):
    """One field per declared business setting, by its type."""

    CHOICES = {"country": countries, "time_zone": zones}

    def __init__(self, data=None):
        super().__init__(data)
        for key, declared in business.DECLARED.items():
            if key not in HIDDEN:
                self.fields[key] = self.field_for(key, declared)
                self.initial[key] = business.get(key)

    def field_for(self, key: str, declared: business.Declared) -> forms.Field:
        words = {"label": declared.label, "help_text": declared.help}
        if key == "currency":
            return CurrencyField(**words)
        if key in self.CHOICES:
            return forms.ChoiceField(choices=self.CHOICES[key], required=key != "country", **words)
        if declared.type is bool:
            return forms.BooleanField(required=False, **words)
        if declared.type is int:
            return forms.IntegerField(min_value=0, **words)
        if issubclass(declared.type, str):
            return forms.CharField(max_length=200, required=bool(declared.default), **words)
        return forms.DurationField(**words)


def moment_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ProfileForm(forms.ModelForm):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = User
        fields = ["name", "language", "time_zone", "theme", "is_compact", "single_keys"]
        widgets = {"theme": forms.RadioSelect}
        labels = {"is_compact": _("Compact rows"), "single_keys": _("Single-key shortcuts")}
        help_texts = {"single_keys": _("Keys like C or E act at once while you are not typing.")}


class AbsenceForm(forms.Form):
    """When somebody who sits in teams is away; it counts in all of them."""

    away_from = forms.DateTimeField(label=_("Away from"), required=False, widget=moment_input(), help_text=_("Empty means: not away."))
    away_until = forms.DateTimeField(
        label=_("Back at"), required=False, widget=moment_input(), help_text=_("New leads go to others meanwhile. Empty means: open end.")
    )

    def __init__(self, data: Mapping | None, *, seats: Iterable[Membership], at: datetime):
        self.seats = list(seats)
        ahead = [seat for seat in self.seats if seat.away_from and (seat.away_until is None or seat.away_until > at)]
        edges = {name: getattr(seat, name) for seat in ahead[:1] for name in ("away_from", "away_until")}
        super().__init__(data, initial={name: edge and edge.replace(second=0, microsecond=0) for name, edge in edges.items()})

    def clean(self) -> dict:
        said = super().clean()
        start, end = said.get("away_from"), said.get("away_until")
        if end and not start and not self.errors:
            self.add_error("away_from", _("Say from when."))
        if start and end and end <= start:
            self.add_error("away_until", _("The absence ends before it begins."))
        return said

    def save(self) -> None:
        for seat in self.seats:
            seat.away_from, seat.away_until = self.cleaned_data["away_from"], self.cleaned_data["away_until"]
            seat.save(update_fields=["away_from", "away_until"])


class PersonForm(forms.Form):
    """Somebody's role and teams; also used to invite."""

    role = forms.ChoiceField(label=_("Role"), choices=Role)
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"), queryset=SalesTeam.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["teams"].queryset = SalesTeam.objects.order_by("name", "pk")

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("role") in {Role.REP, Role.MANAGER} and not cleaned.get("teams"):
            self.add_error("teams", _("A sales rep or manager is in at least one team."))
        return cleaned


class InvitationForm(PersonForm):
    name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"))
    field_order = ["name", "email", "role", "teams"]

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError(_("There is already a person with this e-mail."))
        return email


class TeamForm(forms.ModelForm):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zones)
    currency = CurrencyField()
    goal = forms.IntegerField(label=_("Reply within (minutes)"), min_value=1, max_value=7 * 24 * 60,
                              help_text=_("The goal each waiting lead's clock counts down to."))
    limit = forms.IntegerField(label=_("Late after (minutes)"), min_value=1, max_value=30 * 24 * 60)

    class Meta:
        model = SalesTeam
        fields = ["name", "strategy", "sees_whole_team", "time_zone", "currency", "hot_from", "warm_from"]
        widgets = {"strategy": forms.RadioSelect}
        labels = {
            "name": _("Name"), "strategy": _("When no rule matches"), "hot_from": _("Hot from score"),
            "sees_whole_team": _("Everybody sees the whole team’s records"), "warm_from": _("Warm from score"),
        }  # fmt: skip

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["goal"] = int(self.instance.response_goal.total_seconds() // 60)
        self.initial["limit"] = int(self.instance.response_limit.total_seconds() // 60)
        if self.instance.pk:
            del self.fields["strategy"]  # stands beside the rules

    def clean(self):
        from datetime import timedelta

        cleaned = super().clean()
        goal, limit = cleaned.get("goal"), cleaned.get("limit")
        if goal and limit and limit < goal:
            self.add_error("limit", _("The limit lies after the goal."))
        if goal and limit:
            self.instance.response_goal, self.instance.response_limit = timedelta(minutes=goal), timedelta(minutes=limit)
        return cleaned


class MembershipForm(forms.ModelForm):
    class Meta:
        model = Membership
        fields = ["takes_leads", "capacity", "daily_cap", "weight", "is_paused", "away_from", "away_until"]
        labels = {
            "takes_leads": _("Takes leads"), "capacity": _("Capacity"), "daily_cap": _("New leads a day at most"),
            "weight": _("Weight"), "is_paused": _("Paused"), "away_from": _("Away from"), "away_until": _("Back at"),
        }  # fmt: skip
        help_texts = {
            "daily_cap": _("Empty means: as many as there is room for."),
            "weight": _("2 gets twice the turns of 1."),
            "is_paused": _("Gets nothing new until this is taken back."),
        }
        widgets = {"away_from": moment_input(), "away_until": moment_input()}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["capacity"].max_value = self.fields["weight"].max_value = 10_000


class MemberForm(forms.Form):
    """Who joins a team."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.none(), empty_label=_("Choose a person"))

    def __init__(self, team: SalesTeam, *args, **kwargs):
        super().__init__(*args, **kwargs)
        roles = Q(role__in=[Role.REP, Role.MANAGER])
        self.fields["person"].queryset = User.objects.active().filter(roles).exclude(memberships__team=team).by_name()
