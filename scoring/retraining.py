"""Learning as work in parts: a challenger without the newest leads, the gate, then everything; each part's result is a row.

What is learnt from is fixed by the moment the training began. When it changed all the same (a lead was reopened), the parts
start anew. A part that fails three times ends the training with its reason, and the last good model goes on serving.
"""

import hashlib
import json
import logging
import time
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from scoring import features, gate, training
from scoring.grading import BadModel, Grader, digest
from scoring.models import ScoringModel, Training, TrainingPart

log = logging.getLogger(__name__)
TRIES = 3
TURN = 120.0  # seconds a turn takes new parts


def start(at: datetime, *, by=None, question: str = "lead") -> Training | None:
    """Begin a training, or return None while one is at work or nothing has closed."""
    known, _ = training.count_known(question)
    if not known:
        return None
    try:
        with transaction.atomic():
            return Training.objects.create(at=at, asked_by=by, known=known, question=question)
    except IntegrityError:  # one_training_at_a_time
        return None


def current(question: str = "lead") -> Training | None:
    return Training.objects.filter(state=Training.State.RUNNING, question=question).first()


def work(run: Training, *, at: datetime, seconds: float = TURN) -> bool:
    """Do parts of a training until it ends or the time is up; returns whether it has ended."""
    until = time.monotonic() + seconds
    if not _begin_turn(run):
        return True
    try:
        steps = Steps(run, at)
        while not steps.do_next():
            if time.monotonic() > until:
                return False
    except Exception as problem:  # whatever a lead's facts hold: the last good model goes on serving
        log.exception("training %s stopped", run.pk)
        if run.attempts >= TRIES:
            _end(run, Training.State.FAILED, why={"code": "failed", "error": f"{type(problem).__name__}: {problem}"[:500]})
            return True
        raise
    return True


def _begin_turn(run: Training) -> bool:
    """Count the try before the work, so that a part which kills its worker is told; False when it was one too many."""
    Training.objects.filter(pk=run.pk).update(attempts=F("attempts") + 1)
    run.refresh_from_db()
    if run.state != Training.State.RUNNING:
        return False
    if run.attempts > TRIES:
        _end(run, Training.State.FAILED, why={"code": "killed"})
        return False
    return True


class Steps:
    """The parts of one training over the lessons of its moment."""

    def __init__(self, run: Training, at: datetime):
        from scoring import policy  # the learning libraries are only loaded where somebody learns

        self.run, self.at, self.policy = run, at, policy
        self.known = training.lessons(run.at, run.question)
        self._same_lessons()
        self.types = features.types_of(self.known.rows)
        self.done = set(TrainingPart.objects.filter(training=run).values_list("name", flat=True))
        self.split = gate.split(len(self.known))

    def _same_lessons(self) -> None:
        found = hashlib.sha256(json.dumps([self.known.rows, self.known.outcomes], sort_keys=True, default=str).encode()).hexdigest()
        if self.run.lessons != found:
            TrainingPart.objects.filter(training=self.run).delete()
            self.run.lessons = found
            self.run.save(update_fields=["lessons"])

    def do_next(self) -> bool:
        """Do the next part that has no result yet; True when the training has ended."""
        if not len(self.known):
            return _end(self.run, Training.State.FAILED, why={"code": "nothing"})
        if self.split and not self._learnt("challenger", self.split):
            return False
        if self.split and "gate" not in self.done:
            return self._pass_gate()
        if not self._learnt("all", len(self.known)):
            return False
        return self._promote()

    def _learnt(self, name: str, first: int) -> bool:
        """Do one more part of learning from the `first` oldest; True when all is learnt already."""
        if name in self.done:
            return True
        table = self._table(first)
        for part in table.parts:
            if f"{name} {part}" not in self.done:
                self._keep(f"{name} {part}", self.policy.work(table, part))
                return False
        results = {part: self._result(f"{name} {part}") for part in table.parts}
        self._keep(name, self.policy.finish(table, results))
        return False

    def _table(self, first: int):
        if getattr(self, "_laid_out", (0, None))[0] != first:
            rows, outcomes = self.known.rows[:first], self.known.outcomes[:first]
            self._laid_out = (first, self.policy.table(rows, outcomes, self.types, in_order=not self.known.stands_in))
        return self._laid_out[1]

    def _keep(self, name: str, result: Any) -> None:
        TrainingPart.objects.get_or_create(training=self.run, name=name, defaults={"result": result})
        self.done.add(name)
        self.run.attempts = 1
        self.run.save(update_fields=["attempts"])

    def _result(self, name: str) -> Any:
        return TrainingPart.objects.get(training=self.run, name=name).result

    def _pass_gate(self) -> bool:
        """Compare the challenger with what serves on the newest leads, which neither has seen.

        What serves by fields that may not be used any more is no measure: then the challenger has to beat the rate alone.
        """
        rows, outcomes = self.known.rows[self.split :], self.known.outcomes[self.split :]
        rate, champion = sum(self.known.outcomes[: self.split]) / self.split, serving(self.run.question)
        is_barred = champion is not None and not features.unused().isdisjoint(champion["types"])
        found = gate.judge(self._result("challenger"), None if is_barred else champion, rows, outcomes, rate=rate)
        if is_barred and found["code"] == "first":
            found["code"] = "fields"
        self._keep("gate", found)
        if found["promoted"]:
            return False
        coefficients = self._result("challenger")
        return _end(self.run, Training.State.REFUSED, why=found, model=self._model(coefficients, found | {"serves": False}))

    def _promote(self) -> bool:
        coefficients = self._result("all")
        judged = self._result("gate") if self.split else {"promoted": True, "code": "few"}
        if judged["code"] == "base_rate":
            coefficients = gate.only_base_rate(coefficients, self.known.outcomes)
        model = self._model(coefficients, judged)
        if "promoted" in model.decision and not model.decision["promoted"]:
            return _end(self.run, Training.State.REFUSED, why=model.decision, model=model)
        return _end(self.run, Training.State.PROMOTED, why=judged, model=model, at=self.at)

    def _model(self, coefficients: dict[str, Any], judged: dict[str, Any]) -> ScoringModel:
        measures = coefficients.pop("measures", {})
        if self.run.question == "lead":
            measures |= {"filled_later": training.filled_later(self.at)}
        measures |= {"without": sorted(features.unused())}
        model = ScoringModel(
            question=self.run.question,
            data_from=self.known.start, data_to=self.known.end, closed_count=len(self.known), won_count=sum(self.known.outcomes),
            stands_in=self.known.stands_in, measures=measures | {"fold": judged.get("fold", {})}, coefficients=coefficients,
            digest=digest(coefficients), schema=coefficients["schema"], decision={**judged, "known": self.run.known}, trained_at=self.run.at,
        )  # fmt: skip
        if self.split:
            model.held_out = self._result("challenger")
        try:
            Grader(coefficients, expected=model.digest)
        except BadModel as problem:
            model.decision |= {"promoted": False, "code": "not_trusted", "error": str(problem)}
        return model


def serving(question: str = "lead") -> dict[str, Any] | None:
    """Return the coefficients a challenger has to beat: those of the serving model that haven't seen its newest leads."""
    model = ScoringModel.objects.filter(question=question, active_since__isnull=False, active_until__isnull=True).first()
    if model is None:
        return None
    try:
        Grader(model.coefficients, expected=model.digest)
    except BadModel:
        return None
    return model.held_out or model.coefficients


def _end(run: Training, state: str, *, why: dict[str, Any], model: ScoringModel | None = None, at: datetime | None = None) -> bool:
    """End a training once: store its model, let it serve when it was promoted, drop the parts."""
    with transaction.atomic():
        ended = Training.objects.filter(pk=run.pk, state=Training.State.RUNNING)
        if not ended.update(state=state, why=why, ended_at=Now()):
            return True
        if model is not None:
            model.save()
            Training.objects.filter(pk=run.pk).update(model=model)
        if at is not None:
            training.activate(model, at=at)
        TrainingPart.objects.filter(training=run).delete()
    run.refresh_from_db()
    return True
