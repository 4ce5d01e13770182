"""A training whose worker is really killed, and two at once: one part is lost, and the last good model goes on serving."""

import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse

from scoring import policy, retraining, scores, tasks, training
from scoring.models import ScoringModel, Snapshot, Training, TrainingPart
from tests import faults
from tests.factories import scoring as factories

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60.0


def forked(work: Callable[[], object]) -> int:
    """Do the work in a process of its own; returns its number."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            faults.forget_connections()
            work()
        finally:
            os._exit(0)
    return child


def killed_within(part: int, work: Callable[[], object]) -> bool:
    """Kill (-9) a process in the middle of its n-th part of learning; tell whether that is how it ended."""
    there, tell = os.pipe()

    def stop_there(real=policy.work, seen=[]):  # noqa: B006
        def work_and_stop(known, name):
            seen.append(name)
            if len(seen) == part:
                os.write(tell, b"!")
                signal.pause()
            return real(known, name)

        policy.work = work_and_stop
        work()

    child = forked(stop_there)
    os.close(tell)
    os.read(there, 1)  # nothing when it ended before
    os.close(there)
    os.kill(child, signal.SIGKILL)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def no_hints(monkeypatch):
    monkeypatch.setattr(tasks, "hint", lambda task: None)


@pytest.fixture
def good(at):
    """A model that serves, and after it leads that a later training learns from as well."""
    first = factories.model()
    made = factories.history(100, 100, won_fields={"source": "Referral"}, lost_fields={"source": "Phone"}, at=factories.LONG_AGO + timedelta(days=10))
    Snapshot.objects.filter(lead__in=[lead.pk for lead in made[::7]]).update(fields={"source": "Fair"})
    return first


class TestKilled:
    def test_it_loses_one_part_and_the_last_good_model_serves_meanwhile(self, at, good):
        run = retraining.start(at)
        assert killed_within(3, tasks.bulk_train)
        run.refresh_from_db()
        assert (run.state, run.model) == ("running", None)
        assert sorted(TrainingPart.objects.values_list("name", flat=True)) == ["all fold 0", "all fold 1"]
        assert scores.current()[0] == good

        until(lambda: tasks.bulk_train() is not None)  # the dead one's lock goes with its connection
        run.refresh_from_db()
        known = training.lessons(at)
        whole = policy.fit(known.rows, known.outcomes, {"source": "text"}, in_order=True)
        assert run.state == "promoted"
        assert run.model.coefficients == {key: value for key, value in whole.items() if key != "measures"}
        assert scores.current()[0] == run.model
        assert not TrainingPart.objects.exists()

    def test_it_is_given_up_when_one_part_kills_its_worker_three_times(self, at, good, client, tess):
        run = retraining.start(at)
        for _ in range(retraining.TRIES):
            assert killed_within(1, lambda: retraining.work(Training.objects.get(pk=run.pk), at=at))
        assert retraining.work(run, at=at)
        assert (run.state, run.why) == ("failed", {"code": "killed"})
        assert scores.current()[0] == good
        client.force_login(tess)
        shown = client.get(reverse("scoring:proof")).content.decode()
        assert "The last training brought nothing. Stopped: the worker died three times at the same part." in shown


class TestTwoAtOnce:
    def test_are_one_training_and_one_model(self, at, good):
        children = [forked(tasks.bulk_train) for _ in range(2)]
        assert [os.WEXITSTATUS(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
        assert [run.state for run in Training.objects.order_by("pk")] == ["promoted", "promoted"]  # the good one's and theirs
        assert ScoringModel.objects.count() == 2
        assert scores.current()[0] == ScoringModel.objects.latest("pk")
