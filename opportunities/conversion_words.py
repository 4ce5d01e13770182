"""What the conversion dialog says: whom is chosen, what differs, and what will happen."""

import re
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import wording
from core.currencies import is_code
from customers import keys
from customers.models import Contact
from opportunities import plans
from opportunities.conversion import CONTACT_FACTS

LINK, CREATE, NONE = "link", "new", "none"
_TWO_WORDS = re.compile(r"([a-z]{2,})[._]([a-z]{2,})", re.IGNORECASE)


class ConversionWords:
    """The sentences of ConversionForm, all of what stands in it now."""

    expected_words, sold_for = gettext_lazy("Expected revenue"), gettext_lazy("Sold for")

    @property
    def chosen(self) -> str:
        """Return the match that is ticked."""
        return self["match"].value() or ""

    @property
    def picked(self):
        """Return the suggestion that is ticked, when it is a shown one."""
        return next((one for one in [*self.matches, *self.hits] if one.key == self.chosen), None) if self.chosen else None

    @property
    def picked_deal(self):
        """Return the deal that is ticked."""
        key = str(self["opportunity"].value() or "")
        return next((deal for deal in self.deals if str(deal.pk) == key), None) if key else None

    @property
    def differences(self) -> list[tuple[str, Any, str, str, bool]]:
        """Return (name, label, known, said, ticked) of facts where the chosen contact and the lead both say something else."""
        contact = self.picked.contact if self.picked and self["customer"].value() == LINK else None
        if contact is None:
            return []
        ticked = self["accept"].value() or () if (self["accept_of"].value() or "") == self.chosen else ()
        both = [(name, getattr(contact, name), getattr(self.lead, name)) for name in CONTACT_FACTS]
        return [
            (name, Contact._meta.get_field(name).verbose_name, known, said, name in ticked)
            for name, known, said in both
            if said and known != said and not (name == "email" and keys.rules.email_key(known) == self.lead.email_key)
        ]

    @property
    def asks_person(self) -> bool:
        """Tell whether the contact's name must be asked for: the lead says how to reach somebody, not who it is."""
        return not self.lead.name and bool(self.lead.email or self.lead.phone)

    def _person_name(self) -> str:
        """Propose what the contact is called from the e-mail: two words are a name, else the part before the @."""
        local = self.lead.email.partition("@")[0] if self.asks_person else ""
        words = _TWO_WORDS.fullmatch(local)
        return " ".join(word.capitalize() for word in words.groups()) if words else local

    # ---------------------------------------------------------- what will happen

    @property
    def will(self) -> list[str]:
        """Say in sentences what converting does as the form stands now, or what is still to be chosen."""
        outcome, customer = self["outcome"].value(), self["customer"].value()
        if customer == LINK and self.picked is None:
            return [_("Choose which customer it is.")]
        if outcome == "existing" and self.picked_deal is None:
            return [_("Choose which deal it belongs to.")]
        if outcome == "customer" and customer == NONE:
            return [_("Choose or create a customer, or open a deal.")]
        if customer == CREATE and self.asks_person and not self._new_names(with_company=True):
            return [_("Say what the contact is called.")]
        said = [self._outcome(outcome, customer), self._newcomer(customer), self._merges(), self._plans(outcome, customer), self._next()]
        return [*map(wording.ended, filter(None, said)), _("You can undo for 30 days.")]

    def _outcome(self, outcome: str, customer: str) -> str:
        if outcome == "existing":
            return self._attaches(customer)
        where = self._where(customer)
        if outcome == "customer":
            return _("Keeps %(customer)s and opens no deal.") % {"customer": where or _("the customer")}
        what = self._sale() if outcome == "sale" else _("one deal")
        if where:
            return _("Creates %(what)s at %(customer)s.") % {"what": what, "customer": where}
        return _("Creates %(what)s without a customer yet.") % {"what": what}

    def _sale(self) -> str:
        """Return "a won sale" with its amount, as far as it can be read."""
        typed, currency = self["expected"].value(), str(self["currency"].value() or "")
        try:
            amount = typed if isinstance(typed, Decimal) else self.fields["expected"].to_python(typed)
        except ValidationError:
            amount = None
        if amount is None or not is_code(currency):
            return _("a won sale")
        return _("a won sale of %(amount)s") % {"amount": wording.money(amount, currency)}

    def _attaches(self, customer: str) -> str:
        deal = self.picked_deal
        if customer == LINK:
            return _("Adds this lead of %(customer)s to “%(deal)s”.") % {"customer": self._where(customer), "deal": deal}
        new = self._new_names(with_company=not deal.company_id) if customer == CREATE else []
        if new:
            return _("Adds this lead to “%(deal)s” and creates %(names)s.") % {"deal": deal, "names": _and(new)}
        return _("Adds this lead to “%(deal)s”.") % {"deal": deal}

    def _where(self, customer: str) -> str:
        if customer == LINK:
            return str(self.picked.company or self.picked.contact)
        if customer != CREATE or not (names := self._new_names(with_company=True)):
            return ""
        if len(names) > 1:
            return _("%(first)s and %(second)s (both new)") % {"first": names[0], "second": names[1]}
        return _("%(name)s (new)") % {"name": names[0]}

    def _newcomer(self, customer: str) -> str:
        """Say who is added to a customer that is known."""
        picked, lead = self.picked, self.lead
        if customer != LINK:
            return ""
        if picked.contact:
            is_added = lead.company_name and not picked.company
            return _("Adds %(company)s as the company of %(name)s.") % {"company": lead.company_name, "name": picked.contact} if is_added else ""
        is_known = any(one.contact and one.contact.email_key == lead.email_key != "" for one in self.matches)
        names = [] if is_known else self._new_names(with_company=False)
        return _("Adds %(name)s as a contact there.") % {"name": names[0]} if names else ""

    def _new_names(self, *, with_company: bool) -> list[str]:
        """Return the names of what is made: the company, and who is reached there."""
        lead = self.lead
        person = lead.name or (self["person"].value() or "").strip() or lead.email.partition("@")[0]
        return [name for name in (lead.company_name if with_company else "", person) if name]

    def _merges(self) -> str:
        n = len(self.merged)
        return ngettext("Merges %(n)s lead into this one.", "Merges %(n)s leads into this one.", n) % {"n": n} if n else ""

    def _next(self) -> str:
        then = self["then"].value()
        what = dict(self.next_steps).get(then) if then else None
        return _("Plans next: %(what)s.") % {"what": what} if what else ""

    def _plans(self, outcome: str, customer: str) -> str:
        n = len(self.planned_rows)
        if not n:
            return ""
        if self["planned"].value() == plans.STOP:
            return ngettext("%(n)s planned activity is called off.", "%(n)s planned activities are called off.", n) % {"n": n}
        if outcome in {"new", "existing"}:
            return ngettext("%(n)s planned activity goes on at the deal.", "%(n)s planned activities go on at the deal.", n) % {"n": n}
        if customer == NONE:
            return ngettext("%(n)s planned activity stays planned.", "%(n)s planned activities stay planned.", n) % {"n": n}
        return ngettext("%(n)s planned activity stays with the customer.", "%(n)s planned activities stay with the customer.", n) % {"n": n}


def _and(names: list[str]) -> str:
    return _("%(first)s and %(second)s") % {"first": names[0], "second": names[1]} if len(names) > 1 else names[0]
