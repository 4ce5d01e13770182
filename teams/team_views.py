"""Teams and their members, under Settings: managers for their own, administrators for all."""

from django.db.models import Count, ProtectedError, Q
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.audit import note
from core.htmx import done, page_or_fragment
from teams import rights
from teams.models import Membership, SalesTeam, User
from teams.setting_forms import MemberForm, MembershipForm, TeamForm


def teams_of(user: User):
    """Return the teams somebody sets up."""
    return SalesTeam.objects.all() if user.is_administrator else SalesTeam.objects.filter(pk__in=user.team_ids)


@rights.requires("set up teams")
@require_GET
def teams(request: HttpRequest) -> HttpResponse:
    found = teams_of(request.user).annotate(member_count=Count("memberships", filter=Q(memberships__user__is_active=True)))
    return page_or_fragment(request, "teams/teams.html", {"teams": found.order_by("name", "pk")}, fragment="teams")


@rights.requires("set up organisation")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        team = form.save()
        note("team added", target=f"team {team.pk}", by=request.user, request=request, name=team.name)
        return done(request, reverse("teams:team", args=[team.pk]), event="team:added", toast=_("Team added."))
    context = {"form": form, "title": _("New team"), "submit": _("Add team"), "back": "teams:teams", "back_label": _("Teams")}
    return page_or_fragment(request, "settings/form.html", context, fragment="form", status=422 if form.errors else 200)


@rights.requires("set up teams")
@require_http_methods(["GET", "POST"])
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a team with its members; POST changes its own settings."""
    found = get_object_or_404(teams_of(request.user), pk=pk)
    form = TeamForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        return saved(request, form, reverse("teams:team", args=[pk]))
    context = {"form": form, "team": SalesTeam.objects.get(pk=pk), "members": members_of(found), "member_form": MemberForm(found),
               "left": left_with_leads(found), "at": clock.now()}  # fmt: skip
    return page_or_fragment(request, "teams/team.html", context, fragment="form", status=422 if form.errors else 200)


def saved(request: HttpRequest, form: ModelForm, back: str) -> HttpResponse:
    """Store what a valid form changes of a team, write it down, and go back to where the team is shown."""
    found = form.save()
    note("team changed", target=f"team {found.pk}", by=request.user, request=request, fields=form.changed_data)
    return done(request, back, event="team:changed", toast=_("Team saved."))


def members_of(team: SalesTeam) -> list[Membership]:
    """Read the members with the number of open leads each has in this team; one query."""
    load = Count("user__leads", filter=Q(user__leads__team=team, user__leads__is_open=True))
    at = clock.now()
    found = list(team.memberships.select_related("user").annotate(load=load).order_by("user__name", "pk"))
    for seat in found:
        seat.away = seat.is_away(at)
    return found


def left_with_leads(team: SalesTeam):
    """Return who is in the team no more but still has open leads of it, with how many; one query."""
    load = Count("leads", filter=Q(leads__team=team, leads__is_open=True))
    people = User.objects.filter(leads__team=team, leads__is_open=True).exclude(memberships__team=team)
    return people.annotate(load=load).by_name().distinct()


@rights.requires("set up teams")
@require_POST
def members(request: HttpRequest, pk: int) -> HttpResponse:
    """Put somebody into the team."""
    found = get_object_or_404(teams_of(request.user), pk=pk)
    form = MemberForm(found, request.POST)
    back = reverse("teams:team", args=[pk])
    if not form.is_valid():
        return done(request, back, event="team:unchanged", toast=_("Choose somebody who is not in the team yet."))
    seat, added = Membership.objects.get_or_create(user=form.cleaned_data["person"], team=found)
    if added:
        note("member added", target=f"team {pk}", by=request.user, request=request, person=seat.user_id)
    return done(request, back, event="team:changed", toast=_("%(name)s is in the team.") % {"name": seat.user})


@rights.requires("set up teams")
@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """One member's capacity, turns and absence."""
    seat = _seat(request, pk)
    form = MembershipForm(request.POST or None, instance=seat)
    if request.method == "POST" and form.is_valid():
        form.save()
        note("member changed", target=f"team {seat.team_id}", by=request.user, request=request, person=seat.user_id,
             fields=form.changed_data)
        return done(request, reverse("teams:team", args=[seat.team_id]), event="team:changed", toast=_("Saved."))
    context = {"form": form, "seat": seat}
    return page_or_fragment(request, "teams/member.html", context, fragment="form", status=422 if form.errors else 200)


@rights.requires("set up teams")
@require_POST
def removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take somebody out of the team; what they own stays theirs."""
    seat = _seat(request, pk)
    team_pk, name = seat.team_id, str(seat.user)
    seat.delete()
    note("member removed", target=f"team {team_pk}", by=request.user, request=request, person=seat.user_id)
    toast = _("%(name)s is no longer in the team. Their leads stay with them.") % {"name": name}
    return done(request, reverse("teams:team", args=[team_pk]), event="team:changed", toast=toast)


@rights.requires("set up organisation")
@require_POST
def deletion(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a team that nothing hangs on; the default one stays."""
    found = get_object_or_404(SalesTeam, pk=pk)
    name = found.name
    if found.is_default:
        return done(request, reverse("teams:team", args=[pk]), event="team:unchanged", toast=_("The default team stays."))
    try:
        found.delete()
    except ProtectedError as refused:
        return done(request, reverse("teams:team", args=[pk]), event="team:unchanged", toast=_why_it_stays(name, refused))
    note("team deleted", target=f"team {pk}", by=request.user, request=request, name=name)
    return done(request, "teams:teams", event="team:deleted", toast=_("%(name)s is deleted.") % {"name": name})


def _why_it_stays(name: str, refused: ProtectedError) -> str:
    """Say what hangs on a team: its records, or what names it and can be changed."""
    naming = sorted({str(one) for one in refused.protected_objects if hasattr(one, "conditions")})
    if naming and all(hasattr(one, "conditions") for one in refused.protected_objects):
        return _("%(name)s stays: “%(rules)s” sends leads there. Change that first.") % {"name": name, "rules": "”, “".join(naming[:5])}
    return _("%(name)s has leads, deals, customers or decisions of its own; it stays for their sake.") % {"name": name}


def _seat(request: HttpRequest, pk: int) -> Membership:
    seat = get_object_or_404(Membership.objects.select_related("user", "team"), pk=pk)
    if not rights.manages_team(request.user, seat.team_id):
        raise Http404
    return seat
