"""Ticking an activity off with what comes next in one step, and putting it off."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import limits
from core.activities import models as types

DAY = {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), "required": False}
TIME = {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), "required": False}


def moment(day, clock) -> datetime:
    """Return a day and a time of the reader's zone as a moment; without a time its midnight."""
    return timezone.make_aware(datetime.combine(day, clock or time(0)))


def near(day) -> bool:
    return 2000 <= day.year <= 2100


class DoneForm(forms.Form):
    """How it went, and what is planned next."""

    mark_optional = True
    outcome = forms.CharField(
        label=_("How it went"), max_length=limits.MAX_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    then = forms.ChoiceField(label=_("Then"), required=False)
    then_day = forms.DateField(label=_("Day"), help_text=_("Left empty: when this is usually due"), **DAY)
    then_time = forms.TimeField(label=_("Time"), **TIME)
    then_summary = forms.CharField(label=_("What for"), max_length=300, required=False)

    def __init__(self, data=None, *, activity, at: datetime):
        self.activity, self.at = activity, at
        suggested = types.following(activity, at=at)
        initial = {}
        if suggested:
            here = timezone.localtime(suggested["due_at"])
            initial = {
                "then": suggested["kind"],
                "then_day": here.date(),
                "then_time": here.time(),
                "then_summary": suggested["summary"],
            }
        super().__init__(data, initial=initial)
        self.fields["then"].choices = [("", _("Nothing")), *types.choices()]

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("then") and said.get("then_day") and not near(said["then_day"]):
            self.add_error("then_day", _("This day is too far away."))
        return said

    @property
    def following(self) -> dict[str, Any] | bool:
        """Return what to plan next as the verb takes it; False for nothing."""
        said = self.cleaned_data
        if not said["then"]:
            return False
        return {
            "kind": said["then"], **types.due(said["then"], said["then_day"], said["then_time"], at=self.at, person=self.activity.assignee),
            "summary": said["then_summary"], "assignee": self.activity.assignee,
        }  # fmt: skip


LATER, TOMORROW, WEEK, ON = "later", "tomorrow", "week", "day"
EVENING = 17  # o'clock: later today is no later, while there is time
WAYS = [(LATER, _("Later today")), (TOMORROW, _("Tomorrow")), (WEEK, _("Next week")), (ON, _("On a day"))]


class PutOffForm(forms.Form):
    """Another moment, and perhaps another colleague."""

    until = forms.ChoiceField(label=_("Until"), choices=WAYS, initial=TOMORROW, widget=forms.RadioSelect)
    day = forms.DateField(label=_("Day"), **DAY)
    time = forms.TimeField(label=_("Time"), **TIME)
    assignee = forms.ModelChoiceField(label=_("Who"), queryset=None, required=False, empty_label=None)

    def __init__(self, data=None, *, activity, people, at: datetime):
        self.activity, self.at = activity, at
        super().__init__(data, initial={"assignee": activity.assignee_id})
        self.fields["assignee"].queryset = people

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        if said.get("day"):
            said["until"] = ON
        if said.get("until") == ON and "day" not in self.errors:
            if not said.get("day"):
                self.add_error("day", _("Say on which day."))
            elif not near(said["day"]):
                self.add_error("day", _("This day is too far away."))
        return said

    @property
    def all_day(self) -> bool:
        """Whether a whole day stays one: it gets an hour by a time that is said, and when it is for later today."""
        said = self.cleaned_data
        return self.activity.all_day and said["until"] != LATER and not (said["until"] == ON and said["time"])

    @property
    def due_at(self) -> datetime:
        said = self.cleaned_data
        if said["until"] != ON:
            return put_off(self.activity, said["until"], at=self.at)
        if self.all_day:
            return types.whole_day(said["day"], self.activity.zone)
        return moment(said["day"], said["time"] or timezone.localtime(self.activity.due_at).time())


def put_off(activity, until: str, *, at: datetime) -> datetime:
    """Return the moment something is put off to, on the clock of the reader's zone: a day stays a day, a time its time."""
    here, due = timezone.localtime(at), timezone.localtime(activity.due_at, activity.zone if activity.all_day else None)
    if until == LATER:
        evening = here.replace(hour=EVENING, minute=0, second=0, microsecond=0)
        return min(max(evening, here + timedelta(minutes=30)), here + timedelta(hours=3))
    day = here.date() + timedelta(days=1)
    if until == TOMORROW and due.date() > here.date():
        day = due.date() + timedelta(days=1)
    if until == WEEK:  # the Monday after it is due, which may be one of a later week
        first = max(here.date(), due.date())
        day = first + timedelta(days=7 - first.weekday())
    return types.whole_day(day, activity.zone) if activity.all_day else moment(day, due.time())
