"""What an administrator does with people: role, teams, leaving and coming back, a lost second factor."""

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F, Q

from core import live
from core.audit import note
from teams.models import Role, SalesTeam, User


class LastAdministrator(Exception):
    """Nobody would be left who could let others in."""


@transaction.atomic
def change_role(person: User, role: str, *, by: User | None = None) -> None:
    """Give somebody another role; their sessions end. Raises LastAdministrator. The same role again changes nothing."""
    person = User.objects.select_for_update().get(pk=person.pk)
    if person.role == role:
        return
    if person.role == Role.ADMINISTRATOR:
        _keep_one_administrator(person)
    note("role changed", target=f"person {person.pk}", by=by, before=person.role, after=role)
    person.role = role
    person.save(update_fields=["role"])
    look_again(person)


@transaction.atomic
def deactivate(person: User, *, by: User | None = None) -> None:
    """End somebody's access at once; what they own stays theirs until it is handed on. Raises LastAdministrator."""
    person = User.objects.select_for_update().get(pk=person.pk)
    if not person.is_active:
        return
    if person.role == Role.ADMINISTRATOR:
        _keep_one_administrator(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    sign_out_everywhere(person)
    note("deactivated", target=f"person {person.pk}", by=by)


@transaction.atomic
def reactivate(person: User, *, by: User | None = None) -> None:
    person = User.objects.select_for_update().get(pk=person.pk)
    if person.is_active:
        return
    person.is_active = True
    person.save(update_fields=["is_active"])
    note("reactivated", target=f"person {person.pk}", by=by)


@transaction.atomic
def reset_second_factor(person: User, *, by: User | None = None) -> None:
    """Take away the factors somebody lost and end their sessions; a role that needs one asks for it again."""
    Authenticator.objects.filter(user=person).delete()
    sign_out_everywhere(person)
    note("second factor reset", target=f"person {person.pk}", by=by)


def sign_out_everywhere(person: User) -> None:
    """End all sessions: the next request of each finds that it no longer matches."""
    User.objects.filter(pk=person.pk).update(sign_outs=F("sign_outs") + 1)
    look_again(person)


def look_again(person: User) -> None:
    """Let the person's open streams ask at once whether their session still holds."""
    transaction.on_commit(lambda: live.publish(f"session:{person.pk}"), robust=True)


@transaction.atomic
def put_into(person: User, teams: Iterable[SalesTeam], *, by: User | None = None) -> None:
    """Make these the teams somebody is in; capacity and absence of teams they stay in are kept."""
    wanted = {team.pk: team for team in teams}
    before = set(person.memberships.values_list("team_id", flat=True))
    person.memberships.exclude(team__in=wanted).delete()
    for pk in sorted(set(wanted) - before):
        person.memberships.create(team=wanted[pk], takes_leads=person.role in {Role.REP, Role.MANAGER})
    if before != set(wanted):
        note("teams changed", target=f"person {person.pk}", by=by, before=sorted(before), after=sorted(wanted))
    person.__dict__.pop("seats", None)


def _keep_one_administrator(person: User) -> None:
    """Lock the administrators, so that two can't remove each other at the same moment."""
    others = User.objects.select_for_update().filter(~Q(pk=person.pk), role=Role.ADMINISTRATOR, is_active=True)
    if not others.order_by("pk").first():
        raise LastAdministrator(person)
