"""Grades of leads: what is stored, from which model, and what the lead page says of it."""

from datetime import timedelta

import pytest

from core import clock, panels
from core.models import Tag
from leads.models import Lead
from opportunities.models import Opportunity
from scoring import invariants, scores, training
from scoring.models import Score, ScoringModel, Snapshot
from tests.factories import leads
from tests.factories import opportunities as deals
from tests.factories import scoring as factories

REFERRAL, PHONE = {"source": "Referral", "custom.need": "yes"}, {"source": "Phone"}


def learnt(at):
    factories.history(30, 30, won_fields=REFERRAL, lost_fields=PHONE)
    return training.train(at)


class TestScore:
    def test_says_the_prior_while_nothing_has_closed(self, at, db):
        lead = leads.lead()
        score = scores.score(lead, at=at)
        assert (score.value, score.model, score.reasons["prior"]) == (20, None, True)
        lead.refresh_from_db()
        assert (lead.score, lead.scored_at, lead.temperature) == (20, at, "cold")

    def test_grades_by_what_converted(self, at, db):
        model = learnt(at)
        referral, phone = (leads.lead(source=leads.source(name)) for name in ("Referral", "Phone"))
        high, low = scores.score(referral, at=at), scores.score(phone, at=at)
        assert high.value >= 60 > 40 >= low.value
        assert high.model == model
        assert high.reasons["up"][0] | {"points": 0} == {"field": "source", "label": "Source", "value": "Referral", "points": 0}

    def test_reasons_sum_to_the_score(self, at, db):
        learnt(at)
        said = scores.score(leads.lead(source=leads.source("Phone")), at=at)
        points = sum(reason["points"] for reason in said.reasons["up"] + said.reasons["down"])
        assert said.reasons["base"] + points + said.reasons["other"] == said.value

    def test_uses_custom_fields_and_tags(self, at, db):
        leads.custom_field("need", type="flag")
        vip = Tag.objects.create(name="VIP")
        factories.history(30, 30, won_fields=REFERRAL | {"tags": ["VIP"]}, lost_fields=PHONE)
        training.train(at)
        plain, rich = leads.lead(), leads.lead(custom={"need": True})
        rich.tags.add(vip)
        assert scores.score(rich, at=at).value > scores.score(plain, at=at).value + 20

    def test_keeps_the_fields_of_the_first_time_only(self, at, db):
        lead = leads.lead(industry="Retail")
        scores.score(lead, at=at)
        Lead.objects.filter(pk=lead.pk).update(industry="Mining")
        scores.score(Lead.objects.get(pk=lead.pk), at=at)
        assert Snapshot.objects.get(lead=lead).fields["industry"] == "Retail"

    def test_the_same_again_is_not_written_twice(self, at, db):
        lead = leads.lead()
        scores.score(lead, at=at)
        scores.score(Lead.objects.get(pk=lead.pk), at=at + timedelta(hours=1))
        assert Score.objects.filter(lead=lead).count() == 1
        assert lead.events.filter(kind="scored").count() == 1

    def test_takes_the_temperature_of_the_team(self, at, db, north):
        learnt(at)
        north.hot_from, north.warm_from = 50, 30
        north.save()
        lead = leads.lead(team=north, source=leads.source("Referral"))
        scores.score(lead, at=at)
        assert Lead.objects.get(pk=lead.pk).temperature == "hot"

    def test_leaves_an_ended_lead_alone(self, at, db):
        lead = leads.lead()
        lead.archive(at=at)
        assert scores.score(lead, at=at) is None

    def test_a_model_that_was_tampered_with_does_not_serve(self, at, db):
        good = learnt(at)
        factories.history(10, 2, won_fields=REFERRAL, lost_fields=PHONE)
        bad = training.train(at + timedelta(days=1))
        ScoringModel.objects.filter(pk=bad.pk).update(coefficients=bad.coefficients | {"level": 3.0})
        assert scores.current()[0] == good
        assert [finding["model"] for finding in invariants.model_not_trusted()] == [bad.pk]

    def test_costs_few_queries_however_many_leads(self, at, db, django_assert_max_num_queries):
        from leads.bulk import Batch

        learnt(at)
        rows = [leads.lead(source=leads.source("Phone")) for _ in range(30)]
        scores.current()
        with django_assert_max_num_queries(14):
            batch = Batch(at=at)
            scores.score_many(rows, at=at, batch=batch)
            assert len(batch.flush()) == 30


class TestTraining:
    def test_waits_until_something_closed(self, at, db):
        leads.lead()
        assert not training.is_due(at)
        assert training.train(at) is None

    def test_learns_from_what_people_ended(self, at, db):
        factories.history(30, 25, won_fields=REFERRAL, lost_fields=PHONE)
        factories.closed_lead(True)  # never scored: nothing was known of it
        leads.lead().archive(at=at)
        model = training.train(at)
        assert (model.closed_count, model.won_count, model.stands_in) == (55, 30, False)
        assert model.active_since == at

    def test_past_deals_stand_in_until_fifty_own_leads_closed(self, at, db):
        for n in range(8):
            deal = deals.opportunity(source=leads.source("Fair"), custom={"need": "big"})
            deal.win(at=at, by=None) if n < 5 else deal.lose(deals.lost_reason(), at=at, by=None)
        leads.custom_field("need", record="opportunity")
        model = training.train(at)
        assert (model.closed_count, model.won_count, model.stands_in) == (8, 5, True)
        assert model.coefficients["types"]["custom.need"] == "text"
        assert scores.score(leads.lead(), at=at).reasons["stand_in"] is True
        factories.history(30, 25, won_fields=REFERRAL, lost_fields=PHONE)
        assert training.is_due(at)
        assert training.train(at).stands_in is False

    def test_a_deal_that_came_from_a_lead_is_not_counted_twice(self, at, db, nora):
        from opportunities.conversion import convert

        convert(leads.lead("Ada", owner=nora, company_name="Nordlys"), at=at, by=nora).opportunity.win(at=at, by=nora)
        assert Opportunity.objects.won().count() == 1
        assert not training.past_deals().exists()

    def test_learns_again_when_five_percent_more_closed(self, at, db):
        learnt(at)
        assert not training.is_due(at)
        factories.history(1, 1, won_fields=REFERRAL, lost_fields=PHONE)
        assert not training.is_due(at)
        factories.history(1, 1, won_fields=REFERRAL, lost_fields=PHONE)
        assert training.is_due(at)

    def test_leaves_out_leads_too_young_to_have_lost(self, at, db):
        factories.history(40, 40, won_fields=REFERRAL, lost_fields=PHONE, at=at - timedelta(days=90))
        for _ in range(20):
            factories.closed_lead(True, fields=REFERRAL, at=at - timedelta(days=1), days=0.5)
        assert training.train(at).closed_count == 80

    def test_one_model_serves_at_a_time(self, at, db):
        first = learnt(at)
        second = training.train(at + timedelta(days=1))
        first.refresh_from_db()
        assert (first.active_until, scores.current()[0]) == (second.active_since, second)


class TestRescoring:
    def test_reaches_every_open_lead_once(self, at, db):
        rows = [leads.lead(source=leads.source("Referral")) for _ in range(5)]
        for lead in rows:
            scores.score(lead, at=at)
        model = learnt(at + timedelta(hours=1))
        later = at + timedelta(hours=2)
        assert scores.rescore(at=later, size=2) == 5
        assert set(Lead.objects.open().values_list("score", flat=True)) != {20}
        assert scores.rescore(at=later) == 0
        model.refresh_from_db()
        assert model.decision["rescored_at"]
        assert not list(invariants.score_out_of_date())


class TestPanel:
    @pytest.fixture
    def panel(self, rf, nora):
        def shown(lead):
            request = rf.get("/")
            request.user = nora
            return next(p for p in panels.of("lead", request, lead)["aside"] if p["template"] == "scoring/_why.html")

        return shown

    def test_words_reasons_with_the_leads_own_values(self, at, panel, db):
        learnt(at)
        lead = leads.lead(source=leads.source("Referral"), industry="Retail")
        scores.score(lead, at=at)
        shown = panel(lead)
        assert shown["reasons"][0]["fact"] == "Source: Referral"
        assert shown["base"] + sum(fact["points"] for fact in shown["reasons"]) == lead.score
        assert "Learnt from 60 closed leads" in shown["note"]

    def test_says_that_nothing_is_known_yet(self, at, panel, db):
        lead = leads.lead()
        scores.score(lead, at=at)
        assert panel(lead)["note"] == "No past deals yet, so every lead starts at 20."

    def test_stands_on_the_lead_page(self, at, nora, client_of):
        with clock.stopped_at(at):
            lead = leads.lead(owner=nora)
            scores.score(lead, at=at)
            page = client_of(nora).get(lead.get_absolute_url()).content.decode()
        assert "Why the score is 20" in page
        assert "No past deals yet" in page
