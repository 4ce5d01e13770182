"""The queue, answers to offers, territories and handing a book over, as pages."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from assignment import routing
from core import clock
from core.models import AuditEntry, Change
from leads.bulk import Batch
from leads.models import Lead
from teams.models import SalesTeam, Territory
from tests.factories import assignment as factories
from tests.factories import leads, opportunities, teams

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


def url(name: str, *args) -> str:
    return reverse(f"assignment:{name}", args=args)


def waits(team, **facts) -> Lead:
    lead = leads.lead(team=team, qualification="accept", **facts)
    routing.assign(lead, at=AT)
    return lead


class TestQueue:
    def test_goes_first_when_a_manager_hands_out_no_longer(self, tess, north, nora, client_of):
        SalesTeam.objects.filter(pk=north.pk).update(strategy="manual")
        tess.memberships.update(takes_leads=False)
        nora.memberships.update(capacity=1)
        old = leads.lead("Old", team=north, at=AT - timedelta(minutes=1))
        routing.assign(old, at=AT - timedelta(seconds=20))
        client_of(tess).post(reverse("assignment:team", args=[north.pk]), {"strategy": "round_robin", "workload": "leads"})
        new = leads.lead("New", team=north, at=AT, qualification="accept")
        with transaction.atomic():
            batch = Batch(at=AT)
            routing.assign_many([new], at=AT, batch=batch)
            batch.flush()
        assert routing.drain_queue(at=AT + timedelta(seconds=1)) == 1
        assert dict(Lead.objects.values_list("name", "owner")) == {"Old": nora.pk, "New": None}

    def test_shows_who_waits_and_why_oldest_first(self, client_of, tess, nora, north):
        tess.memberships.update(takes_leads=False)
        nora.memberships.update(is_paused=True)
        waits(north, name="Later", at=AT)
        waits(north, name="Earlier", at=AT - timedelta(hours=1))
        leads.lead("Pool", team=north)
        page = client_of(tess).get(url("queue")).text
        assert page.index("Earlier") < page.index("Later")
        assert "everybody in North is full or away" in page and "Pool" not in page

    def test_hands_out_what_was_selected_with_a_reason_and_undo(self, client_of, tess, nora, north):
        nora.memberships.update(is_paused=True)
        lead = waits(north)
        client = client_of(tess)
        asked = client.post(reverse("leads:bulk"), {"do": "assign", "lead": lead.pk, "next": url("queue")})
        assert "Nora Bakke" in asked.text
        words = {"do": "assign", "lead": lead.pk, "next": url("queue"), "chosen": 1, "owner": nora.pk, "why": "knows them"}
        assert client.post(reverse("leads:bulk"), words)["Location"] == url("queue")
        lead.refresh_from_db()
        assert lead.owner == nora and Change.objects.get().verb == "lead_assigned"

    def test_lets_the_rules_look_again(self, client_of, tess, nora, north):
        SalesTeam.objects.update(strategy="manual")
        lead = waits(north)
        SalesTeam.objects.update(strategy="round_robin", has_queue=True)
        tess.memberships.update(takes_leads=False)
        page = client_of(tess).post(url("by_rules"), {"lead": [lead.pk, "x", "9" * 30]}, follow=True)
        lead.refresh_from_db()
        assert lead.owner == nora and "1 lead found somebody." in page.text

    def test_says_when_nobody_is_free_or_nothing_was_selected(self, client_of, tess, north):
        tess.memberships.update(is_paused=True)
        lead = waits(north)
        client = client_of(tess)
        assert "The rules find nobody for them now" in client.post(url("by_rules"), {"lead": lead.pk}, follow=True).text
        assert "Select leads first." in client.post(url("by_rules"), follow=True).text

    def test_shows_and_hands_out_only_what_one_may_see(self, client_of, tess, north, south, vera):
        vera.memberships.update(is_paused=True)
        lead = waits(south, name="Hidden")
        vera.memberships.update(is_paused=False)
        client = client_of(tess)
        assert "Hidden" not in client.get(url("queue"), {"team": south.pk}).text
        client.post(url("by_rules"), {"lead": lead.pk})
        assert Lead.objects.get(pk=lead.pk).owner is None

    def test_needs_few_queries_for_many(self, client_of, tess, north, django_assert_max_num_queries):
        tess.memberships.update(is_paused=True)
        factories.waiting_leads(30, north)
        routing.drain_queue(at=AT)
        client = client_of(tess)
        client.get(url("queue"))
        with django_assert_max_num_queries(14):
            assert "Lead 29" in client.get(url("queue")).text

    def test_is_linked_from_the_lead_for_who_hands_out(self, client_of, tess, nora, north):
        tess.memberships.update(takes_leads=False)
        nora.memberships.update(is_paused=True)
        lead = waits(north)
        assert url("queue") in client_of(tess).get(lead.get_absolute_url()).text
        assert url("queue") not in client_of(nora).get(lead.get_absolute_url()).text


class TestOffers:
    @pytest.fixture
    def lead(self, north, nora, omar):
        SalesTeam.objects.update(accept_within=timedelta(minutes=10))
        made = leads.lead(team=north, qualification="accept")
        routing.assign(made, at=clock.now())
        return made

    def test_are_accepted_on_the_leads_page(self, client_of, lead, nora):
        client = client_of(nora)
        assert "Do you take this lead?" in client.get(lead.get_absolute_url()).text
        assert "It is yours." in client.post(url("acceptance", lead.pk), follow=True).text
        assert "Do you take this lead?" not in client.get(lead.get_absolute_url()).text
        assert "It was answered already." in client.post(url("refusal", lead.pk), follow=True).text
        assert lead.offers.get().answer == "accepted"

    def test_that_wait_for_another_day_name_it(self, client_of, lead, nora):
        until = clock.now() + timedelta(days=3)
        lead.offers.update(accept_by=until)
        there = timezone.localtime(until, ZoneInfo(nora.time_zone))
        said = f"Until {there.day} {there:%b}"
        page = client_of(nora).get(lead.get_absolute_url()).text
        assert said in page and f"{there:%H:%M}, then it goes to the next person." in page

    def test_declined_go_to_the_next(self, client_of, lead, nora, omar):
        page = client_of(nora).post(url("refusal", lead.pk), {"why": "My neighbour"}, follow=True)
        assert "Omar Haddad has it now." in page.text
        assert (Lead.objects.get(pk=lead.pk).owner, lead.offers.get(owner=nora).said) == (omar, "My neighbour")
        assert "Nora Bakke declined it: “My neighbour”." in client_of(omar).get(lead.get_absolute_url()).text

    def test_are_answered_only_by_who_got_them(self, client_of, lead, tess, omar):
        for person in (tess, omar):
            for name in ("acceptance", "refusal"):
                assert client_of(person).post(url(name, lead.pk)).status_code == 404
        assert lead.offers.get().answer == ""


class TestTerritories:
    WORDS = {
        "name": "Oslo", "joined": "all", "p0-field": "country", "p0-op": "is", "p0-value": ["NO", "SE"], "p1-joined": "any",
        "p1-r0-field": "postcode", "p1-r0-op": "between", "p1-r0-value": "0001 to 0999", "p1-r1-field": "industry", "p1-r1-op": "is",
        "p1-r1-value": "Hotels",
    }  # fmt: skip

    def test_are_said_as_conditions_and_shown_again(self, client_of, tess, nora, north):
        client = client_of(tess)
        leads.lead(owner=nora, country="NO", industry="Hotels", at=AT)
        assert client.post(url("new_territory", north.pk), {**self.WORDS, "owner": nora.pk}).status_code == 302
        oslo = Territory.objects.get()
        assert oslo.conditions == {"all": [
            {"field": "country", "op": "is", "value": ["NO", "SE"]},
            {"any": [{"field": "postcode", "op": "between", "value": "0001 to 0999"}, {"field": "industry", "op": "is", "value": "Hotels"}]},
        ]}  # fmt: skip
        page = client.get(url("territory", oslo.pk)).text
        assert 'value="0001 to 0999"' in page and "Matches 1 open lead now." in page and "Country is Norway or Sweden" in page
        assert "Oslo" in client.get(url("territories", north.pk)).text

    def test_buttons_of_the_conditions_change_nothing_yet(self, client_of, tess, north):
        answer = client_of(tess).post(url("new_territory", north.pk), {**self.WORDS, "do": "add"}, headers={"HX-Request": "true"})
        assert answer.status_code == 200 and 'name="p2-field"' in answer.text and "<form" not in answer.text
        assert not Territory.objects.exists()

    @pytest.mark.parametrize(("words", "said"), [
        ({"p0-field": "postcode", "p0-op": "between", "p0-value": "9 to 1"}, "not a value"), ({}, "a territory without it holds no lead"),
        ({"p0-field": "country", "p0-op": "is"}, "Choose at least one"),
        ({"p0-field": "team", "p0-op": "empty"}, "can’t ask about owner or team"),
    ])  # fmt: skip
    def test_say_what_is_wrong(self, client_of, tess, north, words, said):
        answer = client_of(tess).post(url("new_territory", north.pk), {"name": "Somewhere", **words})
        assert answer.status_code == 422 and said in answer.text
        assert not Territory.objects.exists()

    def test_show_overlaps_and_problems(self, client_of, tess, north, vera):
        teams.territory(north, "Nordics", owner=vera, conditions={"all": [{"field": "country", "op": "is", "value": ["NO", "SE"]}]})
        teams.territory(north, "Oslo", conditions={"all": [{"field": "country", "op": "is", "value": "NO"}, {"field": "city", "op": "is", "value": "Oslo"}]})
        teams.territory(north, "Nothing", conditions={})
        page = client_of(tess).get(url("territories", north.pk)).text
        assert "Overlaps" in page and "Vera Lindt is not in the team." in page and "so it holds no lead" in page
        assert page.index("Oslo") < page.index("Nordics")

    def test_grouped_more_deeply_stay_as_they_are(self, client_of, tess, north):
        deep = {"any": [{"all": [{"any": [{"field": "country", "op": "is", "value": "NO"}]}, {"field": "score", "op": "gte", "value": 5}]}]}
        made = teams.territory(north, "Deep", conditions=deep)
        client = client_of(tess)
        page = client.get(url("territory", made.pk)).text
        kept = re.search(r'name="p0-kept" value="([^"]*)"', page)[1]
        client.post(url("territory", made.pk), {"name": "Deeper", "joined": "any", "p0-kept": unescape(kept)})
        made.refresh_from_db()
        assert (made.name, made.conditions) == ("Deeper", deep)

    def test_are_deleted(self, client_of, tess, nora, north):
        made = teams.territory(north, "Gone", owner=nora, conditions={"field": "country", "op": "is", "value": "NO"})
        client_of(tess).post(url("territory_removal", made.pk))
        assert not Territory.objects.exists()

    def test_of_other_teams_do_not_exist(self, client_of, tess, south):
        made = teams.territory(south, "Theirs")
        client = client_of(tess)
        for address in (url("territories", south.pk), url("new_territory", south.pk), url("territory", made.pk)):
            assert client.get(address).status_code == 404
        assert client.post(url("territory_removal", made.pk)).status_code == 404


class TestBook:
    def test_goes_over_and_comes_back(self, client_of, tess, nora, omar):
        lead = leads.lead(owner=nora)
        deal = opportunities.opportunity("Big", owner=nora)
        client = client_of(tess)
        assert "1 open lead, 1 open deal and 0 planned activities" in client.get(url("book", nora.pk)).text
        answer = client.post(url("book", nora.pk), {"takers": [omar.pk], "reason": "Nora left"})
        assert answer.status_code == 302
        lead.refresh_from_db()
        deal.refresh_from_db()
        assert lead.owner == deal.owner == omar
        assert AuditEntry.objects.get(action="book handed over").actor == tess
        client.post(reverse("core:undo", args=[Change.objects.get(verb="hand_over").pk]))
        lead.refresh_from_db()
        assert lead.owner == nora

    @pytest.mark.parametrize("words", [{"reason": "x"}, {"takers": ["0"], "reason": "x"}, {"takers": "self", "reason": "x"}])
    def test_asks_for_somebody_who_can_take_it(self, client_of, tess, nora, omar, words):
        words = {**words, "takers": [nora.pk]} if words.get("takers") == "self" else words
        lead = leads.lead(owner=nora)
        assert client_of(tess).post(url("book", nora.pk), words).status_code == 422
        assert Lead.objects.get(pk=lead.pk).owner == nora

    def test_of_another_teams_person_is_not_there(self, client_of, tess, vera):
        assert client_of(tess).get(url("book", vera.pk)).status_code == 404

    def test_of_who_was_taken_out_of_the_team_is_handed_over_from_it(self, client_of, tess, nora, omar, north):
        lead = leads.lead(team=north, owner=nora)
        nora.memberships.all().delete()
        client = client_of(tess)
        page = client.get(reverse("teams:team", args=[north.pk])).text
        assert "Nora Bakke is in the team no more but has 1 open lead of it." in page and url("book", nora.pk) in page
        client.post(url("book", nora.pk), {"takers": [omar.pk], "reason": "Nora left"})
        assert Lead.objects.get(pk=lead.pk).owner == omar
        assert client.get(url("book", nora.pk)).status_code == 404
        assert "is in the team no more" not in client.get(reverse("teams:team", args=[north.pk])).text

    def test_is_found_from_the_member_and_the_person(self, client_of, tess, ada, nora):
        assert url("book", nora.pk) in client_of(tess).get(reverse("teams:member", args=[nora.memberships.get().pk])).text
        assert url("book", nora.pk) in client_of(ada).get(reverse("teams:person", args=[nora.pk])).text
