"""One search over everything a person sees: leads, customers, deals. The palette asks it, and it is a page of its own."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.htmx import page_or_fragment
from core.listing import MAX_SEARCH
from customers import lists as customers
from customers.models import Company, Contact
from leads import lists as leads
from leads.models import Lead
from opportunities import searching as deals
from opportunities.models import Opportunity
from teams.models import User

LEADS, OTHERS = 6, 4
LEAST = 2  # letters: one matches everything


@dataclass(frozen=True)
class Hit:
    """One record that was found."""

    url: str
    name: str
    hint: str
    icon: str
    score: int | None = None
    hot_from: int = 0
    warm_from: int = 0


@dataclass(frozen=True)
class Group:
    label: str
    hits: list[Hit] = field(default_factory=list)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show what is called like ?q; for the palette just the results."""
    text = request.GET.get("q", "").strip()[:MAX_SEARCH]
    groups = find(request.user, text) if len(text) >= LEAST else []
    context = {"q": text, "groups": groups, "is_short": len(text) < LEAST}
    return page_or_fragment(request, "workspace/search.html", context, fragment="results")


def find(user: User, text: str) -> list[Group]:
    """Return what somebody may see and what matches, the groups without a hit left out. Four queries."""
    groups = [
        Group(_("Leads"), [_lead(row) for row in _leads(user, text)]),
        Group(_("Customers"), [_company(row) for row in _companies(user, text)] + [_contact(row) for row in _contacts(user, text)]),
        Group(_("Deals"), [_deal(row) for row in _deals(user, text)]),
    ]
    return [group for group in groups if group.hits]


def _leads(user: User, text: str) -> QuerySet[Lead]:
    rows = leads.search(Lead.objects.visible_to(user).filter(merged_into=None), text)
    rows = rows.select_related("team").order_by("-is_open", "-captured_at", "-pk")
    return rows.only("name", "email", "company_name", "title", "phone", "score", "team__hot_from", "team__warm_from")[:LEADS]


def _companies(user: User, text: str) -> QuerySet[Company]:
    return customers.search_companies(Company.objects.visible_to(user).filter(merged_into=None), text).order_by("name", "pk")[:OTHERS]


def _contacts(user: User, text: str) -> QuerySet[Contact]:
    rows = customers.search_contacts(Contact.objects.visible_to(user).filter(merged_into=None), text)
    return rows.select_related("company").order_by("name", "pk")[:OTHERS]


def _deals(user: User, text: str) -> QuerySet[Opportunity]:
    rows = deals.search(Opportunity.objects.visible_to(user), text)
    return rows.select_related("company", "stage").order_by("-pk")[:OTHERS]


def _lead(row: Lead) -> Hit:
    hint = ", ".join(part for part in (row.company_name if row.name else "", row.email) if part)
    return Hit(row.get_absolute_url(), str(row), hint, "users", row.score, row.team.hot_from, row.team.warm_from)


def _company(row: Company) -> Hit:
    return Hit(row.get_absolute_url(), row.name, _words(row.domain, row.city), "building-2")


def _contact(row: Contact) -> Hit:
    return Hit(row.get_absolute_url(), row.name, _words(row.company, row.email), "user-round")


def _deal(row: Opportunity) -> Hit:
    stage = row.stage if row.is_open else row.get_state_display()
    return Hit(row.get_absolute_url(), row.name, _words(row.company, stage), "square-kanban")


def _words(*parts: Any) -> str:
    return ", ".join(str(part) for part in parts if part)
