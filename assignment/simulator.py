"""Rules on paper: the path one lead would take now.

The same rules, the same choosing and the same seats as in earnest; nothing is locked and nothing is written.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime

from assignment import tracing
from assignment.choosing import Around, Route, choose
from assignment.desks import Desk, Desks, seats_of
from assignment.models import Decision, RuleList
from assignment.qualification import GOES_ON
from assignment.relations import Relations
from assignment.rules import Rules, described, seen_of
from assignment.territories import Territories
from core.conditions.engine import Seen
from leads.models import Lead
from teams import clocks, hours
from teams.models import Membership, SalesTeam, User


class PaperDesks(Desks):
    """Every team's seats as they are now, without locks."""

    def __init__(self, *, at: datetime):
        self.at, self.others = at, {}
        teams = list(SalesTeam.objects.all())
        times = hours.of_teams(teams)
        ticking = clocks.of(teams, hours=times)
        self.desks = {team.pk: Desk(team, clock=ticking[team.pk]) for team in teams}
        members = list(Membership.objects.filter(user__is_active=True).select_related("user", "team").order_by("user_id", "pk"))
        for member, seat in seats_of(members, at=at, times=times):
            self.desks[member.team_id].seats.append(seat)


# ------------------------------------------------------------------- one lead


@dataclass(frozen=True)
class Path:
    """What would become of one lead now: two decisions on paper, worded as real ones are."""

    qualification: tracing.Trace
    assignment: tracing.Trace | None
    owner: User | None


def walk(lead: Lead, *, at: datetime) -> Path:
    """Return the path of a lead as if it came in now. One nobody saved must carry its tags and acts already."""
    lead = copy(lead)
    lead.owner = None
    qualified, kind = _qualified(lead, at)
    if kind not in GOES_ON:
        return Path(qualified, None, None)
    assigned, owner = _assigned(lead, at)
    return Path(qualified, assigned, owner)


def _qualified(lead: Lead, at: datetime) -> tuple[tracing.Trace, str]:
    rules, seen = Rules("qualification", at=at), Seen(lead)
    rule, tested = rules.first_match(lead, seen)
    kind = rule.outcome if rule else "keep"
    reason = "no_rule" if rule is None else "everyone_else" if rule.is_everyone_else else "rule"
    values = {"rule": rule.name} if rule else {}
    return _on_paper(rules, seen, tested, Decision(kind="qualification", outcome=kind, reason=reason, values=values, at=at)), kind


def _assigned(lead: Lead, at: datetime) -> tuple[tracing.Trace, User | None]:
    rules, desks = Rules("assignment", at=at), PaperDesks(at=at)
    route = route_of(lead, rules)
    desk = desks[route.team_id]
    candidates = desk.told()
    choice = choose(route, Around(desks, Territories(at), Relations([route])))
    values = {"team": desk.team.name} | ({"rule": route.rule.name} if route.rule else {}) | choice.values
    owner = choice.seat.user if choice.seat else None
    decision = Decision(
        kind="assignment", outcome="assigned" if owner else "waiting", reason=choice.reason, at=at, owner=owner,
        values=values | ({"name": owner.name} if owner else {}) | ({"notes": route.notes} if route.notes else {}),
    )  # fmt: skip
    return _on_paper(rules, route.seen, route.tested, decision, candidates), owner


def route_of(lead: Lead, rules: Rules) -> Route:
    """Return where the rules send a lead."""
    seen = Seen(lead)
    rule, tested = rules.first_match(lead, seen)
    team_id = lead.team_id
    if rule:
        team_id = rule.to_team_id or (rule.to_territory.team_id if rule.to_territory_id else None) or team_id
    return Route(lead, seen, rule, tested, team_id)


def _on_paper(rules: Rules, seen: Seen, tested: list, decision: Decision, candidates: Sequence = ()) -> tracing.Trace:
    decision.details = {"tested": tested, "seen": seen_of(seen), "candidates": list(candidates)}
    known = RuleList(kind=rules.kind, rules=[described(rule) for rule in rules.rules])
    return tracing.trace_of(decision, known, rules.book)
