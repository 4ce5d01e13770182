"""Asking somebody in: a person without a password gets a link to choose one. Nobody signs up by themselves."""

import uuid
from datetime import datetime
from urllib.parse import quote

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from core import business, mail
from core.audit import note
from teams.models import Role, SalesTeam, User


def address(key: str) -> str:
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
    return settings.PUBLIC_URL + path.replace("UID-KEY", quote(key))


def link_for(person: User) -> str:
    """Return a link that lets its holder choose the password: once, for three days, and not after a sign-in."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(person)
    return address(f"{user_pk_to_url_str(person)}-{token}")


def mail_stays_here() -> bool:
    """Tell whether mail only goes to a folder of this machine: then the page shows the link to copy."""
    return not settings.MAIL_LEAVES


@transaction.atomic
def invite(email: str, *, name: str, role: str = Role.REP, teams: list[SalesTeam] = (), at: datetime, by: User) -> User:
    """Make a person without a password and send the link to choose one. Raises IntegrityError when the e-mail is taken."""
    person = User.objects.create_user(email, None, name=name, role=role, hue=_next_hue(), invited_at=at)
    for team in teams:
        person.memberships.create(team=team, takes_leads=role in {Role.REP, Role.MANAGER})
    note("invited", target=f"person {person.pk}", by=by, role=role, teams=[team.pk for team in teams])
    send(person, at=at, by=by)
    return person


@transaction.atomic
def send(person: User, *, at: datetime, by: User) -> str:
    """Mail the link (again) and return it."""
    link = link_for(person)
    organisation = business.get("organisation_name")
    subject = _("%(who)s invites you to %(organisation)s's CRM") % {"who": by, "organisation": organisation}
    words = {"person": person, "by": by, "link": link, "organisation": organisation}
    mail.post(f"invitation:{uuid.uuid4()}", person.email, subject, render_to_string("teams/mail/invitation.txt", words),
              person=person)
    person.invited_at = at
    person.save(update_fields=["invited_at"])
    return link


def reset_text(link: str) -> str:
    return render_to_string("teams/mail/reset.txt", {"link": link, "organisation": business.get("organisation_name")})


def _next_hue() -> int:
    return User.objects.count() % 8 + 1
