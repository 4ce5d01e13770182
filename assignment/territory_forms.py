"""A territory's name and who looks after it; where it lies is said by conditions, a Builder beside the form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assignment.territories import Part
from core.conditions.builder import Builder
from teams.models import SalesTeam, Territory, User


class TerritoryForm(forms.ModelForm):
    class Meta:
        model = Territory
        fields = ["name", "owner"]

    def __init__(self, *args: Any, team: SalesTeam, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.instance.team = team
        owner = self.fields["owner"]
        owner.queryset = User.objects.active().filter(memberships__team=team).distinct().order_by("name", "pk")
        owner.empty_label, owner.help_text = _("the whole team, in turns"), ""
        if self.instance.owner_id and self.instance.owner not in owner.queryset:
            owner.queryset = User.objects.filter(pk=self.instance.owner_id) | User.objects.active().filter(memberships__team=team).distinct()

    def accepts(self, builder: Builder) -> bool:
        """Tell whether the conditions say where the territory lies; what is wrong with them is said in the form."""
        if not builder.stored:
            self.add_error(None, _("Say where or who: a territory without it holds no lead."))
        elif Part(self.instance, builder.conditions).is_circular:
            self.add_error(None, _("A territory can’t ask about owner or team: it decides them itself."))
        return not self.errors
