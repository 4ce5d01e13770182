"""What people fill in about opportunities. Forms read shape and words; the verbs hold the rules."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core import limits
from core.currencies import CurrencyField
from customers.forms import CompanyField
from customers.models import Company, Contact
from leads.cleaning import amount as read_amount
from leads.models import Source
from opportunities.models import LostReason, Opportunity, Stage
from opportunities.scope import is_key, teams_of
from teams.models import Role, SalesTeam, User
from teams.visibility import Sight


class AmountField(forms.CharField):
    """An amount as people type it: 1.234,50 and 1,234.50 and 96 000."""

    default_error_messages = {
        "invalid": _("Write an amount like 1,234.50 or 1.234,50."), "negative": _("An amount can't be below zero."),
    }  # fmt: skip

    def __init__(self, **kwargs: Any):
        attrs = {"inputmode": "decimal", "class": "input num", "autocomplete": "off", "maxlength": "40"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> Decimal | None:
        text = super().to_python(value)
        if not text:
            return None
        amount = read_amount(text)
        if amount is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        if amount < 0:
            raise forms.ValidationError(self.error_messages["negative"], code="negative")
        return amount

    def prepare_value(self, value: Any) -> Any:
        return f"{value:,.2f}".removesuffix(".00") if isinstance(value, Decimal) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")


class DayField(forms.DateField):
    """A day by the browser's own picker, between 1900 and 2199."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input", "max": "2199-12-31"}),
            **kwargs,
        )

    def clean(self, value: Any):
        day = super().clean(value)
        if day and not 1900 <= day.year < 2200:
            raise forms.ValidationError(_("Choose a year between 1900 and 2199."), code="year")
        return day


WHAT_HAPPENED = _("What happened?")


def note_field(label=WHAT_HAPPENED, *, required: bool = False, **attrs: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3, **attrs})
    return forms.CharField(label=label, required=required, max_length=limits.MAX_TEXT, widget=widget)


def people_of(user: User | Sight) -> QuerySet[User]:
    """Return the colleagues one may hand something to: members of one's own teams, for administrators everybody."""
    people = User.objects.active()
    return (
        people if user.role == Role.ADMINISTRATOR else people.filter(memberships__team__in=user.team_ids).distinct()
    ).by_name()


class _Rows(forms.models.ModelChoiceIterator):
    def __init__(self, field: "PickField"):
        self.field = field

    @cached_property
    def queryset(self) -> QuerySet:
        return self.field.rows() if self.field.rows else self.field.queryset.all()

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """As its base does, but read once: a widget asks for the first choice before it draws them all."""
        if self.field.empty_label is not None:
            yield "", self.field.empty_label
        for row in self.queryset:
            yield self.choice(row)


class PickField(forms.ModelChoiceField):
    """One of many rows. What is sent is looked up by its key alone, and the rows are read only when they are shown.

    `find` returns the row of a key, or None; `rows` returns all one may choose. Without them it is a ModelChoiceField.
    """

    iterator = _Rows
    find: Callable[[int], Model | None] | None = None
    rows: Callable[[], QuerySet] | None = None

    def to_python(self, value: Any) -> Model | None:
        if self.find is None or value in self.empty_values:
            return super().to_python(value)
        found = self.find(int(value)) if is_key(str(value)) else None
        if found is None:
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value})
        return found


class StageField(PickField):
    """A stage in use; which pipeline's follows from the team."""

    def label_from_instance(self, stage: Stage) -> str:
        return stage.name


class DealForm(forms.Form):
    """A new opportunity without a lead."""

    mark_optional = True
    name = forms.CharField(label=_("Name"), max_length=limits.MAX_NAME)
    customer = forms.CharField(label=_("Customer"), max_length=limits.MAX_NAME, required=False,
                               help_text=_("A name we know is linked, a new one is added."))  # fmt: skip
    expected = AmountField(label=_("Expected revenue"), required=False)
    currency = CurrencyField(required=False)
    close_date = DayField(label=_("Expected close"), required=False)
    stage = StageField(Stage.objects.none(), label=_("Stage"))
    team = forms.ModelChoiceField(SalesTeam.objects.none(), label=_("Team"), empty_label=None)
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False, empty_label=_("Nobody yet"))
    contact = forms.ModelChoiceField(Contact.objects.none(), required=False, widget=forms.HiddenInput)
    company = forms.ModelChoiceField(Company.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        teams = SalesTeam.objects.filter(pk__in=[team.pk for team in teams_of(user)])
        self.fields["team"].queryset = teams.order_by("name")
        self.fields["owner"].queryset = people_of(user)
        self.fields["stage"].queryset = Stage.objects.active().select_related("pipeline").order_by(
            "-pipeline__is_default", "pipeline__position", "pipeline", "position", "pk"
        )  # fmt: skip
        self.fields["contact"].queryset = Contact.objects.visible_to(user).standing()
        self.fields["company"].queryset = Company.objects.visible_to(user).standing()


class LostForm(forms.Form):
    mark_optional = True
    reason = forms.ModelChoiceField(
        LostReason.objects.none(), label=_("Reason"), widget=forms.RadioSelect, empty_label=None
    )
    note = note_field(placeholder=_("One line is enough"))

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = LostReason.objects.filter(is_active=True).order_by("position", "pk")

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if (reason := given.get("reason")) and reason.needs_note and not given.get("note", "").strip():
            self.add_error("note", _("Say in a line what happened: “%(reason)s” alone doesn't.") % {"reason": reason})
        return given


class WonForm(forms.Form):
    mark_optional = True
    amount = AmountField(label=_("Amount won"))
    note = note_field()


class PartForm(LostForm):
    """A part of the amount that is won, lost, or goes on elsewhere."""

    kind = forms.ChoiceField(
        label=_("This part is"), widget=forms.RadioSelect, initial="won",
        choices=[("won", _("Won")), ("lost", _("Lost")), ("moved", _("Moved to a follow-up deal"))],
    )  # fmt: skip
    amount = AmountField(label=_("Amount"))
    field_order = ["kind", "amount", "reason", "note"]

    def __init__(self, *args: Any, opportunity: Opportunity, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.opportunity = opportunity
        self.fields["reason"].required = False

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        kind, amount, rest = given.get("kind"), given.get("amount"), self.opportunity.amount_open
        if kind == "lost" and not given.get("reason"):
            self.add_error("reason", _("Choose why this part was lost."))
        if amount is not None and not 0 < amount <= rest:
            self.add_error("amount", _("At most %(rest)s is open.") % {"rest": AmountField().prepare_value(rest)})
        elif kind == "moved" and amount == rest:
            self.add_error("amount", _("Leave something here, or close the deal as a whole."))
        return given


class OwnerForm(forms.Form):
    owner = forms.ModelChoiceField(User.objects.none(), label=_("Owner"), required=False, empty_label=_("Nobody"))

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people_of(user)


class NoteForm(forms.Form):
    text = note_field(_("Note"), required=True)


class CallForm(forms.Form):
    OUTCOMES = [
        ("reached", _("Reached")),
        ("no_answer", _("No answer")),
        ("voicemail", _("Left a message")),
        ("busy", _("Busy")),
    ]
    outcome = forms.ChoiceField(label=_("Outcome"), choices=OUTCOMES)
    note = note_field(_("What was said?"))


class FactsForm(forms.Form):
    """The facts of an opportunity, edited in place."""

    mark_optional = True
    name = forms.CharField(label=_("Name"), max_length=limits.MAX_NAME)
    expected = AmountField(label=_("Expected revenue"))
    currency = CurrencyField()
    probability = forms.DecimalField(label=_("Probability in percent"), required=False, min_value=0, max_value=100, decimal_places=1,
                                     help_text=_("Empty follows the model or the stage."))  # fmt: skip
    close_date = DayField(label=_("Expected close"), required=False)
    company = CompanyField()
    contact = forms.ModelChoiceField(Contact.objects.none(), label=_("Contact"), required=False)
    source = forms.ModelChoiceField(Source.objects.none(), label=_("Source"), required=False)
    notes = note_field(_("Notes"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, opportunity: Opportunity, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["company"].user, self.fields["company"].current = user, opportunity.company
        known = Q(pk=opportunity.contact_id) | Q(company=opportunity.company_id, company__isnull=False)
        self.fields["contact"].queryset = Contact.objects.visible_to(user).standing().filter(known).by_name()
        self.fields["source"].queryset = Source.objects.order_by("name", "pk")
        if not opportunity.is_open:
            for name in ("expected", "currency"):
                self.fields[name].disabled = True

    def changes(self) -> dict[str, Any]:
        """Return what the verb takes: the probability as a share, None for the stage's."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        percent = given.pop("probability")
        given["probability"] = None if percent is None else (percent / 100).quantize(Decimal("0.001"))
        return given
