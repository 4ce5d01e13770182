"""Who gets a lead, and why: strategies, caps, turns and the record."""

from datetime import UTC, datetime, timedelta

import pytest

from assignment import routing
from assignment.models import Decision
from assignment.words import sentence
from core import reasons, undo
from core.conditions.engine import Seen
from core.models import Tag
from leads.exceptions import LeadNotOpen
from leads.models import Lead
from tests.factories import assignment as factories
from tests.factories import leads, teams

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def owners(rows) -> list[str]:
    return [Lead.objects.get(pk=lead.pk).owner.name.split()[0] for lead in rows]


def given(lead: Lead) -> Decision:
    return lead.decisions.get(kind="assignment")


class TestRotation:
    def test_gives_in_strict_turns(self, north, nora, omar):
        rows = factories.waiting_leads(5, north)
        assert routing.drain_queue(at=AT) == 5
        assert owners(rows) == ["Nora", "Omar", "Nora", "Omar", "Nora"]

    def test_goes_on_where_it_stopped(self, north, nora, omar):
        first, second, third = (leads.lead(team=north, at=AT + timedelta(minutes=n)) for n in range(3))
        for lead in (first, second, third):
            routing.assign(lead, at=AT)
        assert owners([first, second, third]) == ["Nora", "Omar", "Nora"]

    def test_follows_weights(self, north, nora, omar):
        nora.memberships.update(weight=2)
        rows = factories.waiting_leads(9, north)
        routing.drain_queue(at=AT)
        assert sorted(owners(rows)).count("Nora") == 6

    @pytest.mark.parametrize(("change", "why"), [
        ({"is_paused": True}, "paused"), ({"takes_leads": False}, "takes_none"), ({"capacity": 0}, "full"), ({"daily_cap": 0}, "day_full"),
        ({"away_from": AT - timedelta(days=1), "away_until": AT + timedelta(days=1)}, "away"),
    ])  # fmt: skip
    def test_skips_who_can_not_take_one(self, north, nora, omar, change, why):
        nora.memberships.update(**change)
        lead = leads.lead(team=north)
        decision = routing.assign(lead, at=AT)
        assert decision.owner == omar
        assert [[name, why_not] for _, name, _, _, why_not in decision.details["candidates"]] == [["Nora Bakke", why], ["Omar Haddad", ""]]

    def test_gives_whoever_comes_back_one_turn_and_no_more(self, north, nora, omar):
        nora.memberships.update(is_paused=True)
        for _ in range(4):
            routing.assign(leads.lead(team=north), at=AT)
        nora.memberships.update(is_paused=False)
        rows = [leads.lead(team=north) for _ in range(4)]
        for lead in rows:
            routing.assign(lead, at=AT)
        assert owners(rows) == ["Nora", "Nora", "Omar", "Nora"] or owners(rows) == ["Nora", "Omar", "Nora", "Omar"]

    def test_never_passes_capacity(self, north, nora, omar):
        nora.memberships.update(capacity=2)
        omar.memberships.update(capacity=1)
        rows = factories.waiting_leads(5, north)
        assert routing.drain_queue(at=AT) == 3
        assert Lead.objects.filter(pk__in=[lead.pk for lead in rows], owner=None).count() == 2
        assert nora.leads.count() == 2
        assert omar.leads.count() == 1

    def test_counts_the_open_leads_of_all_teams(self, north, south, nora):
        teams.member(nora, south, capacity=3)
        nora.memberships.filter(team=north).update(capacity=3)
        for team in (north, south, north, south):
            leads.lead(team=team)
        for lead in Lead.objects.all():
            routing.assign(lead, at=AT)
        assert nora.leads.count() == 3

    def test_keeps_the_daily_cap(self, north, nora):
        nora.memberships.update(daily_cap=2)
        factories.waiting_leads(5, north)
        routing.drain_queue(at=AT)
        assert nora.leads.count() == 2
        routing.drain_queue(at=AT + timedelta(days=1))
        assert nora.leads.count() == 4


class TestStrategies:
    def test_workload_gives_to_the_least_loaded(self, north, nora, omar):
        north.strategy = "workload"
        north.save()
        leads.lead(owner=nora)
        leads.lead(owner=nora)
        rows = factories.waiting_leads(3, north)
        routing.drain_queue(at=AT)
        assert owners(rows) == ["Omar", "Omar", "Nora"]
        assert given(rows[0]).reason == "least_load"

    def test_manual_leaves_it_to_the_manager(self, north, nora):
        north.strategy = "manual"
        north.save()
        lead = leads.lead(team=north)
        decision = routing.assign(lead, at=AT)
        assert (decision.outcome, decision.reason, decision.owner) == ("waiting", "manual", None)
        assert sentence(decision) == "Waiting: a manager of North hands it out."

    def test_territory_gives_to_its_owner_and_else_by_turn(self, north, nora, omar):
        north.strategy = "territory"
        north.save()
        teams.territory(north, "Norway", owner=omar, conditions={"field": "country", "op": "is", "value": "NO"})
        oslo, berlin = leads.lead(team=north, country="NO"), leads.lead(team=north, country="DE")
        assert routing.assign(oslo, at=AT).owner == omar
        assert sentence(given(oslo)) == "Omar Haddad, because Norway is their territory."
        assert routing.assign(berlin, at=AT).owner == nora


class TestRules:
    def test_first_match_wins_and_is_named(self, north, south, nora, vera):
        factories.assignment_rule({"field": "country", "op": "is", "value": ["NO", "SE"]}, name="Nordics", to_team=north)
        factories.assignment_rule({"field": "country", "op": "is", "value": "NO"}, name="Never", to_team=south)
        lead = leads.lead(team=south, country="NO")
        decision = routing.assign(lead, at=AT)
        assert sentence(decision) == "Nora Bakke, because it was their turn in North (rule “Nordics”)."
        lead.refresh_from_db()
        assert (lead.owner, lead.team) == (nora, north)
        assert lead.response_goal_at == lead.captured_at + north.response_goal

    def test_keep_each_conditions_result(self, north, nora):
        two = {"all": [{"field": "country", "op": "is", "value": "NO"}, {"field": "score", "op": "gte", "value": 50}]}
        rule = factories.assignment_rule(two, name="Good Norwegians", to_team=north)
        decision = routing.assign(leads.lead(team=north, country="NO", score=20), at=AT)
        assert decision.details["tested"][0] == [rule.pk, 0, "10"]
        assert decision.details["seen"] == {"country": "NO", "score": 20}
        assert decision.details["tested"][-1][1] == 1

    def test_name_a_person(self, north, nora, omar):
        factories.assignment_rule({"field": "name", "op": "is", "value": "Ida"}, name="Ida", to_person=omar)
        assert routing.assign(leads.lead("Ida", team=north), at=AT).reason == "named"
        omar.memberships.update(is_paused=True)
        decision = routing.assign(leads.lead("IDA", team=north), at=AT)
        assert (decision.owner, decision.reason) == (nora, "instead")
        said = "Nora Bakke, because Omar Haddad, whom the rule “Ida” names, can't take it, and it was their turn in North. Omar Haddad: paused."
        assert sentence(decision) == said

    def test_may_ask_about_tags(self, north, nora, omar, django_assert_max_num_queries):
        vip = Tag.objects.create(name="VIP")
        factories.assignment_rule({"field": "tags", "op": "is", "value": vip.pk}, name="VIPs", to_person=omar)
        rows = factories.waiting_leads(10, north)
        rows[4].tags.add(vip)
        with django_assert_max_num_queries(32):
            routing.drain_queue(at=AT)
        assert [lead.pk for lead in rows if given(lead).reason == "named"] == [rows[4].pk]

    def test_a_broken_rule_catches_nothing(self, north, nora):
        factories.assignment_rule({"field": "custom.gone", "op": "is", "value": "x"}, name="Broken", to_team=north)
        assert routing.assign(leads.lead(team=north), at=AT).reason == "turn"

    def test_are_kept_as_they_were(self, north, nora):
        rule = factories.assignment_rule({"field": "country", "op": "is", "value": "NO"}, name="Nordics")
        one = routing.assign(leads.lead(team=north), at=AT)
        again = routing.assign(leads.lead(team=north), at=AT)
        rule.name = "Renamed"
        rule.save()
        other = routing.assign(leads.lead(team=north), at=AT)
        assert one.details["list"] == again.details["list"] != other.details["list"]


class TestRecord:
    def test_is_new_only_when_something_changes(self, north, nora):
        nora.memberships.update(is_paused=True)
        lead = leads.lead(team=north)
        routing.assign(lead, at=AT)
        routing.assign(lead, at=AT + timedelta(minutes=1))
        decision = given(lead)
        assert (decision.tries, decision.at, decision.last_tried_at) == (2, AT, AT + timedelta(minutes=1))
        assert lead.events.filter(kind="waiting").count() == 1
        nora.memberships.update(is_paused=False)
        routing.assign(lead, at=AT + timedelta(minutes=2))
        assert [d.outcome for d in lead.decisions.order_by("id")] == ["waiting", "assigned"]

    def test_the_story_says_why(self, north, nora):
        lead = leads.lead(team=north)
        routing.assign(lead, at=AT)
        event = lead.events.get(kind="assigned")
        assert event.details["to"] == nora.pk
        assert reasons.word(event.details["why"]["code"], event.details["why"]["values"]) == "it was their turn in North"

    def test_a_lead_that_came_with_an_owner_is_recorded_once(self, north, nora):
        lead = leads.lead(owner=nora, created_by=nora)
        routing.assign(lead, at=AT)
        routing.assign(lead, at=AT)
        assert given(lead).reason == "kept"

    def test_refuses_an_ended_lead(self, north, nora):
        lead = leads.lead(team=north)
        lead.archive(at=AT)
        with pytest.raises(LeadNotOpen):
            routing.assign(lead, at=AT)


class TestByHand:
    def test_keeps_who_and_why_and_can_be_taken_back(self, north, nora, omar, tess):
        lead = leads.lead(team=north)
        routing.assign(lead, at=AT)
        lead.refresh_from_db()
        change = routing.assign_by_hand(lead, omar, at=AT, by=tess, reason="knows them")
        decision = lead.decisions.order_by("-id").first()
        assert (decision.owner, decision.by, decision.reason) == (omar, tess, "by_hand")
        assert sentence(decision) == "Omar Haddad, because Tess Moran chose them. “knows them”"
        undo.take_back(change.change, by=tess, at=AT)
        lead.refresh_from_db()
        assert lead.owner == nora

    def test_to_the_same_person_changes_nothing(self, north, nora, tess):
        lead = leads.lead(owner=nora)
        assert routing.assign_by_hand(lead, nora, at=AT, by=tess) is None
        assert not lead.decisions.exists()

    def test_may_pass_the_capacity(self, north, nora, tess):
        nora.memberships.update(capacity=0)
        lead = leads.lead(team=north)
        routing.assign_by_hand(lead, nora, at=AT, by=tess)
        lead.refresh_from_db()
        assert lead.owner == nora


class TestQueue:
    def test_is_drained_oldest_first(self, north, nora):
        nora.memberships.update(capacity=2)
        late = factories.waiting_leads(2, north, at=AT)
        early = factories.waiting_leads(2, north, at=AT - timedelta(days=2))
        routing.drain_queue(at=AT)
        assert owners(early) == ["Nora", "Nora"]
        assert not Lead.objects.filter(pk__in=[lead.pk for lead in late], owner__isnull=False).exists()

    def test_is_left_alone_while_nobody_has_room(self, north, nora):
        nora.memberships.update(capacity=0)
        lead = factories.waiting_leads(1, north)[0]
        routing.drain_queue(at=AT)
        assert not lead.decisions.exists()

    def test_leaves_the_pool_alone(self, north, nora):
        kept = factories.waiting_leads(1, north, qualification="keep")[0]
        back = leads.lead(owner=nora, qualification="accept")
        back.release(at=AT, by=nora, why="")
        assert routing.drain_queue(at=AT) == 0
        assert not Seen(kept).record.owner_id

    def test_passes_over_what_a_person_hands_out(self, north, nora):
        factories.assignment_rule({"field": "country", "op": "is", "value": "NO"}, name="By hand", strategy="manual")
        factories.waiting_leads(3, north, at=AT - timedelta(days=1), country="NO")
        rest = factories.waiting_leads(2, north)
        assert routing.drain_queue(at=AT, size=2) == 2
        assert owners(rest) == ["Nora", "Nora"]
