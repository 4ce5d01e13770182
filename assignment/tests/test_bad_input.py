"""Rules that name what is gone, divide wrongly or lead to nobody: the list tells, the decision says so, no lead is lost."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db.models import ProtectedError
from django.urls import reverse

from assignment import routing, versions
from assignment.dividing import is_never
from assignment.models import AssignmentRule, Decision, RuleVersion
from assignment.troubles import problems_of
from assignment.words import sentence
from core import clock, conditions
from core.models import Notice, Tag
from leads.models import Lead, LeadEvent
from tests.factories import assignment as factories
from tests.factories import leads, teams

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
FRENCH = {"all": [{"field": "country", "op": "is", "value": "FR"}]}


def told(rule, *teams) -> str:
    """What the list says about one rule."""
    rows = AssignmentRule.objects.in_order().select_related("to_team", "to_person", "to_territory__owner", "to_territory__team")
    return " ".join(problems_of(rows, conditions.book("lead"), at=AT, teams=teams)[rule.pk])


class TestWhatARuleNames:
    def test_a_territory_can_not_be_deleted(self, tess, north, nora, client_of):
        lyon = teams.territory(north, "Lyon", owner=nora, conditions=FRENCH)
        factories.assignment_rule(FRENCH, name="French", to_territory=lyon)
        answer = client_of(tess).post(reverse("assignment:territory_removal", args=[lyon.pk]), follow=True)
        assert "Lyon stays: the rule “French” sends leads there. Change the rule first." in answer.text
        with pytest.raises(ProtectedError):
            lyon.delete()
        AssignmentRule.objects.filter(name="French").delete()
        assert "Lyon is deleted." in client_of(tess).post(reverse("assignment:territory_removal", args=[lyon.pk]), follow=True).text

    def test_neither_can_it_in_the_admin(self, ada, north, client_of):
        lyon = teams.territory(north, "Lyon", conditions=FRENCH)
        factories.assignment_rule(FRENCH, name="French", to_territory=lyon)
        page = client_of(ada).post(reverse("admin:teams_territory_delete", args=[lyon.pk]), {"post": "yes"}).text
        assert "Cannot delete territory" in page and "Lyon (in use: retire it instead)" in page
        lyon.refresh_from_db()

    def test_neither_can_a_team_or_person(self, north, south, nora):
        factories.assignment_rule(FRENCH, name="Named", to_team=south, to_person=nora)
        for one in (south, nora):
            with pytest.raises(ProtectedError):
                one.delete()

    def test_who_left_is_told_and_the_team_gets_it(self, north, nora, omar):
        rule = factories.assignment_rule(FRENCH, name="French", to_person=nora)
        assert told(rule) == ""
        type(nora).objects.filter(pk=nora.pk).update(is_active=False)
        assert told(rule) == "Nora Bakke is no longer active."
        decision = routing.assign(leads.lead(team=north, country="FR"), at=AT)
        assert decision.owner == omar and "Nora Bakke, whom the rule “French” names, can't take it" in sentence(decision)
        assert sentence(decision).endswith("Nora Bakke: no longer here.")

    def test_a_team_stays_and_says_which_rule_names_it(self, ada, south, client_of):
        factories.assignment_rule(FRENCH, name="French", to_team=south)
        answer = client_of(ada).post(reverse("teams:deletion", args=[south.pk]), follow=True)
        assert "South stays: “French” sends leads there. Change that first." in unescape(answer.text)
        AssignmentRule.objects.filter(name="French").delete()
        leads.lead(team=south)
        answer = client_of(ada).post(reverse("teams:deletion", args=[south.pk]), follow=True)
        assert "South has leads, deals, customers or decisions of its own" in unescape(answer.text)

    def test_who_takes_no_leads_is_told(self, north, nora):
        rule = factories.assignment_rule(FRENCH, name="French", to_person=nora)
        nora.memberships.update(takes_leads=False)
        assert told(rule) == "Nora Bakke takes no leads."

    def test_a_territory_whose_owner_left_is_told(self, north, nora, omar):
        lyon = teams.territory(north, "Lyon", owner=nora, conditions=FRENCH)
        rule = factories.assignment_rule(FRENCH, name="French", to_territory=lyon)
        type(nora).objects.filter(pk=nora.pk).update(is_active=False)
        assert told(rule) == "Nora Bakke is no longer active."
        decision = routing.assign(leads.lead(team=north, country="FR"), at=AT)
        assert decision.owner == omar and "“Lyon” is the territory of Nora Bakke" in sentence(decision)

    @pytest.mark.parametrize("field", ["custom.gone", "tags"])
    def test_a_field_or_tag_that_is_gone_stops_the_rule(self, ada, north, nora, client_of, field):
        tag = Tag.objects.create(name="VIP")
        rule = factories.assignment_rule({"all": [{"field": field, "op": "is_not", "value": tag.pk}]}, name="Stopped", to_person=nora)
        tag.delete()
        page = client_of(ada).get(reverse("assignment:rules")).text
        assert ("There is no field “custom.gone” any more." if field != "tags" else "“Tag” names something that was deleted") in page
        decision = routing.assign(leads.lead(team=north), at=AT)
        assert decision.reason == "turn" and decision.details["tested"][0][:2] == [rule.pk, 0] and len(decision.details["tested"][0]) == 4

    def test_an_old_version_never_brings_back_a_rule_that_means_something_else(self, ada, north, client_of):
        gone = teams.territory(north, "Gone", conditions=FRENCH)
        rule = factories.assignment_rule(FRENCH, name="French", to_territory=gone)
        versions.begin("assignment", None, at=AT)
        kept = RuleVersion.objects.get()
        AssignmentRule.objects.filter(pk=rule.pk).update(to_territory=None)
        gone.delete()
        assert client_of(ada).get(reverse("assignment:dry_run", args=["assignment"]), {"version": kept.pk}).status_code == 200
        versions.restore(kept, at=AT, by=ada)
        rule.refresh_from_db()
        assert (rule.to_territory, rule.is_active) == (None, False)


class TestWhatARuleDivides:
    @pytest.mark.parametrize(("stored", "never"), [
        ({"all": [{"field": "country", "op": "is", "value": "FR"}, {"field": "country", "op": "is", "value": ["NO", "SE"]}]}, True),
        ({"all": [{"field": "country", "op": "is", "value": "fr"}, {"field": "country", "op": "is", "value": ["FR", "SE"]}]}, False),
        ({"all": [{"field": "score", "op": "gte", "value": 70}, {"field": "score", "op": "lt", "value": 50}]}, True),
        ({"all": [{"field": "score", "op": "gte", "value": 50}, {"field": "score", "op": "lte", "value": 50}]}, False),
        ({"all": [{"field": "tags", "op": "is", "value": 1}, {"field": "tags", "op": "is", "value": 2}]}, False),
        ({"any": [{"field": "country", "op": "is", "value": "FR"}, {"field": "country", "op": "is", "value": "NO"}]}, False),
        ({"field": "score", "op": "gte", "value": 5}, False), ({}, False), ([1], False),
    ])  # fmt: skip
    def test_conditions_that_exclude_one_another_are_found(self, stored, never):
        assert is_never(stored) is never

    def test_the_list_tells_what_catches_nothing(self, north):
        never = factories.assignment_rule({"all": [*FRENCH["all"], {"field": "country", "op": "is", "value": "NO"}]}, name="Never")
        first = factories.assignment_rule(FRENCH, name="First")
        second = factories.assignment_rule(FRENCH, name="Second")
        every = factories.assignment_rule({}, name="Every")
        last = factories.assignment_rule({"field": "score", "op": "gte", "value": 1}, name="Below")
        assert told(never) == "Its conditions rule each other out, so it catches nothing."
        assert told(first) == ""
        assert told(second) == "“First” above catches these leads first."
        assert "It has no conditions" in told(every)
        assert told(last) == "“Every” above catches these leads first."


class TestATerritoryThatHoldsNoLead:
    """One that asks about what it decides, says nothing, or names what is gone, where it would hold every lead."""

    @pytest.fixture
    def far(self, north, omar):
        type(north).objects.filter(pk=north.pk).update(strategy="territory")
        teams.territory(north, "France", owner=omar, conditions=FRENCH)
        return teams.territory(north, "Far", owner=omar, conditions={"field": "postcode", "op": "is", "value": "69001"})

    @pytest.fixture(params=["circular", "circular in a group", "empty", "unreadable", "names what is gone"])
    def broken(self, request, far, omar):
        tag = Tag.objects.create(name="VIP")
        far.conditions, said = {
            "circular": ({"field": "owner", "op": "is", "value": [omar.pk]}, "It asks about owner or team, which it decides itself, so it holds no lead."),
            "circular in a group": ({"all": [FRENCH, {"any": [{"field": "team", "op": "is", "value": [far.team_id]}]}]},
                                    "It asks about owner or team, which it decides itself, so it holds no lead."),
            "empty": ({}, "It says nothing about where or who, so it holds no lead."),
            "unreadable": ({"field": "custom.gone", "op": "is", "value": "x"}, "There is no field “custom.gone” any more."),
            "names what is gone": ({"field": "tags", "op": "is_not", "value": [tag.pk]}, "“Tag” names something that was deleted"),
        }[request.param]  # fmt: skip
        far.save(update_fields=["conditions"])
        tag.delete()
        return far, said

    def test_is_told_where_a_rule_counts_on_it(self, broken, ada, north, south, nora, client_of):
        _far, said = broken
        last = AssignmentRule.objects.get(is_everyone_else=True)
        counts = factories.assignment_rule(FRENCH, name="By territory", to_team=north)
        asked = factories.assignment_rule({"field": "country", "op": "is", "value": "NO"}, name="Asks for it", strategy="territory")
        named = factories.assignment_rule({"field": "country", "op": "is", "value": "DK"}, name="Names it", to_territory=_far)
        others = [
            factories.assignment_rule({"field": "country", "op": "is", "value": "SE"}, name="By turn", to_team=north, strategy="round_robin"),
            factories.assignment_rule({"field": "country", "op": "is", "value": "FI"}, name="To South", to_team=south),
            factories.assignment_rule({"field": "country", "op": "is", "value": "IS"}, name="To Nora", to_person=nora),
        ]
        assert all(f"Territory “Far”: {said}" in told(rule) for rule in (last, counts, asked, named))
        assert not any("Far" in told(rule) for rule in others)
        assert f"Territory “Far”: {said}" in unescape(client_of(ada).get(reverse("assignment:rules")).text)

    def test_is_passed_over_and_the_decision_says_so(self, broken, north, nora, omar):
        decision = routing.assign(leads.lead(team=north, country="NO"), at=AT)
        assert decision.reason == "turn" and decision.owner in (nora, omar)
        assert "“Far” was passed over: as it is written it holds no lead." in sentence(decision)
        theirs = routing.assign(leads.lead(team=north, country="FR"), at=AT)
        assert (theirs.reason, theirs.owner) == ("territory", omar)

    def test_named_by_a_rule_means_its_owner(self, broken, north, nora, omar):
        factories.assignment_rule({"field": "country", "op": "is", "value": "DK"}, name="Names it", to_territory=broken[0])
        decision = routing.assign(leads.lead(team=north, country="DK"), at=AT)
        assert (decision.reason, decision.owner) == ("territory_rule", omar)

    def test_one_that_holds_leads_is_told_nowhere(self, far):
        assert not any("Far" in told(rule) for rule in AssignmentRule.objects.all())


class TestNobodyThere:
    @pytest.mark.parametrize(("change", "said"), [
        ({"capacity": 0}, "Nobody in South takes leads: they wait in its queue."),
        ({"daily_cap": 0}, "Nobody in South takes leads: they wait in its queue."),
        ({"is_paused": True}, "Everybody in South is paused or away: leads wait in its queue."),
        ({"away_from": AT - timedelta(days=1)}, "Everybody in South is paused or away: leads wait in its queue."),
    ])  # fmt: skip
    def test_is_told_and_the_lead_waits(self, south, vera, change, said):
        rule = factories.assignment_rule(FRENCH, name="French", to_team=south)
        assert told(rule) == ""
        south.memberships.update(**change)
        assert told(rule) == said
        lead = leads.lead(team=south, country="FR")
        decision = routing.assign(lead, at=AT)
        assert (decision.outcome, decision.reason) == ("waiting", "nobody_free") and routing.queue().get() == lead
        south.memberships.update(capacity=60, daily_cap=None, is_paused=False, away_from=None)
        assert routing.drain_queue(at=AT + timedelta(minutes=2)) == 1

    def test_the_end_of_the_list_tells_of_the_default_team(self, north, nora):
        type(north).objects.update(is_default=False)
        type(north).objects.filter(pk=north.pk).update(is_default=True)
        last = AssignmentRule.objects.get(is_everyone_else=True)
        assert told(last) == ""
        nora.memberships.update(is_paused=True)
        assert told(last) == "Everybody in North is paused or away: leads wait in its queue."

    def test_the_end_of_the_list_tells_of_every_team_that_keeps_its_leads(self, north, south, nora, vera, client_of, tess):
        last = AssignmentRule.objects.get(is_everyone_else=True)
        tess.memberships.update(takes_leads=False)
        nora.memberships.update(capacity=0)
        closed = "Nobody in North takes leads: they wait in its queue."
        assert told(last, north, south) == told(last, north) == closed
        assert told(last, south) == ""
        assert closed in unescape(client_of(tess).get(reverse("assignment:team", args=[north.pk])).text)
        type(north).objects.filter(pk=north.pk).update(strategy="manual")
        north.strategy = "manual"
        assert told(last, north) == ""  # a manager hands them out

    def test_a_zone_that_is_gone_is_told(self, south, vera):
        rule = factories.assignment_rule(FRENCH, name="French", to_team=south)
        type(south).objects.filter(pk=south.pk).update(time_zone="Mars/Base")
        assert told(rule) == "The time zone of South is not known any more: UTC counts."


class TestMeanwhile:
    """What happens to a lead or member between reading and storing: the decision is not stored, the lead is decided anew."""

    @pytest.fixture
    def meddled(self, monkeypatch):
        """Let something happen right before the decision is stored."""
        def meddle(work):
            flush = routing.Batch.flush

            def late(batch):
                work()
                return flush(batch)

            monkeypatch.setattr(routing.Batch, "flush", late)

        return meddle

    @pytest.mark.parametrize("what", ["edited", "merged", "archived"])
    def test_a_lead_that_changed_takes_nothing(self, north, nora, meddled, what):
        lead, other = leads.lead(team=north), leads.lead(team=north)
        changes = {
            "edited": {"version": 2}, "merged": {"merged_at": AT, "merged_into": other}, "archived": {"archived_at": AT},
        }[what]  # fmt: skip
        meddled(lambda: Lead.objects.filter(pk=lead.pk).update(**changes))
        routing.assign_by_ids([lead.pk], at=AT)
        lead.refresh_from_db()
        assert lead.owner is None and not lead.decisions.exists() and not lead.events.filter(kind="assigned").exists()

    @pytest.mark.parametrize("decide", [
        lambda lead: routing.assign_by_ids([lead.pk], at=AT), lambda lead: routing.drain_queue(at=AT), lambda lead: routing.assign(lead, at=AT),
    ], ids=["by_ids", "drain", "assign"])  # fmt: skip
    def test_a_lead_that_was_deleted_leaves_nothing_behind(self, north, nora, meddled, decide):
        gone, other = factories.waiting_leads(2, north)
        meddled(lambda: Lead.objects.filter(pk=gone.pk).delete())
        decide(gone)
        assert not Decision.objects.filter(lead=gone.pk).exists() and not LeadEvent.objects.filter(lead=gone.pk).exists()
        assert not Lead.objects.filter(pk=gone.pk).exists() and not Notice.objects.filter(key__contains=f"{gone.pk}").exists()
        other.refresh_from_db()
        routing.drain_queue(at=AT + timedelta(minutes=2))
        other.refresh_from_db()
        assert other.owner == nora and other.decisions.get().tries >= 1

    def test_a_member_removed_gets_nothing_more(self, north, nora, omar):
        first, second, third = factories.waiting_leads(3, north)
        routing.assign_by_ids([first.pk], at=AT)
        nora.memberships.all().delete()
        routing.assign_by_ids([second.pk, third.pk], at=AT)
        assert set(Lead.objects.filter(pk__in=[second.pk, third.pk]).values_list("owner__name", flat=True)) == {"Omar Haddad"}


def test_pages_show_the_time_of_today(ada, south, vera, client_of):
    factories.assignment_rule(FRENCH, name="French", to_team=south)
    south.memberships.update(away_from=clock.now() - timedelta(hours=1))
    assert "Everybody in South is paused or away" in client_of(ada).get(reverse("assignment:rules")).text
