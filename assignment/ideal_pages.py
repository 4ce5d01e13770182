"""The ideal customer of each team under Settings: its criteria, each a name, conditions, a weight and what to ask."""

from typing import Any

from django import forms
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assignment.rule_access import demand_team, managed, team_asked
from assignment.rule_pages import matches
from core import conditions
from core.conditions.builder import Builder
from core.htmx import page_or_fragment
from core.models import AuditEntry
from leads.ideals import Criterion
from teams import rights
from teams.models import SalesTeam


class CriterionForm(forms.ModelForm):
    class Meta:
        model = Criterion
        fields = ["team", "name", "weight", "question"]

    def __init__(self, *args: Any, teams: list[SalesTeam], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = SalesTeam.objects.filter(pk__in=[team.pk for team in teams]).order_by("name", "pk")
        self.fields["team"].empty_label = None
        self.fields["name"].label, self.fields["weight"].label, self.fields["question"].label = _("Name"), _("Weight"), _("What to ask")


@rights.requires("set up rules")
@require_GET
def ideal_customers(request: HttpRequest) -> HttpResponse:
    """Show what each team's ideal customer is, in sentences."""
    teams, team, book = managed(request.user), team_asked(request), conditions.book("lead")
    shown = [team] if team else teams
    rows = Criterion.objects.filter(team__in=shown).select_related("team").order_by("position", "pk")
    read = [(row, book.read(row.conditions)) for row in rows]
    lists = [
        (one, [(row, found.tokens, [str(problem) for problem in found.problems_of_names()]) for row, found in read if row.team_id == one.pk])
        for one in shown
    ]
    context = {"teams": teams, "team": team, "lists": lists}
    return page_or_fragment(request, "assignment/ideals.html", context, fragment="lists")


@rights.requires("set up rules")
@require_http_methods(["GET", "HEAD", "POST"])
def criterion(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add a criterion, or change one."""
    one, teams = _criterion(request, pk) if pk else Criterion(team=team_asked(request)), managed(request.user)
    book, data = conditions.book("lead"), request.POST if request.method == "POST" else None
    builder = Builder.posted(book, data) if data is not None else Builder(book, one.conditions)
    if data is not None and "do" in data:
        builder.act(data["do"])
        form = CriterionForm(instance=one, teams=teams, initial=data.dict())
        return _shown(request, one, form, builder, fragment="builder")
    form = CriterionForm(data, instance=one, teams=teams)
    if data is not None and all([form.is_valid(), builder.is_valid()]) and _says_something(form, builder):
        _save(request, form, builder)
        return redirect(f"{reverse('assignment:ideal_customers')}?team={one.team_id}")
    return _shown(request, one, form, builder, fragment="form", status=422 if data is not None else 200)


def _says_something(form: CriterionForm, builder: Builder) -> bool:
    """Refuse a criterion that everybody meets."""
    if builder.stored:
        return True
    form.add_error(None, _("Say in at least one condition what the customer has to be."))
    return False


def _save(request: HttpRequest, form: CriterionForm, builder: Builder) -> None:
    one = form.save(commit=False)
    if one.pk is None:
        last = Criterion.objects.filter(team=one.team).aggregate(last=Max("position"))["last"]
        one.position = (last or 0) + 1
    one.conditions = builder.stored
    one.save()
    _audit(request, one, "changed")


def _shown(request: HttpRequest, one: Criterion, form: CriterionForm, builder: Builder, *, fragment: str, status: int = 200) -> HttpResponse:
    context = {
        "form": form, "builder": builder, "criterion": one, "matches": matches(request, builder), "back": "assignment:ideal_customers",
        "back_label": _("Ideal customer"), "title": _("Change the criterion") if one.pk else _("New criterion"),
    }  # fmt: skip
    return page_or_fragment(request, "assignment/criterion.html", context, fragment=fragment, status=status)


@rights.requires("set up rules")
@require_POST
def criterion_removal(request: HttpRequest, pk: int) -> HttpResponse:
    one = _criterion(request, pk)
    _audit(request, one, "removed")
    one.delete()
    return redirect(f"{reverse('assignment:ideal_customers')}?team={one.team_id}")


def _criterion(request: HttpRequest, pk: int) -> Criterion:
    """Return a criterion of a team the person sets up; else it does not exist (404)."""
    one = get_object_or_404(Criterion, pk=pk)
    demand_team(request, one.team_id)
    return one


def _audit(request: HttpRequest, one: Criterion, what: str) -> None:
    AuditEntry.objects.create(
        action=f"criterion {what}", actor=request.user, target=f"criterion {one.pk}", request_id=getattr(request, "id", "") or "",
        details={"team": one.team_id, "name": one.name, "weight": one.weight, "conditions": one.conditions},
    )  # fmt: skip
