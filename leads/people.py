"""Who a lead may be handed to, and how much each of them carries."""

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from leads.models import Lead
from teams.models import Membership, Role, User

TAKERS = (Role.REP, Role.MANAGER, Role.ADMINISTRATOR)


def colleagues_of(lead: Lead) -> QuerySet[User]:
    """Return the people who work in the lead's team, and its owner, by name."""
    members = Membership.objects.filter(team=lead.team_id).values("user")
    return User.objects.active().filter(Q(pk__in=members) | Q(pk=lead.owner_id)).by_name()


def who_can_take(lead: Lead, asker: User) -> QuerySet[User]:
    """Return whom the asker may hand the lead to: the team's people who take leads, and the asker; administrators
    may choose anybody who works with leads.

    Each comes with `open_leads` and with the `capacity` of their seat in the lead's team, where they have one.
    """
    seats = Membership.objects.filter(team=lead.team_id)
    people = User.objects.active().filter(role__in=TAKERS)
    if not asker.is_administrator:
        people = people.filter(Q(pk__in=seats.filter(takes_leads=True).values("user")) | Q(pk=asker.pk))
    theirs = Lead.objects.open().filter(owner=OuterRef("pk")).order_by().values("owner").annotate(n=Count("pk")).values("n")
    return people.annotate(
        open_leads=Coalesce(Subquery(theirs, output_field=IntegerField()), 0),
        capacity=Subquery(seats.filter(user=OuterRef("pk")).values("capacity")[:1]),
    ).by_name()
