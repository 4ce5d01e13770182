"""Learn from what has closed: own leads, or past deals that stand in until enough own leads have closed (decision 30)."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.db.models.query import QuerySet
from django.utils.translation import gettext_lazy as _

from core import business, locks
from opportunities.models import Conversion, Opportunity
from scoring import deals, features
from scoring.lessons import MOST, Lessons, mature
from scoring.models import ScoringModel, Snapshot, Training

business.declare("scoring_least_closed", int, 50, _("Own closed leads from which they alone teach the scores"))
GROWN = 0.05
RETRAIN_AFTER = timedelta(hours=24)


def closed_leads() -> QuerySet[Snapshot]:
    """Leads a person brought to an end, as they were when first scored: converted 1, disqualified 0.

    Archived, merged and open ones are no lessons.
    """
    ended = Q(lead__converted_at__isnull=False) | Q(lead__disqualified_at__isnull=False)
    return Snapshot.objects.filter(ended, lead__archived_at__isnull=True, lead__merged_at__isnull=True)


def past_deals() -> QuerySet[Opportunity]:
    """Won and lost opportunities that no lead stands behind: the history somebody imported."""
    behind = Conversion.objects.filter(opportunity=OuterRef("pk"), undone_at__isnull=True)
    return Opportunity.objects.filter(~Exists(behind), state__in=["won", "lost"])


def own_enough() -> int:
    return business.get("scoring_least_closed")


def lessons(at: datetime, question: str = "lead") -> Lessons:
    """Collect what to learn from: mature own leads, and while they are few the past deals as well; for deals, all closed ones."""
    if question == "deal":
        return deals.lessons(at)
    own = list(
        closed_leads().annotate(ended_at=Coalesce("lead__converted_at", "lead__disqualified_at")).order_by("lead__captured_at", "lead_id")
        .values_list("fields", "lead__converted_at", "lead__captured_at", "ended_at")
    )[-MOST:]  # fmt: skip
    unused = features.unused()
    if len(own) >= own_enough():
        own = mature(own, at, least=own_enough())
        rows, outcomes = [features.without(row[0], unused) for row in own], [int(row[1] is not None) for row in own]
        return Lessons(rows, outcomes, False, own[0][2], own[-1][2])
    types = features.custom_types()
    past = list(
        past_deals().select_related("source", "medium", "campaign", "company", "contact").prefetch_related("tags")
        .order_by("-closed_at", "-pk")[:MOST]
    )[::-1]  # fmt: skip
    rows = [features.without(row, unused) for row in (*(features.of_deal(deal, types) for deal in past), *(row[0] for row in own))]
    outcomes = [int(deal.state == "won") for deal in past] + [int(row[1] is not None) for row in own]
    moments = [deal.closed_at for deal in past] + [row[2] for row in own]
    return Lessons(rows, outcomes, bool(past), min(moments, default=None), max(moments, default=None))


def filled_later(at: datetime, *, newest: int = 1_000, least: int = 20, share: float = 0.5) -> list[dict[str, Any]]:
    """Return fields most closed leads got only after they were first scored: what they say comes from the work on them.

    [{"field", "share" of the leads that have it, "n"}], most first. Such a field teaches nothing, and warns of itself.
    """
    rows = closed_leads().select_related("lead").prefetch_related("lead__tags").order_by("-lead__captured_at", "-pk")[:newest]
    reader, filled, late = features.Reader(at=at), Counter(), Counter()
    for snapshot in rows:
        now = reader.of(snapshot.lead)
        filled.update(now.keys())
        late.update(key for key in now if key not in snapshot.fields and key not in features.GROWS)
    found = [{"field": key, "share": late[key] / filled[key], "n": filled[key]} for key in late if filled[key] >= least]
    return sorted((one for one in found if one["share"] >= share), key=lambda one: -one["share"])


def is_due(at: datetime, question: str = "lead") -> bool:
    """Tell whether to learn again: nothing was learnt yet, 5 % more have closed since, or a day has passed with anything new."""
    known, stands_in = count_known(question)
    last = Training.objects.filter(question=question).order_by("-pk").select_related("model").first()
    if last is None or not known:
        return known > 0
    if last.model and last.model.stands_in != stands_in or abs(known - last.known) >= max(1, GROWN * last.known):
        return True
    return known != last.known and last.at < at - RETRAIN_AFTER


def count_known(question: str = "lead") -> tuple[int, bool]:
    """Return how many closed leads or deals there are to learn from, and whether past deals stand in."""
    if question == "deal":
        return deals.count_known(), False
    own, past = closed_leads().count(), past_deals().count()
    return (own, False) if own >= own_enough() else (own + past, past > 0)


def train(at: datetime, question: str = "lead") -> ScoringModel | None:
    """Learn from everything closed, all parts at once; None when nothing has closed or another training is at work."""
    from scoring import retraining

    run = retraining.start(at, question=question)
    while run and not retraining.work(run, at=at, seconds=3600):
        pass
    return run.model if run else None


@transaction.atomic
def activate(model: ScoringModel, *, at: datetime) -> None:
    """Let a model serve from now on, and the one before no longer."""
    locks.hold("scoring.activate")
    others = ScoringModel.objects.filter(question=model.question, active_since__isnull=False, active_until__isnull=True)
    others.exclude(pk=model.pk).update(active_until=at)
    model.active_since, model.active_until = at, None
    model.decision = {key: value for key, value in model.decision.items() if key != "rescored_at"} | {"promoted": True}
    model.save(update_fields=["active_since", "active_until", "decision"])
