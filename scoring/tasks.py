"""Jobs of scoring, both in the bulk queue; each is bounded and only one of its kind runs."""

from celery import shared_task

from core import clock
from core.locks import only_one
from scoring import scores, training


@shared_task(name="scoring.bulk_train")
def bulk_train(**_) -> int | None:
    """Learn again when enough has closed; returns the new model's key."""
    with only_one("scoring.bulk_train") as mine:
        if not mine or not training.is_due(clock.now()):
            return None
        model = training.train(clock.now())
        return model.pk if model else None


@shared_task(name="scoring.bulk_rescore")
def bulk_rescore(**_) -> int:
    """Grade open leads again which an older model graded."""
    with only_one("scoring.bulk_rescore") as mine:
        return scores.rescore(at=clock.now()) if mine else 0
