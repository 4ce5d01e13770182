"""The steps after capture, in the order everybody reads (decision 3): score → qualify → carry out → assign.

The lead's own row is the work: `qualify_due_at` asks for it, a claim gives it a lease and a token for a few seconds. While
a batch is decided its rows are locked and everything is one transaction, so a worker that dies leaves nothing half done,
one that froze finds its token gone, and nobody else can work on the same lead meanwhile. A lead that was being worked on
when a worker died is claimed alone from then on: after three tries it is set aside, and its neighbours have gone through.
"""

import logging
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now

from assignment import qualification, routing
from core import clock, limits
from leads.bulk import Batch
from leads.models import Lead
from scoring import scores

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=2)  # from the claim to the first lock; also how long a dead worker's neighbours wait
AGAIN = timedelta(seconds=5)
DIED = "its worker stopped while at it"
FINISHED = {"qualify_lease_until": None, "qualify_token": None, "qualify_attempts": 0, "qualify_error": ""}


def qualify_due(limit: int = limits.BATCH, *, at: datetime | None = None, only: Sequence[int] | None = None) -> int:
    """Score, qualify and assign up to `limit` leads whose time has come; returns how many were taken up.

    Safe to run anywhere, any number of times at once. `only` names leads, for who waits for theirs.
    """
    at = at or clock.now()
    token, claimed = claim(limit, only)
    if not claimed:
        return 0
    try:
        _decide(claimed, token, at)
    except (OperationalError, InterfaceError):
        raise  # the database is away: the leases run out by themselves
    except Exception as problem:
        if len(claimed) == 1:
            give_back(claimed[0], token, problem)
        else:
            _one_by_one(claimed, token, at)
    return len(claimed)


def claim(limit: int, only: Sequence[int] | None = None) -> tuple[uuid.UUID, list[int]]:
    """Take due leads for a few seconds, oldest first, and set aside those that were tried too often.

    Fresh ones come in a batch; one that was tried before comes alone.
    """
    token = uuid.uuid4()
    with transaction.atomic():
        rows = Lead.objects.to_qualify().order_by("qualify_due_at", "pk").select_for_update(skip_locked=True, no_key=True)
        if only is not None:
            rows = rows.filter(pk__in=only)
        due = list(rows.values_list("pk", "qualify_attempts")[:limit])
        _set_aside([pk for pk, tries in due if tries >= limits.TRIES])
        fresh = [pk for pk, tries in due if tries == 0]
        tried = [pk for pk, tries in due if 0 < tries < limits.TRIES]
        mine = tried[:1] or fresh
        Lead.objects.filter(pk__in=mine).update(
            qualify_token=token, qualify_lease_until=Now() + LEASE, qualify_attempts=F("qualify_attempts") + 1
        )
    return token, mine


def _set_aside(pks: list[int]) -> None:
    """Leave leads to a person, with the reason; they stay open and visible."""
    stuck = Lead.objects.filter(pk__in=pks)
    stuck.filter(qualify_error="").update(qualify_error=DIED)
    stuck.update(qualify_stuck_at=Now(), qualify_due_at=None, qualify_lease_until=None, qualify_token=None)


@transaction.atomic
def _decide(pks: Sequence[int], token: uuid.UUID, at: datetime) -> int:
    """Do all steps for the leads that are still ours, in one transaction; returns how many."""
    rows = Lead.objects.filter(pk__in=pks, qualify_token=token).select_related("team", "owner").prefetch_related("tags")
    leads = list(rows.order_by("pk").select_for_update(no_key=True, of=("self",)))
    ended = [lead for lead in leads if not lead.is_open]
    if ended:
        scores.keep_facts(ended, at=at)
        Lead.objects.filter(pk__in=[lead.pk for lead in ended]).update(qualify_due_at=None, **FINISHED)
    leads = [lead for lead in leads if lead.is_open]
    batch = Batch(at=at, token=token)
    scores.score_many(leads, at=at, batch=batch)
    outcomes = qualification.decide_many(leads, at=at, batch=batch)
    going_on = [lead for lead in leads if outcomes[lead.pk].goes_on]
    routing.assign_many(going_on, at=at, batch=batch)
    for lead in leads:
        batch.change(lead, qualify_due_at=lead.come_back_at if outcomes[lead.pk].kind == "nurture" else None, **FINISHED)
    batch.flush()
    for lead in going_on:
        if outcomes[lead.pk].kind == "opportunity":
            qualification.convert(lead, outcomes[lead.pk], at=at)
    return len(leads)


def _one_by_one(pks: Sequence[int], token: uuid.UUID, at: datetime) -> None:
    """Try each lead of a batch that failed, so that one bad lead never stops the others."""
    for pk in pks:
        Lead.objects.filter(pk=pk, qualify_token=token).update(qualify_lease_until=Now() + LEASE)
        try:
            _decide([pk], token, at)
        except (OperationalError, InterfaceError):
            raise
        except Exception as problem:
            give_back(pk, token, problem)


def give_back(pk: int, token: uuid.UUID, problem: Exception) -> None:
    """Ask for another try later, or set the lead aside after the last one; only while it is still ours."""
    log.exception("lead %s could not be qualified", pk, exc_info=problem)
    mine = Lead.objects.filter(pk=pk, qualify_token=token)
    said = f"{type(problem).__name__}: {problem}"[:2000]
    worn_out = mine.filter(qualify_attempts__gte=limits.TRIES)
    if worn_out.update(qualify_error=said, qualify_stuck_at=Now(), qualify_due_at=None, qualify_lease_until=None, qualify_token=None):
        return
    mine.update(qualify_error=said, qualify_due_at=Now() + AGAIN, qualify_lease_until=None, qualify_token=None)


def release_stuck(pk: int) -> bool:
    """Try a lead again that was set aside, from the first try."""
    stuck = Lead.objects.filter(pk=pk, qualify_stuck_at__isnull=False)
    return stuck.update(qualify_stuck_at=None, qualify_due_at=Now(), **FINISHED) == 1
