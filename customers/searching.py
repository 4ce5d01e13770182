"""The search for possible duplicates: every record is looked at once, soon after it came, in batches of a few statements."""

import time
from datetime import timedelta
from itertools import takewhile

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from core.merging.kinds import KINDS, Kind
from customers.models import LookedThrough

BATCH = 500
SETTLED = timedelta(minutes=2)  # older than any transaction that may still bring a record with a smaller key


def look_through(kind: Kind, *, until: float) -> int:
    """Look at what came since the last time, until time.monotonic() reaches `until`. Returns how many pairs were put down."""
    found = 0
    while time.monotonic() < until:
        with transaction.atomic():
            batch = _next_batch(kind)
            if not batch:
                return found
            found += put_down(kind, batch)
    return found


def _next_batch(kind: Kind) -> list[int]:
    """Take the next records in the order of their keys, up to the first that is too young; only one worker does."""
    LookedThrough.objects.get_or_create(kind=kind.name)
    come = LookedThrough.objects.select_for_update().get(kind=kind.name)
    old = ExpressionWrapper(Q(created_at__lt=Now() - SETTLED), output_field=BooleanField())
    rows = kind.model._base_manager.filter(pk__gt=come.until).annotate(is_old=old).order_by("pk")
    batch = [pk for pk, _old in takewhile(lambda row: row[1], rows.values_list("pk", "is_old")[:BATCH])]
    if batch:
        LookedThrough.objects.filter(kind=kind.name).update(until=batch[-1])
    return batch


def put_down(kind: Kind, pks: list[int]) -> int:
    """Keep the pairs that these records form with any others and that are worth somebody's look; known ones stay as they are."""
    likely = {}
    for pk, other, likeness in kind.alike(pks):
        if likeness.is_likely:
            likely[max(pk, other), min(pk, other)] = likeness
    pair, side = kind.pair, f"{kind.pair.side}_id"
    keys = {key for both in likely for key in both}
    known = set(pair._base_manager.filter(**{f"{side}__in": keys, "other_id__in": keys}).values_list(side, "other_id"))
    rows = [
        pair(**{side: newer, "other_id": older}, reasons=likeness.reasons, strength=round(likeness.strength * 100))
        for (newer, older), likeness in sorted(likely.items()) if not {(newer, older), (older, newer)} & known
    ]  # fmt: skip
    pair._base_manager.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def look_again(record) -> int:
    """Look at a record whose facts somebody just entered or changed; the search itself looks at each only once."""
    kind = KINDS[record._meta.model_name]
    return put_down(kind, [record.pk])


def find_pairs(*, seconds: float = 20) -> int:
    """Look through every kind of record for a bounded time."""
    until = time.monotonic() + seconds
    return sum(look_through(kind, until=until) for kind in KINDS.values())

