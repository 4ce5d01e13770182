"""The conversion dialog's form: whom the lead becomes, what it becomes, whose it is."""

from typing import Any

from django import forms
from django.db.models import Q, Sum
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import business
from core.currencies import CurrencyField
from core.prepared import Prepared
from customers import keys
from customers.models import Company, Contact
from leads.models import Lead
from opportunities import suggestions as found
from opportunities.conversion import AUTO, CONTACT_FACTS, NEW, NOBODY
from opportunities.forms import AmountField, DayField, PickField, StageField, people_of
from opportunities.models import Opportunity, Pipeline, Stage, StageTotal
from opportunities.opening import name_of, pipelines_of, stages_of
from opportunities.scope import teams_of
from teams.models import SalesTeam, User
from teams.visibility import Sight

LINK, CREATE, NONE = "link", "new", "none"
CUSTOMERS = [
    (LINK, gettext_lazy("Link to existing")),
    (CREATE, gettext_lazy("Create new")),
    (NONE, gettext_lazy("No customer yet")),
]
OUTCOMES = [
    ("new", gettext_lazy("New deal")), ("existing", gettext_lazy("Existing deal")), ("customer", gettext_lazy("Customer only")),
    ("sale", gettext_lazy("Already sold")),
]  # fmt: skip


class OwnerChoice(PickField):
    """A colleague with how many open deals they have."""

    loads: dict[int | None, int] = {}

    def label_from_instance(self, person: User) -> str:
        return _("%(name)s, %(n)s open deals") % {"name": person, "n": self.loads.get(person.pk, 0)}


class ConversionForm(forms.Form):
    customer = forms.ChoiceField(choices=CUSTOMERS, widget=forms.RadioSelect)
    match = forms.CharField(required=False, max_length=40)
    outcome = forms.ChoiceField(choices=OUTCOMES, widget=forms.RadioSelect)
    opportunity = PickField(Opportunity.objects.none(), label=gettext_lazy("Which deal"), required=False,
                            empty_label=gettext_lazy("Choose a deal"))  # fmt: skip
    team = PickField(SalesTeam.objects.none(), label=gettext_lazy("Team"), empty_label=None)
    owner = OwnerChoice(
        User.objects.none(), label=gettext_lazy("Sales rep"), required=False, empty_label=gettext_lazy("Nobody yet")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=300, required=False)
    stage = StageField(
        Stage.objects.none(), label=gettext_lazy("Stage"), required=False, widget=forms.RadioSelect, empty_label=None
    )
    expected = AmountField(label=gettext_lazy("Expected revenue"), required=False)
    currency = CurrencyField(required=False)
    close_date = DayField(label=gettext_lazy("Expected close"), required=False)
    accept = forms.MultipleChoiceField(required=False, choices=[(name, name) for name in CONTACT_FACTS])

    def __init__(self, data=None, *, lead: Lead, user: User, search: str = ""):
        self.lead, self.user, self.search = lead, user, search.strip()[:200]
        super().__init__(data, initial=self._proposed() if data is None else None)
        self.fields["owner"].loads = SimpleLazyObject(_loads)  # who only sends the form does not ask
        for name, rows, find in (
            ("team", self._teams, self._team), ("owner", self._people, self._person), ("stage", self._stages, _STAGE.first),
            ("opportunity", self._attachable, lambda pk: self._attachable().filter(pk=pk).first()),
        ):  # fmt: skip
            self.fields[name].rows, self.fields[name].find = rows, find

    # who sends a whole form asks for none of these
    @cached_property
    def matches(self) -> list[found.Suggestion]:
        return found.suggestions(self.lead, self.user)

    @cached_property
    def hits(self) -> list[found.Suggestion]:
        known = {one.key for one in self.matches}
        return [one for one in found.search(self.search, self.user) if one.key not in known] if self.search else []

    @cached_property
    def deals(self) -> list[Opportunity]:
        return found.open_deals(self.matches, self.user)

    @cached_property
    def suggested(self) -> User | None:
        """Return who looks after the customer it is for certain; nobody where none is."""
        sure = next((one for one in self.matches if one.is_certain), None)
        return sure.company.owner if sure and sure.company else None

    @cached_property
    def pipelines(self) -> list[Pipeline]:
        return pipelines_of(self.lead.team)

    def _proposed(self) -> dict[str, Any]:
        """Preselect what is certain, and what the lead says itself."""
        sure = next((one for one in self.matches if one.is_certain), None)
        lead = self.lead
        stage = next((stages[0].pk for pipeline in self.pipelines if (stages := stages_of(pipeline))), None)
        names_somebody = lead.name or lead.company_name or lead.email or lead.phone
        return {
            "customer": LINK if sure else CREATE if names_somebody else NONE, "match": sure.key if sure else "", "outcome": "new",
            "team": lead.team_id, "owner": lead.owner_id or self.user.pk, "name": name_of(lead), "stage": stage,
            "expected": lead.expected_revenue, "currency": lead.currency or lead.team.currency or business.get("currency"),
        }  # fmt: skip

    def _teams(self):
        return SalesTeam.objects.filter(pk__in={self.lead.team_id, *(team.pk for team in teams_of(self.user))}).order_by("name")

    def _team(self, pk: int) -> SalesTeam | None:
        known = [self.lead.team, *(seat.team for seat in self.user.seats)]
        if found := next((team for team in known if team.pk == pk), None):
            return found
        return _TEAM.first(pk) if self.user.is_administrator else None

    def _people(self):
        people = User.objects.filter(Q(pk__in=people_of(self.user).order_by().values("pk")) | Q(pk=self.lead.owner_id))
        return people.active().by_name()

    def _person(self, pk: int) -> User | None:
        if (owner := self.lead.owner) and pk == owner.pk:
            return owner if owner.is_active else None
        return _COLLEAGUE.first(*self.user.sight_keys, pk, role=self.user.role)

    def _attachable(self):
        deals = Opportunity.objects.visible_to(self.user).open()
        return deals.filter(pk__in=[deal.pk for deal in self.deals]) if not self.is_bound else deals

    def _stages(self):
        if self.is_bound:
            return Stage.objects.active()
        return Stage.objects.filter(pipeline=self.pipelines[0]).active().in_order() if self.pipelines else Stage.objects.none()

    # -------------------------------------------------------------------- checks

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        self.company = self.contact = None
        outcome, customer = given.get("outcome"), given.get("customer")
        if customer == LINK:
            self._link(given.get("match", ""))
        elif customer == CREATE:
            self.company = self.contact = NEW
            self._check_new()
        if outcome == "existing" and not given.get("opportunity"):
            self.add_error("opportunity", _("Choose the deal this lead belongs to."))
        if outcome == "customer" and customer == NONE:
            self.add_error("customer", _("Choose or create a customer, or open a deal."))
        if outcome == "customer" and customer == CREATE and not self._names_somebody():
            self.add_error("customer", _("This lead names neither a person nor a company."))
        if outcome in {"new", "sale"} and not given.get("name", "").strip():
            self.add_error("name", _("Give the deal a name."))
        return given

    def _names_somebody(self) -> bool:
        return bool(self.lead.name or self.lead.email or self.lead.phone or self.lead.company_name)

    def _link(self, key: str) -> None:
        kind, _colon, pk = key.partition(":")
        model = {"company": Company, "contact": Contact}.get(kind)
        record = (
            model.objects.visible_to(self.user).standing().filter(pk=int(pk)).first()
            if model and pk.isascii() and pk.isdigit()
            else None
        )
        if record is None:
            self.add_error("match", _("Choose a customer, or create a new one."))
        elif kind == "contact":
            self.contact, self.company = record, record.company or (NEW if self.lead.company_name else None)
        else:
            self.company = record
            self.contact = self._known_person() or NEW

    def _known_person(self) -> Contact | None:
        """Return the contact with the lead's e-mail that the person may see: one is never made twice."""
        if not self.lead.email_key:
            return None
        return _PERSON.first(*self.user.sight_keys, self.lead.email_key, role=self.user.role)

    def _check_new(self) -> None:
        """A second contact with the same e-mail, or a second company with the same domain, is never made."""
        domain = self.lead.email_domain if not self.lead.is_free_mail else keys.domain_of_site(self.lead.website)
        if person := self._known_person():
            self.add_error("customer", _("%(name)s has this e-mail already: link to them.") % {"name": person})
        elif domain and self.lead.company_name:
            same = _FIRM.first(*self.user.sight_keys, domain, role=self.user.role)
            if same:
                self.add_error(
                    "customer",
                    _("%(name)s has the domain %(domain)s already: link to it.") % {"name": same, "domain": domain},
                )

    # ------------------------------------------------------------------- answers

    @property
    def verb(self) -> dict[str, Any]:
        """Return what opportunities.conversion.convert takes."""
        given = self.cleaned_data
        outcome = given["outcome"]
        if outcome == "new" and given["customer"] == NONE:
            outcome = "no_customer"
        return {
            "outcome": outcome, "company": self.company, "contact": AUTO if self.contact is None and outcome == "existing" else self.contact,
            "opportunity": given["opportunity"], "owner": given["owner"] or NOBODY, "team": given["team"], "stage": given["stage"],
            "name": given["name"], "expected": given["expected"], "currency": given["currency"], "close_date": given["close_date"],
            "accept": tuple(given["accept"]),
        }  # fmt: skip

    @property
    def chosen(self) -> str:
        """Return the match that is ticked."""
        return self["match"].value() or ""

    @property
    def picked(self):
        """Return the suggestion that is ticked, when it is a shown one."""
        return next((one for one in [*self.matches, *self.hits] if one.key == self.chosen), None)

    @property
    def differences(self) -> list[tuple[str, Any, str, str]]:
        """Return (name, label, known, said) of facts where the certain contact and the lead both say something else."""
        contact = self.picked.contact if self.picked else None
        if contact is None:
            return []
        both = [(name, getattr(contact, name), getattr(self.lead, name)) for name in CONTACT_FACTS]
        return [
            (name, Contact._meta.get_field(name).verbose_name, known, said)
            for name, known, said in both
            if said and known != said and not (name == "email" and keys.rules.email_key(known) == self.lead.email_key)
        ]

    @property
    def will(self) -> str:
        """Say in a sentence what converting does as the form stands now."""
        outcome, customer = self["outcome"].value(), self["customer"].value()
        where = self._where(customer)
        if outcome == "customer":
            return _("Keeps %(customer)s and opens no deal.") % {"customer": where or _("the customer")}
        if outcome == "existing":
            deal = next((deal for deal in self.deals if str(deal.pk) == str(self["opportunity"].value())), None)
            return _("Adds this lead to “%(deal)s”.") % {"deal": deal} if deal else _("Adds this lead to an open deal.")
        amount = _("a won sale") if outcome == "sale" else _("one deal")
        if where:
            return _("Creates %(what)s at %(customer)s.") % {"what": amount, "customer": where}
        return _("Creates %(what)s without a customer yet.") % {"what": amount}

    def _where(self, customer: str) -> str:
        if customer == LINK:
            picked = self.picked
            return str(picked.company or picked.contact) if picked else ""
        if customer == CREATE:
            lead = self.lead
            names = [name for name in (lead.company_name, lead.name or lead.email or lead.phone) if name]
            return (
                _("%(first)s and %(second)s (both new)") % {"first": names[0], "second": names[1]}
                if len(names) > 1
                else (_("%(name)s (new)") % {"name": names[0]} if names else "")
            )
        return ""


_TEAM = Prepared(lambda pk: SalesTeam.objects.filter(pk=pk))
_STAGE = Prepared(lambda pk: Stage.objects.active().filter(pk=pk))
_COLLEAGUE = Prepared(lambda *keys, role: people_of(Sight.of(*keys[:-1], role=role)).filter(pk=keys[-1]))
_PERSON = Prepared(
    lambda *keys, role: Contact.objects.visible_to(Sight.of(*keys[:-1], role=role)).standing().filter(email_key=keys[-1]).order_by("pk")[:1]
)
_FIRM = Prepared(
    lambda *keys, role: Company.objects.visible_to(Sight.of(*keys[:-1], role=role)).standing().filter(domain=keys[-1]).order_by("pk")[:1]
)


def _loads() -> dict[int | None, int]:
    """Return how many open deals each person has, from the kept totals."""
    return dict(StageTotal.objects.order_by().values_list("owner").annotate(n=Sum("count")))
