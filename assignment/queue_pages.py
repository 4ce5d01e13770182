"""The leads that wait for somebody, oldest first, with why; managers hand them out from here."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from assignment import routing
from assignment.models import Decision
from assignment.words import sentence
from core import clock, limits
from core.htmx import page_or_fragment
from leads import lists
from leads.models import Lead
from teams import rights
from teams.models import SalesTeam, User


@rights.requires("hand out leads")
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Show who waits, in the order in which they get somebody."""
    teams = teams_of(request.user)
    chosen = request.GET.get("team", "")
    rows = waiting(request.user)
    if chosen.isdecimal() and any(team.pk == int(chosen) for team in teams):
        rows = rows.filter(team=chosen)
    page = Paginator(rows.select_related("team", "source").order_by("captured_at", "pk"), limits.PAGE_ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "rows": with_reasons(list(page)), "teams": teams, "chosen": chosen}
    return page_or_fragment(request, "assignment/queue.html", context, fragment="queue")


@rights.requires("hand out leads")
@require_POST
def by_rules(request: HttpRequest) -> HttpResponse:
    """Let the rules look at the chosen leads again, now."""
    keys = [int(key) for key in request.POST.getlist("lead") if key.isascii() and key.isdigit() and len(key) < 19]
    chosen = waiting(request.user).filter(pk__in=keys[: limits.MAX_PAGE_ROWS]).values_list("pk", flat=True)
    given = routing.assign_by_ids(list(chosen), at=clock.now(), by=request.user, keeps_line=False) if keys else 0
    lists.forget_counts(request.user)
    if given:
        messages.success(request, ngettext("%(n)s lead found somebody.", "%(n)s leads found somebody.", given) % {"n": given})
    else:
        messages.warning(request, _("The rules find nobody for them now; each line says why.") if keys else _("Select leads first."))
    return redirect("assignment:queue")


def waiting(user: User) -> QuerySet[Lead]:
    """Return the leads somebody sees that wait for a person: the queue, and what could not be decided."""
    stuck = Q(qualify_stuck_at__isnull=False)
    unassigned = Lead.objects.visible_to(user).unassigned()
    return unassigned.filter(Q(pk__in=routing.queue().values("pk")) | stuck)


def with_reasons(leads: list[Lead]) -> list[tuple[Lead, str]]:
    """Return the leads with the sentence that says why nobody has them. One query."""
    latest = Decision.objects.filter(lead__in=[lead.pk for lead in leads], kind=Decision.Kind.ASSIGNMENT)
    latest = latest.order_by("lead_id", "-at", "-id").distinct("lead_id").defer("details")
    found = {decision.lead_id: decision for decision in latest}
    return [(lead, _why(lead, found.get(lead.pk))) for lead in leads]


def _why(lead: Lead, decision: Decision | None) -> str:
    if lead.qualify_stuck_at:
        return _("It could not be decided and was set aside.")
    return sentence(decision) if decision and decision.outcome == "waiting" else _("It comes up next.")


def teams_of(user: User) -> list[SalesTeam]:
    teams = SalesTeam.objects.order_by("name", "pk")
    return list(teams if user.is_administrator else teams.filter(pk__in=user.team_ids))
