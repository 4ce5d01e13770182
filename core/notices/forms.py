"""How one wishes to be told, as a form: one choice for each kind."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.notices import kinds
from core.notices.models import NoticeWishes

WAYS = [(kinds.APP, _("In the app")), (kinds.MAIL, _("Also by mail when I am away")), (kinds.OFF, _("Not at all"))]


class WishesForm(forms.ModelForm):
    remind_minutes = forms.IntegerField(
        label=_("Remind me before an activity is due (minutes)"), min_value=0, max_value=24 * 60,
        help_text=_("0 reminds you at the moment itself."),
    )  # fmt: skip
    away_minutes = forms.IntegerField(
        label=_("I am away after (minutes)"), min_value=1, max_value=24 * 60,
        help_text=_("So long without opening a page, and unread notices come by mail."),
    )  # fmt: skip

    class Meta:
        model = NoticeWishes
        fields = ["remind_minutes", "away_minutes"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for kind in kinds.in_order():
            self.fields[kind.key] = forms.ChoiceField(
                label=kind.label, choices=WAYS, initial=self.instance.wish(kind.key)
            )

    @property
    def kinds(self) -> list[forms.BoundField]:
        return [self[kind.key] for kind in kinds.in_order()]

    @property
    def times(self) -> list[forms.BoundField]:
        return [self[name] for name in self.Meta.fields]

    def save(self, commit: bool = True) -> NoticeWishes:
        chosen = {kind.key: self.cleaned_data[kind.key] for kind in kinds.in_order()}
        self.instance.by_kind = {**self.instance.by_kind, **chosen}
        return super().save(commit)
