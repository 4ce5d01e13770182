"""A WebForm's questions as a form: only what was asked is read, whatever else is sent along."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from capture.models import WebForm
from core import limits
from leads.addresses import email_problem
from leads.cleaning import COLUMNS, CUSTOM, MAX_EMAIL, MAX_PHONE, MAX_SITE, clean
from leads.figures import number
from leads.texts import line

AUTOCOMPLETE = {
    "name": "name", "first_name": "given-name", "last_name": "family-name", "email": "email", "phone": "tel", "mobile": "tel",
    "company_name": "organization", "job_title": "organization-title", "website": "url", "street": "street-address",
    "postcode": "postal-code", "city": "address-level2", "region": "address-level1", "country": "country-name",
    "salutation": "honorific-prefix", "language": "language",
}  # fmt: skip
OFFERED = {*COLUMNS, "email", "phone", "mobile", "website", "country", "company_size", "message", "expected_revenue", "language"}
TYPES = {"email": "email", "phone": "phone", "mobile": "phone", "message": "long", "website": "text"}
_READ = frozenset({"website", "country", "company_size", "expected_revenue"})  # cleaning has the last word on these


def kind_of(question: dict[str, Any]) -> str:
    """Return text, email, phone, choice, long, number or consent."""
    if question.get("type"):
        return question["type"]
    return "choice" if question.get("choices") else TYPES.get(question.get("field", ""), "text")


class Line(forms.CharField):
    """One line as typed: trimmed, nothing else changed."""

    def clean(self, value):
        return super().clean(line(value) if isinstance(value, str) else value)


class EmailLine(Line):
    def validate(self, value):
        super().validate(value)
        if value and (problem := email_problem(value)):
            raise ValidationError(_("Needs an ending such as .com") if problem == "email_without_ending" else _("This is not an e-mail address."))


class PhoneLine(Line):
    def validate(self, value):
        super().validate(value)
        if value and sum(sign.isdigit() for sign in value) < 5:
            raise ValidationError(_("This is not a phone number."))


class NumberLine(Line):
    def validate(self, value):
        super().validate(value)
        if value and number(value) is None:
            raise ValidationError(_("This is not a number."))


class VisitorForm(forms.Form):
    """The form a stranger sees. `answers()` gives what was said, by lead field or by question."""

    use_required_attribute = mark_optional = True

    def __init__(self, web_form: WebForm, *args, **kwargs):
        super().__init__(*args, auto_id="f-%s", **kwargs)
        self.questions = {f"q{place}": question for place, question in enumerate(web_form.fields) if isinstance(question, dict)}
        for name, question in self.questions.items():
            field = question.get("field", "")
            key = field if field in OFFERED else name
            self.fields[key] = _field(question)
        self.by_key = {(q.get("field") if q.get("field") in OFFERED else name): q for name, q in self.questions.items()}

    def clean(self):
        """Ask cleaning about what only it can read, so that the visitor hears of it while they can mend it."""
        said = {key: value for key, value in self.cleaned_data.items() if isinstance(value, str)}
        problems = clean({key: said[key] for key in _READ & set(said)}).problems
        for problem in problems:
            self.add_error(problem["field"], _("This can't be read. Please write it another way."))
        if not self.errors and not any(said.get(key) for key in said):
            raise ValidationError(_("Please fill in at least one field."))
        return self.cleaned_data

    def answers(self) -> dict[str, str]:
        """Return {lead field, custom.key or question: answer}, empty ones left out; consent reads yes."""
        found = {}
        for key, question in self.by_key.items():
            field, value = question.get("field", ""), self.cleaned_data.get(key)
            name = field if field in OFFERED or field.startswith(CUSTOM) else str(question.get("label") or field)
            if value is True:
                found[name] = "yes"
            elif value:
                found[name] = value
        return found

    def consents(self) -> dict[str, str]:
        """Return the words of every consent that was given: proof says what was agreed to."""
        return {key: str(q.get("label", "")) for key, q in self.by_key.items() if kind_of(q) == "consent" and self.cleaned_data.get(key) is True}


def _field(question: dict[str, Any]) -> forms.Field:
    kind, field = kind_of(question), question.get("field", "")
    common = {"label": question.get("label") or field, "required": bool(question.get("required")), "help_text": _plain(question.get("hint"))}
    attrs = {"autocomplete": AUTOCOMPLETE[field]} if field in AUTOCOMPLETE else {}
    if kind == "consent":
        return forms.BooleanField(**common)
    if kind == "choice":
        choices = [(str(choice), str(choice)) for choice in question.get("choices", ())]
        return forms.ChoiceField(choices=[("", _("Please choose")), *choices], widget=forms.Select(attrs=attrs), **common)
    if kind == "long":
        return forms.CharField(max_length=limits.MAX_TEXT, widget=forms.Textarea(attrs={**attrs, "rows": 4}), **common)
    if kind == "email":
        return EmailLine(max_length=MAX_EMAIL, widget=forms.EmailInput(attrs={"autocomplete": "email", **attrs}), **common)
    if kind == "phone":
        return PhoneLine(max_length=MAX_PHONE, widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", **attrs}), **common)
    if kind == "number":
        return NumberLine(max_length=40, widget=forms.TextInput(attrs={**attrs, "inputmode": "decimal"}), **common)
    longest = COLUMNS.get(field) or (MAX_SITE if field == "website" else 500)
    return Line(max_length=longest, widget=forms.TextInput(attrs=attrs), **common)


def _plain(text: Any) -> str:
    """The owner's hint is text: the field template would take it for markup."""
    from django.utils.html import escape

    return escape(str(text)) if text else ""
