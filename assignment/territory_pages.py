"""A team's territories under Settings: who looks after which part of the market, and where two of them meet."""

from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assignment import territories as reading
from assignment.rule_pages import matches
from assignment.territory_forms import TerritoryForm
from core import conditions
from core.audit import note
from core.conditions.builder import Builder
from core.htmx import done, page_or_fragment
from teams import rights
from teams.models import SalesTeam, Territory
from teams.team_views import teams_of

FIRST = {"field": "country", "op": "is", "value": []}  # what most territories begin with


@rights.requires("set up teams")
@require_safe
def territories(request: HttpRequest, pk: int) -> HttpResponse:
    """Show them in the order they are tried, with what is wrong, and the pairs that overlap."""
    team = get_object_or_404(teams_of(request.user), pk=pk)
    book = conditions.book("lead")
    parts = reading.read_all(team, book)
    members = set(team.memberships.values_list("user_id", flat=True))
    context = {
        "team": team, "tab": "territories", "lines": [(part, reading.problems_of(part, members)) for part in parts],
        "overlaps": reading.overlaps(parts),
    }  # fmt: skip
    return page_or_fragment(request, "assignment/territories.html", context, fragment="territories")


@rights.requires("set up teams")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, get_object_or_404(teams_of(request.user), pk=pk), Territory())


@rights.requires("set up teams")
@require_http_methods(["GET", "POST"])
def territory(request: HttpRequest, pk: int) -> HttpResponse:
    found = _territory(request, pk)
    return _form(request, found.team, found)


@rights.requires("set up teams")
@require_POST
def removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a territory that no rule names."""
    found = _territory(request, pk)
    team_pk, name = found.team_id, found.name
    try:
        found.delete()
    except ProtectedError as refused:
        return done(request, _list(team_pk), event="territory:unchanged", toast=_refusal(name, refused))
    note("territory deleted", target=f"team {team_pk}", by=request.user, request=request, name=name)
    return done(request, _list(team_pk), event="territory:deleted", toast=_("%(name)s is deleted.") % {"name": name})


def _refusal(name: str, refused: ProtectedError) -> str:
    rules = "”, “".join(sorted(str(one) for one in refused.protected_objects))
    return _("%(name)s stays: the rule “%(rules)s” sends leads there. Change the rule first.") % {"name": name, "rules": rules}


def _form(request: HttpRequest, team: SalesTeam, found: Territory) -> HttpResponse:
    """Add or change a territory. Buttons of the conditions post the whole form and change nothing yet."""
    book, data = conditions.book("lead"), request.POST if request.method == "POST" else None
    builder = Builder(book, found.conditions or FIRST) if data is None else Builder.posted(book, data)
    if data is not None and "do" in data:
        builder.act(data["do"])
        return _shown(request, TerritoryForm(instance=found, team=team, initial=data.dict()), builder, fragment="builder")
    form = TerritoryForm(data, instance=found, team=team)
    if data is not None and all([form.is_valid(), builder.is_valid()]) and form.accepts(builder):
        form.instance.conditions = builder.stored
        saved = form.save()
        note("territory changed", target=f"team {team.pk}", by=request.user, request=request, name=saved.name)
        return done(request, _list(team.pk), event="territory:changed", toast=_("Territory saved."))
    return _shown(request, form, builder, fragment="form", status=200 if data is None else 422)


def _shown(request: HttpRequest, form: TerritoryForm, builder: Builder, *, fragment: str, status: int = 200) -> HttpResponse:
    one = form.instance
    context = {
        "form": form, "builder": builder, "matches": matches(request, builder), "team": one.team, "tab": "territories",
        "territory": one if one.pk else None,
    }  # fmt: skip
    return page_or_fragment(request, "assignment/territory.html", context, fragment=fragment, status=status)


def _territory(request: HttpRequest, pk: int) -> Territory:
    found = get_object_or_404(Territory.objects.select_related("team", "owner"), pk=pk)
    if not rights.manages_team(request.user, found.team_id):
        raise Http404
    return found


def _list(team_pk: int) -> str:
    return reverse("assignment:territories", args=[team_pk])
