"""Scores of leads somebody edited or that did something: graded again within seconds.

Events and engagements are read by their numbers from where the last sweep stopped, with an overlap for what was stored
late; a lead that was scored after its event is left alone, so a repeated sweep does nothing.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max

from leads.bulk import Batch
from leads.models import Engagement, Lead, LeadEvent
from scoring import profile
from scoring.models import Watermark
from scoring.scores import score_many

TELLS = ("changed", "joined", "merged", "undone", "engaged", "restored")  # what may change what is known of a lead
OVERLAP = 500
MOST = 2_000  # rows of either kind read in one sweep
TOGETHER = 16
FADES = timedelta(days=1)


def refresh(*, at: datetime) -> int:
    """Grade open leads again whose facts changed since they were scored; returns how many. Few queries when none did.

    A few leads per transaction: nobody who assigns or edits one waits for the others. What somebody holds is due again.
    """
    newest = _newest()
    mark, _ = Watermark.objects.get_or_create(pk=1, defaults=newest)
    events = LeadEvent.objects.filter(pk__gt=mark.event - OVERLAP, kind__in=TELLS, lead__is_open=True, occurred_at__gt=F("lead__scored_at"))
    acts = Engagement.objects.filter(
        pk__gt=mark.engagement - OVERLAP, actor=Engagement.Actor.HUMAN, lead__is_open=True, occurred_at__gt=F("lead__scored_at")
    )
    told, did = ([*rows.order_by("pk").values_list("lead", flat=True)[:MOST]] for rows in (events, acts))
    due = list(dict.fromkeys(told + did))
    done = sum(_score(due[start : start + TOGETHER], at) for start in range(0, len(due), TOGETHER))
    if done == len(due) and max(len(told), len(did)) < MOST:
        Watermark.objects.filter(pk=1).update(**newest)
    return done


def fade(*, at: datetime, limit: int = 2_000) -> int:
    """Grade engaged leads again a day after the last time: what they did counts less by then. Returns how many."""
    done = 0
    while done < limit:
        stale = Lead.objects.open().filter(engagement__lt=profile.LEAST_ENGAGED, scored_at__lt=at - FADES)
        due = list(stale.order_by("scored_at", "pk").values_list("pk", flat=True)[:TOGETHER])
        _score(due, at)
        done += len(due)
        if len(due) < TOGETHER:
            break
    return done


def _newest() -> dict[str, int]:
    return {"event": LeadEvent.objects.aggregate(n=Max("pk"))["n"] or 0, "engagement": Engagement.objects.aggregate(n=Max("pk"))["n"] or 0}


@transaction.atomic
def _score(pks: list[int], at: datetime) -> int:
    """Grade those of the leads that nobody else holds, and return how many."""
    leads = list(Lead.objects.open().filter(pk__in=pks).order_by("pk").select_for_update(no_key=True, skip_locked=True, of=("self",)))
    batch = Batch(at=at)
    score_many(leads, at=at, batch=batch)
    batch.flush()
    return len(leads)
