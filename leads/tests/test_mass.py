"""One act over every lead of a list: by chunks, only what matches, told once, and taken back."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from core.models import Change, Notice
from leads.mass import running, undoing
from leads.mass.models import MassAct
from leads.models import Lead, LeadEvent
from tests import faults
from tests.factories import leads as factories
from tests.factories import teams as people

HTMX = {"headers": {"HX-Request": "true"}}
N = 130
LIST, ACT = "/leads/", "/leads/selection/"


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 50)


@pytest.fixture
def crowd(north, tess):
    return [factories.lead(f"Person {n}", team=north, country="FR" if n % 2 else "DE", email=f"p{n}@x.example") for n in range(N)]


def asked(client, do: str, query: str = "", **more):
    return client.post(ACT, {"do": do, "every": "1", "query": query, "chosen": "1", "next": LIST, **more})


def let_lease_run_out() -> None:
    MassAct.objects.filter(state="claimed").update(lease_until=Now() - timedelta(minutes=1), attempts=0)


class TestAsk:
    def test_says_over_how_many_leads_it_goes(self, client_of, tess, crowd):
        page = client_of(tess).post(ACT, {"do": "archive", "every": "1", "query": "", "next": LIST}, **HTMX)
        assert "All 130 open leads of this list" in page.text
        assert not MassAct.objects.exists()

    def test_does_few_at_once(self, client_of, tess, crowd):
        asked(client_of(tess), "archive", "country.is=FR")
        assert not MassAct.objects.exists()
        assert Lead.objects.filter(archived_at__isnull=False, country="FR").count() == Lead.objects.filter(is_open=False).count() == N // 2

    def test_of_a_list_that_cannot_be_read_is_refused(self, client_of, tess, crowd):
        answer = client_of(tess).post(ACT, {"do": "archive", "every": "1", "query": "custom.gone.is=7", "next": LIST, "chosen": "1"}, follow=True)
        assert "nothing was done" in answer.text
        assert not MassAct.objects.exists() and not Lead.objects.filter(is_open=False).exists()

    @pytest.mark.parametrize("do", ["archive", "assign", "disqualify", "qualify"])
    def test_of_ended_leads_says_that_they_have_ended(self, client_of, tess, crowd, do):
        Lead.objects.filter(country="FR").update(archived_at=factories.MORNING)
        ended = crowd[1].pk, crowd[3].pk
        whole = client_of(tess).post(ACT, {"do": do, "every": "1", "query": "view=ended", "next": LIST}, **HTMX)
        assert "no lead of this list is open" in whole["HX-Trigger"]
        some = client_of(tess).post(ACT, {"do": do, "lead": ended, "next": LIST}, **HTMX)
        assert "Nothing was changed. 2 have ended." in some["HX-Trigger"]
        none = client_of(tess).post(ACT, {"do": do, "next": LIST}, **HTMX)
        assert "Select leads first." in none["HX-Trigger"]

    def test_is_for_those_who_may_take_it(self, client_of, tess, crowd, vera):
        answer = asked(client_of(tess), "assign", owner=vera.pk)
        assert answer.status_code == 422
        assert not MassAct.objects.exists()


    def test_leaves_ended_leads_out_and_does_not_count_them(self, client_of, tess, crowd, at):
        crowd[0].archive(at=at, by=tess)
        page = client_of(tess).post(ACT, {"do": "archive", "every": "1", "query": "view=all", "next": LIST}, **HTMX)
        assert "All 129 open leads of this list" in page.text
        act = running.begin("archive", "view=all", {}, by=tess, at=at)
        running.advance()
        act.refresh_from_db()
        assert (act.total, act.done_count, act.left_count) == (N - 1, N - 1, 0)

    def test_but_tags_them_too(self, client_of, tess, crowd, at):
        from core.models import Tag

        crowd[0].archive(at=at, by=tess)
        act = running.begin("tag", "view=all", {"tag": Tag.objects.create(name="Lyon").pk}, by=tess, at=at)
        running.advance()
        act.refresh_from_db()
        assert (act.total, act.done_count) == (N, N)


class TestAssign:
    def test_hands_every_match_over_and_tells_once(self, client_of, tess, nora, crowd):
        answer = asked(client_of(tess), "assign", owner=nora.pk, why="New territory")
        act = MassAct.objects.get()
        assert answer.url == act.get_absolute_url() and act.total == N
        assert running.advance() >= 1
        act.refresh_from_db()
        assert (act.step, act.done_count, act.left_count) == ("finished", N, 0)
        assert Lead.objects.filter(owner=nora, first_assigned_at=act.at, version=2).count() == N
        assert LeadEvent.objects.filter(kind="assigned", actor=tess, details__why__values__said="New territory").count() == N
        assert [notice.n for notice in Notice.objects.filter(person=nora)] == [N]
        assert "130 leads assigned to Nora Bakke" in client_of(tess).get(act.get_absolute_url()).text

    def test_tells_who_had_them_how_many_went(self, client_of, tess, nora, omar, crowd):
        Lead.objects.filter(pk__in=[lead.pk for lead in crowd[:70]]).update(owner=omar, assigned_at=F("captured_at"))
        asked(client_of(tess), "assign", owner=nora.pk)
        running.advance()
        assert [(str(told), told.n) for told in omar.notices.all()] == [("70 of your leads went to somebody else.", 70)]
        assert [told.n for told in nora.notices.all()] == [N]
        assert nora.notices.get().values["rows"] == [lead.pk for lead in crowd]

    def test_touches_only_what_matches_and_was_there(self, tess, nora, crowd, north, at):
        act = running.begin("assign", "country.is=FR", {"owner": nora.pk}, by=tess, at=at)
        late = factories.lead("Late", team=north, country="FR")
        Lead.objects.filter(name="Person 1").update(country="DE")
        running.advance()
        late.refresh_from_db()
        act.refresh_from_db()
        assert late.owner is None and (act.total, act.done_count) == (N // 2, N // 2 - 1)
        assert not Lead.objects.filter(country="DE", owner=nora).exists()

    def test_stops_where_its_person_is_gone(self, tess, crowd, north, at):
        act = running.begin("assign", "", {"owner": 10**9}, by=tess, at=at)
        running.advance()
        act.refresh_from_db()
        assert act.step == "finished" and act.problem and act.done_count == 0

    def test_sees_no_more_than_who_asked(self, south, vera, crowd, at):
        boss = people.person("Sven Dahl", south, role="manager", email="sven@fjordfinch.example")
        act = running.begin("archive", "", {}, by=boss, at=at)
        running.advance()
        assert act.total == 0 and not Lead.objects.filter(is_open=False).exists()


class TestQualify:
    def test_says_it_of_every_match_and_leaves_those_nobody_has_to_the_rules(self, client_of, tess, nora, crowd, at):
        crowd[0].assign_to(nora, at=at, by=tess)
        crowd[1].qualify(at=at, by=tess)
        asked(client_of(tess), "qualify")
        act = MassAct.objects.get()
        running.advance()
        act.refresh_from_db()
        assert (act.step, act.done_count, act.left_count) == ("finished", N - 1, 1)
        assert Lead.objects.filter(sql_at=act.at, mql_at=act.at, qualification="accept").count() == N - 1
        assert Lead.objects.filter(qualify_due_at=act.at).count() == N - 2
        assert LeadEvent.objects.filter(kind="qualified", actor=tess).count() == N
        assert act.left == {"counts": {"already": 1}, "leads": [[crowd[1].pk, "already"]]}
        page = client_of(tess).get(act.get_absolute_url()).text
        assert "129 leads qualified" in page and "1 is qualified already." in page
        assert f'<a href="/leads/{crowd[1].pk}/">Person 1</a> <span class="muted">is qualified already</span>' in page

    def test_says_who_had_ended_or_was_changed_at_that_moment(self, client_of, tess, crowd, at, monkeypatch):
        act = running.begin("qualify", "", {}, by=tess, at=at)
        crowd[0].archive("", at=at, by=tess)
        read = running._next

        def then_changed(act):
            rows = read(act)
            Lead.objects.filter(pk=crowd[3].pk, sql_at=None).update(version=F("version") + 1)
            return rows

        monkeypatch.setattr(running, "_next", then_changed)
        running.advance()
        act.refresh_from_db()
        assert act.left == {"counts": {"changed": 1}, "leads": [[crowd[3].pk, "changed"]]}
        page = client_of(tess).get(act.get_absolute_url()).text
        assert "1 was changed by somebody else at that moment, 1 has ended or left the list meanwhile." in page

    def test_comes_back_though_the_rules_took_it_up_meanwhile(self, tess, crowd, at):
        act = running.begin("qualify", "", {}, by=tess, at=at)
        running.advance()
        Lead.objects.filter(pk=crowd[4].pk).update(qualify_due_at=None)
        undoing.begin_undo(act, by=tess)
        running.advance()
        act.refresh_from_db()
        assert (act.back_count, act.kept_count) == (N, 0)
        assert not Lead.objects.filter(sql_at__isnull=False).exists()

    def test_few_are_qualified_at_once_and_taken_back(self, client_of, tess, nora, crowd, at):
        crowd[0].assign_to(nora, at=at, by=tess)
        crowd[2].qualify(at=at, by=tess)
        client = client_of(tess)
        answer = client.post(ACT, {"do": "qualify", "lead": [lead.pk for lead in crowd[:3]], "next": LIST}, follow=True)
        assert "2 leads qualified. 1 is qualified already." in answer.text
        due = dict(Lead.objects.filter(pk__in=[lead.pk for lead in crowd[:3]]).values_list("pk", "qualify_due_at"))
        assert due[crowd[0].pk] is None and due[crowd[1].pk] and due[crowd[2].pk] is None
        client.post(f"/undo/{Change.objects.get().pk}/")
        assert [lead.pk for lead in Lead.objects.filter(sql_at__isnull=False)] == [crowd[2].pk]


class TestUndo:
    @pytest.mark.parametrize(("verb", "column"), [("archive", "archived_at"), ("disqualify", "disqualified_at"), ("assign", "owner")])
    def test_puts_back_all_but_what_was_edited_since(self, client_of, tess, nora, crowd, at, verb, column):
        from leads.models import DisqualifyReason

        values = {"owner": nora.pk, "reason": DisqualifyReason.objects.first().pk}
        act = running.begin(verb, "", values, by=tess, at=at)
        running.advance()
        edited = crowd[3]
        Lead.objects.filter(pk=edited.pk).update(**({"owner": tess} if verb == "assign" else {"archive_reason": "Other", "archived_at": at}))
        client_of(tess).post(f"{act.get_absolute_url()}undo/")
        running.advance()
        act.refresh_from_db()
        assert (act.step, act.back_count, act.kept_count) == ("undone", N - 1, 1)
        assert Lead.objects.filter(**{f"{column}__isnull": True}).exclude(pk=edited.pk).count() == N - 1
        assert LeadEvent.objects.filter(kind="undone").count() == N - 1
        change = Change.objects.get(pk=act.change_id)
        assert change.undo == "kept" and change.kept[0]["values"]["lead"] == edited.pk
        assert str(edited) in client_of(tess).get(act.get_absolute_url()).text

    def test_of_an_address_taken_meanwhile_keeps_that_one(self, tess, crowd, north, at):
        act = running.begin("archive", "", {}, by=tess, at=at)
        running.advance()
        factories.lead("Same again", team=north, email="p9@x.example")
        undoing.begin_undo(act, by=tess)
        running.advance()
        act.refresh_from_db()
        assert (act.back_count, act.kept_count) == (N - 1, 1)
        assert not Lead.objects.get(name="Person 9").is_open

    def test_takes_a_tag_away_only_where_the_act_put_it(self, tess, crowd, at):
        from core.models import Tag

        tag = Tag.objects.create(name="Lyon")
        crowd[0].tags.add(tag)
        act = running.begin("tag", "", {"tag": tag.pk}, by=tess, at=at)
        running.advance()
        act.refresh_from_db()
        assert (Lead.objects.filter(tags=tag).count(), act.done_count) == (N, N - 1)
        undoing.begin_undo(act, by=tess)
        running.advance()
        assert list(Lead.objects.filter(tags=tag)) == [crowd[0]]

    def test_of_few_tagged_by_hand(self, client_of, tess, crowd):
        from core.models import Tag

        tag, client = Tag.objects.create(name="Lyon"), client_of(tess)
        client.post(ACT, {"do": "tag", "lead": [crowd[0].pk, crowd[1].pk], "tag": tag.pk, "chosen": "1", "next": LIST})
        assert Lead.objects.filter(tags=tag).count() == 2
        client.post(f"/undo/{Change.objects.get().pk}/")
        assert Lead.objects.filter(tags=tag).count() == 0


@pytest.mark.django_db(transaction=True)
class TestDeath:
    def test_anywhere_leaves_each_lead_done_once(self, tess, nora, crowd, at):
        act = running.begin("assign", "", {"owner": nora.pk}, by=tess, at=at)
        for number in range(1, 60, 6):
            with faults.crash_after(number) as counted:
                running.advance()
            let_lease_run_out()
            if not counted.happened:
                break
        running.advance()
        act.refresh_from_db()
        assert (act.step, act.done_count) == ("finished", N)
        assert LeadEvent.objects.filter(kind="assigned").count() == act.change.rows.count() == N

    def test_a_worker_that_lost_its_lease_changes_nothing(self, tess, nora, crowd, at):
        running.begin("assign", "", {"owner": nora.pk}, by=tess, at=at)
        frozen = MassAct.objects.claim(limit=1)[0]
        MassAct.objects.update(token="00000000-0000-4000-8000-000000000000")
        running._turn(frozen, until=0)
        assert not Lead.objects.filter(owner=nora).exists()


class TestRecent:
    def test_lists_small_and_large_acts_with_their_undo(self, client_of, tess, crowd):
        client = client_of(tess)
        asked(client, "archive", "country.is=FR")
        asked(client, "disqualify", reason=factories.reason().pk)
        while running.advance():
            pass
        page = client.get("/leads/acts/").text
        assert "65 leads archived" in page and "65 leads disqualified" in page
        small = Change.objects.get(verb="lead_archived")
        Lead.objects.filter(pk=crowd[1].pk).update(archive_reason="kept")
        client.post(f"/undo/{small.pk}/", {"next": "/leads/acts/"})
        page = client.get("/leads/acts/").text
        assert "taken back, but for 1 that was changed since" in page and f"/undo/{small.pk}/" not in page
        assert Lead.objects.filter(is_open=True).count() == N // 2 - 1

    def test_is_ones_own_and_says_so_when_there_is_nothing(self, client_of, tess, nora, crowd):
        asked(client_of(tess), "archive", "country.is=FR")
        assert "Nothing done with many leads" in client_of(nora).get("/leads/acts/").text
