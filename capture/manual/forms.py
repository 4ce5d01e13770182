"""Entering a lead by hand: few fields first, the rest on demand; cleaning has the last word on each."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core import limits
from leads.cleaning import COLUMNS, MAX_EMAIL, MAX_PHONE, MAX_SITE, clean, problem_words
from leads.models import Source
from leads.phones import says_a_number
from teams.models import SalesTeam, User

SAID = (
    "name", "company_name", "email", "phone", "title", "message", "job_title", "expected_revenue", "website", "country", "company_size",
)  # fmt: skip
MORE = ("message", "job_title", "expected_revenue", "website", "country", "company_size", "team")


class EntryForm(forms.Form):
    # no field alone is required, so none is marked as optional
    name = forms.CharField(label=_("Name"), max_length=COLUMNS["name"], required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    company_name = forms.CharField(label=_("Company"), max_length=COLUMNS["company_name"], required=False)
    email = forms.CharField(label=_("E-mail"), max_length=MAX_EMAIL, required=False,
                            widget=forms.EmailInput(attrs={"autocomplete": "off"}))  # fmt: skip
    phone = forms.CharField(label=_("Phone"), max_length=MAX_PHONE, required=False, widget=forms.TextInput(attrs={"type": "tel"}))
    title = forms.CharField(label=_("What do they want?"), max_length=COLUMNS["title"], required=False)
    source = forms.ModelChoiceField(label=_("Source"), queryset=Source.objects.none(), required=False, empty_label=_("Not known"))
    message = forms.CharField(label=_("Message"), max_length=limits.MAX_TEXT, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    job_title = forms.CharField(label=_("Job title"), max_length=COLUMNS["job_title"], required=False)
    expected_revenue = forms.CharField(label=_("Expected revenue"), max_length=40, required=False,
                                       widget=forms.TextInput(attrs={"inputmode": "decimal"}))  # fmt: skip
    website = forms.CharField(label=_("Website"), max_length=MAX_SITE, required=False)
    country = forms.CharField(label=_("Country"), max_length=80, required=False)
    company_size = forms.CharField(label=_("Employees"), max_length=40, required=False)
    team = forms.ModelChoiceField(label=_("Team"), queryset=SalesTeam.objects.none(), required=False)
    keep = forms.BooleanField(label=_("Keep it mine"), required=False, help_text=_("Otherwise the rules choose who gets it."))
    key = forms.RegexField(regex=r"^[A-Za-z0-9]{8,40}$", widget=forms.HiddenInput)

    def __init__(self, user: User, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["source"].queryset = Source.objects.filter(is_active=True).order_by("name", "pk")
        teams = SalesTeam.objects.order_by("name", "pk")
        self.fields["team"].queryset = teams if user.is_administrator or user.is_ops else teams.filter(pk__in=user.team_ids)
        if len(self.fields["team"].queryset) < 2:
            del self.fields["team"]
        if not user.team_ids:
            del self.fields["keep"]

    def clean_phone(self) -> str:
        phone = self.cleaned_data["phone"]
        if phone and not says_a_number(phone):
            raise ValidationError(_("This is not a phone number: it has hardly any digits."))
        return phone

    def clean(self) -> dict[str, Any]:
        """Name what can't be read beside its field, in cleaning's own words."""
        cleaned = clean(self.answers())
        for problem in cleaned.problems:
            name = problem["field"] if problem["field"] in self.fields else None
            self.add_error(name, problem_words(problem))
        if cleaned.is_empty and not cleaned.problems:
            raise ValidationError(_("Enter at least a name, an e-mail, a phone or a company."))
        return self.cleaned_data

    def answers(self) -> dict[str, str]:
        return {name: value for name in SAID if (value := self.cleaned_data.get(name))}

    def first_fields(self) -> list:
        return [self[name] for name in self.fields if name not in (*MORE, "keep", "key")]

    def more_fields(self) -> list:
        return [self[name] for name in MORE if name in self.fields]

    @property
    def is_more_open(self) -> bool:
        return any(self[name].errors or self[name].value() for name in MORE if name in self.fields and name != "team")
