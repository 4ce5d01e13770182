"""What assignment tells people: a goal is near, a limit has passed, a lead was given on."""

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
    for key, label, icon, words in (
        ("lead_goal_near", _("A lead's response goal is near"), "timer", _goal_near),
        ("lead_limit_passed", _("Nobody replied within the limit"), "hourglass", _limit_passed),
        ("lead_given_on", _("A lead of mine was given to somebody else"), "repeat", _given_on),
    ):
        notices.register(key, label, icon, words=words, topic="lead_clock", many_url="leads:leads", tone="warm")
    notices.register("book_handed", _("Somebody's leads and deals are handed over to me"), "users", words=_book_handed)


def goal_is_near(lead: Lead, *, at: datetime) -> None:
    notices.notify(lead.owner, "lead_goal_near", about=lead, at=at, key=f"goal:{lead.pk}:{lead.owner_id}")


def limit_has_passed(lead: Lead, owner: User, *, at: datetime) -> None:
    """Tell the managers of the team, and the owner."""
    for person in [owner, *managers_of(lead.team_id)]:
        notices.notify(person, "lead_limit_passed", about=lead, at=at, key=f"limit:{lead.pk}:{owner.pk}", name=str(owner))


def given_on(lead: Lead, before: User, why: str, *, at: datetime) -> None:
    notices.notify(before, "lead_given_on", about=lead, at=at, key=f"given on:{lead.pk}:{at.isoformat()}", why=why)


def book_handed(taker: User, before: User, n: int, change, *, at: datetime, by) -> None:
    """Tell somebody that a colleague's work is theirs now; one piece of news however much it is."""
    if n:
        notices.notify(taker, "book_handed", key=f"book:{change.pk}", at=at, by=by, n=n, name=str(before), url=reverse("leads:leads"))


def managers_of(team_id: int) -> Iterable[User]:
    """Return the team's managers; where it has none, the administrators."""
    managers = list(User.objects.active().filter(role=Role.MANAGER, memberships__team=team_id).order_by("pk"))
    return managers or User.objects.active().filter(role=Role.ADMINISTRATOR).order_by("pk")


def _goal_near(values, n: int) -> str:
    said = ngettext("%(subject)s waits for your first reply: the goal is near.", "%(n)s leads wait for your first reply: their goal is near.", n)
    return said % (_both(values, n))


def _limit_passed(values, n: int) -> str:
    said = ngettext("Nobody replied to %(subject)s within the limit; %(name)s has it.", "Nobody replied to %(n)s leads within the limit.", n)
    return said % (_both(values, n))


def _given_on(values, n: int) -> str:
    said = ngettext("%(subject)s was given to somebody else.", "%(n)s leads of yours were given to somebody else.", n)
    return said % (_both(values, n))


def _book_handed(values, n: int) -> str:
    said = ngettext("%(by)s handed a lead or deal of %(name)s over to you.", "%(by)s handed %(n)s leads and deals of %(name)s over to you.", n)
    return said % {"n": n, "by": values["by"], "name": values["name"]}


def _both(values, n: int) -> dict:
    return {"n": n, "subject": values["subject"], "name": values["name"]}
