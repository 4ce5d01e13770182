"""What must never be about scores."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now

from core import invariants
from leads.models import Lead
from scoring.grading import BadModel, Grader
from scoring.models import HandScore, Score, ScoringModel

RESCORED_WITHIN = timedelta(hours=2)


def score_out_of_date() -> Iterator[dict]:
    """Open leads whose score is not what their latest grade says, or that an old model graded hours after a promotion."""
    latest = Score.objects.filter(lead=OuterRef("pk")).order_by("-scored_at", "-pk").values("value")[:1]
    by_hand = HandScore.objects.filter(lead=OuterRef("pk"), lifted_at__isnull=True).values("value")
    graded = Lead.objects.open().filter(scored_at__isnull=False).annotate(graded=Coalesce(Subquery(by_hand[:1]), Subquery(latest)))
    for pk in graded.filter(Q(graded__isnull=True) | ~Q(score=F("graded"))).values_list("pk", flat=True)[: invariants.MOST]:
        yield {"lead": pk, "why": "its score is not what its latest grade says"}
    model = ScoringModel.objects.filter(active_since__lt=Now() - RESCORED_WITHIN, active_until__isnull=True, question="lead").first()
    if model:
        old = Lead.objects.open().filter(scored_at__lt=model.active_since).values_list("pk", flat=True)
        for pk in old[: invariants.MOST]:
            yield {"lead": pk, "why": "an older model graded it"}


def model_not_trusted() -> Iterator[dict]:
    """The serving model must be readable, in range and as it was stored."""
    for model in ScoringModel.objects.filter(active_since__isnull=False, active_until__isnull=True):
        try:
            Grader(model.coefficients, expected=model.digest)
        except BadModel as problem:
            yield {"model": model.pk, "why": str(problem)}


invariants.register("score out of date", score_out_of_date)
invariants.register("scoring model not trusted", model_not_trusted)
