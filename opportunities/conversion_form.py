"""The conversion dialog's form: whom the lead becomes, what it becomes, whose it is."""

from typing import Any

from django import forms
from django.db.models import Q, Sum
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import business, clock, limits
from core.activities import models as types
from core.activities.forms import DAY, near
from core.currencies import CurrencyField
from core.likeness import Facts
from core.merging.pages import keys_of
from core.prepared import Prepared
from customers import keys
from customers.models import Company, Contact
from leads import matching
from leads.matching import Match
from leads.models import Lead, LeadActivity
from opportunities import plans, twins
from opportunities import suggestions as found
from opportunities.conversion import CONTACT_FACTS, NEW, NOBODY
from opportunities.conversion_words import CREATE, LINK, NONE, ConversionWords
from opportunities.forms import AmountField, DayField, PickField, StageField, people_of
from opportunities.models import Opportunity, Pipeline, Stage, StageTotal
from opportunities.opening import name_of, pipelines_of, stages_of
from opportunities.scope import is_key, teams_of
from teams.models import SalesTeam, User
from teams.visibility import Sight

CUSTOMERS = [
    (LINK, gettext_lazy("Link to existing")),
    (CREATE, gettext_lazy("Create new")),
    (NONE, gettext_lazy("No customer yet")),
]
OUTCOMES = [
    ("new", gettext_lazy("New deal")), ("existing", gettext_lazy("Existing deal")), ("customer", gettext_lazy("Customer only")),
    ("sale", gettext_lazy("Already sold")),
]  # fmt: skip
PLANNED = [(plans.KEEP, gettext_lazy("Keep")), (plans.STOP, gettext_lazy("Call off"))]
DOES_NOTHING = {  # fields that say nothing to an outcome: what stands in them is not looked at
    "existing": ("name", "stage", "expected", "currency", "close_date", "person"),
    "customer": ("opportunity", "name", "stage", "expected", "currency", "close_date"), "sale": ("opportunity", "stage", "close_date"),
    "new": ("opportunity",),
}  # fmt: skip


class OwnerChoice(PickField):
    """A colleague with how many open deals they have."""

    loads: dict[int | None, int] = {}

    def label_from_instance(self, person: User) -> str:
        n = self.loads.get(person.pk, 0)
        return ngettext("%(name)s, %(n)s open deal", "%(name)s, %(n)s open deals", n) % {"name": person, "n": n}


class ConversionForm(ConversionWords, forms.Form):
    customer = forms.ChoiceField(choices=CUSTOMERS, widget=forms.RadioSelect)
    match = forms.CharField(label=gettext_lazy("Which customer"), required=False, max_length=40)
    person = forms.CharField(label=gettext_lazy("Name of the contact"), max_length=limits.MAX_NAME, required=False)
    outcome = forms.ChoiceField(choices=OUTCOMES, widget=forms.RadioSelect)
    opportunity = PickField(Opportunity.objects.none(), label=gettext_lazy("Which deal"), required=False,
                            error_messages={"invalid_choice": gettext_lazy("This deal is no longer open. Choose another one.")})  # fmt: skip
    team = PickField(SalesTeam.objects.none(), label=gettext_lazy("Team"), empty_label=None)
    owner = OwnerChoice(
        User.objects.none(), label=gettext_lazy("Sales rep"), required=False, empty_label=gettext_lazy("Nobody yet")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=300, required=False)
    stage = StageField(
        Stage.objects.none(), label=gettext_lazy("Stage"), required=False, widget=forms.RadioSelect, empty_label=None
    )
    expected = AmountField(label=ConversionWords.expected_words, required=False)
    currency = CurrencyField(required=False)
    close_date = DayField(label=gettext_lazy("Expected close"), required=False)
    accept = forms.MultipleChoiceField(required=False, choices=[(name, name) for name in CONTACT_FACTS])
    accept_of = forms.CharField(required=False, max_length=40)  # whose facts these are: another customer's are left alone
    then = forms.ChoiceField(label=gettext_lazy("Next step"), required=False)
    then_day = forms.DateField(label=gettext_lazy("Day"), help_text=gettext_lazy("Left empty: when this is usually due"), **DAY)
    then_summary = forms.CharField(label=gettext_lazy("What for"), max_length=300, required=False)
    planned = forms.ChoiceField(choices=PLANNED, required=False, widget=forms.RadioSelect)
    merge = forms.Field(required=False, widget=forms.SelectMultiple)  # other leads, by their keys

    def __init__(self, data=None, *, lead: Lead, user: User, search: str = "", deal_search: str = ""):
        self.lead, self.user, self.search, self.deal_search = lead, user, search.strip()[:200], deal_search.strip()[:200]
        super().__init__(data, initial=self._proposed() if data is None else None)
        if data and data.get("outcome") == "sale":
            self.fields["expected"].label = self.sold_for
        self.fields["then"].choices = lambda: self.next_steps
        self.fields["owner"].loads = SimpleLazyObject(_loads)  # who only sends the form does not ask
        for name, rows, find in (
            ("team", self._teams, self._team), ("owner", self._people, self._person), ("stage", self._stages, _STAGE.first),
            ("opportunity", self._attachable, lambda pk: self._attachable().filter(pk=pk).first()),
        ):  # fmt: skip
            self.fields[name].rows, self.fields[name].find = rows, find

    # who sends a whole form asks for none of these
    @cached_property
    def facts(self) -> Facts:
        """Return what the lead is compared by with customers and with other leads."""
        return matching.facts_of([self.lead])[self.lead.pk]

    @cached_property
    def matches(self) -> list[found.Suggestion]:
        return found.suggestions(self.lead, self.user, self.facts)

    @cached_property
    def hits(self) -> list[found.Suggestion]:
        """Return what the search finds besides the suggestions, and the customer that is ticked wherever it came from."""
        known = {one.key for one in self.matches}
        hits = [one for one in found.search(self.search, self.user) if one.key not in known] if self.search else []
        if self.chosen and self.chosen not in known | {one.key for one in hits} and (record := self._customer(self.chosen)):
            return [found.Suggestion(record), *hits]
        return hits

    @cached_property
    def deals(self) -> list[Opportunity]:
        """Return deals to choose from: those of suggested customers, what the search finds, and the one that is ticked."""
        deals = found.open_deals(self.matches, self.user)
        deals += self.found_deals
        picked = str(self["opportunity"].value() or "")
        if is_key(picked) and not any(deal.pk == int(picked) for deal in deals):
            deals += self._attachable().filter(pk=int(picked)).select_related("company", "contact", "stage", "owner")
        return list({deal.pk: deal for deal in deals}.values())

    @cached_property
    def found_deals(self) -> list[Opportunity]:
        return found.search_deals(self.deal_search, self.user) if self.deal_search else []

    @cached_property
    def suggested(self) -> User | None:
        """Return who looks after the customer that is ticked, when the lead is not theirs and one may hand it to them."""
        company = self.picked.company if self.picked and self["customer"].value() == LINK else None
        owner = company.owner if company and company.owner_id != self.lead.owner_id else None
        return owner if owner and owner.is_active else None

    @cached_property
    def may_choose_suggested(self) -> bool:
        person = self.suggested
        return bool(person and str(self["owner"].value()) != str(person.pk) and self._person(person.pk))

    @cached_property
    def next_steps(self) -> list[tuple[str, str]]:
        return [("", _("Nothing")), *types.choices()]

    @cached_property
    def planned_rows(self) -> list[LeadActivity]:
        return list(self.lead.activities.planned().in_order()) if self.lead.next_activity_at else []

    @cached_property
    def twins(self) -> list[Match]:
        """Return other open leads that may be of the same person."""
        return twins.twins_of(self.lead, self.user, self.facts)

    @cached_property
    def merged(self) -> set[int]:
        """Return the keys of those that are ticked."""
        return set(keys_of(self["merge"].value() or ()))

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
            "expected": lead.expected_revenue, "planned": plans.KEEP, "person": self._person_name(), "currency": lead.currency or lead.team.currency or business.get("currency"),
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
        return Opportunity.objects.visible_to(self.user).open()

    def _stages(self):
        if self.is_bound:
            return Stage.objects.active()
        return Stage.objects.filter(pipeline=self.pipelines[0]).active().in_order() if self.pipelines else Stage.objects.none()

    # -------------------------------------------------------------------- checks

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        self.company = self.contact = None
        outcome, customer = given.get("outcome"), given.get("customer")
        for name in DOES_NOTHING.get(outcome, ()):
            self.errors.pop(name, None)
            given[name] = None
        if customer == LINK:
            self._link(given.get("match", ""))
        elif customer == CREATE:
            self._create(given.get("opportunity"))
        if outcome == "existing" and not given.get("opportunity") and "opportunity" not in self.errors:
            self.add_error("opportunity", _("Choose the deal this lead belongs to."))
        if outcome == "customer" and customer == NONE:
            self.add_error("customer", _("Choose or create a customer, or open a deal."))
        if outcome != "existing" and customer == CREATE and not self._names_somebody():
            self.add_error("customer", _("This lead names neither a person nor a company."))
        if outcome in {"new", "sale"} and not (given.get("name") or "").strip() and "name" not in self.errors:
            self.add_error("name", _("Give the deal a name."))
        if outcome == "sale" and given.get("expected") is None and "expected" not in self.errors:
            self.add_error("expected", _("Say for how much it was sold."))
        if given.get("then") and given.get("then_day") and not near(given["then_day"]):
            self.add_error("then_day", _("This day is too far away."))
        return given

    def _names_somebody(self) -> bool:
        return bool(self.lead.name or self.lead.email or self.lead.phone or self.lead.company_name)

    def _link(self, key: str) -> None:
        record = self._customer(key)
        if record is None:
            into = self._merged_into(key)
            self.add_error("match", into or _("Choose a customer, or create a new one."))
        elif isinstance(record, Contact):
            self.contact, self.company = record, record.company or (NEW if self.lead.company_name else None)
        else:
            self.company, self.contact = record, self._known_person() or self._new_person()

    def _customer(self, key: str) -> Company | Contact | None:
        """Return the customer of a key, if the person may see it."""
        return rows.standing().first() if (rows := self._of(key)) is not None else None

    def _of(self, key: str):
        kind, _colon, pk = key.partition(":")
        model = {"company": Company, "contact": Contact}.get(kind)
        return model.objects.visible_to(self.user).filter(pk=int(pk)) if model and is_key(pk) else None

    def _merged_into(self, key: str) -> str:
        """Say of a customer that was merged since into which one, as far as the person may see both."""
        merged = rows.filter(merged_into__isnull=False).select_related("merged_into").first() if (rows := self._of(key)) is not None else None
        if merged is None or self._customer(f"{merged._meta.model_name}:{merged.merged_into_id}") is None:
            return ""
        return _("%(name)s was merged into %(other)s meanwhile. Look for that one.") % {"name": merged, "other": merged.merged_into}

    def _create(self, deal: Opportunity | None) -> None:
        """A company and a contact of their own; a deal that has a company already keeps it."""
        self.contact = self._new_person()
        self.company = deal.company if deal and deal.company_id else NEW
        self._check_new(is_company_new=self.company == NEW)

    def _new_person(self) -> str | None:
        """Return that a contact is made; of a lead that is a number and no name only with a name."""
        lead = self.lead
        if lead.name or lead.email or not lead.phone or self.cleaned_data.get("person"):
            return NEW
        if not lead.company_name:
            self.add_error("person", _("Nothing but a phone number is known: say what the contact is called."))
        return None

    def _known_person(self) -> Contact | None:
        """Return the contact with the lead's e-mail that the person may see: one is never made twice."""
        if not self.lead.email_key:
            return None
        return _PERSON.first(*self.user.sight_keys, self.lead.email_key, role=self.user.role)

    def _check_new(self, *, is_company_new: bool) -> None:
        """A second contact with the same e-mail, or a second company with the same domain, is never made."""
        domain = self.lead.email_domain if not self.lead.is_free_mail else keys.domain_of_site(self.lead.website)
        if person := self._known_person():
            self.add_error("customer", _("%(name)s has this e-mail already: link to them.") % {"name": person})
        elif domain and self.lead.company_name and is_company_new:
            same = _FIRM.first(*self.user.sight_keys, domain, role=self.user.role)
            if same:
                self.add_error(
                    "customer",
                    _("%(name)s has the domain %(domain)s already: link to it.") % {"name": same, "domain": domain},
                )

    # ------------------------------------------------------------------- answers

    @property
    def following(self) -> dict[str, Any] | None:
        """Return what is planned next, as the verb takes it."""
        given = self.cleaned_data
        if not given["then"]:
            return None
        due = types.due(given["then"], given["then_day"], None, at=clock.now())
        return {"kind": given["then"], **due, "summary": given["then_summary"], "assignee": given["owner"] or self.user}

    @property
    def verb(self) -> dict[str, Any]:
        """Return what opportunities.conversion.convert takes."""
        given = self.cleaned_data
        outcome = given["outcome"]
        if outcome == "new" and given["customer"] == NONE:
            outcome = "no_customer"
        return {
            "outcome": outcome, "company": self.company, "contact": self.contact, "person": given["person"] or "",
            "opportunity": given["opportunity"], "owner": given["owner"] or NOBODY, "team": given["team"], "stage": given["stage"],
            "name": given["name"] or "", "expected": given["expected"], "currency": given["currency"] or "", "close_date": given["close_date"],
            "accept": tuple(given["accept"]) if given["accept_of"] == given["match"] else (), "planned": given["planned"] or plans.KEEP,
            "then": self.following,
        }  # fmt: skip


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
