"""What people type about a lead; the rules are the verbs'."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock, custom_fields, limits
from core.activities.models import choices as activity_types
from core.activities.models import due
from core.conditions.kinds import countries
from core.currencies import CurrencyField
from core.models import Tag
from core.timeline import ActivityKind
from leads import addresses, figures, phones, texts
from leads.models import CallOutcome, Campaign, DisqualifyReason, Lead, Medium, Source


class NoteForm(forms.Form):
    text = forms.CharField(label=_("Note"), max_length=limits.MAX_TEXT, widget=forms.Textarea)


class CallForm(forms.Form):
    outcome = forms.ChoiceField(label=_("How it went"), choices=CallOutcome.choices, initial=CallOutcome.REACHED)
    note = forms.CharField(label=_("What was said"), max_length=limits.MAX_TEXT, required=False, widget=forms.Textarea)


class ActivityForm(forms.Form):
    """Plan something: what, when (in one's own zone) and for whom."""

    kind = forms.ChoiceField(label=_("What"), choices=activity_types, initial=ActivityKind.CALL)
    due_date = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                               help_text=_("Left empty: when this is usually due"))  # fmt: skip
    due_time = forms.TimeField(label=_("Time"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    summary = forms.CharField(label=_("What for"), max_length=300, required=False)
    assignee = forms.ModelChoiceField(label=_("Who"), queryset=None, required=False, empty_label=_("Me"))

    def __init__(self, *args: Any, people, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["assignee"].queryset = people

    def clean_due_date(self):
        day = self.cleaned_data["due_date"]
        if day and not 2000 <= day.year <= 2100:
            raise forms.ValidationError(_("This day is too far away."))
        return day

    @property
    def plan(self) -> dict[str, Any]:
        """Return what the verb takes."""
        said = self.cleaned_data
        return {
            "kind": said["kind"], **due(said["kind"], said["due_date"], said["due_time"], at=clock.now(), person=said["assignee"]), "summary": said["summary"],
            "assignee": said["assignee"],
        }  # fmt: skip


class DisqualifyForm(forms.Form):
    """Why the lead won't buy; some reasons ask for a note."""

    reason = forms.ModelChoiceField(
        label=_("Why?"), queryset=None, empty_label=None, widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason.")},
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=limits.MAX_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = DisqualifyReason.objects.filter(is_active=True).order_by("position", "pk")

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        reason = said.get("reason")
        if reason and reason.needs_note and not said.get("note", "").strip():
            self.add_error("note", _("This reason asks for a note."))
        return said


class OwnerForm(forms.Form):
    """To whom the lead goes, and why if there is something to say."""

    owner = forms.ModelChoiceField(
        label=_("To whom"), queryset=None, empty_label=None, widget=forms.RadioSelect,
        error_messages={"required": _("Choose somebody."), "invalid_choice": _("Choose somebody of the list.")},
    )  # fmt: skip
    why = forms.CharField(label=_("Why"), max_length=300, required=False)

    def __init__(self, *args: Any, people, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people


class TagForm(forms.Form):
    tag = forms.ModelChoiceField(label=_("Tag"), queryset=Tag.objects.order_by("name"), error_messages={"required": _("Choose a tag.")})


# ---------------------------------------------------------------------- facts

PANELS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "contact": (_("Contact"), ("name", "first_name", "last_name", "salutation", "job_title", "email", "phone", "language")),
    "company": (_("Company"), (
        "company_name", "industry", "company_size", "website", "street", "street2", "postcode", "city", "region", "country",
    )),
    "wants": (_("What they want"), ("title", "message", "expected_revenue", "currency", "stars")),
    "origin": (_("Where it came from"), ("source", "medium", "campaign", "referred_by")),
    "custom": (_("Further facts"), ()),
}  # fmt: skip


class AmountField(forms.DecimalField):
    """An amount as people type it: "1.234,50", "1,234.50", "80 000"."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Decimal | None:
        if value in self.empty_values or isinstance(value, Decimal):
            return value or None
        if (amount := figures.amount(str(value))) is None:
            raise forms.ValidationError(_("“%(value)s” is not an amount."), params={"value": str(value)[:40]})
        return super().to_python(amount)


class FactsForm(forms.Form):
    """The facts of one panel. Hidden initial values tell what the person had before their eyes."""

    def __init__(self, *args: Any, lead: Lead, panel: str, **kwargs: Any):
        self.lead, self.panel = lead, panel
        _label, names = PANELS[panel]
        super().__init__(*args, initial={name: getattr(lead, f"{name}_id", getattr(lead, name)) for name in names}, **kwargs)
        for name in names:
            self.fields[name] = _field(name)
        if panel == "custom":
            self.fields |= custom_fields.form_fields("lead", lead.custom)

    def clean(self) -> dict[str, Any]:
        said = super().clean()
        for name, value in said.items():
            if isinstance(value, str):
                said[name] = texts.paragraphs(value) if name == "message" else texts.line(value)
        if "email" in said and said["email"] and not addresses.email_key(said["email"]):
            self.add_error("email", _("This does not look like an e-mail."))
        if said.get("phone") and "phone" in self.changed_data and not phones.says_a_number(said["phone"]):
            self.add_error("phone", _("This is not a phone number: it has hardly any digits."))
        return said

    @property
    def changes(self) -> dict[str, Any]:
        """Return only what this person changed, as `edit` takes it."""
        return self._grouped({name: self.cleaned_data[name] for name in self.changed_data if name in self.cleaned_data})

    @property
    def seen(self) -> dict[str, Any]:
        """Return what stood in the changed fields when the form was made."""
        return self._grouped({name: self._seen(name) for name in self.changed_data if name in self.cleaned_data})

    def _seen(self, name: str) -> Any:
        field, bound = self.fields[name], self[name]
        raw = field.hidden_widget().value_from_datadict(self.data, self.files, bound.html_initial_name)
        try:
            return field.clean(raw) if raw not in (None, "") else (None if not isinstance(field, forms.CharField) else "")
        except forms.ValidationError:
            return raw

    def _grouped(self, values: dict[str, Any]) -> dict[str, Any]:
        prefix = custom_fields.PREFIX
        custom = {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
        plain = {name: value for name, value in values.items() if not name.startswith(prefix)}
        return plain | ({"custom": custom} if custom else {})


def _field(name: str) -> forms.Field:
    """Return the form field of a column, named one by one through PANELS."""
    column = Lead._meta.get_field(name)
    given = {"label": _capital(column.verbose_name), "required": False, "show_hidden_initial": True}
    if name in {"source", "medium", "campaign"}:
        model = {"source": Source, "medium": Medium, "campaign": Campaign}[name]
        return forms.ModelChoiceField(model.objects.filter(is_active=True).order_by("name"), empty_label="—", **given)
    if name == "country":
        return forms.ChoiceField(choices=lambda: [("", "—"), *countries()], **given)
    if name == "stars":
        choices = [(0, "—"), (1, "★"), (2, "★★"), (3, "★★★")]
        return forms.TypedChoiceField(choices=choices, coerce=int, empty_value=0, **given)
    if name == "expected_revenue":
        return AmountField(max_digits=16, decimal_places=2, min_value=0, max_value=limits.MAX_AMOUNT, **given)
    if name == "company_size":
        return forms.IntegerField(min_value=0, max_value=2**31 - 1, **given)
    if name == "currency":
        return CurrencyField(**given)
    if name == "message":
        return forms.CharField(max_length=limits.MAX_TEXT, widget=forms.Textarea(attrs={"rows": 5}), strip=False, **given)
    kinds = {"email": "email", "phone": "tel", "website": "url"}
    attrs = {"inputmode": kinds[name], "autocomplete": "off"} if name in kinds else {}
    return forms.CharField(max_length=column.max_length, widget=forms.TextInput(attrs=attrs), **given)


def _capital(words: Any) -> str:
    words = str(words)
    return words[:1].upper() + words[1:]
