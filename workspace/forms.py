"""What is asked when a list's filters are kept under a name."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import limits
from core.listing import MAX_SEARCH
from teams.models import SalesTeam, User
from workspace.models import SavedView


class ViewForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    q = forms.CharField(label=gettext_lazy("Search"), max_length=MAX_SEARCH, required=False)
    team = forms.ModelChoiceField(
        SalesTeam.objects.none(), label=gettext_lazy("For"), required=False, empty_label=gettext_lazy("Only me")
    )

    def __init__(self, *args, user: User, record: str, view: SavedView | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.user, self.record, self.view = user, record, view
        if user.is_administrator:
            self.fields["team"].queryset = SalesTeam.objects.order_by("name", "pk")
        elif user.manages:
            self.fields["team"].queryset = SalesTeam.objects.filter(pk__in=user.team_ids).order_by("name", "pk")
        else:
            del self.fields["team"]  # a rep's views are the rep's own

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        mine = SavedView.objects.filter(owner=self.view.owner if self.view else self.user, record=self.record)
        if mine.filter(name=name).exclude(pk=self.view.pk if self.view else None).exists():
            raise forms.ValidationError(_("You have a view of this name already."))
        if self.view is None and mine.count() >= limits.MOST_SAVED_VIEWS:
            raise forms.ValidationError(_("You keep %(n)s views already. Delete one of them first.") % {"n": limits.MOST_SAVED_VIEWS})
        return name
