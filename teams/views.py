"""People and one's own profile, under Settings."""

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.audit import note
from core.htmx import done, page_or_fragment
from teams import invitations, rights
from teams import people as verbs
from teams.models import User
from teams.setting_forms import AbsenceForm, InvitationForm, PersonForm, ProfileForm


@rights.requires("set up teams")
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    everybody = User.objects.prefetch_related("memberships__team").order_by("-is_active", "name", "pk")
    return page_or_fragment(request, "teams/people.html", {"people": everybody}, fragment="people")


@rights.requires("invite")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Ask somebody in."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = invitations.invite(
                form.cleaned_data["email"], name=form.cleaned_data["name"], role=form.cleaned_data["role"],
                teams=list(form.cleaned_data["teams"]), at=clock.now(), by=request.user,
            )  # fmt: skip
        except IntegrityError:  # somebody else invited them in this very moment
            form.add_error("email", _("There is already a person with this e-mail."))
        else:
            toast = _("Invitation for %(name)s is on its way.") % {"name": person}
            return done(request, _address(person), event="person:invited", toast=toast)
    context = {"form": form, "title": _("Invite somebody"), "submit": _("Send invitation"), "back": "teams:people",
               "back_label": _("People")}  # fmt: skip
    return page_or_fragment(request, "settings/form.html", context, fragment="form", status=422 if form.errors else 200)


@rights.requires("invite")
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show somebody's account to an administrator; POST gives them a role and teams."""
    found = get_object_or_404(User, pk=pk)
    form = PersonForm(request.POST or None, initial={"role": found.role, "teams": found.team_ids})
    if request.method == "POST" and form.is_valid():
        try:
            verbs.change_role(found, form.cleaned_data["role"], by=request.user)
            verbs.put_into(found, form.cleaned_data["teams"], by=request.user)
        except verbs.LastAdministrator:
            form.add_error("role", _("Somebody has to remain administrator."))
        else:
            return done(request, _address(found), event="person:changed", toast=_("Saved."))
    return page_or_fragment(request, "teams/person.html", {"form": form, **_about(found)}, fragment="form",
                            status=422 if form.errors else 200)


def _about(found: User) -> dict:
    is_pending = found.is_active and not found.has_usable_password() and not found.is_demo
    shows_link = is_pending and invitations.mail_stays_here()
    return {"person": found, "is_pending": is_pending, "link": invitations.link_for(found) if shows_link else ""}


@rights.requires("invite")
@require_POST
def access(request: HttpRequest, pk: int) -> HttpResponse:
    """Let somebody in (active=1) or end their access at once (active=0)."""
    found = get_object_or_404(User, pk=pk)
    try:
        if request.POST.get("active") == "1":
            verbs.reactivate(found, by=request.user)
            toast = _("%(name)s can sign in again.")
        else:
            verbs.deactivate(found, by=request.user)
            toast = _("%(name)s is signed out and can’t come in.")
    except verbs.LastAdministrator:
        toast = _("Somebody has to remain administrator.")
    return done(request, _address(found), event="person:changed", toast=toast % {"name": found})


@rights.requires("invite")
@require_POST
def invitation_again(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(User.objects.active(), pk=pk)
    if found.has_usable_password() or found.is_demo:
        return redirect(_address(found))
    invitations.send(found, at=clock.now(), by=request.user)
    return done(request, _address(found), event="person:invited", toast=_("A new link is on its way."))


@rights.requires("invite")
@require_POST
def second_factor(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away the factors somebody lost."""
    found = get_object_or_404(User, pk=pk)
    verbs.reset_second_factor(found, by=request.user)
    return done(request, _address(found), event="person:changed", toast=_("The second factor is gone; sessions ended."))


@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """One's own name, zone, language and looks, and when one is away."""
    form, seats = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk)), request.user.memberships.order_by("team")
    absence = AbsenceForm(request.POST or None, seats=seats, at=clock.now())
    if request.method == "POST" and all([form.is_valid(), absence.is_valid()]):
        if form.changed_data:
            form.instance.save(update_fields=form.changed_data)
        if absence.seats and absence.changed_data:
            _keep_absence(request, absence)
        return done(request, "teams:profile", event="profile:changed", toast=_("Profile saved."))
    context = {"form": form, "absence": absence if absence.seats else None}
    return page_or_fragment(request, "teams/profile.html", context, fragment="form", status=422 if form.errors or absence.errors else 200)


@transaction.atomic
def _keep_absence(request: HttpRequest, absence: AbsenceForm) -> None:
    absence.save()
    for seat in absence.seats:
        note("member changed", target=f"team {seat.team_id}", by=request.user, request=request, person=seat.user_id, fields=absence.changed_data)


def _address(person: User) -> str:
    from django.urls import reverse

    return reverse("teams:person", args=[person.pk])
