"""The chance of deals: learnt from closed ones, and whose word a deal shows."""

from datetime import timedelta
from decimal import Decimal
from math import exp, log

import pytest

from core import business, invariants
from opportunities.models import Closing, Opportunity, OpportunityEvent, StageTotal
from scoring import deals, retraining, scores, tasks, training
from scoring.models import DealScore, ScoringModel, Training
from tests.factories import leads
from tests.factories import opportunities as factories

LONG_AGO = timedelta(days=200)


@pytest.fixture
def pipeline(db):
    stages = (("Qualified", "0.2"), ("Offer", "0.5"), ("Contract", "0.8"))
    return factories.pipeline("Path", stages=stages, teams=(leads.default_team(),))


@pytest.fixture
def stages(pipeline):
    return factories.stages(pipeline)


def past(at, stage, *, won: int = 30, lost: int = 30) -> None:
    """Deals as an import brings them: those from referrals were won, those by phone lost, an hour apart."""
    team, reason = leads.default_team(), factories.lost_reason()
    sources = {True: leads.source("Referral"), False: leads.source("Phone")}
    begin, made = at - LONG_AGO, []
    for n, is_won in enumerate([True] * won + [False] * lost):
        closed = begin + timedelta(hours=n)
        made.append(Opportunity(
            name=f"Past {n}", pipeline_id=stage.pipeline_id, stage=stage, stage_since=closed, team=team, expected=100,
            amount_won=100 if is_won else 0, amount_lost=0 if is_won else 100, opened_at=closed - timedelta(days=5), closed_at=closed,
            state="won" if is_won else "lost", lost_reason=None if is_won else reason, source=sources[is_won],
        ))  # fmt: skip
    Opportunity.objects.bulk_create(made)
    Closing.objects.bulk_create(
        Closing(opportunity=one, kind=one.state, amount=100, currency="EUR", reason=one.lost_reason, at=one.closed_at)
        for one in made
    )


@pytest.fixture
def model(at, stages):
    past(at, stages[-1])
    return training.train(at, "deal")


def deal(stage, source: str = "Referral", **facts) -> Opportunity:
    return factories.opportunity(stage=stage, source=leads.source(source), **facts)


def fresh(one: Opportunity) -> Opportunity:
    return Opportunity.objects.get(pk=one.pk)


def weighted_in_heads() -> Decimal:
    return sum((total.weighted for total in StageTotal.objects.all()), Decimal(0))


class TestLearning:
    def test_needs_twenty_closed_deals(self, at, stages):
        past(at, stages[-1], won=10, lost=9)
        assert not training.is_due(at, "deal")
        assert training.train(at, "deal") is None

    def test_is_a_model_of_its_own_question(self, at, model):
        assert (model.question, model.closed_count, model.won_count, model.active_since) == ("deal", 60, 30, at)
        assert scores.current()[0] is None
        assert scores.current("deal")[0] == model
        assert "stage" not in model.coefficients["types"]

    def test_reads_the_facts_of_the_first_grading(self, at, model, stages):
        one = deal(stages[0])
        deals.refresh(at=at)
        one.edit({"source": leads.source("Phone")}, at=at + timedelta(hours=1))
        deals.refresh(at=at + timedelta(hours=2))
        fresh(one).win(at=at + timedelta(hours=3))
        assert DealScore.objects.get(pk=one.pk).fields["source"] == "Referral"
        assert deals.lessons(at + LONG_AGO).rows[-1]["source"] == "Referral"

    def test_meets_each_closed_deal_in_a_stage_it_passed(self, at, model, stages):
        for _ in range(12):
            one = deal(stages[0], at=at - LONG_AGO)
            fresh(one).move_to(stages[1], at=at - LONG_AGO)
            fresh(one).win(at=at - LONG_AGO + timedelta(days=1))
        known = deals.lessons(at)
        met = [row["stage"] for row in known.rows if "stage" in row]
        assert set(met) == {"Qualified", "Offer"}
        assert len(met) == 12
        assert known.rows == deals.lessons(at).rows

    def test_never_uses_what_is_marked_as_sensitive(self, at, model, stages):
        from scoring.models import UnusedField

        UnusedField.objects.create(key="source", why="sensitive")
        assert not any("source" in row for row in deals.lessons(at).rows)

    def test_is_due_again_when_five_percent_more_closed(self, at, model, stages):
        assert not training.is_due(at, "deal")
        for _ in range(3):
            deal(stages[0]).win(at=at)
        assert training.is_due(at, "deal")

    def test_goes_on_after_the_training_of_leads(self, at, stages, monkeypatch):
        from scoring import hints

        monkeypatch.setattr(hints, "hint", lambda task: None)
        monkeypatch.setattr(tasks, "hint", lambda task: None)
        past(at, stages[-1])
        tasks.bulk_train()
        tasks.bulk_train()
        assert list(Training.objects.order_by("pk").values_list("question", "state")) == [
            ("lead", "promoted"),
            ("deal", "promoted"),
        ]

    def test_of_one_question_does_not_stop_the_other(self, at, stages):
        past(at, stages[-1])
        assert retraining.start(at).question == "lead"
        assert retraining.start(at, question="deal").question == "deal"
        assert retraining.start(at, question="deal") is None


class TestChance:
    def test_is_the_stages_while_nothing_was_learnt(self, at, stages):
        one = deal(stages[1])
        assert (deals.refresh(at=at), deals.rescore(at=at)) == (0, 0)
        assert (fresh(one).probability, fresh(one).probability_from) == (Decimal("0.5"), "stage")

    def test_is_the_models_once_one_serves(self, at, model, stages):
        good, poor = deal(stages[0]), deal(stages[0], "Phone")
        assert deals.rescore(at=at) == 2
        assert fresh(good).probability > Decimal("0.5") > Decimal("0.25") > fresh(poor).probability
        assert fresh(good).probability_from == "model"
        assert deals.rescore(at=at) == 0

    def test_moves_with_the_stage_by_hand(self, at, model, stages):
        """From 20 % to 50 % by the stages' own figures is log-odds + ln 4, by the model's word as by theirs."""
        one = deal(stages[0])
        deals.refresh(at=at)
        first = float(fresh(one).probability)
        fresh(one).move_to(stages[1], at=at)
        odds = first / (1 - first) * exp(log(0.5 / 0.5) - log(0.2 / 0.8))
        assert float(fresh(one).probability) == pytest.approx(odds / (1 + odds), abs=0.002)
        assert fresh(one).probability_from == "model"

    def test_stands_between_the_stages_word_and_what_was_learnt(self, at, model, stages):
        """30 won and 30 lost count 30 / (30 + 20) = 0.6, the stage's 20 % the rest: log-odds 0.6 z + 0.4 ln(0.25)."""
        assert deals.trust_of(model) == pytest.approx(0.6)
        one = deal(stages[0])
        deals.rescore(at=at)
        z = scores.Grader(model.coefficients).of({**deals.facts_of(one, {}), "stage": "Qualified"})[0]
        assert DealScore.objects.get(pk=one.pk).probability == pytest.approx(scores.sigmoid(0.6 * z + 0.4 * log(0.25)))

    def test_of_a_new_deal_is_not_that_of_the_few_that_were_won(self, at, stages):
        """32 of 40 were won; in its first stage, with 20 %, a deal is not said to be won by four in five."""
        past(at, stages[-1], won=32, lost=8)
        model = training.train(at, "deal")
        assert deals.trust_of(model) == pytest.approx(8 / 28)
        said = []
        for stage in stages:
            one = deal(stage, "Fair")
            deals.rescore(at=at)
            said.append(float(fresh(one).probability))
        assert 0.2 < said[0] < 0.5 < said[1] < 0.75 < said[2] < 0.95

    def test_needs_some_of_either_outcome(self, at, stages):
        past(at, stages[-1], won=40, lost=4)
        assert training.train(at, "deal") is None
        one = deal(stages[0])
        assert deals.refresh(at=at) == 0
        assert fresh(one).probability_from == "stage"

    def test_at_first_is_kept_and_held_against_how_it_ended(self, at, model, stages, ada):
        from scoring import standing

        made = [deal(stages[0], "Referral" if n % 2 else "Phone") for n in range(20)]
        deals.rescore(at=at)
        first = {one.pk: DealScore.objects.get(pk=one.pk).first_said for one in made}
        for n, one in enumerate(made):
            fresh(one).move_to(stages[2], at=at)
            deals.grade_many([one.pk], at=at + timedelta(hours=1))
            if n % 2:
                fresh(one).win(at=at + timedelta(days=1))
            else:
                fresh(one).lose(factories.lost_reason(), at=at + timedelta(days=1))
        assert {row.pk: row.first_said for row in DealScore.objects.all()} == first
        shown = standing.of_deals(ada)
        assert [(point["band"].n, point["band"].won) for point in shown["points"]] == [(10, 0), (10, 10)]
        assert shown["sentence"].startswith("Of 10 closed deals first said to have a chance of")

    def test_learns_what_stages_mean_from_own_deals(self, at, stages):
        """Those that reached the contract were won, those that never left the start were lost."""
        for n in range(20):
            one = deal(stages[0], "Fair", at=at - LONG_AGO)
            if n % 2:
                fresh(one).move_to(stages[2], at=at - LONG_AGO)
                fresh(one).win(at=at - LONG_AGO + timedelta(days=2))
            else:
                fresh(one).lose(factories.lost_reason(), at=at - LONG_AGO + timedelta(days=2))
        assert "stage" in training.train(at, "deal").coefficients["types"]
        one = deal(stages[0], "Fair")
        deals.refresh(at=at)
        before = fresh(one).probability
        fresh(one).move_to(stages[2], at=at)
        assert fresh(one).probability > before

    def test_stays_what_somebody_said(self, at, model, stages, nora):
        one = deal(stages[0])
        deals.refresh(at=at)
        said = fresh(one).probability
        fresh(one).edit({"probability": said}, at=at, by=nora)  # the same figure, but a person's
        assert fresh(one).probability_from == "hand"
        fresh(one).edit({"probability": Decimal("0.55")}, at=at, by=nora)
        deals.grade_many([one.pk], at=at)
        fresh(one).move_to(stages[2], at=at)
        assert (fresh(one).probability, fresh(one).probability_from) == (Decimal("0.55"), "hand")
        fresh(one).edit({"probability": None}, at=at, by=nora)
        assert fresh(one).probability_from == "model"

    def test_follows_an_edit_within_the_next_sweep(self, at, model, stages):
        one = deal(stages[0], at=at)
        deals.refresh(at=at)
        before = fresh(one).probability
        assert deals.refresh(at=at) == 0
        fresh(one).edit({"source": leads.source("Phone")}, at=at + timedelta(seconds=5))
        assert deals.refresh(at=at + timedelta(seconds=6)) == 1
        assert fresh(one).probability < before

    def test_of_the_columns_stays_the_sum_of_their_deals(self, at, model, stages):
        rows = [deal(stages[n % 3], "Referral" if n % 2 else "Phone", expected=100 * n) for n in range(1, 9)]
        deals.rescore(at=at)
        fresh(rows[0]).move_to(stages[1], at=at)
        assert weighted_in_heads() == sum(fresh(one).weighted for one in rows)
        assert invariants.check_all() == {}

    def test_is_the_stages_again_when_people_want_it(self, at, model, stages):
        one = deal(stages[1])
        deals.rescore(at=at)
        business.put("deal_chances_by_model", False)
        assert deals.rescore(at=at) == 1
        assert (fresh(one).probability, fresh(one).probability_from) == (Decimal("0.5"), "stage")
        fresh(one).move_to(stages[2], at=at)
        assert fresh(one).probability_from == "stage"

    def test_comes_from_the_last_model_that_can_be_trusted(self, at, model, stages):
        ScoringModel.objects.filter(pk=model.pk).update(digest="0" * 64)
        one = deal(stages[0])
        assert deals.refresh(at=at) == 0
        assert fresh(one).probability_from == "stage"

    def test_leaves_closed_deals_and_their_story_alone(self, at, model, stages):
        one = deal(stages[0])
        fresh(one).win(at=at)
        version, events = fresh(one).version, OpportunityEvent.objects.filter(opportunity=one).count()
        assert deals.rescore(at=at) == 0
        assert (fresh(one).version, OpportunityEvent.objects.filter(opportunity=one).count()) == (version, events)

    def test_does_not_stand_in_the_way_of_undo(self, at, model, nora):
        """What the model says is nobody's edit: a conversion is taken back as if it had never spoken."""
        from opportunities.conversion import convert
        from opportunities.undoing import undo_conversion

        conversion = convert(leads.lead("Ada", owner=nora, company_name="Nordlys"), at=at, by=nora)
        assert deals.rescore(at=at) == 1
        assert undo_conversion(conversion, at=at, by=nora) == []
        assert not Opportunity.objects.open().exists()
        assert not DealScore.objects.exists()

    def test_costs_few_queries_however_many_deals(self, at, model, stages, django_assert_max_num_queries):
        keys = [deal(stages[0]).pk for _ in range(20)]
        with django_assert_max_num_queries(13):
            assert deals.grade_many(keys, at=at) == 20


class TestPage:
    @pytest.fixture
    def as_nora(self, client, nora):
        client.force_login(nora)
        return client

    @pytest.fixture
    def mine(self, at, model, stages, nora):
        one = deal(stages[0], owner=nora)
        deals.refresh(at=at)
        return fresh(one)

    def test_says_why_and_what_the_stage_alone_would_say(self, mine, as_nora):
        shown = as_nora.get(mine.get_absolute_url()).content.decode()
        assert f"Chance to win: {round(100 * mine.probability)}% by model" in shown
        assert "Source: Referral" in shown
        assert "Learnt from 60 closed deals. By its stage alone it would be 20%." in shown
        assert "Probability, by model" in shown

    def test_reasons_sum_to_the_chance(self, mine, at):
        grade = DealScore.objects.get(pk=mine.pk)
        said = grade.reasons
        total = said["base"] + said["other"] + sum(one["points"] for one in said["up"] + said["down"])
        assert total == round(100 * mine.probability)

    def test_takes_a_chance_by_hand_and_gives_it_back(self, mine, as_nora, nora):
        address = f"/opportunities/{mine.pk}/probability/"
        as_nora.post(address, {"percent": "55"})
        shown = as_nora.get(mine.get_absolute_url()).content.decode()
        assert "Chance to win: 55% by hand" in shown
        assert f"Set by {nora.name}" in shown
        assert f"The model says {round(100 * mine.probability)}%, because:" in shown
        as_nora.post(address, {"act": "lift"})
        assert (fresh(mine).probability, fresh(mine).probability_from) == (mine.probability, "model")

    @pytest.mark.parametrize("wrong", ["", "101", "-1", "many", "NaN", "5.55"])
    def test_takes_no_other_chance(self, mine, as_nora, wrong):
        as_nora.post(f"/opportunities/{mine.pk}/probability/", {"percent": wrong})
        assert fresh(mine).probability_from == "model"

    def test_leaves_closed_deals(self, mine, as_nora, at):
        mine.win(at=at)
        as_nora.post(f"/opportunities/{mine.pk}/probability/", {"percent": "55"})
        assert fresh(mine).probability_by_hand is False
        assert "Chance to win" not in as_nora.get(mine.get_absolute_url()).content.decode()

    def test_stands_on_the_card(self, mine, as_nora, at, nora):
        from opportunities import cards

        by_model = cards.render([mine.pk], nora, [mine.stage], at=at)[mine.pk]
        assert f"{round(100 * mine.probability)}% by model" in by_model
        mine.edit({"probability": Decimal("0.55")}, at=at, by=nora)
        assert "55% by hand" in cards.render([mine.pk], nora, [mine.stage], at=at)[mine.pk]

    def test_of_a_card_follows_a_new_model_though_nobody_edited_it(self, mine, at, nora):
        from opportunities import cards

        cards.render([mine.pk], nora, [mine.stage], at=at)
        business.put("deal_chances_by_model", False)
        deals.rescore(at=at)
        assert "20% by stage" in cards.render([mine.pk], nora, [mine.stage], at=at)[mine.pk]
