"""Rules before they count: dry runs, versions and the way back, drafts turned on, the simulator and the replay."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assignment import dry_run, replaying, routing, simulator, versions
from assignment.models import AssignmentRule, Decision, QualificationRule, RuleVersion
from assignment.rules import Rules
from core import clock, conditions
from core.conditions.engine import Seen
from core.models import CustomField
from leads.models import Engagement, Lead
from teams.models import SalesTeam
from tests.factories import assignment as factories
from tests.factories import leads, teams

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
FRENCH = {"all": [{"field": "country", "op": "is", "value": "FR"}]}
GONE = {"all": [{"field": "custom.gone", "op": "is_not", "value": "x"}]}
RULES = "/settings/rules/"


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def tried(then, now=None, kind=QualificationRule):
    now = list(kind.objects.filter(is_active=True)) if now is None else now
    return dry_run.try_rules(now, then, Lead.objects.all(), since=AT - timedelta(days=30), at=AT)


class TestDryRun:
    def test_counts_who_goes_where_and_lists_them(self, north):
        for n in range(3):
            leads.lead(f"French {n}", team=north, country="FR", at=AT - timedelta(days=n))
        leads.lead("Norwegian", team=north, country="NO", at=AT - timedelta(days=1))
        leads.lead("Long ago", team=north, country="FR", at=AT - timedelta(days=31))
        draft = factories.qualification_rule("keep", FRENCH, name="French", is_active=False)
        now = list(QualificationRule.objects.filter(is_active=True))
        found = tried([*now, draft], now)
        assert (found.total, found.moved) == (4, 3)
        assert [flow.number for flow in found.flows] == [3]
        assert [mover.lead.name for mover in found.movers] == ["French 0", "French 1", "French 2"]
        assert {mover.rule for mover in found.movers} == {"French"}
        assert sorted((share.now, share.then) for share in found.shares) == [(0, 3), (4, 1)]

    def test_judges_each_lead_once_however_many_came_in_at_one_moment(self, north, monkeypatch):
        """Parts of two leads: the edge between them lies among leads of the same moment."""
        monkeypatch.setattr(dry_run, "AT_ONCE", 2)
        for n in range(7):
            leads.lead(f"French {n}", team=north, country="FR", at=AT - timedelta(days=n // 5))
        found = tried([factories.qualification_rule("keep", FRENCH, name="French", is_active=False)])
        assert (found.total, found.moved) == (7, 7)
        assert [mover.lead.name for mover in found.movers] == [f"French {n}" for n in (4, 3, 2, 1, 0, 6, 5)]

    def test_lists_the_newest_and_counts_the_others(self, north, monkeypatch):
        monkeypatch.setattr(dry_run, "LISTED", 2)
        for n in range(4):
            leads.lead(f"French {n}", team=north, country="FR", at=AT - timedelta(days=n))
        found = tried([factories.qualification_rule("keep", FRENCH, name="French", is_active=False)])
        assert ([mover.lead.name for mover in found.movers], found.not_listed) == (["French 0", "French 1"], 2)

    def test_tries_nothing_where_nobody_can_be_seen(self, north):
        leads.lead(team=north, country="FR", at=AT)
        found = dry_run.try_rules([], [], Lead.objects.none(), since=AT - timedelta(days=30), at=AT)
        assert (found.total, found.shares, found.movers) == (0, [], [])

    def test_writes_nothing(self, north, django_assert_max_num_queries):
        leads.lead(team=north, country="FR", at=AT)
        draft = factories.qualification_rule("archive", FRENCH, archive_reason="x", is_active=False)
        with django_assert_max_num_queries(12) as seen:
            tried([draft])
        assert all(query["sql"].lstrip().startswith(("SELECT", "(SELECT")) for query in seen.captured_queries)
        assert Lead.objects.get().archived_at is None and not Decision.objects.exists()

    def test_moving_a_rule_that_says_the_same_moves_nobody(self, north):
        leads.lead(team=north, country="FR", at=AT)
        one = factories.qualification_rule("keep", FRENCH, name="One")
        two = factories.qualification_rule("keep", FRENCH, name="Two")
        last = QualificationRule.objects.get(is_everyone_else=True)
        assert tried([two, one, last], [one, two, last]).moved == 0

    def test_judges_as_the_rules_do(self, north, south):
        factories.qualification_rule("keep", FRENCH, name="North only", team=north)
        factories.qualification_rule("accept", GONE, name="Broken")
        factories.qualification_rule("archive", {"field": "score", "op": "lt", "value": 20}, archive_reason="cold")
        for team in (north, south):
            for country, score in (("FR", 5), ("FR", None), ("NO", 5), ("NO", 50)):
                leads.lead(team=team, country=country, score=score, at=AT)
        rules = Rules("qualification", at=AT)
        listed = dry_run.List(list(QualificationRule.objects.filter(is_active=True).order_by("position")), rules.book)
        for lead in Lead.objects.annotate(place=listed.case()):
            rule, _tested = rules.first_match(lead, Seen(lead))
            assert listed.rule_at(lead.place) == rule

    def test_asks_each_question_about_acts_once(self, north, monkeypatch, django_assert_max_num_queries):
        """However many rules and statements: the acts are read once for each, and what they say is what one by one says."""
        monkeypatch.setattr(dry_run, "AT_ONCE", 2)
        went, stayed = {"field": "did.event", "op": "did", "value": "lyon within 30d"}, {"field": "did.event", "op": "did_not", "value": "lyon within 30d"}
        for n in range(6):
            lead = leads.lead(f"Lead {n}", team=north, country="FR" if n % 2 else "NO", at=AT - timedelta(days=n))
            if n < 3:
                Engagement.objects.create(lead=lead, kind="event", occurred_at=AT - timedelta(days=3), details={"name": "Fair in Lyon"})
        now = [factories.qualification_rule("accept", {"all": [*FRENCH["all"], went]}), factories.qualification_rule("keep", stayed)]
        then = [factories.qualification_rule("keep", {"any": [went, stayed]}, is_active=False)]
        with django_assert_max_num_queries(20) as seen:
            found = tried(then, now)
        assert sum("leads_engagement" in query["sql"] for query in seen.captured_queries) == 1
        assert sorted((flow.number, flow.was) for flow in found.flows) == [(1, "Accepted as a qualified lead"), (2, "no rule")]
        assert (found.total, found.moved) == (6, 3)


ASKED = [
    FRENCH, GONE, {}, {"field": "score", "op": "gte", "value": 50}, {"field": "score", "op": "is_not", "value": 5},
    {"any": [FRENCH["all"][0], {"field": "industry", "op": "contains", "value": "hotel"}]}, {"field": "postcode", "op": "between", "value": "69-75"},
    {"field": "did.event", "op": "did", "value": "lyon within 30d"}, {"field": "tags", "op": "is_not", "value": 4711}, {"any": []},
]  # fmt: skip
FACTS = st.fixed_dictionaries({
    "country": st.sampled_from(["", "FR", "NO"]), "score": st.sampled_from([None, 5, 50, 90]), "industry": st.sampled_from(["", "Hotels"]),
    "postcode": st.sampled_from(["", "69001", "99"]),
})  # fmt: skip


class TestFirstMatch:
    def test_is_the_same_in_the_database_and_one_by_one(self, north, south):
        last = QualificationRule.objects.get(is_everyone_else=True)
        teams_of = [None, north.pk, south.pk]

        @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
        @given(
            rows=st.lists(st.tuples(st.sampled_from(ASKED), st.sampled_from(teams_of)), max_size=6),
            facts=st.lists(st.tuples(FACTS, st.sampled_from([north, south]), st.booleans()), min_size=1, max_size=5),
        )
        def check(rows, facts):
            with transaction.atomic():
                made = [Lead(team=team, channel="event", captured_at=AT, name="x", **fact) for fact, team, _went in facts]
                Lead.objects.bulk_create(made)
                Engagement.objects.bulk_create(
                    Engagement(lead=lead, kind="event", occurred_at=AT - timedelta(days=3), details={"name": "Fair in Lyon"})
                    for lead, (_fact, _team, went) in zip(made, facts, strict=True) if went
                )  # fmt: skip
                asked = [QualificationRule(pk=n, name=str(n), conditions=stored, team_id=team) for n, (stored, team) in enumerate(rows, 10**6)]
                rules = Rules("qualification", at=AT, rows=[*asked, last])
                listed = dry_run.List([*asked, last], rules.book)
                leads = Lead.objects.filter(pk__in=[lead.pk for lead in made]).prefetch_related("tags", "engagements")
                for lead in leads.annotate(place=listed.case()):
                    rule, tested = rules.first_match(lead, Seen(lead))
                    assert listed.rule_at(lead.place) == rule
                    assert [row[1] for row in tested] == [0] * (len(tested) - 1) + [1]
                transaction.set_rollback(True)

        check()


class TestDryRunPage:
    def test_tries_drafts_and_turns_them_on(self, ada, north, client_of):
        lead = leads.lead("Amélie", team=north, country="FR", at=clock.now() - timedelta(days=1))
        draft = factories.qualification_rule("keep", FRENCH, name="French wait", is_active=False)
        client = client_of(ada)
        page = text_of(client.get(RULES))
        assert f'name="on" value="{draft.pk}" checked' in page
        page = text_of(client.get(reverse("assignment:dry_run", args=["qualification"]), {"on": draft.pk}))
        assert "<b>1 of 1</b> leads go elsewhere" in page and str(lead) in page and "Turn on this rule" in page
        client.post(reverse("assignment:activation", args=["qualification"]), {"on": draft.pk, "why": "they asked"})
        draft.refresh_from_db()
        assert draft.is_active
        newest = RuleVersion.objects.latest("pk")
        assert (newest.what, newest.by, newest.why, newest.values) == ("on", ada, "they asked", {"name": "French wait"})

    def test_beside_the_rules_holds_the_same(self, ada, north, client_of):
        for n in range(6):
            leads.lead(f"Amélie {n}", team=north, country="FR", at=clock.now() - timedelta(days=1))
        draft = factories.qualification_rule("keep", FRENCH, name="French wait", is_active=False)
        address = reverse("assignment:dry_run", args=["qualification"])
        panel = text_of(client_of(ada).get(address, {"on": draft.pk, "days": "90"}, headers={"HX-Request": "true"}))
        assert "<html" not in panel and "<b>6 of 6</b> leads go elsewhere" in panel and "Turn on this rule" in panel
        assert panel.count("Amélie") == 5 and f'href="{address}?on={draft.pk}&amp;days=90"' in panel  # the others are on the page

    def test_of_a_rule_of_every_team_tells_a_manager_whom_to_ask(self, tess, ada, south, client_of):
        draft = factories.qualification_rule("keep", FRENCH, name="French wait", is_active=False)
        client = client_of(tess)
        page = text_of(client.get(reverse("assignment:dry_run", args=["qualification"]), {"on": draft.pk}))
        assert "Turn on this rule" not in page and f"Ask {ada.name}." in page
        assert f"Ask {ada.name}." in text_of(client.get(RULES))
        answer = client.post(reverse("assignment:activation", args=["qualification"]), {"on": draft.pk}, follow=True)
        draft.refresh_from_db()
        assert not draft.is_active and "No rule was turned on." in answer.text

    def test_a_manager_turns_on_only_own_rules(self, tess, north, south, client_of):
        theirs = factories.qualification_rule("keep", FRENCH, team=south, is_active=False)
        client_of(tess).post(reverse("assignment:activation", args=["qualification"]), {"on": theirs.pk})
        theirs.refresh_from_db()
        assert not theirs.is_active

    def test_shows_only_leads_one_sees(self, tess, north, south, client_of):
        for team, name in ((north, "Ours"), (south, "Theirs")):
            leads.lead(name, team=team, country="FR", at=clock.now() - timedelta(days=1))
        draft = factories.qualification_rule("keep", FRENCH, team=north, is_active=False)
        page = text_of(client_of(tess).get(reverse("assignment:dry_run", args=["qualification"]), {"on": draft.pk}))
        assert "<b>1 of 1</b>" in page and "Theirs" not in page


class TestVersions:
    def test_no_other_page_changes_rules(self):
        assert not {QualificationRule, AssignmentRule} & set(admin.site._registry)

    def test_every_change_leaves_one(self, ada, client_of):
        client = client_of(ada)
        data = {"name": "French", "team": "", "outcome": "keep", "stage": "", "days": "", "archive_reason": "", "why": "fair in Lyon",
                "p0-field": "country", "p0-op": "is", "p0-value": "FR"}  # fmt: skip
        client.post(f"{RULES}qualification/new/", data)
        rule = QualificationRule.objects.get(name="French")
        client.post(reverse("assignment:rule", args=["qualification", rule.pk]), data | {"name": "France", "why": ""})
        client.post(reverse("assignment:state", args=["qualification", rule.pk]), {"on": "0"})
        client.post(reverse("assignment:removal", args=["qualification", rule.pk]), {"why": "fair is over"})
        rows = versions.of("qualification", None)
        assert [(row.number, row.what) for row in rows] == [(5, "removed"), (4, "off"), (3, "changed"), (2, "added"), (1, "begun")]
        assert (rows[3].why, rows[0].why) == ("fair in Lyon", "fair is over")
        for said in ("too many of them", "said once, it stays"):
            client.post(reverse("assignment:version_reason", args=["qualification", rows[1].pk]), {"why": said})
        page = text_of(client.get(reverse("assignment:versions", args=["qualification"])))
        for words in ("added “French”", "“fair in Lyon”", "Ada Quist", "“too many of them”", "Go back to version 4"):
            assert words in page, words
        assert page.count('name="why"') == 4 + 1  # why go back to each, and why one was changed that has no reason yet

    def test_any_of_them_comes_back_as_it_was(self, ada, north, client_of):
        one = factories.assignment_rule(FRENCH, name="One", to_team=north)
        two = factories.assignment_rule(FRENCH, name="Two", strategy="workload")
        last = AssignmentRule.objects.get(is_everyone_else=True)
        versions.begin("assignment", None, at=AT)
        kept = RuleVersion.objects.get()
        one.delete()
        AssignmentRule.objects.filter(pk=two.pk).update(name="Changed", is_active=False)
        later = factories.assignment_rule(FRENCH, name="Later")
        page = client_of(ada).post(reverse("assignment:restoration", args=["assignment", kept.pk]), {"why": "it was better"}, follow=True)
        assert "The rules are as they were in version 1." in text_of(page)
        rows = versions.list_of("assignment", None)
        assert [(row.pk, row.name, row.is_active) for row in rows] == [(kept.rules[0]["id"], "One", True), (two.pk, "Two", True), (last.pk, last.name, True)]
        assert not AssignmentRule.objects.filter(pk=later.pk).exists()
        newest = RuleVersion.objects.latest("pk")
        assert (versions.words_of(newest), newest.why) == ("went back to version 1", "it was better")

    def test_what_a_version_names_may_be_gone(self, ada, north):
        gone = teams.team("Gone")
        rule = factories.assignment_rule(FRENCH, to_team=gone)
        versions.begin("assignment", None, at=AT)
        AssignmentRule.objects.filter(pk=rule.pk).update(to_team=None)
        gone.delete()
        versions.restore(RuleVersion.objects.get(), at=AT, by=ada)
        assert AssignmentRule.objects.get(pk=rule.pk).to_team is None

    def test_a_list_never_loses_its_end(self, ada):
        versions.begin("qualification", None, at=AT)
        kept = RuleVersion.objects.get()
        kept.rules = []
        versions.restore(kept, at=AT, by=ada)
        assert QualificationRule.objects.filter(is_everyone_else=True).count() == 1

    def test_teams_have_their_own(self, tess, north, south, client_of):
        for team in (north, south):
            factories.qualification_rule("keep", FRENCH, team=team)
            versions.begin("qualification", team.pk, at=AT)
        theirs, ours = RuleVersion.objects.get(team=south), RuleVersion.objects.get(team=north)
        client = client_of(tess)
        assert client.post(reverse("assignment:restoration", args=["qualification", theirs.pk])).status_code == 404
        assert client.post(reverse("assignment:restoration", args=["qualification", ours.pk])).status_code == 302
        assert client.get(reverse("assignment:dry_run", args=["qualification"]), {"version": theirs.pk}).status_code == 404
        assert client.get(reverse("assignment:dry_run", args=["qualification"]), {"version": ours.pk}).status_code == 200


class TestBrokenRules:
    def test_are_skipped_and_the_decision_says_so(self, ada, north, nora, client_of):
        factories.assignment_rule(GONE, name="Broken")
        lead = leads.lead(team=north)
        assert routing.assign(lead, at=AT).owner == nora
        page = text_of(client_of(ada).get(reverse("assignment:decisions", args=[lead.pk])))
        assert "Skipped: There is no field “custom.gone” any more." in page

    @pytest.mark.parametrize("condition", [
        {"field": "source", "op": "is_not", "value": 4711}, {"field": "tags", "op": "is_not", "value": 4711},
        {"field": "owner", "op": "is_not", "value": 4711}, {"any": [{"field": "x", "op": "is", "value": 1}, {"field": "score", "op": "empty"}]},
    ])  # fmt: skip
    def test_names_of_what_was_deleted_divide_nothing(self, north, condition):
        factories.qualification_rule("archive", condition, archive_reason="x")
        rules = Rules("qualification", at=AT)
        lead = leads.lead(team=north)
        rule, tested = rules.first_match(lead, Seen(lead))
        assert rule.is_everyone_else and len(tested[0]) == 4


class TestSimulator:
    def test_shows_the_path_of_a_typed_lead_and_writes_nothing(self, ada, north, nora, client_of):
        nora.memberships.update(capacity=1)
        leads.lead(owner=nora)
        omar = teams.person("Omar Haddad", north)
        factories.assignment_rule(FRENCH, name="French", to_team=north)
        before = (Lead.objects.count(), Decision.objects.count())
        page = text_of(client_of(ada).post(f"{RULES}simulator/", {"team": north.pk, "channel": "web_form", "country": "FR", "name": "Amélie"}))
        for words in (f"{omar.name} would get it", "Country is France: yes, it is France", "Nora Bakke", "full", "French"):
            assert words in page, words
        assert (Lead.objects.count(), Decision.objects.count()) == before

    def test_knows_of_a_typed_lead_what_rules_can_ask(self, ada, north, client_of):
        """Where they were, what they read, what they wrote, and the organisation's own fields."""
        CustomField.objects.create(record="lead", key="floors", label="Floors", type="number")
        for name, condition in {
            "Fair": {"field": "did.event", "op": "did", "value": "lyon within 30d"}, "Prices": {"field": "did.page", "op": "did", "value": "pricing"},
            "Rents": {"field": "message", "op": "contains", "value": "rent"}, "Towers": {"field": "custom.floors", "op": "gte", "value": 20},
        }.items():  # fmt: skip
            factories.qualification_rule("archive", condition, name=name, archive_reason=name)
        client, lead = client_of(ada), {"team": north.pk, "channel": "event"}
        for said, name in (({"event": "Fair in Lyon"}, "Fair"), ({"page": "/pricing"}, "Prices"), ({"message": "We rent"}, "Rents"), ({"custom_floors": "21"}, "Towers")):
            page = text_of(client.post(f"{RULES}simulator/", lead | said))
            assert f"Archived: {name}" in page or f"“{name}”" in page, said
        page = text_of(client.post(f"{RULES}simulator/", lead | {"custom_floors": "3"}))
        for words in ("Nobody: it would wait in the queue", "no, never happened", "contains “rent”: no, it is empty", "Floors at least 20: no, it is 3"):
            assert words in page, words
        assert "yes, it is “We rent”" in text_of(client.post(f"{RULES}simulator/", lead | {"message": "We rent"}))
        assert "within the last 30 days: yes, last on" in text_of(client.post(f"{RULES}simulator/", lead | {"event": "Fair in Lyon"}))

    def test_lets_a_typed_lead_have_done_things(self, ada, north, client_of):
        for name, asked in {
            "Clicked": {"all": [{"field": "did.click", "op": "did", "value": "within 7d"}, {"field": "emails_clicked", "op": "gte", "value": 1}]},
            "Replied": {"field": "did.reply", "op": "did", "value": "ever"},
        }.items():  # fmt: skip
            factories.qualification_rule("archive", asked, name=name, archive_reason=name)
        client, lead = client_of(ada), {"team": north.pk, "channel": "web_form"}
        for said, name in (({"did": ["open", "click"]}, "Clicked"), ({"did": ["click", "reply"], "days": "8"}, "Replied")):
            assert f"“{name}”" in text_of(client.post(f"{RULES}simulator/", lead | said)), said
        assert "Nobody: it would wait in the queue" in text_of(client.post(f"{RULES}simulator/", lead | {"did": ["click"], "days": "8"}))

    def test_reads_a_language_as_a_lead_would(self, ada, north, client_of):
        factories.qualification_rule("keep", {"field": "language", "op": "is", "value": "de"}, name="Speaks German")
        page = text_of(client_of(ada).post(f"{RULES}simulator/", {"team": north.pk, "channel": "web_form", "language": "german"}))
        assert "rule “Speaks German” says so" in page and "Language is German: yes, it is German" in page

    def test_takes_a_real_lead_as_if_it_came_in_now(self, ada, north, nora, client_of):
        lead = leads.lead("Amélie", owner=nora, email="a@b.example")
        client = client_of(ada)
        for asked in (lead.pk, f"#{lead.pk}", "A@b.example"):
            assert "Nora Bakke would get it" in text_of(client.get(f"{RULES}simulator/", {"lead": asked}))
        lead.refresh_from_db()
        assert lead.owner == nora

    def test_says_when_nobody_would(self, ada, north, client_of):
        factories.qualification_rule("archive", FRENCH, archive_reason="Embargo")
        client = client_of(ada)
        page = text_of(client.post(f"{RULES}simulator/", {"team": north.pk, "channel": "web_form", "country": "FR"}))
        assert "Nobody: it is not handed out" in page
        page = text_of(client.post(f"{RULES}simulator/", {"team": north.pk, "channel": "web_form", "country": "NO"}))
        assert "Nobody: it would wait in the queue" in page

    def test_another_teams_lead_is_not_there(self, tess, vera, client_of):
        lead = leads.lead(owner=vera)
        assert client_of(tess).get(f"{RULES}simulator/", {"lead": lead.pk}).status_code == 404

    def test_says_what_is_wrong(self, ada, north, client_of):
        assert client_of(ada).post(f"{RULES}simulator/", {"team": north.pk, "channel": "web_form", "score": "900"}).status_code == 422

    def test_chooses_as_in_earnest(self, north, nora, omar):
        for n in range(4):
            lead = leads.lead(team=north, at=AT + timedelta(minutes=n))
            foretold = simulator.walk(Lead.objects.get(pk=lead.pk), at=AT)
            assert routing.assign(lead, at=AT).owner == foretold.owner


class TestReplay:
    def test_says_who_would_have_got_how_many(self, north, nora, omar):
        for n in range(6):
            leads.lead(f"Lead {n}", owner=nora, at=AT - timedelta(hours=n))
        found = replaying.replay(Lead.objects.all(), since=AT - timedelta(days=30), at=AT)
        assert found.total == 6
        assert [(share.words, share.now, share.then) for share in found.shares] == [("Nora Bakke", 6, 3), ("Omar Haddad", 0, 3)]

    def test_tries_other_rules(self, ada, north, nora, omar, client_of):
        for n in range(4):
            leads.lead(f"Lead {n}", owner=nora, country="FR", at=clock.now() - timedelta(hours=n + 1))
        draft = factories.assignment_rule(FRENCH, name="To Omar", to_person=omar, is_active=False)
        page = text_of(client_of(ada).get(reverse("assignment:replay"), {"on": draft.pk}))
        assert '>Omar Haddad<' in page and '<span class="num sm strong">4</span>' in page

    def test_reads_no_more_acts_than_are_asked_about(self, north, nora, omar):
        clicked, went, quiet = (leads.lead(name, owner=nora, at=AT - timedelta(hours=3)) for name in ("Clicked", "Went", "Quiet"))
        for lead, kind, days in ((clicked, "click", 2), (clicked, "open", 2), (clicked, "page", 1), (went, "event", 40), (quiet, "click", 20)):
            lead.engagements.create(kind=kind, occurred_at=AT - timedelta(days=days))
        clicked.engagements.create(kind="click", actor="machine", occurred_at=AT)
        rule = factories.assignment_rule({"field": "did.click", "op": "did", "value": "within 7d"}, name="Clicked", to_person=omar)
        been = {"field": "did.event", "op": "did", "value": "ever"}
        teams.territory(north, "Been there", owner=omar, conditions=been)
        SalesTeam.objects.filter(pk=north.pk).update(strategy="territory")
        found = replaying.replay(Lead.objects.all(), since=AT - timedelta(days=30), at=AT)
        assert {share.words: share.then for share in found.shares} == {"Omar Haddad": 2, "Nora Bakke": 1}
        book, held = conditions.book("lead", at=AT), list(Lead.objects.order_by("pk"))
        replaying.read_acts(held, [leaf for stored in (rule.conditions, been) for leaf in book.read(stored).leaves])
        with CaptureQueriesContext(connection) as asked:
            assert [[act.kind for act in lead.engagements.all()] for lead in held] == [["click"], ["event"], []]
        assert len(asked) == 0

    def test_foretells_replies_only_where_they_are_known(self, north, nora, omar):
        for rep, minutes in ((nora, 10), (omar, 30)):
            for n in range(3):
                lead = leads.lead(owner=rep, at=AT - timedelta(hours=n + 2))
                lead.contacted(at=lead.captured_at + timedelta(minutes=minutes), by=rep)
        found = replaying.replay(Lead.objects.all(), since=AT - timedelta(days=30), at=AT)
        assert (found.reply_now, found.reply_then) == (timedelta(minutes=20), timedelta(minutes=20))
        Lead.objects.update(first_contacted_at=None)
        assert replaying.replay(Lead.objects.all(), since=AT - timedelta(days=30), at=AT).reply_now is None

    def test_counts_what_people_carried_and_what_ended_meanwhile(self, north, nora, omar):
        nora.memberships.update(capacity=2)
        leads.lead("Before", owner=nora, at=AT - timedelta(days=40))
        gone = leads.lead("Gone", owner=nora, at=AT - timedelta(days=40))
        Lead.objects.filter(pk=gone.pk).update(archived_at=AT - timedelta(days=10))
        for days in (20, 19, 5, 4):
            leads.lead(f"{days} days ago", owner=omar, at=AT - timedelta(days=days))
        omar.memberships.update(capacity=1)
        found = replaying.replay(Lead.objects.all(), since=AT - timedelta(days=30), at=AT)
        # Nora is full until one of hers ends: Omar gets the first, one waits for that, two find nobody
        assert [(share.words, share.now, share.then) for share in found.shares] == [("Omar Haddad", 4, 1), ("Nora Bakke", 0, 1)]
        assert (found.total, found.later, found.waiting) == (4, 1, 2)

    def test_keeps_caps_of_the_day_absences_and_hours(self, ada, north, nora, omar, client_of):
        nora.memberships.update(daily_cap=1)
        omar.memberships.update(away_from=AT - timedelta(days=3), away_until=AT - timedelta(days=1))
        for hours in (50, 49, 26, 3, 2, 1):
            leads.lead(f"{hours} hours ago", owner=nora, at=AT - timedelta(hours=hours))
        found = replaying.replay(Lead.objects.all(), since=AT - timedelta(days=30), at=AT)
        shares = {share.words: share.then for share in found.shares}
        assert shares == {"Nora Bakke": 3, "Omar Haddad": 3} and (found.later, found.waiting) == (2, 0)

    def test_locks_nothing(self, north, nora):
        leads.lead(owner=nora, at=AT)
        with connection.execute_wrapper(_refuse_locks):
            replaying.replay(Lead.objects.all(), since=AT - timedelta(days=30), at=AT)
            simulator.walk(Lead.objects.get(), at=AT)


def _refuse_locks(execute, sql, params, many, context):
    assert "FOR " not in sql and "advisory" not in sql and sql.lstrip().startswith("SELECT"), sql
    return execute(sql, params, many, context)
