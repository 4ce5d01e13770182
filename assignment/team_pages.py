"""A team's «Assignment» under Settings: its strategy, the rules that count for its leads, and what its members carry."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from assignment.rule_pages import lists_of
from core.htmx import page_or_fragment
from teams import rights
from teams.models import SalesTeam
from teams.policy_forms import AssignmentForm
from teams.setting_forms import MemberForm
from teams.team_views import left_with_leads, members_of, saved, teams_of


@rights.requires("set up teams")
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how the team's leads are handed out; POST changes its strategy, what counts as load, and who comes first."""
    found = get_object_or_404(teams_of(request.user), pk=pk)
    form = AssignmentForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        return saved(request, form, reverse("assignment:team", args=[pk]))
    stored = SalesTeam.objects.get(pk=pk)
    context = lists_of(request.user, stored) | {
        "form": form, "tab": "assignment", "members": members_of(stored), "member_form": MemberForm(stored),
        "left": left_with_leads(stored),
    }  # fmt: skip
    return page_or_fragment(request, "assignment/team.html", context, fragment="form", status=422 if form.errors else 200)
