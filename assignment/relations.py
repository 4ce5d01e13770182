"""Who knows a lead's company already: its owner, or the owner of an open deal with it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from assignment.desks import Desks, Seat
from customers.models import Company
from leads.models import Lead
from opportunities.models import Opportunity
from teams.models import SalesTeam


class Relations:
    """The people who look after the companies of some leads, read at once for the teams that want it."""

    def __init__(self, routes: Iterable[Any]):
        routes = list(routes)
        team_ids = {route.team_id for route in routes}
        wanting = set(SalesTeam.objects.filter(pk__in=team_ids, keeps_relations=True).values_list("pk", flat=True))
        self._company: dict[int, Company] = companies_of([route.lead for route in routes if route.team_id in wanting])
        self._deals: dict[int, list[Opportunity]] = defaultdict(list)
        if self._company:
            firms = {company.pk for company in self._company.values()}
            deals = Opportunity.objects.filter(state="open", company__in=firms, owner__isnull=False).select_related("owner")
            for deal in deals.order_by("-opened_at", "-pk"):
                self._deals[deal.company_id].append(deal)

    @property
    def user_ids(self) -> set[int]:
        """Return everybody who may be asked first, so that their seats are read too."""
        owners = {company.owner_id for company in self._company.values() if company.owner_id}
        return owners | {deal.owner_id for deals in self._deals.values() for deal in deals}

    def of(self, route: Any, desks: Desks) -> tuple[Seat, str, dict[str, Any]] | None:
        """Return the free one who knows the company, with reason and values; who can't is noted on the route."""
        company = self._company.get(route.lead.pk)
        if company is None:
            return None
        known = [(company.owner, "relation", {"company": company.name})] if company.owner_id else []
        known += [(deal.owner, "relation_deal", {"company": company.name, "deal": deal.name}) for deal in self._deals[company.pk]]
        asked = set()
        for person, reason, values in known:
            if person.pk in asked:
                continue
            asked.add(person.pk)
            seat = desks.person(person.pk)
            why_not = seat.why_not or route.but.get(person.pk, "") if seat else "no_seat" if person.is_active else "left"
            if not why_not:
                return seat, reason, values
            route.note("note_relation", person=str(person), company=company.name, why_not=why_not)
        return None


def companies_of(leads: list[Lead]) -> dict[int, Company]:
    """Return the company of each lead that has one here: as linked, else by its mail domain, else by its name alone."""
    if not leads:
        return {}
    rows = Company.objects.standing().select_related("owner")
    by_pk = rows.in_bulk({lead.company_id for lead in leads if lead.company_id})
    domains = {lead.email_domain for lead in leads if lead.email_domain and not lead.is_free_mail}
    by_domain = {company.domain: company for company in rows.filter(domain__in=domains)} if domains else {}
    names = {lead.company_key for lead in leads if lead.company_key}
    by_name: dict[str, list[Company]] = defaultdict(list)
    for company in rows.filter(name_key__in=names) if names else []:
        by_name[company.name_key].append(company)
    found = {}
    for lead in leads:
        namesakes = by_name.get(lead.company_key, [])
        domain = "" if lead.is_free_mail else lead.email_domain
        company = by_pk.get(lead.company_id) or by_domain.get(domain) or (namesakes[0] if len(namesakes) == 1 else None)
        if company:
            found[lead.pk] = company
    return found
