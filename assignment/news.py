"""What assignment tells people: a limit has passed, a lead was given on, a colleague's book is theirs now."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import notices
from leads.models import Lead
from teams.models import Role, User


def register() -> None:
    """Add the kinds of news; asked once when the app is ready."""
    notices.register("lead_limit_passed", _("Nobody in a team of mine replied within the limit"), "hourglass", words=_limit_passed,
                     topic="response", many_url="leads:leads", tone="bad", order=32)  # fmt: skip
    notices.register("book_handed", _("Somebody's leads and deals are handed over to me"), "users", words=_book_handed, order=21)


def limit_has_passed(lead: Lead, owner: User, *, at: datetime) -> None:
    """Tell the managers of the team; the owner was told when the goal was missed."""
    for person in managers_of(lead.team_id):
        notices.notify(person, "lead_limit_passed", about=lead, at=at, key=f"limit:{lead.pk}:{owner.pk}", name=str(owner))


def given_on(lead: Lead, before: User, *, at: datetime) -> None:
    """Tell somebody that the rules gave their lead to somebody else, or back to the queue."""
    owner = lead.owner
    named = {"name": str(owner)} if owner else {}
    notices.notify(before, "lead_taken", about=lead, at=at, key=f"given on:{lead.pk}:{at.isoformat()}", **named)


def book_handed(taker: User, before: User, n: int, change, *, at: datetime, by) -> None:
    """Tell somebody that a colleague's work is theirs now; one piece of news however much it is."""
    if n:
        notices.notify(taker, "book_handed", key=f"book:{change.pk}", at=at, by=by, n=n, name=str(before), url=reverse("leads:leads"))


def managers_of(team_id: int) -> Iterable[User]:
    """Return the team's managers; where it has none, the administrators."""
    managers = list(User.objects.active().filter(role=Role.MANAGER, memberships__team=team_id).order_by("pk"))
    return managers or User.objects.active().filter(role=Role.ADMINISTRATOR).order_by("pk")


def _limit_passed(values, n: int) -> str:
    said = ngettext("Nobody replied to %(subject)s within the limit; %(name)s has it.", "Nobody replied to %(n)s leads within the limit.", n)
    return said % {"n": n, "subject": values["subject"], "name": values["name"]}


def _book_handed(values, n: int) -> str:
    said = ngettext("%(by)s handed a lead or deal of %(name)s over to you.", "%(by)s handed %(n)s leads and deals of %(name)s over to you.", n)
    return said % {"n": n, "by": values["by"], "name": values["name"]}
