"""Taking in what the front door stored: claim, enter, finish, each submission once (reliability rules 1, 2 and 10).

A claim lasts a few seconds only; while a batch is being entered its rows are locked, so a slow worker keeps them, a dead one
loses them at once with its connection, and a frozen one is cut off by the database.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection, transaction

from capture.arrivals import Arrival, Fate
from capture.entering import enter
from capture.lists import Lists
from capture.models import Submission, WebForm
from capture.rows import as_json, ask
from core import limits
from teams.models import User

log = logging.getLogger(__name__)
LEASE = 5  # seconds from the claim to the first lock; also how long a dead worker's neighbours wait
RETRIES_AT_ONCE = 20

_HOLD = "SELECT id FROM capture_submission WHERE id = ANY(%s) AND token = %s AND state = 'claimed' ORDER BY id FOR UPDATE"
_FINISH = (
    "UPDATE capture_submission s SET state = 'done', lease_until = NULL, token = NULL, last_error = '', result = f.result,"
    " lead_id = f.lead, why = f.why::jsonb"
    " FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::text[]) AS f(id, result, lead, why) WHERE s.id = f.id RETURNING s.id"
)


def take_in(at: datetime | None = None, *, limit: int = limits.BATCH, only: Sequence[int] | None = None) -> int:
    """Turn due submissions into leads and return how many were settled. `only` names some, for who waits for theirs."""
    return len(settle_due(limit=limit, only=only))


def settle_due(*, limit: int = limits.BATCH, only: Sequence[int] | None = None) -> list[Fate]:
    """Take in due submissions and return their fates.

    First-comers go in one batch; what was tried before goes one by one, so that a record which kills its worker takes no
    neighbour with it and is set aside after three tries.
    """
    wanted = {"pk__in": list(only)} if only is not None else {}
    settled = _enter(Submission.objects.claim(limit=limit, lease=LEASE, attempts=0, **wanted))
    for _time in range(RETRIES_AT_ONCE):
        again = Submission.objects.claim(limit=1, lease=LEASE, attempts__gt=0, **wanted)
        if not again:
            break
        settled += _enter(again)
    return settled


def _enter(rows: list[Submission]) -> list[Fate]:
    """Enter a claimed batch; a failing one is halved until the row that fails stands alone and goes back to the queue."""
    if not rows:
        return []
    try:
        with transaction.atomic():
            return _settle(rows)
    except (OperationalError, InterfaceError) as error:
        if not connection.is_usable():
            raise
        return _halve(rows, error)
    except Exception as error:
        return _halve(rows, error)


def _halve(rows: list[Submission], error: Exception) -> list[Fate]:
    if len(rows) > 1:
        middle = len(rows) // 2
        return _enter(rows[:middle]) + _enter(rows[middle:])
    log.warning("submission not taken in", extra={"submission": rows[0].pk, "error": type(error).__name__})
    rows[0].give_back(f"{type(error).__name__}: {error}")
    return []


def _settle(rows: list[Submission]) -> list[Fate]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '5s'")
    held = {pk for (pk,) in ask(_HOLD, [[row.pk for row in rows], rows[0].token])}
    mine = [row for row in rows if row.pk in held]
    if not mine:
        return []
    fates = enter(arrivals_of(mine), lists=Lists.load())
    finish(list(zip([row.pk for row in mine], fates, strict=True)))
    return fates


def finish(settled: list[tuple[int, Fate]]) -> None:
    columns = [(pk, fate.result, fate.lead, as_json(fate.why)) for pk, fate in settled]
    ask(_FINISH, [list(column) for column in zip(*columns, strict=True)])


def arrivals_of(rows: Sequence[Submission]) -> list[Arrival]:
    """Return stored submissions as entering takes them."""
    forms = WebForm.objects.select_related("source").in_bulk({row.web_form_id for row in rows if row.web_form_id})
    keepers = User.objects.in_bulk({row.by_id for row in rows if row.context.get("keep")})
    arrivals = []
    for row in rows:
        form, told, origins = forms.get(row.web_form_id), {}, {}
        context = {**row.context, "by": str(keepers[row.by_id])} if row.by_id in keepers else row.context
        if form:
            told = {"form": form.name, **({"source": form.source.name} if form.source else {})}
            origins = {"source": form.source_id, "medium": form.medium_id, "campaign": form.campaign_id}
        arrivals.append(Arrival(
            row.pk, row.channel, row.raw, row.captured_at, row.occurred_at, row.by_id, row.team_id or (form.team_id if form else None),
            origins, context, told,
        ))  # fmt: skip
    return arrivals
