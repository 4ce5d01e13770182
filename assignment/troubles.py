"""What is wrong with rules, told in their list: what they name is gone, nobody could get what they catch, or they divide wrongly.

A rule whose conditions can't be read is skipped, one that names somebody who is not there goes on to the team; the
decision says so either way. Nothing here changes what a rule means.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Q
from django.utils.translation import gettext as _

from assignment import territories
from assignment.dividing import is_never
from assignment.models import AssignmentRule
from core import clock, conditions
from core.conditions.engine import Book, Conditions
from teams.models import Membership, SalesTeam, Territory


def check(rules: Iterable[Any]) -> None:
    """Keep on each rule what is wrong with it for as long as nobody changes it."""
    for rule in rules:
        said = " ".join(lasting(rule, conditions.book("lead").read(rule.conditions)))[:300]
        if said != rule.problem:
            rule.problem = said
            rule.save(update_fields=["problem"])


def problems_of(
    rules: Iterable[Any], book: Book, *, at: datetime | None = None, teams: Iterable[SalesTeam] = ()
) -> dict[int, list[str]]:
    """Say what is wrong with the rules of a list, as they are tried; `teams` are those whose leads it is about.

    Two queries, whatever there is to say.
    """
    rules = list(rules)
    hands_out = any(isinstance(rule, AssignmentRule) for rule in rules)
    seats, parts = (Seats(rules, at or clock.now(), teams), Parts(book)) if hands_out else (None, None)
    found, above = {}, []
    for rule in rules:
        read = book.read({} if rule.is_everyone_else else rule.conditions)
        said = lasting(rule, read)
        if not rule.is_everyone_else:
            said += [_hidden_by(other) for other in _hiding(rule, read, above)[:1]]
        if seats and parts:
            said += seats.problems_of(rule) + parts.problems_of(rule)
        if rule.is_active:
            above.append((rule, read))
        found[rule.pk] = said
    return found


def lasting(rule: Any, read: Conditions) -> list[str]:
    """Say what is wrong with one rule by itself."""
    if rule.is_everyone_else:
        return _gone(rule)
    said = [str(problem) for problem in read.problems_of_names()]
    if not said and is_never(rule.conditions):
        said.append(_("Its conditions rule each other out, so it catches nothing."))
    if not said and read.is_everything:
        said.append(_("It has no conditions, so it catches every lead and the rules below it nothing."))
    return said + _gone(rule)


def _gone(rule: Any) -> list[str]:
    if not isinstance(rule, AssignmentRule):
        return []
    territory = rule.to_territory if rule.to_territory_id else None
    people = [rule.to_person if rule.to_person_id else None, territory.owner if territory and territory.owner_id else None]
    return [_("%(name)s is no longer active.") % {"name": person} for person in people if person and not person.is_active]


def _hiding(rule: Any, read: Conditions, above: list[tuple[Any, Conditions]]) -> list[Any]:
    """Return the rules above that catch everything this one could."""
    return [
        other for other, theirs in above
        if other.team_id in (None, rule.team_id) and not theirs.problems and (theirs.is_everything or theirs.raw == read.raw)
    ]  # fmt: skip


def _hidden_by(other: Any) -> str:
    return _("“%(rule)s” above catches these leads first.") % {"rule": other}


@dataclass
class Room:
    """Who sits in one team: nobody who takes leads, nobody there now, or somebody."""

    members: list[Membership] = field(default_factory=list)

    def why_closed(self, at: datetime) -> str:
        taking = [member for member in self.members if member.takes_leads and member.capacity and member.daily_cap != 0]
        if not taking:
            return _("Nobody in %(team)s takes leads: they wait in its queue.")
        if all(member.is_paused or member.is_away(at) for member in taking):
            return _("Everybody in %(team)s is paused or away: leads wait in its queue.")
        return ""


class Seats:
    """The seats of the people and teams that rules name, and of the teams whose leads no rule may catch; read at once."""

    def __init__(self, rules: Iterable[AssignmentRule], at: datetime, teams: Iterable[SalesTeam] = ()):
        self.at, rules, self.teams = at, list(rules), list(teams)
        people = {rule.to_person_id for rule in rules if rule.to_person_id}
        rows = Membership.objects.filter(user__is_active=True).filter(
            Q(team__is_default=True) | Q(user__in=people)
            | Q(team__in={team.pk for rule in rules for team in _teams(rule)} | {team.pk for team in self.teams})
        )
        self.rooms: dict[int, Room] = {}
        self.people: dict[int, list[Membership]] = {}
        self.default: SalesTeam | None = None
        for row in rows.select_related("team"):
            self.rooms.setdefault(row.team_id, Room()).members.append(row)
            self.people.setdefault(row.user_id, []).append(row)
            self.default = row.team if row.team.is_default else self.default

    def problems_of(self, rule: AssignmentRule) -> list[str]:
        """Say who could not get what the rule sends them."""
        person, said = rule.to_person if rule.to_person_id else None, []
        if person and person.is_active and not any(seat.takes_leads and seat.capacity for seat in self.people.get(person.pk, [])):
            said.append(_("%(name)s takes no leads.") % {"name": person})
        for team in _teams(rule) or (self._of_everyone_else(rule) if rule.is_everyone_else else []):
            is_by_hand = (rule.strategy or team.strategy) == SalesTeam.Strategy.MANUAL
            if not is_by_hand and (why := self.rooms.get(team.pk, Room()).why_closed(self.at)):
                said.append(why % {"team": team})
            if not _is_known(team.time_zone):
                said.append(_("The time zone of %(team)s is not known any more: UTC counts.") % {"team": team})
        return said

    def _of_everyone_else(self, rule: AssignmentRule) -> list[SalesTeam]:
        """Return the teams that keep their own leads: of a list about one team that one, else the default one and all with members."""
        if len(self.teams) == 1 or rule.team_id:
            return [team for team in self.teams if rule.team_id in (None, team.pk)]
        peopled = [team for team in self.teams if team.pk in self.rooms]
        return peopled if self.default is None or self.default in peopled else [self.default, *peopled]


class Parts:
    """The territories that hold no lead whatever comes, of all teams: they ask about what they decide, or about nothing."""

    def __init__(self, book: Book):
        rows = Territory.objects.select_related("team").order_by("name", "pk")
        parts = [territories.Part(row, book.read(row.conditions)) for row in rows]
        self.broken = [part for part in parts if not part.is_usable]

    def problems_of(self, rule: AssignmentRule) -> list[str]:
        """Say which territories a rule counts on in vain."""
        return [
            _("Territory “%(name)s”: %(problem)s") % {"name": part.territory, "problem": problem}
            for part in self.broken if _counts_on(rule, part.territory) for problem in territories.why_unusable(part)
        ]  # fmt: skip


def _counts_on(rule: AssignmentRule, territory: Territory) -> bool:
    """Tell whether a rule names a territory, or leaves it to the strategy that looks for one."""
    if rule.to_territory_id or not (rule.strategy or rule.to_team_id or rule.is_everyone_else):
        return rule.to_territory_id == territory.pk
    reaches = rule.to_team_id or rule.team_id
    return reaches in (None, territory.team_id) and (rule.strategy or territory.team.strategy) == SalesTeam.Strategy.TERRITORY


def _teams(rule: AssignmentRule) -> list[SalesTeam]:
    """Return the team a rule sends its leads to, if it names one."""
    if rule.to_team_id:
        return [rule.to_team]
    return [rule.to_territory.team] if rule.to_territory_id else []


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
