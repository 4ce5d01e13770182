"""A team's pages about time: working hours, the response clock."""

from datetime import date, time, timedelta

import pytest
from django.urls import reverse

PAGES = ("teams:hours", "teams:clock")


def week(*days: int) -> dict[str, str]:
    return {f"{name}{day}": hour for day in days for name, hour in (("opens", "09:00"), ("closes", "17:30"))}


class TestHours:
    def test_keep_the_week_and_the_days_off(self, client_of, tess, north):
        address, client = reverse("teams:hours", args=[north.pk]), client_of(tess)
        client.post(address, {**week(0, 4), "holidays": "2026-12-25 Christmas\n\n2027-01-01", "waits_for_hours": "on"})
        assert [(day.weekday, day.opens, day.closes) for day in north.working_days.order_by("weekday")] == [
            (0, time(9), time(17, 30)), (4, time(9), time(17, 30)),
        ]  # fmt: skip
        assert list(north.holidays.order_by("day").values_list("day", "name")) == [(date(2026, 12, 25), "Christmas"), (date(2027, 1, 1), "")]
        page = client.get(address).text
        assert 'value="17:30"' in page and "2026-12-25 Christmas" in page
        client.post(address, {"holidays": ""})
        assert not north.working_days.exists() and not north.holidays.exists()

    @pytest.mark.parametrize(("words", "said"), [
        ({"opens0": "09:00"}, "Fill in both, or neither."), ({"opens0": "17:00", "closes0": "09:00"}, "It ends before it begins."),
        ({"opens0": "late", "closes0": "later"}, "valid time"), ({"holidays": "Christmas"}, "does not begin with a day"),
        ({"holidays": "2026-13-45"}, "does not begin with a day"),
    ])  # fmt: skip
    def test_say_what_is_wrong_and_change_nothing(self, client_of, tess, north, words, said):
        client, address = client_of(tess), reverse("teams:hours", args=[north.pk])
        client.post(address, week(1))
        answer = client.post(address, words)
        assert answer.status_code == 422 and said in answer.text
        assert [day.weekday for day in north.working_days.all()] == [1]


class TestClock:
    def test_keeps_goals_by_temperature_and_the_policy(self, client_of, tess, north):
        words = {"goal_hot": "2", "limit_hot": "10", "warn": "1", "after_limit": "reroute"}
        client_of(tess).post(reverse("teams:clock", args=[north.pk]), words)
        north.refresh_from_db()
        goal = north.response_goals.get()
        assert (goal.temperature, goal.goal, goal.limit) == ("hot", timedelta(minutes=2), timedelta(minutes=10))
        assert (north.warn_before, north.after_limit) == (timedelta(minutes=1), "reroute")

    @pytest.mark.parametrize(("words", "said"), [
        ({"goal_hot": "2"}, "Fill in both"), ({"goal_hot": "20", "limit_hot": "10"}, "The limit lies after the goal."),
        ({"warn": "0"}, "greater than or equal to 1"), ({"after_limit": "shout"}, "not one of the available choices"),
    ])  # fmt: skip
    def test_says_what_is_wrong(self, client_of, tess, north, words, said):
        answer = client_of(tess).post(reverse("teams:clock", args=[north.pk]), {"after_limit": "nothing", **words})
        assert answer.status_code == 422 and said in answer.text
        assert not north.response_goals.exists()


class TestAccess:
    @pytest.mark.parametrize("name", PAGES)
    def test_is_for_the_teams_own_managers(self, client_of, tess, nora, ada, north, south, name):
        ours, theirs = reverse(name, args=[north.pk]), reverse(name, args=[south.pk])
        assert [client_of(person).get(ours).status_code for person in (tess, ada, nora)] == [200, 200, 404]
        assert client_of(tess).get(theirs).status_code == 404
        assert client_of(tess).post(theirs, {"after_limit": "reroute", **week(0)}).status_code == 404
        south.refresh_from_db()
        assert (south.after_limit, south.working_days.count()) == ("nothing", 0)

    @pytest.mark.parametrize("name", PAGES)
    def test_a_fragment_is_part_of_the_page(self, client_of, tess, north, name):
        address, client = reverse(name, args=[north.pk]), client_of(tess)
        fragment = client.get(address, headers={"HX-Request": "true"}).text
        strip = lambda text: {line for line in text.splitlines() if "csrfmiddlewaretoken" not in line}  # noqa: E731
        assert "<html" not in fragment and strip(fragment) <= strip(client.get(address).text)
