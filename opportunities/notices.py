"""What people are told about opportunities."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import notices
from core.wording import money
from teams.models import Role

if TYPE_CHECKING:
    from opportunities.models import Closing, Opportunity


def _won(values, n: int) -> str:
    if n > 1:
        return ngettext("Your team won %(n)s deal.", "Your team won %(n)s deals.", n) % {"n": n}
    said = {
        **values,
        "subject": values["subject"],
        "amount": money(values["amount"], values["currency"]) if "amount" in values else "—",
    }
    return (_("%(by)s won %(subject)s: %(amount)s.") if "by" in values else _("%(subject)s is won: %(amount)s.")) % said


def _assigned(values, n: int) -> str:
    if n > 1:
        return ngettext("%(n)s deal was assigned to you.", "%(n)s deals were assigned to you.", n) % {"n": n}
    return (
        _("%(by)s assigned %(subject)s to you.") if "by" in values else _("%(subject)s was assigned to you.")
    ) % values


def register() -> None:
    notices.register("deal_assigned", gettext_lazy("A deal is assigned to me"), "square-kanban", words=_assigned,
                     many_url="opportunities:board", order=15)  # fmt: skip
    notices.register("deal_won", gettext_lazy("My team wins a deal"), "trophy", words=_won, default="app", tone="ok",
                     many_url="opportunities:board", order=60)  # fmt: skip


def tell_of_win(opportunity: "Opportunity", closing: "Closing", *, at: datetime, by) -> None:
    """Tell the owner, and those of the team who see its deals."""
    team = opportunity.team
    seats = team.memberships.filter(user__is_active=True)
    if not team.sees_whole_team:
        seats = seats.filter(Q(user__role=Role.MANAGER) | Q(user=opportunity.owner_id))
    people = {opportunity.owner_id, *seats.values_list("user", flat=True)} - {None}
    with notices.gathered(f"won:{closing.pk}"):
        for person in sorted(people):
            notices.notify(person, "deal_won", about=opportunity, key=f"deal_won:{closing.pk}", at=at, by=by,
                           amount=f"{opportunity.amount_won}", currency=opportunity.currency)  # fmt: skip
