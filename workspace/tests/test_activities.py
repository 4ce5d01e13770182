"""Activities: types with defaults and chains, done with what comes next in one step, put off, handed on, taken back."""

import re
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from core import clock, undo, wording
from core.activities.forms import put_off
from core.models import ActivityType, Change
from tests.factories import leads, opportunities

KINDS = ("lead", "opportunity")


@pytest.fixture
def demo(db):
    """A demo of the product, after which somebody asks what they thought of it."""
    ask = ActivityType.objects.create(
        code="ask", name="Ask what they think", kind="call", default_days=2, text="What did they think?"
    )
    return ActivityType.objects.create(
        code="demo", name="Demo", kind="meeting", icon="presentation", next=ask, chain="start"
    )


def record(kind: str, owner):
    return leads.lead("Ada", owner=owner) if kind == "lead" else opportunities.opportunity("Booths", owner=owner)


def subject(activity):
    return activity.lead if hasattr(activity, "lead") else activity.opportunity


class TestTypes:
    def test_the_plain_kinds_are_there_from_the_start(self, db):
        assert list(ActivityType.objects.in_order().values_list("code", flat=True)) == [
            "call",
            "email",
            "meeting",
            "todo",
        ]

    @pytest.mark.parametrize("kind", KINDS)
    def test_say_what_an_activity_counts_as_and_is_called(self, kind, demo, nora, at):
        planned = record(kind, nora).plan("demo", at, at=at, by=nora)
        assert (planned.kind, planned.type, planned.title) == ("meeting", demo, "Demo")

    @pytest.mark.parametrize("kind", KINDS)
    def test_of_a_plain_kind_stay_what_they_were(self, kind, nora, at):
        planned = record(kind, nora).plan("call", at, at=at, by=nora)
        assert (planned.kind, planned.summary, planned.title) == ("call", "", "Call")

    def test_are_offered_on_the_lead_page_while_in_use(self, client_of, demo, nora):
        lead, client = leads.lead("Ada", owner=nora), client_of(nora)
        assert "Demo" in client.get(f"{lead.get_absolute_url()}?compose=activity").content.decode()
        ActivityType.objects.filter(code="demo").update(is_active=False)
        assert "Demo" not in client.get(f"{lead.get_absolute_url()}?compose=activity").content.decode()

    def test_are_told_by_their_own_name_in_the_story_and_the_list(self, client_of, demo, nora, at):
        lead, client = leads.lead("Ada", owner=nora), client_of(nora)
        ActivityType.objects.filter(code="demo").update(kind="todo")
        planned = lead.plan("demo", at, at=at, by=nora, summary="The quiet booth")
        lead.plan("demo", at, at=at, by=nora).cancel(at=at, by=nora)
        story, row = client.get(lead.get_absolute_url()).text, client.get("/leads/").text
        assert "planned <b>Demo: The quiet booth</b>" in story and "called off <b>Demo</b>" in story and "To-do" not in story.partition('id="story"')[2]
        assert ">Demo" in row and "To-do" not in row
        ActivityType.objects.filter(code="demo").update(name="Showing")
        planned.refresh_from_db()
        assert "planned <b>Demo: The quiet booth</b>" in client.get(lead.get_absolute_url()).text

    def test_a_chain_leads_somewhere(self, db):
        from django.db import IntegrityError

        with pytest.raises(IntegrityError, match="activity_chain_leads_somewhere"):
            ActivityType.objects.create(code="x", name="X", chain="start")


class TestChains:
    @pytest.mark.parametrize("kind", KINDS)
    def test_start_the_next_one(self, kind, demo, nora, at):
        mine = record(kind, nora)
        mine.plan("demo", at, at=at, by=nora).done(at=at, by=nora)
        [following] = mine.activities.planned()
        assert (following.title, following.assignee) == ("What did they think?", nora)
        assert following.due_at == datetime(2026, 11, 20, 9, 0, tzinfo=nora.zone)

    @pytest.mark.parametrize("kind", KINDS)
    def test_that_only_suggest_plan_nothing_by_themselves(self, kind, demo, nora, at):
        ActivityType.objects.filter(code="demo").update(chain="suggest")
        mine = record(kind, nora)
        mine.plan("demo", at, at=at, by=nora).done(at=at, by=nora)
        assert not mine.activities.planned().exists()

    def test_start_nothing_on_what_has_ended(self, demo, nora, at):
        lead = leads.lead("Ada", owner=nora)
        planned = lead.plan("demo", at, at=at, by=nora)
        lead.archive(at=at, by=nora)
        planned.done(at=at, by=nora)
        assert not lead.activities.planned().exists()

    @pytest.mark.parametrize("kind", KINDS)
    def test_twice_done_starts_one(self, kind, demo, nora, at):
        mine = record(kind, nora)
        planned = mine.plan("demo", at, at=at, by=nora)
        for _time in range(2):
            planned.done(at=at, by=nora)
        assert mine.activities.planned().count() == 1


@pytest.mark.parametrize("kind", KINDS)
class TestDone:
    def address(self, activity) -> str:
        return f"/activities/{'lead' if hasattr(activity, 'lead') else 'opportunity'}/{activity.pk}/done/"

    def test_suggests_what_follows(self, kind, client_of, demo, nora, at):
        planned = record(kind, nora).plan("demo", at, at=at, by=nora)
        text = client_of(nora).get(self.address(planned)).content.decode()
        assert 'value="ask" selected' in text and "What did they think?" in text

    def test_with_outcome_and_the_next_one_is_one_step(self, kind, client_of, nora, at):
        mine = record(kind, nora)
        planned = mine.plan("call", at, at=at, by=nora)
        said = {
            "chosen": "1",
            "outcome": "Liked it",
            "then": "meeting",
            "then_day": "2026-12-01",
            "then_time": "14:30",
            "then_summary": "Visit",
        }
        assert client_of(nora).post(self.address(planned), said).status_code == 302
        planned.refresh_from_db()
        assert planned.outcome == "Liked it" and planned.done_at
        [following] = mine.activities.planned()
        with timezone.override(nora.zone):
            assert (following.title, f"{timezone.localtime(following.due_at):%d.%m. %H:%M}") == (
                "Visit",
                "01.12. 14:30",
            )

    def test_the_next_one_without_a_day_is_due_when_its_type_says(self, kind, client_of, nora, at):
        ActivityType.objects.create(code="sample", name="Send samples", kind="todo", default_days=5)
        mine = record(kind, nora)
        planned = mine.plan("call", at, at=at, by=nora)
        before = clock.now()
        assert client_of(nora).post(self.address(planned), {"chosen": "1", "then": "sample"}).status_code == 302
        [following] = mine.activities.planned()
        with timezone.override(nora.zone):
            due, days = timezone.localtime(following.due_at), {timezone.localtime(moment).date() + timedelta(days=5) for moment in (before, clock.now())}
        assert (following.title, due.hour, due.date() in days, following.all_day) == ("Send samples", 9, True, False)

    def test_may_plan_nothing_where_a_chain_would(self, kind, client_of, demo, nora, at):
        mine = record(kind, nora)
        planned = mine.plan("demo", at, at=at, by=nora)
        client_of(nora).post(self.address(planned), {"chosen": "1", "then": ""})
        assert not mine.activities.planned().exists()

    @pytest.mark.parametrize(
        "wrong",
        [{"then": "nonsense"}, {"then": "nonsense", "then_day": "2026-12-01"}, {"then": "call", "then_day": "9999-01-01"}],
    )
    def test_refuses_what_can_not_be_planned(self, kind, client_of, nora, at, wrong):
        planned = record(kind, nora).plan("call", at, at=at, by=nora)
        assert client_of(nora).post(self.address(planned), {"chosen": "1", **wrong}).status_code == 422
        planned.refresh_from_db()
        assert planned.done_at is None

    def test_is_taken_back_with_what_it_planned(self, kind, client_of, demo, nora, at):
        mine, client = record(kind, nora), client_of(nora)
        planned = mine.plan("demo", at, at=at, by=nora)
        client.post(self.address(planned))
        assert mine.activities.count() == 2
        client.post(f"/undo/{Change.objects.latest('pk').pk}/")
        mine.refresh_from_db()
        assert [activity.pk for activity in mine.activities.planned()] == [planned.pk]
        assert mine.next_activity_at == planned.due_at


@pytest.mark.parametrize("kind", KINDS)
class TestSnooze:
    def address(self, kind, activity) -> str:
        return f"/activities/{kind}/{activity.pk}/snooze/"

    def test_asks_until_when_and_who(self, kind, client_of, nora, omar, at):
        planned = record(kind, nora).plan("call", at, at=at, by=nora)
        text = client_of(nora).get(self.address(kind, planned)).content.decode()
        assert all(word in text for word in ("Later today", "Tomorrow", "Next week", "Omar Haddad"))

    def test_until_a_day_keeps_the_time(self, kind, client_of, nora, at):
        planned = record(kind, nora).plan("call", at, at=at, by=nora)
        client_of(nora).post(self.address(kind, planned), {"until": "day", "day": "2026-12-24"})
        planned.refresh_from_db()
        assert planned.due_at == at.replace(month=12, day=24)

    def test_says_the_day_it_is_put_off_to(self, kind, client_of, nora, at):
        planned = record(kind, nora).plan("call", at + timedelta(days=300), at=at, by=nora)
        told = client_of(nora).post(self.address(kind, planned), {"until": "tomorrow"}, headers={"HX-Request": "true"})
        planned.refresh_from_db()
        assert f"Put off: {wording.due(planned.due_at, now=clock.now())[1]}." in told["HX-Trigger"]

    def test_hands_it_to_a_colleague_and_back_by_undo(self, kind, client_of, nora, omar, at):
        planned, client = record(kind, nora).plan("call", at, at=at, by=nora), client_of(nora)
        client.post(self.address(kind, planned), {"until": "tomorrow", "assignee": omar.pk})
        planned.refresh_from_db()
        assert planned.assignee == omar
        assert omar.notices.get().kind == "activity_planned"
        client.post(f"/undo/{Change.objects.latest('pk').pk}/")
        planned.refresh_from_db()
        assert (planned.assignee, planned.due_at) == (nora, at)

    def test_is_not_for_somebody_of_another_team(self, kind, client_of, nora, vera, at):
        planned = record(kind, nora).plan("call", at, at=at, by=nora)
        client_of(nora).post(self.address(kind, planned), {"until": "tomorrow", "assignee": vera.pk})
        planned.refresh_from_db()
        assert (planned.assignee, planned.due_at) == (nora, at)

    @pytest.mark.parametrize("wrong", [{"until": "never"}, {"until": "day"}, {"until": "day", "day": "31.13.2026"}])
    def test_refuses_nonsense(self, kind, client_of, nora, at, wrong):
        planned = record(kind, nora).plan("call", at, at=at, by=nora)
        assert client_of(nora).post(self.address(kind, planned), wrong).status_code == 422


class TestMoments:
    """Put off on the clock of the reader's zone, whatever the clocks do in between."""

    def moment(self, text: str) -> datetime:
        return timezone.make_aware(datetime.fromisoformat(text))

    @pytest.fixture(autouse=True)
    def in_berlin(self):
        with timezone.override("Europe/Berlin"):
            yield

    @pytest.mark.parametrize(
        ("now", "due", "until", "there"),
        [
            ("2026-11-18 10:00", "2026-11-18 09:00", "later", "2026-11-18 13:00"),
            ("2026-11-18 15:30", "2026-11-18 09:00", "later", "2026-11-18 17:00"),
            ("2026-11-18 18:00", "2026-11-18 09:00", "later", "2026-11-18 18:30"),
            ("2026-11-18 10:00", "2026-11-16 09:00", "tomorrow", "2026-11-19 09:00"),
            ("2026-11-18 10:00", "2026-11-20 09:00", "tomorrow", "2026-11-21 09:00"),
            ("2026-11-18 10:00", "2026-11-18 09:00", "week", "2026-11-23 09:00"),
            ("2026-11-23 10:00", "2026-11-23 09:00", "week", "2026-11-30 09:00"),
            ("2026-11-22 10:00", "2026-11-25 09:00", "week", "2026-11-30 09:00"),  # never to a day before it was due
            ("2026-11-22 10:00", "2026-11-16 09:00", "week", "2026-11-23 09:00"),
            ("2026-10-24 10:00", "2026-10-24 09:00", "tomorrow", "2026-10-25 09:00"),  # clocks go back
            ("2026-03-28 10:00", "2026-03-28 09:00", "tomorrow", "2026-03-29 09:00"),  # clocks go forward
        ],
    )
    def test_are_those_people_mean(self, now, due, until, there, nora):
        lead = leads.lead("Ada", owner=nora)
        planned = lead.plan("call", self.moment(due), at=self.moment(due), by=nora)
        assert put_off(planned, until, at=self.moment(now)) == self.moment(there)


class TestToday:
    def test_a_whole_day_is_not_late_before_it_is_over(self, client_of, nora):
        with timezone.override(nora.zone):
            midnight = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
            leads.lead("Ada", owner=nora).plan("call", midnight, at=midnight, by=nora, all_day=True, summary="All day long")
            leads.lead("Grace", owner=nora).plan(
                "call", midnight - timedelta(days=1), at=midnight, by=nora, all_day=True, summary="Yesterday"
            )
        text = client_of(nora).get("/").content.decode()
        assert text.index("Yesterday") < text.index("Due today") < text.index("All day long")


    def test_ticking_off_what_suggests_another_asks_first(self, client_of, demo, nora):
        leads.lead("Ada", owner=nora).plan("demo", clock.now(), at=clock.now(), by=nora)
        assert "<button class=\"done\"" in client_of(nora).get("/").content.decode()
        ActivityType.objects.filter(code="demo").update(chain="suggest")
        page = client_of(nora).get("/").content.decode()
        assert "<button class=\"done\"" not in page
        assert re.search(r'<a class="done" href="[^"]*/done/\?next=/" hx-get=', page)


class TestCallingOff:
    @pytest.mark.parametrize("kind", KINDS)
    def test_leaves_it_undone_until_taken_back(self, kind, client_of, nora, at):
        mine = record(kind, nora)
        planned = mine.plan("call", at, at=at, by=nora)
        assert client_of(nora).post(f"/activities/{kind}/{planned.pk}/cancel/", headers={"HX-Request": "true"}).status_code == 204
        assert not mine.activities.planned().exists()
        client_of(nora).post(undo.address(Change.objects.latest("pk")))
        assert mine.activities.planned().get() == planned

    def test_reaches_every_activity_of_a_deal(self, client_of, nora, at):
        deal = record("opportunity", nora)
        for what in ("Ring", "Write", "Visit"):
            deal.plan("call", at, at=at, by=nora, summary=what)
        page = client_of(nora).get(deal.get_absolute_url()).content.decode()
        assert "2 more planned" in page
        assert page.count("/cancel/\" hx-post") == 3


class TestSettledMeanwhile:
    @pytest.mark.parametrize("kind", KINDS)
    def test_says_who_was_quicker_and_lets_the_page_show_it(self, kind, client_of, nora, tess, vera, at):
        planned = record(kind, nora).plan("todo", at, at=at, by=nora)
        address = f"/activities/{kind}/{planned.pk}/"
        client_of(tess).post(f"{address}done/")
        for act, said in (("done", nora), ("snooze", nora), ("cancel", tess)):
            answer = client_of(said).post(f"{address}{act}/", headers={"HX-Request": "true"})
            words = f"{tess.name} did it already." if said == nora else "It is done already."
            assert answer.status_code == 204 and words in answer["HX-Trigger"] and "activity:done" in answer["HX-Trigger"]
        assert client_of(vera).post(f"{address}done/").status_code == 404
        assert Change.objects.filter(verb=f"{kind}_activity").count() == 1

    def test_a_dialog_of_what_was_called_off_leads_back(self, client_of, nora, at):
        planned = record("lead", nora).plan("todo", at, at=at, by=nora)
        planned.cancel(at=at, by=nora)
        answer = client_of(nora).get(f"/activities/lead/{planned.pk}/snooze/?next=/?who=team", follow=True)
        assert answer.redirect_chain == [("/?who=team", 302)] and "It was called off meanwhile." in answer.text
