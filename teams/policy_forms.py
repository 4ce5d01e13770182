"""Forms of a team's pages about handing out leads: what counts as load, working hours, the response clock."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from teams.models import Holiday, ResponseGoal, SalesTeam, WorkingDay

MOST_MINUTES = 30 * 24 * 60
MOST_HOLIDAYS = 400


def _minutes(label, help_text="") -> forms.IntegerField:
    return forms.IntegerField(label=label, help_text=help_text, min_value=1, max_value=MOST_MINUTES, required=False)


def in_minutes(length: timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds() // 60)


def as_length(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)


class AssignmentForm(forms.ModelForm):
    """How a team hands out leads that no rule gives to somebody."""

    accept = _minutes(_("Accept or decline within (minutes)"), _("Empty means: nobody has to accept. Unanswered leads go to the next person."))

    class Meta:
        model = SalesTeam
        fields = ["strategy", "workload", "keeps_relations", "returns_when_away"]
        widgets = {"strategy": forms.RadioSelect, "workload": forms.RadioSelect}
        labels = {
            "strategy": _("When no rule matches"), "workload": _("What counts as load"), "keeps_relations": _("Who knows the company comes first"),
            "returns_when_away": _("Untouched leads of people who are away go to others"),
        }  # fmt: skip
        help_texts = {
            "workload": _("For the strategy “Workload”. The cap of a person always counts open leads."),
            "keeps_relations": _("The company's owner, else the owner of an open deal with it, before any rule."),
            "returns_when_away": _("Also those of people who left. What has a planned activity stays."),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.initial["accept"] = in_minutes(self.instance.accept_within)

    def save(self, commit: bool = True) -> SalesTeam:
        self.instance.accept_within = as_length(self.cleaned_data["accept"])
        if "strategy" in self.changed_data and self.initial["strategy"] == SalesTeam.Strategy.MANUAL:
            self.instance.has_queue = True  # who waited for a manager comes before who comes in now
        return super().save(commit)


class HoursForm(forms.ModelForm):
    """The working week, the days off, and what they are for."""

    holidays = forms.CharField(
        label=_("Holidays"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One a line: the day, then its name. 2026-12-25 Christmas"),
    )  # fmt: skip

    class Meta:
        model = SalesTeam
        fields = ["waits_for_hours", "clock_in_hours"]
        labels = {
            "waits_for_hours": _("Hand out leads in working hours only"),
            "clock_in_hours": _("The response clock runs in working hours only"),
        }
        help_texts = {"waits_for_hours": _("Leads of the night wait in the queue, oldest first.")}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        known = {row.weekday: row for row in self.instance.working_days.all()}
        for number, label in WorkingDay.Weekday.choices:
            for name, words in (("opens", _("%(day)s from")), ("closes", _("%(day)s to"))):
                widget = forms.TimeInput(attrs={"type": "time", "aria-label": words % {"day": label}}, format="%H:%M")
                self.fields[f"{name}{number}"] = forms.TimeField(label=words % {"day": label}, required=False, widget=widget)
                self.initial[f"{name}{number}"] = getattr(known.get(number), name, None)
        days_off = self.instance.holidays.order_by("day")
        self.initial["holidays"] = "\n".join(f"{row.day:%Y-%m-%d} {row.name}".strip() for row in days_off)

    @property
    def week(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        """Return the days with their two fields, for the table."""
        return [(label, self[f"opens{number}"], self[f"closes{number}"]) for number, label in WorkingDay.Weekday.choices]

    def clean_holidays(self) -> list[tuple[date, str]]:
        found: dict[date, str] = {}
        for line in self.cleaned_data["holidays"].splitlines():
            day, _space, name = line.strip().partition(" ")
            if not day:
                continue
            try:
                found[date.fromisoformat(day)] = name.strip()[:80]
            except ValueError:
                raise forms.ValidationError(_("“%(line)s” does not begin with a day like 2026-12-25.") % {"line": line[:60]})
        if len(found) > MOST_HOLIDAYS:
            raise forms.ValidationError(ngettext("At most %(n)s day.", "At most %(n)s days.", MOST_HOLIDAYS) % {"n": MOST_HOLIDAYS})
        return sorted(found.items())

    def clean(self) -> dict:
        said = super().clean()
        for number, _label in WorkingDay.Weekday.choices:
            opens, closes = said.get(f"opens{number}"), said.get(f"closes{number}")
            if (opens is None) != (closes is None):
                self.add_error(f"closes{number}" if closes is None else f"opens{number}", _("Fill in both, or neither."))
            elif opens is not None and closes <= opens:
                self.add_error(f"closes{number}", _("It ends before it begins."))
        return said

    @property
    def spans(self) -> list[tuple[int, Any, Any]]:
        said = self.cleaned_data
        return [(n, said[f"opens{n}"], said[f"closes{n}"]) for n, _label in WorkingDay.Weekday.choices if said.get(f"opens{n}")]

    @transaction.atomic
    def save(self, commit: bool = True) -> SalesTeam:
        team = super().save(commit)
        team.working_days.all().delete()
        WorkingDay.objects.bulk_create(WorkingDay(team=team, weekday=n, opens=opens, closes=closes) for n, opens, closes in self.spans)
        team.holidays.all().delete()
        Holiday.objects.bulk_create(Holiday(team=team, day=day, name=name) for day, name in self.cleaned_data["holidays"])
        return team


class ClockForm(forms.ModelForm):
    """Goals by temperature, the warning, and what follows when nobody replies."""

    warn = _minutes(_("Warn before the goal (minutes)"), _("Empty means: when a fifth of the time is left."))

    class Meta:
        model = SalesTeam
        fields = ["after_limit"]
        widgets = {"after_limit": forms.RadioSelect}
        labels = {"after_limit": _("When nobody replied within the limit")}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.initial["warn"] = in_minutes(self.instance.warn_before)
        known = {row.temperature: row for row in self.instance.response_goals.all()}
        for value, label in ResponseGoal.Temperature.choices:
            row = known.get(value)
            for name, words in (("goal", _("%(heat)s: reply within (minutes)")), ("limit", _("%(heat)s: late after (minutes)"))):
                field = _minutes(words % {"heat": label})
                field.widget.attrs["aria-label"] = field.label
                self.fields[f"{name}_{value}"] = field
                self.initial[f"{name}_{value}"] = in_minutes(getattr(row, name, None))

    @property
    def heats(self) -> list[tuple[Any, forms.BoundField, forms.BoundField]]:
        """Return the temperatures with their two fields, for the table."""
        return [(label, self[f"goal_{value}"], self[f"limit_{value}"]) for value, label in ResponseGoal.Temperature.choices]

    def clean(self) -> dict:
        said = super().clean()
        for value, _label in ResponseGoal.Temperature.choices:
            goal, limit = said.get(f"goal_{value}"), said.get(f"limit_{value}")
            if (goal is None) != (limit is None):
                self.add_error(f"limit_{value}" if limit is None else f"goal_{value}", _("Fill in both, or neither."))
            elif goal is not None and limit < goal:
                self.add_error(f"limit_{value}", gettext("The limit lies after the goal."))
        return said

    @transaction.atomic
    def save(self, commit: bool = True) -> SalesTeam:
        self.instance.warn_before = as_length(self.cleaned_data["warn"])
        team = super().save(commit)
        said = self.cleaned_data
        rows = [
            ResponseGoal(team=team, temperature=value, goal=as_length(said[f"goal_{value}"]), limit=as_length(said[f"limit_{value}"]))
            for value, _label in ResponseGoal.Temperature.choices if said.get(f"goal_{value}")
        ]  # fmt: skip
        team.response_goals.all().delete()
        ResponseGoal.objects.bulk_create(rows)
        return team
