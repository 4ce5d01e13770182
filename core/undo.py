"""Taking an act back: one Change with a before-image of every row it touched (decision 18).

    with undo.recording("archive", by=nora, at=at) as change:
        change.touching(lead, "archived_at", "archive_reason")
        lead.archive(…)

The default undoer goes row by row: what was edited since is kept and listed. A verb that needs more registers its
own with @undo.undoer("verb"). More than core.limits.UNDO_AT_ONCE rows are taken back by the bulk worker.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from json import dumps, loads
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.db.utils import IntegrityError
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core import limits, reasons
from core.inserts import insert
from core.models import Change, ChangeRow

reasons.register(
    {
        "undo_edited_since": _("%(row)s was changed since, so it stays as it is."),
        "undo_gone": _("%(row)s is no longer there."),
        "undo_in_use": _("%(row)s is used by something else, so it stays."),
        "undo_taken": _("%(row)s can't come back: something else has taken its place."),
    }
)


class TooLate(Exception):
    """The 30 days are over, or it was taken back already."""


class NotYet(Exception):
    """Something done since must be taken back first; `code` and `values` say what."""

    def __init__(self, code: str, values: dict[str, Any]):
        self.code, self.values = code, values
        super().__init__(code)


_undoers: dict[str, Callable[..., list[dict]]] = {}


def undoer(verb: str):
    """Register how one verb is taken back: fn(change, *, by, at) → rows kept, as [{"code", "values"}]."""

    def decorator(function):
        _undoers[verb] = function
        return function

    return decorator


_ways_on: dict[str, Callable[[Change, str, Any], str]] = {}


def way_on(verb: str):
    """Register where to go once a verb was taken back: fn(change, path one is on, person) → an address, or nothing to stay."""

    def decorator(function):
        _ways_on[verb] = function
        return function

    return decorator


def leads_on_to(change: Change, path: str, person: Any) -> str:
    """Return the address to go to when the page one is on went with what was taken back."""
    return _ways_on[change.verb](change, path, person) if change.verb in _ways_on and change.undone_at else ""


def image(row: models.Model, names: tuple[str, ...] | list[str]) -> dict[str, Any]:
    """Return the named columns as JSON primitives."""
    return {name: _plain(getattr(row, row._meta.get_field(name).attname)) for name in names}


def _plain(value: Any) -> Any:
    """Return a column's value as JSON gives it back."""
    if value is None or type(value) in (int, str, bool):
        return value
    return loads(dumps(value, cls=DjangoJSONEncoder))


@dataclass
class Recorder:
    """Collects what an act touches; written when the block ends well."""

    change: Change
    touched: list[tuple[models.Model, tuple[str, ...], dict]] = field(default_factory=list)
    made: list[models.Model] = field(default_factory=list)

    @property
    def pk(self) -> int:
        return self.change.pk

    def touching(self, row: models.Model, *names: str) -> None:
        """Remember these columns of a row as they are now; call before the act changes them."""
        self.touched.append((row, names, image(row, names)))

    def created(self, row: models.Model) -> None:
        """Remember that the act made this row; call any time inside the block."""
        self.made.append(row)

    def write(self) -> None:
        rows = []
        for row, names, before in self.touched:
            fresh = type(row)._base_manager.get(pk=row.pk)
            rows.append(ChangeRow(change=self.change, model=row._meta.label_lower, row=row.pk, before=before,
                                  after=image(fresh, names)))
        rows += [ChangeRow(change=self.change, model=row._meta.label_lower, row=row.pk, before=None) for row in self.made]
        ChangeRow.objects.bulk_create(rows, batch_size=1000)


@contextmanager
def recording(verb: str, *, at: datetime, by=None, **details: Any) -> Iterator[Recorder]:
    """Open a change around an act, in the act's own transaction."""
    with transaction.atomic():
        recorder = Recorder(begin(verb, at=at, by=by, **details))
        yield recorder
        recorder.write()


def begin(verb: str, *, at: datetime, by=None, **details: Any) -> Change:
    """Keep that an act can be taken back whose undoer knows how without before-images; in the act's own transaction."""
    change = Change(verb=verb, by=by, at=at, details=details, until=at + timedelta(days=limits.UNDO_DAYS))
    insert(change)
    return change


def begin_all(verb: str, every: Iterable[dict[str, Any]], *, at: datetime, by=None) -> list[Change]:
    """Begin many changes of one verb, one for each of the details."""
    until = at + timedelta(days=limits.UNDO_DAYS)
    rows = [Change(verb=verb, by=by, at=at, details=details, until=until) for details in every]
    return Change.objects.bulk_create(rows, batch_size=1000)


def address(change: Change | Recorder) -> str:
    """Return the address to which a POST takes the change back."""
    return reverse("core:undo", args=[change.pk])


def ask(change: Change, *, by, at: datetime) -> Change:
    """Take a change back now when it is small, else leave it to the bulk worker. Raises TooLate."""
    with transaction.atomic():
        change = Change.objects.select_for_update().get(pk=change.pk)
        if change.undo not in {Change.Undo.OPEN, Change.Undo.ASKED} or at > change.until:
            raise TooLate
        if change.undo == Change.Undo.ASKED:
            return change
        if change.rows.count() <= limits.UNDO_AT_ONCE and not change.details.get("in_background"):
            return take_back(change, by=by, at=at)
        Change.objects.filter(pk=change.pk).update(undo=Change.Undo.ASKED, undone_by=by)
        change.refresh_from_db()
        return change


@transaction.atomic
def take_back(change: Change, *, by, at: datetime) -> Change:
    """Run the verb's undoer and note what was kept. Repeated, it does nothing."""
    change = Change.objects.select_for_update().get(pk=change.pk)
    if change.undo in {Change.Undo.UNDONE, Change.Undo.KEPT}:
        return change
    kept = _undoers.get(change.verb, row_by_row)(change, by=by, at=at)
    change.undo = Change.Undo.KEPT if kept else Change.Undo.UNDONE
    change.undone_at, change.undone_by, change.kept = at, by, kept
    change.save(update_fields=["undo", "undone_at", "undone_by", "kept"])
    return change


def row_by_row(change: Change, *, by, at: datetime) -> list[dict]:
    """Put each touched row back, newest first, unless it was edited since; remove what was made."""
    kept = []
    for row in change.rows.filter(undone_at__isnull=True).order_by("-pk"):
        if problem := _put_back(row, change, by=by, at=at):
            kept.append(problem)
        else:
            ChangeRow.objects.filter(pk=row.pk).update(undone_at=at)
    return kept


def _put_back(row: ChangeRow, change: Change, *, by, at: datetime) -> dict | None:
    model = apps.get_model(row.model)
    current = model._base_manager.select_for_update(of=("self",)).filter(pk=row.row).first()
    name = f"{model._meta.verbose_name} {row.row}"
    if current is None:
        return {"code": "undo_gone", "values": {"row": name}}
    try:
        with transaction.atomic():
            if row.before is None:
                current.delete()
                return None
            if image(current, list(row.after)) != row.after:
                return {"code": "undo_edited_since", "values": {"row": name}}
            values = {column: typed(model, column, value) for column, value in row.before.items()}
            if "version" not in values and any(f.name == "version" for f in model._meta.fields):
                values["version"] = models.F("version") + 1
            model._base_manager.filter(pk=row.row).update(**values)
            if hasattr(current, "record"):  # the undo is part of the story too
                current.record("undone", at=at, by=by, verb=change.verb)
    except (ProtectedError, RestrictedError):
        return {"code": "undo_in_use", "values": {"row": name}}
    except IntegrityError:
        return {"code": "undo_taken", "values": {"row": name}}
    return None


def typed(model: type[models.Model], column: str, value: Any) -> Any:
    """Return a value of an image as its column takes it."""
    found = model._meta.get_field(column)
    if isinstance(found, models.ForeignKey):
        return found.target_field.to_python(value) if value is not None else None
    return found.to_python(value)
