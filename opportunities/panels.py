"""What opportunities, leads and their activities show on the pages and in the lists of companies and contacts."""

from typing import Any

from django.db.models import Count, Max, Sum
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from core import undo
from customers.models import Company, Contact
from leads.activities import GOES_ON
from leads.models import Lead, LeadActivity
from opportunities.customer_story import may_undo
from opportunities.models import Opportunity, OpportunityActivity

MOST = 20


def deals(request: HttpRequest, customer: Company | Contact) -> dict[str, Any]:
    """Return the opportunities of a customer that the person may see, open ones first."""
    kind = customer._meta.model_name
    rows = Opportunity.objects.visible_to(request.user).filter(**{kind: customer}).select_related("stage", "owner")
    shown = list(rows.order_by("closed_at", "-opened_at", "-pk")[: MOST + 1])
    shown.sort(key=lambda deal: (not deal.is_open, -deal.pk))
    query = urlencode({kind: customer.pk})
    return {
        "template": "opportunities/_customer_deals.html", "deals": shown[:MOST], "has_more": len(shown) > MOST,
        "new_url": f"{reverse('opportunities:new')}?{query}",
    }  # fmt: skip


def leads(request: HttpRequest, customer: Company | Contact) -> dict[str, Any]:
    """Return the leads of a customer that the person may see, and where a new one begins."""
    kind = customer._meta.model_name
    rows = (
        Lead.objects.visible_to(request.user)
        .filter(**{kind: customer})
        .select_related("owner", "source", "team")
        .newest_first()
    )
    return {
        "template": "opportunities/_customer_leads.html",
        "leads": list(rows[:MOST]),
        "new_url": _new_lead(customer),
    }


def activities(request: HttpRequest, customer: Company | Contact) -> dict[str, Any]:
    """Return what is planned with a customer, on leads and opportunities the person may see; the first due comes first."""
    kind, user = customer._meta.model_name, request.user
    planned: list[dict[str, Any]] = []
    for name, rows, subjects in (
        ("lead", LeadActivity.objects.filter(GOES_ON), Lead.objects),
        ("opportunity", OpportunityActivity.objects.filter(opportunity__state=Opportunity.State.OPEN), Opportunity.objects),
    ):
        theirs = subjects.visible_to(user).filter(**{kind: customer}).values("pk")
        rows = rows.planned().filter(**{f"{name}__in": theirs}).select_related(name, "assignee", "type").in_order()
        planned += [{"activity": row, "record": name, "subject": getattr(row, name)} for row in rows[: MOST + 1]]
    planned.sort(key=lambda one: (one["activity"].due_at, one["activity"].pk))
    return {"template": "opportunities/_customer_activities.html", "planned": planned[:MOST], "has_more": len(planned) > MOST}


def converted(request: HttpRequest, lead: Lead) -> dict[str, Any] | None:
    """Return how a lead was converted, with what it became as far as one may see it, and how to take that back. At most four queries."""
    if not lead.converted_at:
        return None
    conversion = lead.conversions.filter(undone_at__isnull=True).select_related("opportunity", "company", "contact", "by", "change").first()
    if conversion is None:
        return None
    became = [one for one in (conversion.opportunity, conversion.contact, conversion.company) if one]
    links = [one for one in became if type(one).objects.visible_to(request.user).filter(pk=one.pk).exists()]
    undo_url = undo.address(conversion.change) if may_undo(conversion, request.user) else ""
    return {"template": "opportunities/_converted.html", "conversion": conversion, "links": links, "undo_url": undo_url}


def _new_lead(customer: Company | Contact) -> str:
    """Return the address of the entry form with what we know of the customer filled in, or nothing while there is none."""
    try:
        url = reverse("leads:new")
    except NoReverseMatch:
        return ""
    known = {"company_name": customer.name} if isinstance(customer, Company) else {
        "name": customer.name, "email": customer.email, "phone": customer.phone, "company_name": str(customer.company or ""),
        "job_title": customer.job_title,
    }  # fmt: skip
    return f"{url}?{urlencode({key: value for key, value in known.items() if value})}"


def figures(user, companies: list[Company]) -> dict[int, dict[str, Any]]:
    """Return each company's open deals, open value and what was won, by currency, as far as one may see. One query."""
    rows = Opportunity.objects.visible_to(user).filter(company__in=companies).order_by()
    found: dict[int, dict[str, Any]] = {}
    for row in rows.values("company", "currency", "state").annotate(
        n=Count("pk", distinct=True), open=Sum("amount_open"), won=Sum("amount_won"), last=Max("changed_at")
    ):
        one = found.setdefault(row["company"], {"open": 0, "open_sums": [], "won_sums": {}, "last": None})
        if row["state"] == Opportunity.State.OPEN:
            one["open"] += row["n"]
            one["open_sums"].append((row["open"], row["currency"]))
        if row["won"]:
            one["won_sums"][row["currency"]] = one["won_sums"].get(row["currency"], 0) + row["won"]
        one["last"] = max(filter(None, [one["last"], row["last"]]))
    return found
