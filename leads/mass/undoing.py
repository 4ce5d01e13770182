"""Taking an act over many leads back, a chunk at a time: what was edited since is kept and listed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from core import undo
from core.models import Change, ChangeRow
from core.work import Work
from leads.bulk import Batch
from leads.mass.acts import READ
from leads.mass.models import MassAct
from leads.models import Lead

LISTED = 1_000  # of those kept as they are, the first so many are named


def begin_undo(act: MassAct, *, by) -> bool:
    """Take a finished act back, or one that runs; tell whether it begins now."""
    steps = {MassAct.Step.RUNNING, MassAct.Step.FINISHED}
    moved = MassAct.objects.filter(pk=act.pk, step__in=steps).update(
        step=MassAct.Step.UNDOING, state=Work.State.WAITING, due_at=Now(), attempts=0, lease_until=None, token=None, at_row=0, last_error=""
    )
    Change.objects.filter(pk=act.change_id).update(undone_by=by)
    return bool(moved)


def take_back_chunk(act: MassAct, size: int, *, at: datetime) -> tuple[int, int, int]:
    """Put the next rows of the change back; return the last row looked at (0 when none is left), how many came back, how many stay."""
    change = Change.objects.select_for_update().get(pk=act.change_id)
    rows = list(change.rows.filter(pk__gt=act.at_row).order_by("pk")[:size])
    if not rows:
        return 0, 0, 0
    found = Lead._base_manager.filter(pk__in=[row.row for row in rows]).order_by("pk").select_for_update(of=("self",))
    leads = {lead.pk: lead for lead in found.only(*READ)}
    same = [row for row in rows if row.row in leads and undo.image(leads[row.row], list(row.after)) == row.after]
    back = _put_back(act, change, same, leads, at=at)
    ChangeRow.objects.filter(pk__in=[row.pk for row in same if row.row in back]).update(undone_at=at)
    _list(change, [row for row in rows if row.row not in back], leads)
    return rows[-1].pk, len(back), len(rows) - len(back)


def _put_back(act: MassAct, change: Change, rows: Iterable[ChangeRow], leads: dict[int, Lead], *, at: datetime) -> set[int]:
    """Put all of them back in one go; where one can't come back, one by one."""
    try:
        with transaction.atomic():
            return _at_once(act, change, rows, leads, at=at)
    except IntegrityError:
        back = set()
        for row in rows:
            try:
                with transaction.atomic():
                    leads[row.row].refresh_from_db()
                    back |= _at_once(act, change, [row], leads, at=at)
            except IntegrityError:
                continue
        return back


def _at_once(act: MassAct, change: Change, rows: Iterable[ChangeRow], leads: dict[int, Lead], *, at: datetime) -> set[int]:
    batch = Batch(at=at, by=change.undone_by, only_open=False)
    for row in rows:
        lead = leads[row.row]
        if row.before:
            batch.change(lead, **_columns(row.before))
        batch.record(lead, "undone", verb=change.verb)
    if act.verb == MassAct.Verb.TAG:
        Lead.tags.through.objects.filter(lead__in=[row.row for row in rows], tag=act.values["tag"]).delete()
    return batch.flush()


def _columns(before: dict[str, Any]) -> dict[str, Any]:
    return {Lead._meta.get_field(name).attname: undo.typed(Lead, name, value) for name, value in before.items()}


def _list(change: Change, rows: Iterable[ChangeRow], leads: dict[int, Lead]) -> None:
    named = [
        {"code": "undo_edited_since" if row.row in leads else "undo_gone", "values": {"row": str(leads.get(row.row) or row.row), "lead": row.row}}
        for row in rows
    ]  # fmt: skip
    if named and len(change.kept) < LISTED:
        change.kept = (change.kept + named)[:LISTED]
        change.save(update_fields=["kept"])


def hand_over(change: Change, *, by, at: datetime) -> list[dict]:
    """Undo asked for elsewhere: the bulk worker takes it back in chunks."""
    begin_undo(MassAct.objects.get(change=change), by=by)
    return []


for verb in ("leads_assigned", "leads_qualified", "leads_disqualified", "leads_archived", "leads_tagged"):
    undo.undoer(verb)(hand_over)
