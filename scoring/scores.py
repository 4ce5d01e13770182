"""How good a lead is: grade it, and keep the grade with the model and the reasons it came from."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import prefetch_related_objects
from django.db.models.query import QuerySet

from core.prepared import Prepared
from leads import ideals, warmth
from leads.bulk import Batch
from leads.models import Lead
from scoring import features, hand, limits, profile
from scoring.grading import BadModel, Grader, PriorGrader, points, sigmoid
from scoring.models import Score, ScoringModel, Snapshot, Unexplained

log = logging.getLogger(__name__)
KEPT_GRADERS = 4
AT_ONCE = 16  # leads whose trees are explained at once: some milliseconds each; those of larger batches follow
GRADED = ("team_id", "owner_id", "version", "is_open", "score", "scored_at", "temperature", "temperature_at", "fit", "engagement", "qualification")
_graders: dict[tuple[int, str], Grader] = {}


def current(question: str = "lead") -> tuple[ScoringModel | None, Grader | PriorGrader]:
    """Return the model that serves and its grader: the active one, or when it can't be trusted the last that can.

    Without any, everybody gets the prior. One query when the model is known to this process already.
    """
    for model in _SERVED.rows(question=question):
        try:
            return model, _grader(model)
        except BadModel as problem:
            log.error("scoring model %s does not serve: %s", model.pk, problem)
    return None, PriorGrader()


def _served(*, question: str) -> QuerySet:
    served = ScoringModel.objects.filter(question=question, active_since__isnull=False)
    return served.order_by("-active_since", "-pk").defer("coefficients", "measures", "held_out")[:KEPT_GRADERS]


_SERVED = Prepared(_served)


def _grader(model: ScoringModel) -> Grader:
    key = (model.pk, model.digest)
    if key not in _graders:
        while len(_graders) >= KEPT_GRADERS:
            _graders.pop(next(iter(_graders)))
        _graders[key] = Grader(model.coefficients, expected=model.digest)
    return _graders[key]


def score(lead: Lead, *, at: datetime) -> Score | None:
    """Grade one lead and store the grade; None when it ended or changed meanwhile."""
    with transaction.atomic():
        batch = Batch(at=at)
        score_many([lead], at=at, batch=batch)
        if lead.pk not in batch.flush():
            return None
    return lead.scores.order_by("-scored_at", "-pk").first()


def score_many(leads: Sequence[Lead], *, at: datetime, batch: Batch, quietly_below: int = 1, deep: bool | None = None) -> None:
    """Grade leads into a batch: score, temperature of the team, the reasons, and at the first time the snapshot.

    A line in the story when the score moved by at least `quietly_below` points. Four queries, however many leads. Without
    a model the team's ideal customer tells the fit, and by it how warm a lead is (decision 31).
    deep: tell what the trees say too; by default of few leads only, the rest waits as Unexplained for `explain`.
    """
    if not leads:
        return
    prefetch_related_objects(leads, "team")
    model, grader = current()
    reader = features.Reader(at=at)
    by_hand = hand.standing(lead.pk for lead in leads)
    did, letters = profile.strengths(leads, at), profile.letters(leads, at)
    earlier = _last_scores([lead for lead in leads if lead.scored_at])
    facts = reader.of_many(leads)
    deep = len(leads) <= AT_ONCE if deep is None else deep
    for lead, seen, (z, parts) in zip(leads, facts, grader.of_many(facts, deep=deep), strict=True):
        if lead.scored_at is None:
            batch.add_once(Snapshot, lead, fields=seen, taken_at=at)
        value, before = points(z), lead.score
        reasons = told(grader, z, parts, seen, model)
        ideal = letters.get(lead.pk, "")
        who = profile.fit(parts, ideal) if model else ideal
        level = profile.level(did.get(lead.pk, 0.0))
        if who:
            reasons |= {"fit": who, "engagement": level}
        if (lead.fit, lead.engagement) != (who, level):
            batch.change(lead, fit=who, engagement=level)
        if grader.has_trees and not deep:
            reasons["follows"] = True
            batch.add_once(Unexplained, lead, since=at)
        if (model.pk if model else None, value, reasons) != earlier.get(lead.pk):
            batch.add(Score, lead, model_id=model.pk if model else None, value=value, probability=sigmoid(z),
                      reasons=reasons, scored_at=at)  # fmt: skip
        shown = by_hand.get(lead.pk, value)
        if before is None or abs(shown - before) >= max(quietly_below, 1):
            batch.record(lead, "scored", before=before, after=shown, prior=model is None)
        by_fit = None if model or lead.pk in by_hand else ideals.WARMTH.get(who)
        warmth.warm(lead, shown, batch=batch, temperature=by_fit)


def explain(*, at: datetime, limit: int = 512, size: int = 64) -> int:
    """Say of open leads what the trees add to their scores, the hottest first; returns how many."""
    done = 0
    while done < limit:
        with transaction.atomic():
            waiting = Lead.objects.filter(unexplained__isnull=False).order_by("-score", "pk").select_for_update(
                no_key=True, skip_locked=True, of=("self",))
            leads = list(waiting[:size])
            batch = Batch(at=at)
            score_many([lead for lead in leads if lead.is_open], at=at, batch=batch, quietly_below=5, deep=True)
            batch.flush()
            Unexplained.objects.filter(lead__in=[lead.pk for lead in leads]).delete()
        done += len(leads)
        if len(leads) < size:
            break
    return done


def keep_facts(leads: Sequence[Lead], *, at: datetime) -> None:
    """Keep what is known of leads that ended before they were ever scored, as imported ones do: training reads it."""
    fresh = [lead for lead in leads if lead.scored_at is None]
    facts = features.Reader(at=at).of_many(fresh)
    Snapshot.objects.bulk_create([Snapshot(lead=one, fields=seen, taken_at=at) for one, seen in zip(fresh, facts, strict=True)], ignore_conflicts=True)


def _last_scores(leads: Sequence[Lead]) -> dict[int, tuple]:
    """Return model, value and reasons of each lead's latest grade: the same again is not written twice."""
    rows = Score.objects.filter(lead__in=[lead.pk for lead in leads]).order_by("lead_id", "-scored_at", "-pk")
    found = rows.distinct("lead_id").values_list("lead_id", "model_id", "value", "reasons") if leads else []
    return {lead: (model, value, reasons) for lead, model, value, reasons in found}


def told(grader, z: float, parts: dict[str, float], seen: dict[str, Any], model: ScoringModel | None) -> dict[str, Any]:
    """Return what is stored: numbers from the grader, with each lead's own value."""
    reasons = grader.reasons(z, parts)
    for reason in reasons["up"] + reasons["down"]:
        key = reason["field"]
        reason["label"] = features.plain_label(key)
        reason["value"] = seen.get(key)
    return reasons | {"stand_in": bool(model and model.stands_in)}


def rescore(*, at: datetime, limit: int = 5_000, size: int = 500) -> int:
    """Grade open leads again that an older model graded (or none), at most `limit`; returns how many.

    When none is left the model remembers it, so that later sweeps cost one query.
    """
    model, _ = current()
    if model is None or model.decision.get("rescored_at"):
        return 0
    done = grade_anew(Lead.objects.open(), since=model.active_since, at=at, limit=limit, size=size)
    if not Lead.objects.open().filter(scored_at__lt=model.active_since).exists():
        limits.propose(model, at=at)
        fresh = ScoringModel.objects.get(pk=model.pk).decision | {"rescored_at": at.isoformat()}
        ScoringModel.objects.filter(pk=model.pk).update(decision=fresh)
    return done


def grade_anew(leads: QuerySet, *, since: datetime, at: datetime, limit: int, size: int = 500) -> int:
    """Grade leads that were graded before `since` again, at most `limit`, in batches of their own transactions; returns how many."""
    done, stale = 0, leads.filter(scored_at__lt=since).order_by("pk")
    if not ideals.Criterion.objects.exists():  # an ideal customer may be asked about any column
        stale = stale.only(*features.READS, *GRADED).fetch_mode(models.FETCH_RAISE)
    while done < limit:
        with transaction.atomic():
            batch = Batch(at=max(at, since))
            found = list(stale.select_for_update(no_key=True, skip_locked=True, of=("self",))[: min(size, limit - done)])
            score_many(found, at=batch.at, batch=batch, quietly_below=5)
            batch.flush()
        done += len(found)
        if len(found) < size:
            break
    return done
