"""The lists of companies and people: how they are searched and sorted."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.listing import Listing, Sort
from customers import keys


def search_companies(rows: QuerySet, text: str) -> QuerySet:
    """Find a part of the name, accents forgiven, or a domain."""
    folded = keys.rules.fold_company(text) or keys.rules.fold_name(text)
    return rows.filter(Q(name_key__contains=folded) | Q(domain=text.strip().lower()))


def search_contacts(rows: QuerySet, text: str) -> QuerySet:
    """Find a part of the name, accents forgiven, or a whole e-mail."""
    email = keys.rules.email_key(text)
    by_email = Q(email_key=email) if email else Q()
    return rows.filter(Q(name_key__contains=keys.rules.fold_name(text)) | by_email)


COMPANIES = Listing("company", default="name", search=search_companies, sorts={
    "name": Sort(_("Name"), Lower("name")), "created": Sort(_("Added"), "created_at", descending=True),
})  # fmt: skip
CONTACTS = Listing("contact", default="name", search=search_contacts, sorts={
    "name": Sort(_("Name"), Lower("name")), "created": Sort(_("Added"), "created_at", descending=True),
})  # fmt: skip
