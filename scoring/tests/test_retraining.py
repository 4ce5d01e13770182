"""Learning in parts: what a dead worker costs, who may serve, and what the last good model does meanwhile."""

from datetime import timedelta

import numpy as np
import pytest

from leads.models import Lead
from scoring import gate, policy, retraining, scores, training
from scoring.models import ScoringModel, Snapshot, Training, TrainingPart, UnusedField
from tests.factories import scoring as factories

REFERRAL, PHONE = {"source": "Referral"}, {"source": "Phone"}


def history(n: int = 400, *, turned: bool = False):
    """A past in which referrals convert, or, turned, in which they don't; one in six is the other way round."""
    won, lost = (PHONE, REFERRAL) if turned else (REFERRAL, PHONE)
    start = factories.LONG_AGO if not Lead.objects.exists() else Lead.objects.latest("captured_at").captured_at + timedelta(hours=1)
    made = factories.history(n // 2, n // 2, won_fields=won, lost_fields=lost, at=start)
    noisy = Snapshot.objects.filter(lead__in=[lead.pk for lead in made[::6]])
    for snapshot in noisy:
        snapshot.fields = {"source": "Phone" if snapshot.fields["source"] == "Referral" else "Referral"}
    Snapshot.objects.bulk_update(noisy, ["fields"])


@pytest.fixture
def later(at):
    return at + timedelta(days=1)


class TestParts:
    def test_are_kept_so_that_a_dead_worker_loses_one(self, at, db):
        history(240)
        whole = training.train(at)
        ScoringModel.objects.update(active_until=at)
        run = retraining.start(at)
        names = []
        while not retraining.work(Training.objects.get(pk=run.pk), at=at, seconds=0):
            names.append(TrainingPart.objects.filter(training=run).latest("pk").name)
        assert names == [*[f"all fold {n}" for n in range(5)], "all"]
        run.refresh_from_db()
        assert (run.state, run.model.digest) == ("promoted", whole.digest)
        assert not TrainingPart.objects.exists()

    def test_start_anew_when_what_is_learnt_from_changed(self, at, db):
        history(240)
        run = retraining.start(at)
        retraining.work(run, at=at, seconds=0)
        Snapshot.objects.filter(pk=Snapshot.objects.latest("pk").pk).update(fields={"source": "Fair"})
        retraining.work(run, at=at, seconds=0)
        assert [part.name for part in TrainingPart.objects.all()] == ["all fold 0"]

    def test_that_kill_their_worker_end_the_training(self, at, db):
        history(60)
        good = training.train(at)
        run = retraining.start(at)
        Training.objects.filter(pk=run.pk).update(attempts=retraining.TRIES)
        assert retraining.work(run, at=at)
        assert (run.state, run.why) == ("failed", {"code": "killed"})
        assert scores.current()[0] == good

    def test_that_fail_say_why_after_the_third_try(self, at, db, monkeypatch):
        history(60)
        good = training.train(at)
        run = retraining.start(at)
        Snapshot.objects.update(fields=["not", "facts"])
        for _ in range(retraining.TRIES - 1):
            with pytest.raises(AttributeError):
                retraining.work(run, at=at)
        assert retraining.work(run, at=at)
        assert run.state == "failed"
        assert run.why["error"].startswith("AttributeError")
        assert scores.current()[0] == good

    def test_of_one_training_at_a_time(self, at, db):
        history(60)
        first = retraining.start(at)
        assert retraining.start(at) is None
        assert retraining.current() == first


class TestGate:
    @pytest.fixture(autouse=True)
    def no_trees(self, monkeypatch):
        """The gate judges whatever was learnt; without trees it is learnt sooner."""
        monkeypatch.setattr(policy, "BOOST_FROM", 10**9)

    def test_lets_a_sound_history_pass(self, at, later, db):
        history(400)
        training.train(at)
        history(60)
        model = training.train(later)
        assert model.decision["promoted"]
        assert model.decision["code"] == "better"
        assert scores.current()[0] == model

    def test_refuses_what_a_broken_block_taught(self, at, later, db):
        """A broken import turned the past round; the newest leads are as they always were."""
        history(400)
        good = training.train(at)
        Snapshot.objects.filter(fields=REFERRAL, lead__converted_at__isnull=False).update(fields={"source": "?"})
        Snapshot.objects.filter(fields=PHONE).update(fields=REFERRAL)
        Snapshot.objects.filter(fields={"source": "?"}).update(fields=PHONE)
        history(120)
        bad = training.train(later)
        assert (bad.decision["promoted"], bad.decision["code"], bad.active_since) == (False, "worse", None)
        assert Training.objects.latest("pk").state == "refused"
        assert scores.current()[0] == good
        assert not training.is_due(later + timedelta(hours=1))

    def test_does_not_hold_a_model_without_a_field_against_the_one_with_it(self, at, later, db):
        """Somebody left the best field out: what is learnt without it is worse, and serves all the same."""
        history(400)
        for n, snapshot in enumerate(Snapshot.objects.order_by("pk")):
            snapshot.fields = snapshot.fields | {"region": "North" if (n % 5 < 3) == (snapshot.fields["source"] == "Referral") else "South"}
            snapshot.save(update_fields=["fields"])
        training.train(at)
        UnusedField.objects.create(key="source", why="excluded")
        model = training.train(later)
        assert (model.decision["promoted"], model.decision["code"]) == (True, "fields")
        assert set(model.coefficients["types"]) == {"region"}
        assert scores.current()[0] == model

    def test_serves_the_base_rate_when_nothing_tells_leads_apart(self):
        rng = np.random.default_rng(1)
        rows = [{"source": str(rng.integers(0, 2))} for _ in range(400)]
        y = rng.integers(0, 2, 400).tolist()
        learnt = policy.fit([{"source": str(n)} for n in y[:300]], y[:300], {"source": "text"})
        learnt.pop("measures")
        judged = gate.judge(learnt, None, rows[300:], y[300:], rate=0.5)
        assert judged["code"] == "base_rate"
        assert scores.Grader(gate.only_base_rate(learnt, y)).of(rows[0])[1] == {"source": 0.0}

    def test_holds_nothing_back_from_few_leads(self):
        assert (gate.split(399), gate.split(400), gate.split(10_000)) == (0, 300, 9_500)

    def test_measures_calibration_by_hand(self):
        """100 leads in two bins of 50: said 0.2 and 0.6, seen 0.3 and 0.6."""
        z = np.array([np.log(0.25)] * 50 + [np.log(1.5)] * 50)
        y = np.array([1] * 15 + [0] * 35 + [1] * 30 + [0] * 20, float)
        assert gate.calibration_error(z, y) == pytest.approx(0.05)
