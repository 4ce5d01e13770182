"""Jobs of scoring, in the bulk queue but for what people wait for; each is bounded and only one of its kind runs."""

from celery import shared_task

from core import clock
from core.locks import only_one
from scoring import deals, limits, refreshing, regrading, retraining, scores, training
from scoring.hints import hint


@shared_task(name="scoring.bulk_train")
def bulk_train(**_) -> int | None:
    """Go on with the training at work, or learn again when enough has closed; returns the new model's key.

    What is left after two minutes goes on with the next message, so that other bulk work comes between.
    """
    with only_one("scoring.bulk_train") as mine:
        run = _to_do() if mine else None
        if run is None:
            return None
        has_ended = retraining.work(run, at=clock.now())
    if not has_ended or run.question == "lead":
        hint("scoring.bulk_train")
    return run.model_id


def _to_do():
    """Return the training at work, else one that is due, of leads before deals; None when there is nothing to learn."""
    for question in ("lead", "deal"):
        run = retraining.current(question)
        if run is None and training.is_due(clock.now(), question):
            run = retraining.start(clock.now(), question=question)
        if run is not None:
            return run
    return None


@shared_task(name="scoring.bulk_rescore")
def bulk_rescore(**_) -> int:
    """Grade open leads and deals again which an older model graded or a change touched; limits and temperatures follow.

    Then say what the trees add where only the linear reasons are told, and let engagement fade. While leads wait it goes on
    with the next message, so that other bulk work comes between; a training whose worker died is taken up again too.
    """
    with only_one("scoring.bulk_rescore") as mine:
        if not mine:
            return 0
        at = clock.now()
        many = scores.rescore(at=at) or regrading.sweep(at=at) or limits.sweep(at=at) or deals.rescore(at=at)
        done = many or scores.explain(at=at) or refreshing.fade(at=at)
    if many:
        hint("scoring.bulk_rescore")
    if retraining.current() or retraining.current("deal"):
        hint("scoring.bulk_train")
    return done


@shared_task(name="scoring.refresh")
def refresh(**_) -> int:
    """Grade leads and deals again whose facts changed."""
    with only_one("scoring.refresh") as mine:
        return refreshing.refresh(at=clock.now()) + deals.refresh(at=clock.now()) if mine else 0
