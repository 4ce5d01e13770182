"""Load as a team counts it, territories, relations, working hours and the line of those who wait for room."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.urls import reverse

from assignment import routing, territories, tracing
from assignment.models import Decision
from assignment.words import sentence
from leads.models import Lead
from teams.models import Holiday, Membership, ResponseGoal, SalesTeam, WorkingDay
from tests.factories import assignment as factories
from tests.factories import customers, leads, opportunities, teams

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)  # a Wednesday; half past ten in Berlin


def set_up(team: SalesTeam, **columns) -> None:
    SalesTeam.objects.filter(pk=team.pk).update(**columns)


def give(team=None, **facts) -> Decision:
    lead = leads.lead(team=team, **facts)
    return routing.assign(lead, at=AT)


def why_not(decision: Decision) -> dict[str, str]:
    return {name: said for _pk, name, _load, _capacity, said in decision.details["candidates"]}


def works(team: SalesTeam, *weekdays: int, opens=time(9), closes=time(17)) -> None:
    WorkingDay.objects.bulk_create(WorkingDay(team=team, weekday=day, opens=opens, closes=closes) for day in weekdays)


class TestWorkload:
    def test_counts_deals_when_the_team_does(self, north, nora, omar):
        set_up(north, strategy="workload", workload="deals")
        opportunities.opportunity("One", owner=nora)
        leads.lead(owner=omar, first_contacted_at=AT, first_contacted_by=omar)
        decision = give(north)
        assert (decision.owner, decision.reason) == (omar, "least_deals")
        assert "fewest open deals and new leads in North (0)" in sentence(decision)

    def test_keeps_what_counted_beside_the_open_leads(self, north, nora, omar, tess, client_of):
        leads.lead(owner=omar, first_contacted_at=AT, first_contacted_by=omar)
        plain = give(north)
        set_up(north, strategy="workload", workload="deals")
        opportunities.opportunity("One", owner=nora)
        opportunities.opportunity("Two", owner=nora)
        counted = give(north)
        rows = {one.name: (one.load, one.weighed) for one in tracing.of(counted.lead)[0].candidates}
        assert rows == {"Nora Bakke": (1, 3), "Omar Haddad": (1, 0), "Tess Moran": (0, 0)}
        assert [tracing.of(lead)[0].is_weighed for lead in (plain.lead, counted.lead)] == [False, True]
        page = client_of(tess).get(reverse("assignment:decisions", args=[counted.lead.pk])).text
        assert "Open leads</th>" in page and '<td class="end num">1 of 60</td><td class="end num">3</td>' in page

    def test_counts_new_leads_beside_deals_so_that_nobody_gets_all_of_them(self, north, nora, omar):
        set_up(north, strategy="workload", workload="deals")
        opportunities.opportunity("One", owner=nora)
        factories.waiting_leads(5, north)
        routing.drain_queue(at=AT)
        assert (nora.leads.count(), omar.leads.count()) == (2, 3)

    def test_weighs_deals_by_stage(self, north, nora, omar):
        set_up(north, strategy="workload", workload="weighted")
        late = opportunities.opportunity("Late", owner=nora)
        early = opportunities.opportunity("Early", owner=omar)
        type(late.stage).objects.filter(pk=late.stage_id).update(probability="0.9")
        other = type(late.stage).objects.create(pipeline=late.pipeline, name="Cold", probability="0.1", position=90)
        type(early).objects.filter(pk=early.pk).update(stage=other)
        assert give(north).owner == omar


class TestTerritories:
    @pytest.fixture
    def market(self, north, nora, omar):
        set_up(north, strategy="territory")
        norway = {"field": "country", "op": "is", "value": "NO"}
        teams.territory(north, "Norway", owner=nora, conditions={"all": [norway]})
        teams.territory(north, "Oslo", owner=omar, conditions={"all": [norway, {"field": "postcode", "op": "between", "value": "0001 to 0999"}]})
        return north

    def test_the_most_specific_wins(self, market, nora, omar):
        assert give(market, country="NO", postcode="0450").owner == omar
        assert give(market, country="NO", postcode="5003").owner == nora

    def test_the_next_wider_one_takes_it_when_its_owner_can_not(self, market, nora, omar):
        omar.memberships.update(is_paused=True)
        decision = give(market, country="NO", postcode="0450")
        assert (decision.owner, decision.reason) == (nora, "territory")
        assert "“Oslo” is the territory of Omar Haddad, who can't take it: paused." in sentence(decision)

    def test_else_it_goes_by_turn(self, market, nora):
        decision = give(market, country="DE")
        assert decision.reason == "turn" and "No territory of North holds it." in sentence(decision)

    def test_a_rule_may_name_one(self, market, south, vera, nora):
        there = market.territories.get(name="Norway")
        factories.assignment_rule({"field": "language", "op": "is", "value": "no"}, name="Norwegians", to_territory=there)
        decision = give(south, language="no")
        assert (decision.owner, decision.team, decision.reason) == (nora, market, "territory_rule")

    def test_one_without_an_owner_belongs_to_the_team(self, market, nora, omar):
        teams.territory(market, "Bergen", conditions={"all": [{"field": "city", "op": "is", "value": "Bergen"}, {"field": "country", "op": "is", "value": "NO"}]})
        decision = give(market, country="NO", city="Bergen")
        assert decision.reason == "turn"
        assert "“Bergen” belongs to the whole team." in sentence(decision)

    @pytest.mark.parametrize("conditions", [
        {}, {"field": "owner", "op": "filled"}, {"all": [{"field": "team", "op": "is", "value": 1}]}, {"field": "custom.gone", "op": "is", "value": "x"},
    ])  # fmt: skip
    def test_empty_circular_and_broken_ones_hold_nothing_and_say_so(self, market, nora, conditions):
        bad = teams.territory(market, "Bad", owner=nora, conditions=conditions)
        part = next(part for part in territories.read_all(market) if part.territory == bad)
        assert not part.is_usable
        assert territories.problems_of(part, {nora.pk})
        assert give(market, country="DE").reason == "turn"

    def test_overlaps_are_found_with_who_wins(self, market, nora):
        teams.territory(market, "Sweden", owner=nora, conditions={"all": [{"field": "country", "op": "is", "value": ["SE", "FI"]}]})
        teams.territory(market, "Hotels", owner=nora, conditions={"all": [{"field": "industry", "op": "is", "value": "hotels"}]})
        found = {(one.territory.name, other.territory.name) for one, other in territories.overlaps(territories.read_all(market))}
        assert found == {("Oslo", "Norway"), ("Oslo", "Hotels"), ("Norway", "Hotels"), ("Sweden", "Hotels")}

    def test_tells_of_an_owner_who_is_not_there(self, market, vera):
        teams.territory(market, "Far", owner=vera, conditions={"field": "country", "op": "is", "value": "IS"})
        part = next(part for part in territories.read_all(market) if part.territory.name == "Far")
        assert territories.problems_of(part, set()) == ["Vera Lindt is not in the team."]


class TestRelations:
    def test_who_looks_after_the_company_comes_first(self, north, nora, omar):
        set_up(north, keeps_relations=True)
        customers.company("Acme", owner=omar, domain="acme.example")
        decision = give(north, email="ida@acme.example")
        assert (decision.owner, decision.reason) == (omar, "relation")
        assert sentence(decision) == "Omar Haddad, because they look after Acme."
        assert give(north).owner == nora  # a relation takes nobody's turn

    def test_else_the_owner_of_an_open_deal_with_it(self, north, nora, omar):
        set_up(north, keeps_relations=True)
        acme = customers.company("Acme", owner=nora, domain="acme.example")
        type(acme).objects.filter(pk=acme.pk).update(owner=None)
        opportunities.opportunity("Big", owner=omar, company=acme)
        assert give(north, email="ida@acme.example").reason == "relation_deal"

    def test_says_so_when_they_are_away(self, north, nora, omar):
        set_up(north, keeps_relations=True)
        customers.company("Acme", owner=omar, domain="acme.example")
        omar.memberships.update(away_from=AT - timedelta(days=1))
        decision = give(north, email="ida@acme.example")
        assert decision.owner == nora
        assert "Omar Haddad looks after Acme but can't take it: away." in sentence(decision)

    def test_count_only_where_the_team_wants_it(self, north, nora, omar):
        customers.company("Acme", owner=omar, domain="acme.example")
        assert give(north, email="ida@acme.example").owner == nora

    def test_a_free_mail_address_is_no_relation(self, north, nora, omar):
        set_up(north, keeps_relations=True)
        customers.company("Mailers", owner=omar, domain="gmail.com")
        assert give(north, email="ida@gmail.com").owner == nora


class TestHours:
    @pytest.mark.parametrize(("at", "said"), [
        (datetime(2026, 11, 18, 7, 59, tzinfo=UTC), "off_hours"), (datetime(2026, 11, 18, 8, 0, tzinfo=UTC), ""),
        (datetime(2026, 11, 18, 16, 0, tzinfo=UTC), "off_hours"), (datetime(2026, 11, 21, 10, 0, tzinfo=UTC), "off_hours"),
        (datetime(2026, 11, 20, 10, 0, tzinfo=UTC), "holiday"),
    ])  # fmt: skip
    def test_hold_leads_back_until_somebody_works(self, north, nora, at, said):
        works(north, 0, 1, 2, 3, 4)
        set_up(north, waits_for_hours=True, time_zone="Europe/Berlin")
        Holiday.objects.create(team=north, day=date(2026, 11, 20))
        lead = leads.lead(team=north)
        decision = routing.assign(lead, at=at)
        assert why_not(decision) == {"Nora Bakke": said}
        assert decision.owner == (None if said else nora)
        words = {"off_hours": "Waiting: it is outside the working hours of North.", "holiday": "Waiting: North has a holiday."}
        assert sentence(decision) == words.get(said, "Nora Bakke, because it was their turn in North.")

    def test_let_the_queue_go_when_they_begin(self, north, nora):
        works(north, 0, 1, 2, 3, 4)
        set_up(north, waits_for_hours=True)
        lead = leads.lead(team=north, qualification="accept")
        routing.assign(lead, at=AT.replace(hour=3))
        assert routing.drain_queue(at=AT.replace(hour=4)) == 0
        assert routing.drain_queue(at=AT) == 1

    def test_days_are_counted_in_the_teams_zone(self, north, nora):
        set_up(north, time_zone="Pacific/Auckland")
        nora.memberships.update(daily_cap=1)
        evening = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)  # half past eleven at night in Auckland
        for _ in range(2):
            leads.lead(team=north, qualification="accept")
        assert routing.drain_queue(at=evening) == 1
        assert routing.drain_queue(at=evening + timedelta(minutes=20)) == 0
        assert routing.drain_queue(at=evening + timedelta(minutes=40)) == 1


class TestClock:
    def test_follows_the_temperature(self, north, nora):
        ResponseGoal.objects.create(team=north, temperature="hot", goal=timedelta(minutes=2), limit=timedelta(minutes=9))
        decision = give(north, score=90)
        lead = decision.lead
        assert lead.response_goal_at - lead.captured_at == timedelta(minutes=2)
        assert lead.response_limit_at - lead.captured_at == timedelta(minutes=9)

    def test_stands_still_outside_working_hours(self, north, nora):
        works(north, 0, 1, 2, 3, 4)
        set_up(north, clock_in_hours=True, time_zone="UTC")
        friday = datetime(2026, 11, 20, 16, 58, tzinfo=UTC)
        lead = leads.lead(team=north, at=friday)
        routing.assign(lead, at=friday)
        lead.refresh_from_db()
        assert lead.response_goal_at == datetime(2026, 11, 23, 9, 3, tzinfo=UTC)

    def test_of_a_lead_handed_on_by_hand_too(self, north, south, nora, vera, ada):
        ResponseGoal.objects.create(team=south, temperature="hot", goal=timedelta(minutes=2), limit=timedelta(minutes=9))
        lead = leads.lead(owner=nora, score=90)
        lead.assign_to(vera, at=AT, by=ada, team=south)
        assert lead.response_goal_at - lead.captured_at == timedelta(minutes=2)


class TestLine:
    def test_what_comes_later_waits_behind_those_who_wait_for_room(self, north, nora):
        nora.memberships.update(capacity=0)
        old = leads.lead(team=north, qualification="accept", at=AT - timedelta(hours=2))
        routing.assign_by_ids([old.pk], at=AT)
        nora.memberships.update(capacity=1)
        new = leads.lead(team=north, qualification="accept", at=AT)
        assert routing.assign_by_ids([new.pk], at=AT) == 0
        assert new.decisions.get().reason == "in_line"
        assert routing.drain_queue(at=AT) == 1
        assert Lead.objects.get(pk=old.pk).owner == nora
        assert Lead.objects.get(pk=new.pk).owner is None

    def test_ends_when_nobody_waits_any_more(self, north, nora, tess):
        nora.memberships.update(capacity=0)
        tess.memberships.update(takes_leads=False)
        old = leads.lead(team=north, qualification="accept")
        routing.assign_by_ids([old.pk], at=AT)
        north.refresh_from_db()
        assert north.has_queue
        routing.assign_by_hand(Lead.objects.get(pk=old.pk), nora, at=AT, by=tess)
        routing.drain_queue(at=AT)
        north.refresh_from_db()
        assert not north.has_queue

    def test_a_lead_for_a_person_holds_up_nobody(self, north, nora):
        factories.assignment_rule({"field": "country", "op": "is", "value": "NO"}, name="By hand", strategy="manual")
        for country in ("NO", "DE"):
            lead = leads.lead(team=north, qualification="accept", country=country)
            routing.assign_by_ids([lead.pk], at=AT)
        assert nora.leads.get().country == "DE"

    def test_is_left_by_a_lead_a_person_asks_the_rules_about(self, north, nora):
        set_up(north, has_queue=True)
        assert give(north).owner == nora


class TestBadInput:
    def test_all_away_keeps_the_lead_and_says_why(self, north, nora, omar):
        Membership.objects.update(away_from=AT - timedelta(days=1))
        decision = give(north)
        assert (decision.outcome, decision.reason, why_not(decision)) == ("waiting", "nobody_free", {"Nora Bakke": "away", "Omar Haddad": "away"})

    def test_a_team_without_members_keeps_the_lead(self, north):
        assert give(north).reason == "no_members"

    def test_a_zone_nobody_knows_any_more_is_utc(self, north, nora):
        set_up(north, time_zone="Mars/Base", waits_for_hours=True)
        works(north, 2)
        nora.memberships.update(daily_cap=5)
        assert give(north).owner == nora

    def test_a_person_who_left_is_no_candidate(self, north, nora, omar):
        nora.is_active = False
        nora.save()
        decision = give(north)
        assert decision.owner == omar and list(why_not(decision)) == ["Omar Haddad"]

    def test_a_lead_edited_meanwhile_takes_nothing_of_an_old_decision(self, north, nora):
        from leads.bulk import Batch

        lead = leads.lead(team=north, qualification="accept")
        stale = Lead.objects.get(pk=lead.pk)
        lead.archive(at=AT)
        batch = Batch(at=AT)
        routing.assign_many([stale], at=AT, batch=batch)
        assert batch.flush() == set()
        lead.refresh_from_db()
        assert lead.owner is None and not lead.decisions.exists()
