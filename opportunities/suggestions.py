"""Which customers a lead may belong to, each with what speaks for it (only those the person may see)."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Prefetch, Q
from django.utils.translation import gettext_lazy as _

from core import reasons
from customers import keys
from customers.models import Company, Contact
from leads.cleaning import fold_company
from leads.models import Lead
from opportunities.models import Opportunity

MOST = 6
SIMILAR = 0.45

reasons.register(
    {
        "match_linked": _("Linked to this lead already"),
        "match_email": _("Same e-mail %(email)s"),
        "match_domain": _("Same e-mail domain %(domain)s"),
        "match_website": _("Same web site %(domain)s"),
        "match_phone": _("Same phone %(phone)s"),
        "match_name": _("Same name"),
        "match_similar_name": _("Similar name"),
        "match_person": _("%(name)s works there"),
    }
)
WEIGHTS = {
    "match_linked": 1.0, "match_email": 1.0, "match_domain": 0.95, "match_website": 0.9, "match_phone": 0.7, "match_name": 0.7,
    "match_person": 0.3, "match_similar_name": 0.4,
}  # fmt: skip
CERTAIN = frozenset({"match_linked", "match_email", "match_domain", "match_website"})


@dataclass
class Suggestion:
    """A contact or company with the reasons why it may be this lead's."""

    record: Contact | Company
    reasons: list[dict[str, Any]] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Return what the form sends: "contact:7" or "company:3"."""
        return f"{self.record._meta.model_name}:{self.record.pk}"

    @property
    def contact(self) -> Contact | None:
        return self.record if isinstance(self.record, Contact) else None

    @property
    def company(self) -> Company | None:
        return self.record.company if isinstance(self.record, Contact) else self.record

    @property
    def is_certain(self) -> bool:
        return any(reason["code"] in CERTAIN for reason in self.reasons)

    @property
    def weight(self) -> float:
        """Return how much speaks for it, 0 to 1: each further reason takes its share of what is left."""
        rest = 1.0
        for reason in self.reasons:
            rest *= 1 - WEIGHTS[reason["code"]]
        return 1 - rest

    @property
    def is_likely(self) -> bool:
        return self.weight >= 0.6

    def because(self, code: str, **values: Any) -> None:
        if all(reason["code"] != code for reason in self.reasons):
            self.reasons.append({"code": code, "values": values})


def suggestions(lead: Lead, user=None) -> list[Suggestion]:
    """Return at most six customers, what speaks loudest first; without a user (rules) those of everybody. Four queries."""
    found: dict[str, Suggestion] = {}
    for contact in _contacts(lead, user):
        _judge_contact(found.setdefault(f"contact:{contact.pk}", Suggestion(contact)), lead)
    for company in _companies(lead, user):
        _judge_company(found.setdefault(f"company:{company.pk}", Suggestion(company)), lead)
    told = [one for one in found.values() if one.reasons]
    return sorted(told, key=lambda one: (-one.weight, one.contact is None, one.record.pk))[:MOST]


def certain(lead: Lead, user=None) -> Suggestion | None:
    """Return the customer to preselect: the first certain one."""
    return next((one for one in suggestions(lead, user) if one.is_certain), None)


def search(text: str, user, *, most: int = 8) -> list[Suggestion]:
    """Find customers by a part of their name, accents forgiven, or by the whole e-mail."""
    if not (folded := keys.rules.fold_name(text)):
        return []
    company_key = fold_company(text) or folded
    people = _seen(Contact, user).filter(Q(name_key__contains=folded) | Q(email_key=keys.rules.email_key(text) or None))
    firms = _seen(Company, user).filter(Q(name_key__contains=company_key) | Q(domain=text.strip().lower()))
    found = [Suggestion(one) for one in firms.by_name()[:most]]
    return found + [Suggestion(one) for one in people.select_related("company").by_name()[: most - len(found)]]


def open_deals(matches: list[Suggestion], user) -> list[Opportunity]:
    """Return the open opportunities of proposed customers, to attach the lead to one of them."""
    companies = {one.company.pk for one in matches if one.company}
    contacts = {one.contact.pk for one in matches if one.contact}
    deals = Opportunity.objects.visible_to(user).open().filter(Q(company__in=companies) | Q(contact__in=contacts))
    return list(deals.select_related("company", "stage").order_by("-pk")[:10])


# ---------------------------------------------------------------------- inner


def _seen(model, user):
    rows = model.objects.standing()
    return rows.visible_to(user) if user is not None else rows


def _contacts(lead: Lead, user):
    wanted = Q(pk=lead.contact_id) if lead.contact_id else Q(pk=None)
    if lead.email_key:
        wanted |= Q(pk__in=Contact.emails.rel.related_model.objects.filter(key=lead.email_key).values("contact_id"))
        wanted |= Q(email_key=lead.email_key)
    if lead.phone_e164:
        wanted |= Q(pk__in=Contact.phones.rel.related_model.objects.filter(e164=lead.phone_e164).values("contact_id"))
        wanted |= Q(phone_e164=lead.phone_e164)
    addresses = [Prefetch("emails", to_attr="all_emails"), Prefetch("phones", to_attr="all_phones")]
    return (
        _seen(Contact, user).filter(wanted).select_related("company").prefetch_related(*addresses).order_by("pk")[:20]
    )


def _companies(lead: Lead, user):
    name = fold_company(lead.company_name) if lead.company_name else ""
    wanted = Q(pk=lead.company_id) if lead.company_id else Q(pk=None)
    if domains := _domains(lead):
        wanted |= Q(domain__in=domains)
    if lead.phone_e164:
        wanted |= Q(phone_e164=lead.phone_e164)
    if name:
        wanted |= Q(name_key=name) | Q(name_key__trigram_similar=name)
    rows = _seen(Company, user).filter(wanted).annotate(likeness=TrigramSimilarity("name_key", name or "-"))
    return rows.order_by("-likeness", "pk")[:20]


def _domains(lead: Lead) -> set[str]:
    own = lead.email_domain if not lead.is_free_mail else ""
    return {domain for domain in (own, keys.domain_of_site(lead.website) if lead.website else "") if domain}


def _judge_contact(one: Suggestion, lead: Lead) -> None:
    contact = one.record
    if contact.pk == lead.contact_id:
        one.because("match_linked")
    addresses = {contact.email_key, *(email.key for email in contact.all_emails)}
    if lead.email_key and lead.email_key in addresses:
        one.because("match_email", email=lead.email)
    if lead.phone_e164 and lead.phone_e164 in {contact.phone_e164, *(phone.e164 for phone in contact.all_phones)}:
        one.because("match_phone", phone=lead.phone)
    if one.reasons and lead.name_key and lead.name_key == contact.name_key:
        one.because("match_name")


def _judge_company(one: Suggestion, lead: Lead) -> None:
    company = one.record
    if company.pk == lead.company_id:
        one.because("match_linked")
    if company.domain and not lead.is_free_mail and company.domain == lead.email_domain:
        one.because("match_domain", domain=company.domain)
    if company.domain and lead.website and company.domain == keys.domain_of_site(lead.website):
        one.because("match_website", domain=company.domain)
    if lead.phone_e164 and company.phone_e164 == lead.phone_e164:
        one.because("match_phone", phone=lead.phone)
    name = fold_company(lead.company_name) if lead.company_name else ""
    if name and name == company.name_key:
        one.because("match_name")
    elif name and company.likeness >= SIMILAR:
        one.because("match_similar_name")
