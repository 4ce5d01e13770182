"""Which territory a lead lies in: the most specific one whose conditions match, and whose owner can take it.

A territory that holds everything, asks about what it decides itself, or can't be read matches nothing; its manager is
told. Places weigh more than trades: a postcode says more than a region, a region more than a country, a country more
than an industry, an industry more than a language. Among equals the one with fewer values is the narrower.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from assignment.desks import Desks, Seat
from assignment.dividing import allowed
from core import conditions
from core.conditions.engine import Book, Conditions, Leaf
from teams.models import Territory

WEIGHTS = {"postcode": 32, "city": 16, "region": 8, "country": 4, "industry": 2, "language": 1}
WIDE = frozenset({"is_not", "not_contains", "empty", "filled"})  # says where it is not
DECIDED = frozenset({"owner", "team"})  # what a territory decides can't decide it


@dataclass(frozen=True)
class Part:
    """One territory, read."""

    territory: Territory
    conditions: Conditions

    @property
    def is_usable(self) -> bool:
        return not (self.conditions.is_everything or self.is_circular or self.conditions.problems_of_names())

    @property
    def is_circular(self) -> bool:
        return any(leaf.field and leaf.field.key in DECIDED for leaf in self.conditions.leaves)

    @property
    def place(self) -> tuple:
        """Return what orders territories: the most specific first, then the narrowest, then by name."""
        weight, values = specificity(self.territory.conditions)
        return -weight, values, self.territory.name, self.territory.pk


class Territories:
    """The market's parts with their owners, read when a lead asks for them."""

    def __init__(self, at: datetime):
        self.book = conditions.book("lead", at=at)
        self._parts: dict[int, list[Part]] = {}
        self._broken: dict[int, list[Part]] = {}

    def seat_for(self, route: Any, desks: Desks) -> tuple[Seat, str] | None:
        """Return who looks after the lead's territory and can take it, with its name; who can't is noted on the route.

        A rule may name the territory itself; then no other is looked for.
        """
        named = route.rule.to_territory if route.rule and route.rule.to_territory_id else None
        parts = [Part(named, self.book.read(named.conditions))] if named else self._holding(route)
        if not parts:
            route.note("note_territory_none", team=desks[route.team_id].team.name)
        for part in parts:
            territory = part.territory
            if territory.owner_id is None:
                route.note("note_territory_team", territory=territory.name)
                return None
            seat = desks.person(territory.owner_id)
            why_not = seat.why_not or route.but.get(territory.owner_id, "") if seat else "no_seat"
            if not why_not:
                return seat, territory.name
            route.note("note_territory", territory=territory.name, person=str(territory.owner), why_not=why_not)
        return None

    def _holding(self, route: Any) -> list[Part]:
        """Return the team's territories that hold the lead, the most specific first; what can hold none is noted."""
        holding = [part for part in self.of_team(route.team_id) if part.conditions.matches(route.seen)]
        for part in self._broken[route.team_id]:
            route.note("note_territory_broken", territory=part.territory.name)
        return holding

    @property
    def leaves(self) -> list[Leaf]:
        """Return what the territories of all teams ask about. One query."""
        return [leaf for row in Territory.objects.order_by("pk") for leaf in self.book.read(row.conditions).leaves]

    def of_team(self, team_id: int) -> list[Part]:
        if team_id not in self._parts:
            rows = Territory.objects.filter(team=team_id).select_related("owner")
            parts = [Part(row, self.book.read(row.conditions)) for row in rows]
            self._parts[team_id] = sorted((part for part in parts if part.is_usable), key=lambda part: part.place)
            self._broken[team_id] = [part for part in parts if not part.is_usable]
        return self._parts[team_id]


def owners_of(team_ids: set[int]) -> set[int]:
    """Return whose seats choosing by territory may need besides the teams' own."""
    found = Territory.objects.filter(team__in=team_ids, owner__isnull=False).values_list("owner_id", flat=True)
    return set(found)


def specificity(stored: Any) -> tuple[int, int]:
    """Return how much a stored condition pins down (more is narrower) and how many values it names."""
    if not isinstance(stored, dict):
        return 0, 0
    if "field" in stored:
        value = stored.get("value")
        number = len(value) if isinstance(value, list) else 1
        return 0 if stored.get("op") in WIDE else WEIGHTS.get(stored["field"], 1), number
    parts = [specificity(part) for part in stored.get("all", [])]
    either = [specificity(part) for part in stored.get("any", [])]
    weight = sum(weight for weight, _values in parts) + (min(weight for weight, _values in either) if either else 0)
    return weight, sum(values for _weight, values in parts + either)


# ------------------------------------------------------- for their page and the rules'


def problems_of(part: Part, member_ids: set[int]) -> list[str]:
    """Say what is wrong with a territory, for its manager."""
    territory, found = part.territory, why_unusable(part)
    if territory.owner_id and not territory.owner.is_active:
        found.append(_("%(name)s is no longer active.") % {"name": territory.owner})
    elif territory.owner_id and territory.owner_id not in member_ids:
        found.append(_("%(name)s is not in the team.") % {"name": territory.owner})
    return found


def why_unusable(part: Part) -> list[str]:
    """Say why a territory holds no lead, or names what is gone."""
    found = [str(problem) for problem in part.conditions.problems_of_names()]
    if part.conditions.is_everything:
        found.append(_("It says nothing about where or who, so it holds no lead."))
    if part.is_circular:
        found.append(_("It asks about owner or team, which it decides itself, so it holds no lead."))
    return found


def overlaps(parts: list[Part]) -> list[tuple[Part, Part]]:
    """Return the pairs that can hold the same lead, the one that wins first."""
    usable = sorted((part for part in parts if part.is_usable), key=lambda part: part.place)
    pairs = ((one, other) for place, one in enumerate(usable) for other in usable[place + 1 :])
    return [(one, other) for one, other in pairs if _can_meet(one.territory.conditions, other.territory.conditions)]


def _can_meet(one: Any, other: Any) -> bool:
    """Tell whether no plain list of values keeps two territories apart. Deeper groups are taken to meet."""
    ours, theirs = allowed(one), allowed(other)
    return all(ours[field] & theirs[field] for field in ours.keys() & theirs.keys())


def read_all(team, book: Book | None = None) -> list[Part]:
    """Return a team's territories with the broken ones, in the order they are tried."""
    book = book or conditions.book("lead")
    rows = Territory.objects.filter(team=team).select_related("owner")
    return sorted((Part(row, book.read(row.conditions)) for row in rows), key=lambda part: part.place)
