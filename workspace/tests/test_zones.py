"""What is due when, for people on other clocks: a day is that of whoever does it, a moment is one moment everywhere."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone

from core import clock, undo, wording
from core.activities.models import due
from core.models import ActivityType, Change
from tests.factories import leads, opportunities, teams
from workspace import today

KINDS = ("lead", "opportunity")
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # 21:00 in Tokyo, 07:00 in New York
DAY = date(2026, 11, 18)


@pytest.fixture
def north(db):
    return teams.team("North", time_zone="Europe/Berlin", sees_whole_team=True)


@pytest.fixture
def aiko(north):
    return teams.person("Aiko Tanaka", north, time_zone="Asia/Tokyo")


@pytest.fixture
def newton(north):
    return teams.person("Newton Pratt", north, time_zone="America/New_York")


def record(kind: str, owner):
    return leads.lead("Ada", owner=owner) if kind == "lead" else opportunities.opportunity("Booths", owner=owner)


def whole_day(owner, kind: str, person, day: date = DAY):
    """Plan something for a whole day as the form does: the day of who types it."""
    with timezone.override(owner.zone):
        planned = record(kind, owner).plan(assignee=person, at=NOON, by=owner, **_said(day))
    return type(planned).objects.get(pk=planned.pk)


def _said(day: date, hour: time | None = None) -> dict:
    return {"kind": "call", "summary": "Ring", **due("call", day, hour, at=NOON)}


@pytest.mark.parametrize("kind", KINDS)
class TestAWholeDay:
    def test_is_the_same_one_for_whoever_does_it(self, kind, aiko, newton):
        planned = whole_day(aiko, kind, newton)
        assert (planned.due, planned.due_at) == (DAY, datetime(2026, 11, 18, 5, tzinfo=UTC))

    def test_goes_with_it_to_a_colleague_elsewhere(self, kind, aiko, newton):
        planned = whole_day(aiko, kind, newton)
        planned.hand_to(aiko, at=NOON, by=newton)
        assert (planned.due, planned.due_at) == (DAY, datetime(2026, 11, 17, 15, tzinfo=UTC))

    def test_is_late_when_it_is_over_where_they_are(self, kind, aiko, newton):
        east, west = whole_day(newton, kind, aiko), whole_day(aiko, kind, newton)
        for moment, over in ((NOON, (False, False)), (NOON + timedelta(hours=4), (True, False)), (NOON + timedelta(hours=18), (True, True))):
            assert (east.is_late(moment), west.is_late(moment)) == over
            late = [[task.activity for task in today.tasks(person, team=False, at=moment)[0]] for person in (aiko, newton)]
            assert late == [[one] if is_over else [] for one, is_over in zip((east, west), over, strict=True)]

    def test_put_off_to_an_hour_is_a_moment_until_taken_back(self, kind, newton, client_of):
        planned = whole_day(newton, kind, newton, timezone.localdate(clock.now(), newton.zone))
        client, day = client_of(newton), planned.due + timedelta(days=3)
        client.post(f"/activities/{kind}/{planned.pk}/snooze/", {"until": "day", "day": f"{day}", "time": "15:00"})
        planned.refresh_from_db()
        assert (planned.all_day, timezone.localtime(planned.due_at, newton.zone).time()) == (False, time(15))
        change = Change.objects.latest("pk")
        client.post(undo.address(change))
        planned.refresh_from_db()
        assert (planned.all_day, planned.due) == (True, day - timedelta(days=3))


def test_shows_the_moment_to_each_on_their_own_clock(aiko, newton):
    with timezone.override(newton.zone):
        planned = record("lead", newton).plan(at=NOON, by=newton, **_said(DAY, time(20)))
    said = {}
    for person in (aiko, newton):
        with timezone.override(person.zone):
            said[person.name] = wording.due(planned.due, now=NOON)[1]
    assert said == {"Aiko Tanaka": "tomorrow 10:00", "Newton Pratt": "20:00"}


def test_leaves_a_usual_day_to_the_morning_of_whoever_does_it(aiko, newton):
    ActivityType.objects.filter(code="call").update(default_days=2)
    with timezone.override(newton.zone):
        found = due("call", None, None, at=NOON, person=aiko)["due_at"]
    assert found == datetime(2026, 11, 20, 9, tzinfo=aiko.zone)


def test_a_whole_day_of_today_is_not_overdue_in_a_list(newton, client_of):
    day = timezone.localdate(clock.now(), newton.zone)
    for kind in KINDS:
        whole_day(newton, kind, newton, day)
    for url in ("/leads/", "/opportunities/list/"):
        page = client_of(newton).get(url).content.decode()
        assert "due-today" in page, url
        assert "due-over" not in page, url
