"""What managers choose about scores, and a score by hand."""

from django import forms
from django.utils.translation import gettext_lazy as _

from scoring.models import UnusedField


class FieldForm(forms.Form):
    field = forms.ChoiceField(label=_("Field"))
    why = forms.ChoiceField(label=_("Why"), choices=[
        (UnusedField.Why.EXCLUDED, _("leave it out and see the effect")), (UnusedField.Why.SENSITIVE, _("it is sensitive: never use it"))])

    def __init__(self, *args, choices: list, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["field"].choices = choices


class LeastForm(forms.Form):
    least = forms.IntegerField(label=_("Own closed leads from which they alone teach"), min_value=20, max_value=100_000)


class ChanceForm(forms.Form):
    percent = forms.DecimalField(label=_("Probability in percent"), min_value=0, max_value=100, decimal_places=1)


class HandForm(forms.Form):
    value = forms.IntegerField(label=_("Score"), min_value=0, max_value=100)
    why = forms.CharField(label=_("Why"), max_length=300)
