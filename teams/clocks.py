"""The response clock of teams: by when a lead should have its first reply, and by when at the latest (decision 32)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from teams.hours import Hours, of_teams
from teams.models import ResponseGoal, SalesTeam


class Clock:
    """One team's goals by temperature, counted in its working hours when it wants that."""

    def __init__(self, team: SalesTeam, hours: Hours, goals: dict[str, tuple[timedelta, timedelta]]):
        self.team, self.hours, self._goals = team, hours, goals

    def lengths(self, temperature: str) -> tuple[timedelta, timedelta]:
        """Return goal and limit for leads of a temperature."""
        return self._goals.get(temperature, (self.team.response_goal, self.team.response_limit))

    def after(self, start: datetime, length: timedelta) -> datetime:
        return self.hours.after(start, length) if self.team.clock_in_hours else start + length

    def own_limit(self, temperature: str, since: datetime) -> datetime:
        """Return by when whoever got a lead late has to reply: the limit's length is theirs from then on."""
        return self.after(since, self.lengths(temperature)[1])

    def columns(self, temperature: str, captured_at: datetime) -> dict[str, datetime]:
        """Return the two moments as a lead keeps them."""
        goal, limit = self.lengths(temperature)
        return {"response_goal_at": self.after(captured_at, goal), "response_limit_at": self.after(captured_at, limit)}


def of(teams: Iterable[SalesTeam], *, hours: dict[int, Hours] | None = None) -> dict[int, Clock]:
    """Return the clocks of some teams. One query, and two more where hours count."""
    teams = list(teams)
    hours = of_teams(teams) if hours is None else hours
    goals: dict[int, dict[str, Any]] = {}
    for row in ResponseGoal.objects.filter(team__in=[team.pk for team in teams]):
        goals.setdefault(row.team_id, {})[row.temperature] = (row.goal, row.limit)
    return {team.pk: Clock(team, hours[team.pk], goals.get(team.pk, {})) for team in teams}


def moments(team: SalesTeam, temperature: str, captured_at: datetime) -> dict[str, datetime]:
    """Return the two moments of one lead's clock."""
    return of([team])[team.pk].columns(temperature, captured_at)
