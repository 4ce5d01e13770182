"""How likely deals are won: learnt by the same policy from closed ones, asked when one changes and after every promotion.

A closed deal teaches by its facts as they were when it was first graded and by one stage it stood in, as somebody might have
met it on the way. History without stages teaches nothing about them; then a stage moves the odds by as much as its own
probability differs from that of the pipeline's first.

A stage's own probability stands beside what was learnt, counting as much as `STAGE_WORTH` won and as many lost deals: few
closed deals, most of them won, say little of one that has just begun.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from math import log
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Max, Q
from django.db.models.query import QuerySet
from django.utils.translation import gettext_lazy as _

from core import business
from opportunities import chances
from opportunities.models import Opportunity, OpportunityEvent, Stage
from scoring import features, scores
from scoring.grading import sigmoid
from scoring.lessons import MOST, Lessons, mature
from scoring.models import DealScore, ScoringModel, Watermark

business.declare("deal_chances_by_model", bool, True, _("Deals show the model’s probability once it has learnt enough"))
LEAST, RARER = 20, 5  # closed deals from which they teach anything, and of the rarer outcome
STAGE_WORTH = 20  # deals of the rarer outcome that tell as much as the stage's own probability
TELLS = ("opened", "changed", "moved", "attached", "reopened", "undone")  # what may change what is known of a deal
OVERLAP, SWEEP, TOGETHER = 500, 2_000, 500
EDGE = 0.02  # no stage is surer than this or its opposite


def closed() -> QuerySet[Opportunity]:
    return Opportunity.objects.filter(state__in=[Opportunity.State.WON, Opportunity.State.LOST])


def count_known() -> int:
    """Return how many closed deals there are to learn from, 0 while they, or those of the rarer outcome, are too few."""
    n, won = counts()
    return n if n >= LEAST and min(won, n - won) >= RARER else 0


def counts() -> tuple[int, int]:
    """Return how many deals have closed and how many of them were won. One query."""
    found = closed().aggregate(n=Count("pk"), won=Count("pk", filter=Q(state=Opportunity.State.WON)))
    return found["n"], found["won"]


# -------------------------------------------------------------------- learning


def lessons(at: datetime) -> Lessons:
    """Collect the closed deals, oldest first, without those too young for most to have closed."""
    read = closed().select_related("source", "medium", "campaign", "company", "contact").prefetch_related("tags")
    deals = list(read.order_by("-closed_at", "-pk")[:MOST])
    known = dict(DealScore.objects.filter(opportunity__in=[deal.pk for deal in deals]).values_list("pk", "fields"))
    passed, types, unused = _stages_passed(deals), features.custom_types(), features.unused()
    rows = []
    for deal in sorted(deals, key=lambda one: (one.opened_at, one.pk)):
        facts = known[deal.pk] if deal.pk in known else facts_of(deal, types)
        facts = {key: value for key, value in facts.items() if key != "stage"} | _met_in(deal.pk, passed.get(deal.pk, []))
        rows.append((features.without(facts, unused), int(deal.state == Opportunity.State.WON), deal.opened_at, deal.closed_at))
    rows = mature(rows, at, least=LEAST) if rows else []
    start, end = (rows[0][2], rows[-1][2]) if rows else (None, None)
    return Lessons([row[0] for row in rows], [row[1] for row in rows], False, start, end)


def facts_of(deal: Opportunity, types: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of a deal apart from its stage. Needs source, medium, campaign, company, contact and tags."""
    facts = features.of_deal(deal, types)
    return facts if deal.score is None else facts | {"lead_score": deal.score}


def _stages_passed(deals: Iterable[Opportunity]) -> dict[int, list[str]]:
    """Return the names of the stages each deal stood in, in order, as far as its story tells."""
    events = OpportunityEvent.objects.filter(opportunity__in=[deal.pk for deal in deals], kind__in=["opened", "moved"])
    found: dict[int, list[str]] = defaultdict(list)
    for key, details in events.order_by("occurred_at", "pk").values_list("opportunity", "details"):
        if name := details.get("after") or details.get("stage"):
            found[key].append(name)
    return found


def _met_in(key: int, stages: list[str]) -> dict[str, str]:
    """Choose one of the stages by the deal's number: always the same one, and any of them equally likely."""
    if not stages:
        return {}
    return {"stage": stages[int(sha256(str(key).encode()).hexdigest()[:8], 16) % len(stages)]}


# --------------------------------------------------------------------- grading


class Grades:
    """Grades open deals by the model that serves; `model` is None while none does or people want the stages."""

    def __init__(self):
        wanted = business.get("deal_chances_by_model")
        self.model, self.grader = scores.current("deal") if wanted else (None, None)
        self._first: dict[int, Decimal] = {}

    def of(self, facts: Sequence[dict[str, Any]], stages: Sequence[Stage], *, deep: bool = False) -> list[tuple[float, dict[str, float]]]:
        """Return the log-odds of deals by their facts, each in a stage, and what each fact adds."""
        seen = [{**one, "stage": stage.name} for one, stage in zip(facts, stages, strict=True)]
        found = self.grader.of_many(seen, deep=deep)
        if "stage" not in self.grader.types:
            found = [_shifted(z, parts, self._by_stage(stage)) for (z, parts), stage in zip(found, stages, strict=True)]
        trust, middle = trust_of(self.model), self.grader.middle
        return [_drawn(z, parts, middle, _odds(stage.probability), trust) for (z, parts), stage in zip(found, stages, strict=True)]

    def _by_stage(self, stage: Stage) -> float:
        """Return what the stage adds to the log-odds of a deal that just began."""
        if stage.pipeline_id not in self._first:
            begins = Stage.objects.filter(pipeline=stage.pipeline_id).active().in_order().first() or stage
            self._first[stage.pipeline_id] = begins.probability
        return _odds(stage.probability) - _odds(self._first[stage.pipeline_id])


def trust_of(model: ScoringModel) -> float:
    """Return how much of what a model says counts beside a stage's own probability, 0 to 1: 20 won and 20 lost deals are half."""
    rarer = min(model.won_count, model.closed_count - model.won_count)
    return rarer / (rarer + STAGE_WORTH)


def _drawn(z: float, parts: dict[str, float], middle: float, by_stage: float, trust: float) -> tuple[float, dict[str, float]]:
    """Weigh the log-odds of a model and of a stage; what the stage's word moves is the stage's part, so that parts add up."""
    parts = {key: trust * part for key, part in parts.items()}
    return trust * z + (1 - trust) * by_stage, {**parts, "stage": parts.get("stage", 0.0) + (1 - trust) * (by_stage - middle)}


def _shifted(z: float, parts: dict[str, float], shift: float) -> tuple[float, dict[str, float]]:
    return z + shift, {**parts, "stage": shift}


def _odds(probability: Decimal) -> float:
    p = min(max(float(probability), EDGE), 1 - EDGE)
    return log(p / (1 - p))


def share(z: float) -> Decimal:
    """Return a probability as opportunities keep it, never quite 0 or 1."""
    return Decimal(str(min(max(sigmoid(z), 0.001), 0.999))).quantize(Decimal("0.001"))


def rate(opportunity: Opportunity, stage: Stage) -> Decimal | None:
    """Say for a verb what the model thinks of a deal in a stage, by the facts of its latest grade; None without one. Two queries."""
    grades = Grades()
    if grades.model is None:
        return None
    facts = DealScore.objects.filter(opportunity=opportunity).values_list("facts", flat=True).first()
    return None if facts is None else share(grades.of([facts], [stage])[0][0])


def grade_many(keys: Sequence[int], *, at: datetime, grades: Grades | None = None) -> int:
    """Grade open deals and let their probabilities follow, in one transaction; returns how many were graded."""
    grades = grades or Grades()
    if grades.model is None or not keys:
        return 0
    with transaction.atomic():
        read = Opportunity.objects.open().filter(pk__in=keys).select_related("stage", "source", "medium", "campaign", "company", "contact")
        deals = list(read.prefetch_related("tags").order_by("pk").select_for_update(no_key=True, skip_locked=True, of=("self",)))
        types, unused = features.custom_types(), features.unused()
        facts = [features.without(facts_of(deal, types), unused) for deal in deals]
        found = grades.of(facts, [deal.stage for deal in deals], deep=len(deals) <= scores.AT_ONCE)
        rows = [_row(deal, one, z, parts, grades, at) for deal, one, (z, parts) in zip(deals, facts, found, strict=True)]
        DealScore.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["opportunity"],
            update_fields=["facts", "model", "probability", "reasons", "scored_at"],
        )  # fmt: skip
        chances.keep_rated({row.opportunity_id: share(z) for row, (z, _parts) in zip(rows, found, strict=True)})
    return len(deals)


def _row(deal: Opportunity, facts: dict[str, Any], z: float, parts: dict[str, float], grades: Grades, at: datetime) -> DealScore:
    seen = {**facts, "stage": deal.stage.name}
    reasons = scores.told(grades.grader, z, parts, seen, grades.model)
    return DealScore(opportunity=deal, fields=facts, taken_at=at, facts=facts, model=grades.model, probability=sigmoid(z),
                     reasons=reasons, scored_at=at, first_said=sigmoid(z))  # fmt: skip


def rescore(*, at: datetime, limit: int = 20_000) -> int:
    """Grade open deals that another model graded, or none; let the stages speak where no model does. Returns how many.

    Batches of their own transactions: a board's columns are never held for long.
    """
    grades, done = Grades(), 0
    if grades.model is None:
        return chances.back_to_stages() if Opportunity.objects.open().filter(probability_by_model=True).exists() else 0
    waiting = Opportunity.objects.open().filter(Q(deal_score__isnull=True) | ~Q(deal_score__model=grades.model))
    last = 0
    while done < limit:
        keys = list(waiting.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:TOGETHER])
        if not keys:
            break
        last = keys[-1]
        done += grade_many(keys, at=at, grades=grades)
    return done


def refresh(*, at: datetime) -> int:
    """Grade deals whose facts changed since they were graded; returns how many. One query while no model serves."""
    grades = Grades()
    if grades.model is None:
        return 0
    mark, _made = Watermark.objects.get_or_create(pk=1)
    events = OpportunityEvent.objects.filter(pk__gt=mark.deal - OVERLAP, kind__in=TELLS, opportunity__state=Opportunity.State.OPEN)
    stale = Q(opportunity__deal_score__isnull=True) | Q(occurred_at__gt=F("opportunity__deal_score__scored_at"))
    newest = OpportunityEvent.objects.aggregate(n=Max("pk"))["n"] or 0
    due = list(dict.fromkeys(events.filter(stale).order_by("pk").values_list("opportunity", flat=True)[:SWEEP]))
    for start in range(0, len(due), scores.AT_ONCE):
        grade_many(due[start : start + scores.AT_ONCE], at=at, grades=grades)
    if len(due) < SWEEP and newest != mark.deal:
        Watermark.objects.filter(pk=1).update(deal=newest)
    return len(due)
