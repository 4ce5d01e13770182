"""What people fill in about companies and contacts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import limits
from core.conditions.kinds import countries
from customers import keys
from customers.models import Company, Contact
from teams.models import SalesTeam, User


class CompanyField(forms.CharField):
    """A company by its name, among those the person may see: a list of thousands is no choice."""

    def __init__(self, **kwargs: Any):
        super().__init__(**{"label": _("Company"), "required": False, "max_length": limits.MAX_NAME, **kwargs})
        self.user: User | None = None
        self.current: Company | None = None

    def prepare_value(self, value: Any) -> Any:
        return value.name if isinstance(value, Company) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial) or "") != (data or "")

    def clean(self, value: Any) -> Company | None:
        text = super().clean(value).strip()
        if not text:
            return None
        if self.current is not None and text == self.current.name:
            return self.current
        seen = Company.objects.visible_to(self.user).standing().order_by("pk")
        found = seen.filter(name=text).first() or seen.filter(name_key=keys.rules.fold_company(text)[:300]).first()
        if found is None:
            raise forms.ValidationError(
                _("No company you can see is called “%(text)s”. Add it first.") % {"text": text[:80]}
            )
        return found


class CustomerForm(forms.ModelForm):
    """What companies and contacts have in common: whose they are, and where."""

    mark_optional = True
    team = forms.ModelChoiceField(SalesTeam.objects.none(), label=_("Team"), empty_label=None)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False, empty_label=_("Nobody"))
    country = forms.ChoiceField(label=_("Country"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        mine = SalesTeam.objects.all() if user.is_administrator else SalesTeam.objects.filter(pk__in=user.team_ids)
        people = User.objects.active()
        colleagues = people if user.is_administrator else people.filter(memberships__team__in=user.team_ids).distinct()
        self.fields["country"].choices = [("", "–"), *countries()]
        self.fields["owner"].queryset = colleagues.by_name()
        if self.instance.pk:
            del self.fields["team"]
            if self.instance.owner_id and not colleagues.filter(pk=self.instance.owner_id).exists():
                del self.fields["owner"]
        else:
            self.fields["team"].queryset = mine.order_by("name")
            self.fields["team"].initial = user.current_team_id or (user.seats[0].team_id if user.seats else None)
            self.fields["owner"].initial = user.pk

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the verb `edit` takes: everything but whose it is."""
        return {name: value for name, value in self.cleaned_data.items() if name not in {"team", "owner"}}

    def validate_unique(self) -> None:
        """Whether somebody else has the domain or e-mail is asked by the verb, among those the person may see."""

    def validate_constraints(self) -> None:
        """As above: a refusal must not tell of records one can't see."""


class CompanyForm(CustomerForm):
    class Meta:
        model = Company
        fields = [
            "name",
            "website",
            "domain",
            "industry",
            "size",
            "phone",
            "street",
            "postcode",
            "city",
            "country",
            "notes",
            "team",
            "owner",
        ]
        widgets = {"notes": forms.Textarea(attrs={"rows": 3, "maxlength": limits.MAX_TEXT})}

    def clean_domain(self) -> str:
        domain = self.cleaned_data["domain"].strip().lower()
        if domain and keys.domain_of_site(domain) != domain:
            raise forms.ValidationError(_("Write a domain like example.com, one that is the company's own."))
        return domain


class ContactForm(CustomerForm):
    company = CompanyField()

    class Meta:
        model = Contact
        fields = [
            "name",
            "job_title",
            "company",
            "email",
            "phone",
            "language",
            "street",
            "postcode",
            "city",
            "country",
            "notes",
            "team",
            "owner",
        ]
        widgets = {"notes": forms.Textarea(attrs={"rows": 3, "maxlength": limits.MAX_TEXT})}

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, user=user, **kwargs)
        self.fields["company"].user, self.fields["company"].current = user, self.instance.company
        if self.instance.company:
            self.initial["company"] = self.instance.company

    def clean_email(self) -> str:
        email = self.cleaned_data["email"].strip()
        if email and not keys.rules.email_key(email):
            raise forms.ValidationError(_("“%(text)s” is not an e-mail address.") % {"text": email[:80]})
        return email


class NoteForm(forms.Form):
    text = forms.CharField(label=_("Note"), max_length=limits.MAX_TEXT, widget=forms.Textarea(attrs={"rows": 3}))
