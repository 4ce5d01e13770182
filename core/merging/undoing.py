"""Taking a merge back: the facts, the others, and the rows that moved. What was edited since is kept and listed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import F
from django.db.utils import IntegrityError
from django.utils.translation import gettext_lazy as _

from core import reasons, undo
from core.merging.choices import Field
from core.merging.execution import counted, versioned
from core.merging.kinds import Kind
from core.models import Change, ChangeRow

Kept = list[dict[str, Any]]

reasons.register(
    {
        "merge_went_on": _("%(name)s was merged into another record since. Take that back first."),
        "merge_gone": _("The record they were merged into is no longer there."),
        "merge_fact_edited": _("%(field)s of %(name)s was changed since, so it stays."),
        "merge_row_edited": _("%(row)s was changed since, so it stays with %(name)s."),
        "merge_address_taken": _("%(name)s can't come back: something else has its e-mail, phone or domain by now."),
    }
)


def register(kind: Kind) -> None:
    undo.undoer(kind.verb)(lambda change, *, by, at: take_back(kind, change, by=by, at=at))


def take_back(kind: Kind, change: Change, *, by, at: datetime) -> Kept:
    """Undo a merge. Raises undo.NotYet while the survivor itself is merged into another."""
    pks = [change.details["survivor"], *change.details["others"]]
    records = {record.pk: record for record in kind.hold(pks)}
    survivor = records.get(pks[0])
    if survivor is None:
        return [{"code": "merge_gone", "values": {}}]
    if survivor.merged_into_id:
        raise undo.NotYet("merge_went_on", {"name": str(survivor)})
    return Undoing(kind, change, survivor, [records[pk] for pk in pks[1:] if pk in records], by, at).run()


class Undoing:
    """One merge being taken back."""

    def __init__(self, kind: Kind, change: Change, survivor: Any, others: Sequence[Any], by, at: datetime):
        self.kind, self.change, self.survivor, self.others, self.by, self.at = kind, change, survivor, others, by, at
        self.label = kind.model._meta.label_lower
        self.rows = list(change.rows.order_by("pk"))
        self.kept: Kept = []
        self.must_derive = False

    def run(self) -> Kept:
        self._give_back_facts()
        self._remove_made()
        back = self._bring_back()
        self._derive()
        for model, column in self._moved():
            self._point_back(model, column, back)
        self._drop_again()
        self._restore_images(back)
        self.kind.follow([self.survivor.pk, *(other.pk for other in self.others)])
        names = [str(other) for other in self.others if other.pk in back]
        for record in (self.survivor, *(other for other in self.others if other.pk in back)):
            record.record("undone", at=self.at, by=self.by, verb=self.change.verb, names=names)
        ChangeRow.objects.filter(change=self.change).update(undone_at=self.at)
        return self.kept

    # ------------------------------------------------------------------- facts

    def _give_back_facts(self) -> None:
        """Put the survivor's columns back, fact by fact; sums lose exactly what the merge brought."""
        row = next((row for row in self.rows if row.model == self.label and row.row == self.survivor.pk), None)
        if row is None:
            return
        values, left = {}, dict(row.before)
        for name in self.kind.sums:
            if name in left:
                values[name] = F(name) - (row.after[name] - left.pop(name))
        for field in self._fields(left):
            names = [name for name in field.columns if name in left]
            if self._is_as_merged(row, names):
                values |= {name: self._typed(name, left[name]) for name in names}
            else:
                self._keep("merge_fact_edited", field=str(field.label))
            for name in names:
                left.pop(name)
        if "custom" in left:
            values["custom"] = self._custom(row, left.pop("custom"))
        untouched = {name for name in left if self._is_as_merged(row, [name])}
        self.must_derive = bool(self.kept) or untouched != set(left)
        values |= {name: self._typed(name, left[name]) for name in untouched}
        self._store(values)

    def _fields(self, names: Iterable[str]) -> list[Field]:
        return [field for field in self.kind.fields([self.survivor]) if not field.custom and set(field.columns) & set(names)]

    def _is_as_merged(self, row: ChangeRow, names: list[str]) -> bool:
        return undo.image(self.survivor, names) == {name: row.after[name] for name in names}

    def _custom(self, row: ChangeRow, before: dict[str, Any]) -> dict[str, Any]:
        """Put custom values back key by key, but those edited since."""
        now, after = dict(self.survivor.custom), row.after["custom"]
        for key in {*before, *after}:
            if before.get(key) == after.get(key):
                continue
            if now.get(key) != after.get(key):
                self._keep("merge_fact_edited", field=key.replace("_", " "))
            elif key in before:
                now[key] = before[key]
            else:
                now.pop(key, None)
        return now

    def _store(self, values: dict[str, Any]) -> None:
        rows = self.kind.model._base_manager.filter(pk=self.survivor.pk)
        try:
            with transaction.atomic():
                rows.update(**values, **versioned(self.kind.model))
        except IntegrityError:
            self._keep("merge_address_taken", name=str(self.survivor))
        self.survivor.refresh_from_db()

    def _derive(self) -> None:
        """Where facts were edited since, what follows from them is neither as before nor as merged."""
        if self.must_derive and (derived := self.kind.derive(self.survivor)):
            self.kind.model._base_manager.filter(pk=self.survivor.pk).update(**derived)

    def _typed(self, name: str, value: Any) -> Any:
        return undo.typed(self.kind.model, name, value)

    # -------------------------------------------------------------------- rows

    def _remove_made(self) -> None:
        """Take away the addresses, tags and pairs that the merge gave the survivor, but an address it uses since."""
        for model, rows in self._by_model(row for row in self.rows if row.before is None):
            used = model._base_manager.filter(pk__in=[row.row for row in rows])
            for part in self.kind.addresses:
                if part.model is model:
                    mine = getattr(self.survivor, part.primary[part.columns.index(part.key)])
                    used = used.exclude(**{part.key: mine}) if mine else used
            used.delete()

    def _bring_back(self) -> set[int]:
        """Let the others stand again, and those that had been merged into them point to them. Returns which do."""
        rows = [row for row in self.rows if row.model == self.label and row.before and row.row != self.survivor.pk]
        back: set[int] = set()
        for row in rows:
            if row.before.get("merged_into", 0) is None and self._stands_again(row):
                back.add(row.row)
        return back

    def _stands_again(self, row: ChangeRow) -> bool:
        values = {name: self._typed(name, value) for name, value in row.before.items()}
        mine = self.kind.model._base_manager.filter(pk=row.row, merged_into=self.survivor.pk)
        try:
            with transaction.atomic():
                if mine.update(**values, **versioned(self.kind.model)):
                    return True
        except IntegrityError:
            name = next((str(other) for other in self.others if other.pk == row.row), str(row.row))
            self._keep("merge_address_taken", name=name)
        return False

    def _moved(self) -> list[tuple[Any, str]]:
        """Return every (model, column) of which the merge moved rows."""
        found = {}
        for row in self.rows:
            if row.before and len(row.before) == 1 and isinstance(next(iter(row.before.values())), int):
                column = next(iter(row.before))
                if row.model != self.label or column == "merged_into":
                    found[(row.model, column)] = None
        return [(apps.get_model(label), column) for label, column in found]

    def _point_back(self, model: Any, column: str, back: set[int]) -> None:
        """Let rows that still point to the survivor point to where they did before. One statement."""
        field, table = model._meta.get_field(column), model._meta.db_table
        sets = [f"{field.column} = (kept.before->>%s)::bigint", *counted(model)]
        sql = (
            f"UPDATE {table} AS row SET {', '.join(sets)} FROM core_changerow AS kept WHERE kept.change_id = %s AND kept.model = %s"
            f" AND kept.before ? %s AND row.id = kept.row AND row.{field.column} = %s"
            f" AND (kept.before->>%s)::bigint = ANY(%s) RETURNING row.id"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [column, self.change.pk, model._meta.label_lower, column, self.survivor.pk, column, list(back)])
            pointed = {pk for (pk,) in cursor.fetchall()}
        wanted = {row.row for row in self.rows if row.model == model._meta.label_lower and row.before and column in row.before
                  and row.before[column] in back}  # fmt: skip
        for other in model._base_manager.filter(pk__in=sorted(wanted - pointed)[:100]):
            self._keep("merge_row_edited", row=f"{model._meta.verbose_name} “{str(other)[:80]}”")

    def _drop_again(self) -> None:
        """Put back the rows that would have stood twice."""
        for (table, mine, theirs), rows in zip(self.kind.shared_rows(), self.change.details.get("dropped", []), strict=False):
            with connection.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO {table._meta.db_table} ({theirs}, {mine}) VALUES (%s, %s) ON CONFLICT DO NOTHING", rows
                )

    def _restore_images(self, back: set[int]) -> None:
        """Open again the pairs that the merge had judged."""
        label = self.kind.pair._meta.label_lower
        judged = [row for row in self.rows if row.model == label and row.before is not None]
        if judged:
            self.kind.pair._base_manager.filter(pk__in=[row.row for row in judged], verdict="same").update(**judged[0].before)

    def _by_model(self, rows: Iterable[ChangeRow]) -> list[tuple[Any, list[ChangeRow]]]:
        found: dict[str, list[ChangeRow]] = {}
        for row in rows:
            found.setdefault(row.model, []).append(row)
        return [(apps.get_model(label), rows) for label, rows in found.items()]

    def _keep(self, code: str, **values: str) -> None:
        self.kept.append({"code": code, "values": {"name": str(self.survivor), **values}})

