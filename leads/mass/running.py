"""The bulk worker's turn: an act goes on in leased chunks; rows, counts and where it stands move in one transaction."""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, transaction
from django.db.models.functions import Now
from django.http import QueryDict
from django.urls import reverse

from core import clock, limits, notices, undo
from core.models import Change
from core.work import Work
from leads import lists, stayed
from leads.bulk import Batch
from leads.mass.acts import ACTS, READ, Act
from leads.mass.models import MassAct
from leads.mass.undoing import take_back_chunk
from leads.models import Lead

log = logging.getLogger(__name__)
CHUNK = 1_000
NAMED = 100  # leads that stayed as they were are told one by one, the rest by numbers
SECONDS = 45  # of one turn; the lease is longer
Step = MassAct.Step


class Unclear(Exception):
    """The list can't be read as it was: acting on it might touch other leads than its reader saw."""


class Lost(Exception):
    """The lease went to another worker: nothing more may be written."""


def leads_of(query: str, user) -> Any:
    """Return the leads of a list by its address, as the person sees it now. Raises Unclear when part of it is left out."""
    given = QueryDict(query)
    shown = lists.LEADS.read_query(query, lists.narrowed(lists.view_of(given), user), user=user, path=reverse("leads:leads"))
    if shown.notices or given.get("view") not in {None, "", *lists.VIEWS}:
        raise Unclear(" ".join(str(notice) for notice in shown.notices))
    return shown.rows.order_by()


@transaction.atomic
def begin(verb: str, query: str, values: dict[str, Any], *, by, at: datetime) -> MassAct:
    """Ask for an act over all leads of a list, which the next sweep begins; leads that come later stay out. Raises Unclear."""
    rows = ACTS[verb].takes(leads_of(query, by))
    upto = rows.order_by("-pk").values_list("pk", flat=True).first() or 0
    details = {"in_background": True, "verb": verb}
    change = Change.objects.create(verb=ACTS[verb].undo_as, by=by, at=at, details=details, until=None)
    return MassAct.objects.create(verb=verb, query=query, values=values, by=by, at=at, change=change, total=rows.count(), upto=upto)


def advance(*, seconds: float = SECONDS) -> int:
    """Work on due acts, oldest first, for at most `seconds`; return how many turns were taken."""
    turns, until = 0, time.monotonic() + seconds
    while time.monotonic() < until:
        claimed = MassAct.objects.claim(limit=1)
        if not claimed:
            break
        _turn(claimed[0], until)
        turns += 1
    return turns


def _turn(act: MassAct, until: float) -> None:
    step = {Step.RUNNING: _run, Step.UNDOING: _undo}[act.step]
    try:
        step(act, until)
    except Lost:
        log.info("act %s went to another worker", act.pk)
    except (Unclear, ObjectDoesNotExist) as error:  # a filter, a person, a tag went meanwhile: what is done stays, and can be taken back
        act.finish(step=Step.FINISHED, problem=str(error)[:300] or type(error).__name__, finished_at=Now())
    except Exception as error:
        log.exception("act %s stopped", act.pk)
        act.give_back(f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')}")


def _run(act: MassAct, until: float) -> None:
    how = ACTS[act.verb]
    what = how.prepare(act.values)
    while True:
        with transaction.atomic(), notices.gathered(f"act:{act.pk}", grows=True):
            rows = _next(act)
            stored, left = _chunk(act, how, what, rows)
            if rows:
                _keep(act, at_row=rows[-1].pk, done_count=act.done_count + stored, left=_left(act, left))
        if not rows:
            act.finish(step=Step.FINISHED, finished_at=Now())
            return
        if time.monotonic() > until:
            act.finish(Work.State.WAITING, due_at=Now(), attempts=0)
            return


def _next(act: MassAct) -> list[Lead]:
    """Return the next leads that still match, in the order of their keys."""
    size = max(CHUNK // 5 ** max(act.attempts - 1, 0), 20)  # ever fewer after workers died at it
    rows = ACTS[act.verb].takes(leads_of(act.query, act.by)).filter(pk__gt=act.at_row, pk__lte=act.upto).select_related(None)
    found = Lead.objects.filter(pk__in=rows.order_by("pk").values("pk")[:size]).only(*READ).order_by("pk")
    return list(found.prefetch_related("team", "owner", *(["tags"] if act.verb == MassAct.Verb.TAG else [])))


def _chunk(act: MassAct, how: Act, what: Any, rows: list[Lead]) -> tuple[int, dict[str, list[Lead]]]:
    """Do it with these leads; return how many took it, and who stayed why. Each leaves its before-image for undo."""
    batch, images = Batch(at=act.at, by=act.by, only_open=how.only_open), {}
    for lead in rows:
        before = undo.image(lead, how.columns)
        if how.put(batch, lead, what, act):
            images[lead.pk] = (before, undo.image(lead, how.columns))
    stored = batch.flush()
    if act.verb == MassAct.Verb.ASSIGN:
        _tell_who_had_them(act, what, [(lead, images[lead.pk][0]["owner"]) for lead in rows if lead.pk in stored])
    with connection.cursor() as cursor, cursor.copy("COPY core_changerow (change_id, model, row, before, after) FROM STDIN") as copy:
        for pk in sorted(stored):
            before, after = images[pk]
            copy.write_row([act.change_id, "leads.lead", pk, undo.dumps(before), undo.dumps(after)])
    return len(stored), {
        stayed.ALREADY: [lead for lead in rows if lead.pk not in images],
        stayed.CHANGED: [lead for lead in rows if lead.pk in images and lead.pk not in stored],
    }


def _tell_who_had_them(act: MassAct, rep: Any, handed: list[tuple[Lead, int | None]]) -> None:
    for lead, before in handed:
        if before:
            notices.notify(before, "lead_taken", about=lead, key=f"lead_taken:act {act.pk}:{lead.pk}", at=act.at, by=act.by, name=str(rep))


def _left(act: MassAct, left: dict[str, list[Lead]]) -> dict[str, Any]:
    """Return the reasons so far with those of a chunk: {"counts": {reason: n}, "leads": [[key, reason], …]}, the first `NAMED` of them."""
    counts, named = dict(act.left.get("counts", {})), list(act.left.get("leads", []))
    for reason, leads in left.items():
        if leads:
            counts[reason] = counts.get(reason, 0) + len(leads)
            named += [[lead.pk, reason] for lead in leads[: max(NAMED - len(named), 0)]]
    return {"counts": counts, "leads": named}


def _undo(act: MassAct, until: float) -> None:
    at = clock.now()
    while True:
        with transaction.atomic():
            last, back, kept = take_back_chunk(act, CHUNK, at=at)
            if last:
                _keep(act, at_row=last, back_count=act.back_count + back, kept_count=act.kept_count + kept)
            else:
                state = Change.Undo.KEPT if act.kept_count else Change.Undo.UNDONE
                Change.objects.filter(pk=act.change_id).update(undo=state, undone_at=at)
        if not last:
            act.finish(step=Step.UNDONE, finished_at=Now())
            return
        if time.monotonic() > until:
            act.finish(Work.State.WAITING, due_at=Now(), attempts=0)
            return


def _keep(act: MassAct, **changes: Any) -> None:
    """Write progress and lengthen the lease in the chunk's own transaction. Raises Lost, which must roll it back."""
    fresh = Now() + timedelta(seconds=limits.LEASE_SECONDS)
    if not MassAct.objects.filter(pk=act.pk, token=act.token).update(lease_until=fresh, attempts=0, last_error="", **changes):
        raise Lost
    for name, value in changes.items():
        setattr(act, name, value)
    act.attempts = 1
