"""The merge itself: one transaction, rows locked in id order, and as many statements for fifty records as for two.

Every row that is touched leaves its before-image on the Change, so that undo can put it back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.db.utils import IntegrityError
from django.utils.translation import gettext as _

from core import undo
from core.merging.choices import Plan, plan, seen
from core.merging.exceptions import CantBeMerged, EditedMeanwhile, NothingToMerge
from core.merging.kinds import Addresses, Kind, Move
from core.models import Change, ChangeRow

MOST = 2**31 - 1  # what a column of counts holds


@transaction.atomic
def merge(
    kind: Kind, survivor: int, pks: Sequence[int], given: Mapping[str, str] | None = None, *, at: datetime, by=None, seen_as: str = ""
) -> Change:
    """Merge records into one of them and return the Change that takes it back.

    `given` holds the chosen facts ({"fact-email": pk}), what is missing is as proposed. `seen_as` is the digest of what
    the person saw. Raises MergeRefused.
    """
    records = kind.hold(pks)
    if len(records) < 2 or survivor not in {record.pk for record in records}:
        raise NothingToMerge
    kind.check(records, next(record for record in records if record.pk == survivor))
    if seen_as and seen_as != seen(kind, records):
        raise EditedMeanwhile
    done = Execution(kind, plan(kind, records, survivor, given), at, by)
    try:
        with transaction.atomic():
            return done.run()
    except IntegrityError as error:
        raise CantBeMerged(_("Something else has the e-mail, phone or domain that was chosen, so it can't be taken.")) from error


@dataclass
class Execution:
    """One merge under way."""

    kind: Kind
    plan: Plan
    at: datetime
    by: Any
    rows: list[ChangeRow] = field(default_factory=list)
    words_before: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)

    def run(self) -> Change:
        others = [other.pk for other in self.plan.others]
        self.change = Change.objects.create(
            verb=self.kind.verb, by=self.by, at=self.at, until=None,
            details={"kind": self.kind.name, "survivor": self.plan.survivor.pk, "others": others},
        )  # fmt: skip
        self._follow_merged(others)
        self._end(others)
        self._fill()
        for part in self.kind.addresses:
            self._copy_addresses(part, others)
        for name in self.kind.shares:
            self._share(name, others)
        for move in self.kind.moves():
            repoint(self.change, move, self.plan.survivor.pk, others)
        dropped = [self._take_places(*table, others) for table in self.kind.shared_rows()]
        self._settle_pairs([self.plan.survivor.pk, *others])
        if any(dropped):
            self.change.details["dropped"] = dropped
            self.change.save(update_fields=["details"])
        ChangeRow.objects.bulk_create(self.rows, batch_size=1000)
        self.kind.follow([self.plan.survivor.pk, *others])
        self._tell()
        return self.change

    def _follow_merged(self, others: list[int]) -> None:
        """What was merged into one of the others belongs to the survivor directly: no chains."""
        repoint(self.change, Move(self.kind.model, "merged_into"), self.plan.survivor.pk, others)

    def _end(self, others: list[int]) -> None:
        changes = {"merged_into_id": self.plan.survivor.pk, **self.kind.ended(self.at)}
        names = list(self.kind.remembered)
        after = _image(self.kind.model(**changes), names)
        self.rows += [self._row(other, undo.image(other, names), after) for other in self.plan.others]
        self._rows_of(others).update(**changes, **self._versioned())

    def _fill(self) -> None:
        """Give the survivor the chosen facts and what follows from the others without a choice."""
        survivor = self.plan.survivor
        self.words_before = [choice.field.words(survivor) for choice in self.plan.choices]
        columns = {**self.plan.columns(), **self.kind.filled(survivor, self.plan.others)}
        for name in self.kind.sums:
            columns[name] = min(sum(getattr(record, name) for record in self.plan.records), MOST)
        before = {name: getattr(survivor, name) for name in columns}
        for name, value in columns.items():
            setattr(survivor, name, value)
        for name, value in self.kind.derive(survivor).items():
            before.setdefault(name, getattr(survivor, name))
            columns[name] = value
            setattr(survivor, name, value)
        changed = {name: value for name, value in columns.items() if before[name] != value}
        self.changed = set(changed)
        if changed:
            names = {each.attname: each.name for each in survivor._meta.concrete_fields}
            kept = [names[attname] for attname in changed]
            old = self.kind.model(**{name: before[name] for name in changed})
            self.rows.insert(0, self._row(survivor, _image(old, kept), _image(survivor, kept)))
        self._rows_of([survivor.pk]).update(**changed, **self._versioned())

    def _copy_addresses(self, part: Addresses, others: list[int]) -> None:
        """Let the survivor hold every address of the family."""
        table, owner = part.model._meta.db_table, f"{self.kind.name}_id"
        columns = ", ".join(part.columns)
        sql = (
            f"INSERT INTO {table} ({owner}, {columns}) SELECT %s, {columns} FROM (SELECT DISTINCT ON ({part.key}) * FROM ("
            f"SELECT {columns}, id AS place FROM {table} WHERE {owner} = ANY(%s) UNION ALL"
            f" SELECT {', '.join(part.primary)}, 0 FROM {self.kind.model._meta.db_table} WHERE id = ANY(%s)"
            f" AND {part.primary[part.columns.index(part.key)]} <> '') AS held ORDER BY {part.key}, place) AS one"
            f" ON CONFLICT DO NOTHING RETURNING id"
        )
        self._made(part.model, sql, [self.plan.survivor.pk, others, others])

    def _share(self, name: str, others: list[int]) -> None:
        """Unite tags, or those it is shared with."""
        relation = self.kind.model._meta.get_field(name)
        through, mine, theirs = relation.remote_field.through, relation.m2m_column_name(), relation.m2m_reverse_name()
        sql = (
            f"INSERT INTO {through._meta.db_table} ({mine}, {theirs}) SELECT DISTINCT %s::bigint, {theirs} FROM"
            f" {through._meta.db_table} WHERE {mine} = ANY(%s) ON CONFLICT DO NOTHING RETURNING id"
        )
        self._made(through, sql, [self.plan.survivor.pk, others])

    def _take_places(self, table: type[models.Model], mine: str, theirs: str, others: list[int]) -> list[list[int]]:
        """Put the survivor where the others were involved, once each. Returns the rows that would stand there twice."""
        name, survivor = table._meta.db_table, self.plan.survivor.pk
        column = next(each.name for each in table._meta.concrete_fields if each.column == mine)
        first = (
            f"id IN (SELECT DISTINCT ON (t.{theirs}) t.id FROM {name} t WHERE t.{mine} = ANY(%s) AND NOT EXISTS (SELECT 1 FROM"
            f" {name} s WHERE s.{theirs} = t.{theirs} AND s.{mine} = {int(survivor)}) ORDER BY t.{theirs}, t.id)"
        )
        repoint(self.change, Move(table, column, first), survivor, others, more=[others])
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {name} WHERE {mine} = ANY(%s) RETURNING {theirs}, {mine}", [others])
            return [list(row) for row in cursor.fetchall()]

    def _settle_pairs(self, family: list[int]) -> None:
        """Pairs within the family are the same; the survivor inherits those with anybody else, and their verdicts."""
        pair, side = self.kind.pair, self.kind.pair.side
        inside = pair._base_manager.filter(**{f"{side}__in": family, "other__in": family, "verdict": ""})
        pks = list(inside.values_list("pk", flat=True))
        if pks:
            before = {"verdict": "", "judged_by": None, "judged_at": None}
            inside.filter(pk__in=pks).update(verdict="same", judged_by=self.by, judged_at=self.at)
            after = undo.image(pair(verdict="same", judged_by=self.by, judged_at=self.at), list(before))
            self.rows += [ChangeRow(change=self.change, model=pair._meta.label_lower, row=pk, before=before, after=after) for pk in pks]
        table, column = pair._meta.db_table, f"{side}_id"
        survivor, others = self.plan.survivor.pk, [other.pk for other in self.plan.others]
        sql = (
            f"INSERT INTO {table} ({column}, other_id, reasons, strength, verdict, found_at, judged_by_id, judged_at)"
            f" SELECT DISTINCT ON (outsider) %s::bigint, outsider, reasons, strength, verdict, found_at, judged_by_id, judged_at"
            f" FROM (SELECT p.*, CASE WHEN {column} = ANY(%s) THEN other_id ELSE {column} END AS outsider FROM {table} p"
            f" WHERE {column} = ANY(%s) OR other_id = ANY(%s)) AS theirs"
            f" WHERE outsider <> ALL(%s) AND NOT EXISTS (SELECT 1 FROM {table} known WHERE"
            f" ({column}, other_id) IN ((%s, theirs.outsider), (theirs.outsider, %s)))"
            f" ORDER BY outsider, verdict DESC, id ON CONFLICT DO NOTHING RETURNING id"
        )
        self._made(pair, sql, [survivor, others, others, others, family, survivor, survivor])

    def _tell(self) -> None:
        """Say in the survivor's story who was merged into it and which facts changed with that."""
        fields = {
            choice.field.name: [old, choice.words]
            for choice, old in zip(self.plan.choices, self.words_before, strict=True) if old != choice.words
        }  # fmt: skip
        self.plan.survivor.record(
            "merged", at=self.at, by=self.by, fields=fields, names=[str(other) for other in self.plan.others],
            records=[other.pk for other in self.plan.others], change=self.change.pk,
        )  # fmt: skip
        self.kind.tell(self.plan.survivor, self.changed, at=self.at, by=self.by)

    # ------------------------------------------------------------------- inner

    def _made(self, model: type[models.Model], sql: str, arguments: list[Any]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, arguments)
            self.rows += [
                ChangeRow(change=self.change, model=model._meta.label_lower, row=pk, before=None) for (pk,) in cursor.fetchall()
            ]

    def _row(self, record: Any, before: dict, after: dict) -> ChangeRow:
        return ChangeRow(change=self.change, model=self.kind.model._meta.label_lower, row=record.pk, before=before, after=after)

    def _rows_of(self, pks: list[int]) -> models.QuerySet:
        return self.kind.model._base_manager.filter(pk__in=pks)

    def _versioned(self) -> dict[str, Any]:
        return versioned(self.kind.model)


def _image(row: models.Model, names: Sequence[str]) -> dict[str, Any]:
    return undo.image(row, list(names))


def versioned(model: type[models.Model]) -> dict[str, Any]:
    """Return what makes every cache and form notice that a row of this kind changed."""
    names = {each.name for each in model._meta.concrete_fields}
    return ({"version": F("version") + 1} if "version" in names else {}) | ({"changed_at": Now()} if "changed_at" in names else {})


def counted(model: type[models.Model]) -> list[str]:
    """Return the same as parts of an UPDATE whose table is called "row"."""
    return [f"{name} = {'row.version + 1' if name == 'version' else 'now()'}" for name in versioned(model)]


def repoint(change: Change, move: Move, survivor: int, others: Sequence[int], *, more: Sequence[Any] = ()) -> None:
    """Let rows point to the survivor and keep where each pointed before. One statement, however many rows."""
    table, column = move.model._meta.db_table, move.model._meta.get_field(move.column).column
    sets = [f"{column} = %s", *counted(move.model)]
    sql = (
        f"WITH moving AS (SELECT id, {column} AS was FROM {table} WHERE {column} = ANY(%s)"
        f"{' AND ' + move.where if move.where else ''} ORDER BY id FOR NO KEY UPDATE), kept AS (INSERT INTO core_changerow"
        " (change_id, model, row, before, after) SELECT %s, %s, id, jsonb_build_object(%s::text, was),"
        " jsonb_build_object(%s::text, %s::bigint) FROM moving)"
        f" UPDATE {table} AS row SET {', '.join(sets)} FROM moving WHERE row.id = moving.id"
    )
    arguments = [list(others), *more, change.pk, move.model._meta.label_lower, move.column, move.column, survivor, survivor]
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)


__all__ = ["counted", "merge", "repoint", "versioned"]
