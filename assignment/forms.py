"""What one rule says besides its conditions: a name, for whose leads it counts, and what follows."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assignment.models import AssignmentRule, QualificationRule
from opportunities.models import Stage
from teams.models import SalesTeam, Territory, User
from teams.rights import manages_every_team

COUNTS_ANEW = {  # how many leads match hangs on whose they are
    "hx-post": "", "hx-trigger": "change", "hx-vals": '{"do": "show"}', "hx-include": "closest form", "hx-target": "#matches",
    "hx-select": "#matches", "hx-swap": "outerHTML",
}  # fmt: skip


class RuleForm(forms.ModelForm):
    """What every rule has: its name and for which team it counts. The conditions are a Builder beside it."""

    why = forms.CharField(label=_("Why this change"), required=False, max_length=300, help_text=_("Stands in the list of versions."))

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        teams = SalesTeam.objects.order_by("name", "pk")
        self.fields["team"].label, self.fields["team"].help_text = _("For leads of"), ""
        if not manages_every_team(user):
            teams = teams.filter(pk__in=user.team_ids)
            self.fields["team"].required = True
        self.fields["team"].queryset = teams
        self.fields["team"].empty_label = _("every team")
        self.fields["team"].widget.attrs |= COUNTS_ANEW
        if self.instance.is_everyone_else:
            for name in ("name", "team"):
                del self.fields[name]


class QualificationRuleForm(RuleForm):
    days = forms.IntegerField(label=_("Comes back after (days)"), min_value=1, max_value=3650, required=False)

    class Meta:
        model = QualificationRule
        fields = ["name", "team", "outcome", "stage", "days", "archive_reason"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["stage"].queryset = Stage.objects.filter(is_active=True).select_related("pipeline").order_by("pipeline", "position", "pk")
        self.fields["stage"].empty_label = _("the first one")
        self.fields["stage"].help_text = _("Only for opening an opportunity.")
        self.fields["days"].help_text = _("Only for coming back later; 30 when left empty.")
        self.fields["archive_reason"].help_text = _("Only for archiving; stands on the lead.")
        if self.instance.come_back_after:
            self.fields["days"].initial = self.instance.come_back_after.days

    def clean(self) -> dict:
        said = super().clean()
        if said.get("outcome") == "archive" and not said.get("archive_reason"):
            self.add_error("archive_reason", _("Say why these leads are archived."))
        return said

    def save(self, commit: bool = True):
        days = self.cleaned_data["days"]
        self.instance.come_back_after = timedelta(days=days) if days else None
        return super().save(commit)


class AssignmentRuleForm(RuleForm):
    class Meta:
        model = AssignmentRule
        fields = ["name", "team", "to_team", "to_person", "to_territory", "strategy"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["to_team"].queryset = SalesTeam.objects.order_by("name", "pk")
        self.fields["to_team"].empty_label = _("the lead's own team")
        self.fields["to_person"].queryset = User.objects.active().filter(memberships__isnull=False).distinct().order_by("name", "pk")
        self.fields["to_territory"].queryset = Territory.objects.order_by("name", "pk")
        self.fields["to_territory"].empty_label = _("none")
        self.fields["to_person"].empty_label = _("whom the strategy chooses")
        self.fields["strategy"].help_text = ""
        self.fields["strategy"].choices = [("", _("the team's own")), *SalesTeam.Strategy.choices]


FORMS = {"qualification": QualificationRuleForm, "assignment": AssignmentRuleForm}
