"""A team's working hours: whether it works at a moment, and when a length of working time has passed.

Days and hours are those of the team's own zone; what is returned is a moment in UTC. Lengths are exact: the night the
clocks change a span is an hour longer or shorter. A team without working days works around the clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from teams.models import Holiday, SalesTeam, WorkingDay

FAR = 800  # days looked at: a calendar of holidays alone ends somewhere


@dataclass(frozen=True)
class Hours:
    """The spans of a week, by weekday, and the days off."""

    zone: ZoneInfo
    spans: Mapping[int, tuple[time, time]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()

    @property
    def is_round_the_clock(self) -> bool:
        return not self.spans

    def why_closed(self, at: datetime) -> str:
        """Return "holiday" or "off_hours" when the team does not work at this moment, else nothing."""
        if self.is_round_the_clock:
            return ""
        span = self._span(at.astimezone(self.zone).date())
        if span and span[0] <= at < span[1]:
            return ""
        return "holiday" if at.astimezone(self.zone).date() in self.holidays else "off_hours"

    def after(self, start: datetime, length: timedelta) -> datetime:
        """Return when `length` of working time has passed since `start`."""
        if self.is_round_the_clock:
            return start + length
        day, left = start.astimezone(self.zone).date(), length
        for _ in range(FAR):
            if span := self._span(day):
                begin = max(span[0], start)
                if begin < span[1]:
                    if left <= span[1] - begin:
                        return begin + left
                    left -= span[1] - begin
            day += timedelta(days=1)
        return start + length  # nobody ever works: better an early clock than none

    def midnight(self, at: datetime) -> datetime:
        """Return when the team's day began at this moment."""
        return self._moment(at.astimezone(self.zone).date(), time(0))

    def _span(self, day: date) -> tuple[datetime, datetime] | None:
        found = self.spans.get(day.weekday())
        if found is None or day in self.holidays:
            return None
        opens, closes = self._moment(day, found[0]), self._moment(day, found[1])
        return (opens, closes) if opens < closes else None

    def _moment(self, day: date, hour: time) -> datetime:
        """Return a local time as a moment; one the clocks skip is the end of the gap, a doubled one its first."""
        local = datetime.combine(day, hour, tzinfo=self.zone)
        there = local.astimezone(UTC)
        if there.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
            return there
        moment = local.replace(fold=1).astimezone(UTC)  # before the gap, if only just
        while moment.astimezone(self.zone).utcoffset() == local.utcoffset():
            moment += timedelta(minutes=1)
        return moment


def zone_of(team: SalesTeam) -> ZoneInfo:
    """Return the team's zone; one nobody knows any more is UTC."""
    try:
        return ZoneInfo(team.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def of_teams(teams: Iterable[SalesTeam]) -> dict[int, Hours]:
    """Return the hours of some teams; two queries when any of them asks for hours, none otherwise."""
    teams = list(teams)
    asking = [team.pk for team in teams if team.waits_for_hours or team.clock_in_hours]
    spans: dict[int, dict[int, tuple[time, time]]] = {}
    days_off: dict[int, set[date]] = {}
    if asking:
        for row in WorkingDay.objects.filter(team__in=asking):
            spans.setdefault(row.team_id, {})[row.weekday] = (row.opens, row.closes)
        for pk, day in Holiday.objects.filter(team__in=asking).values_list("team", "day"):
            days_off.setdefault(pk, set()).add(day)
    return {team.pk: Hours(zone_of(team), spans.get(team.pk, {}), frozenset(days_off.get(team.pk, ()))) for team in teams}
