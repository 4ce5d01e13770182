"""Change many leads at once: their columns, their story and rows of other apps about them, in a handful of statements.

A verb on one lead writes at once; a decision over a hundred collects what it wants in a Batch and flushes it set-based:

    batch = Batch(at=at)
    batch.change(lead, owner_id=nora.pk, assigned_at=at)
    batch.record(lead, "assigned", to=nora.pk, name="Nora Bakke")
    batch.add(Decision, lead, kind="assignment", …)
    stored = batch.flush()          # primary keys of the leads that took it

A lead that changed since it was read (another version, no longer open, or its lease went to somebody else) takes none
of it: neither columns nor rows.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, models, transaction

from core import notices
from core.arrays import plain_array
from core.written import json_of
from leads.models import DisqualifyReason, Lead, LeadEvent

BACK = frozenset({"came_back", "wrote_again"})  # why a lead somebody put off is in their list again
TOLD_ALONE = 3  # leads of one batch that a person is told of one by one
WRITTEN = frozenset({"bigint", "integer", "smallint", "timestamp with time zone"})
VERSIONED = frozenset({"owner_id", "team_id", "archived_at", "disqualified_at", "converted_at"})


class Batch:
    """What one decision over many leads wants stored. `token` is the lease the leads must still carry."""

    def __init__(self, *, at: datetime, by=None, token: UUID | None = None, only_open: bool = True):
        self.at, self.by, self.token, self.only_open = at, by, token, only_open
        self._leads: dict[int, Lead] = {}
        self._versions: dict[int, int] = {}
        self._columns: dict[int, dict[str, Any]] = defaultdict(dict)
        self._rows: dict[type[models.Model], list[tuple[int, dict[str, Any]]]] = defaultdict(list)
        self._once: dict[type[models.Model], list[tuple[int, dict[str, Any]]]] = defaultdict(list)
        self._updates: dict[type[models.Model], list[tuple[int, int, dict[str, Any]]]] = defaultdict(list)

    def change(self, lead: Lead, **columns: Any) -> None:
        """Set columns (by attname: `owner_id`), on the instance at once and in the database at the flush."""
        self._columns[self._know(lead)].update(columns)
        for name, value in columns.items():
            setattr(lead, name, value)

    def record(self, lead: Lead, kind: str, *, by=None, **details: Any) -> None:
        """Add a line to the lead's story."""
        actor = by or self.by
        self.add(LeadEvent, lead, kind=kind, actor_id=actor.pk if actor else None, occurred_at=self.at, details=details)

    def add(self, model: type[models.Model], lead: Lead, **columns: Any) -> None:
        """Add a row of another table about this lead. Every column without a database default must be named."""
        self._rows[model].append((self._know(lead), columns))

    def add_once(self, model: type[models.Model], lead: Lead, **columns: Any) -> None:
        """Add the lead's only row of a table; when there is one already it stays as it is."""
        self._once[model].append((self._know(lead), columns))

    def update(self, model: type[models.Model], lead: Lead, pk: int, **columns: Any) -> None:
        """Change a row of another table about this lead."""
        self._updates[model].append((self._know(lead), pk, columns))

    def __len__(self) -> int:
        return len(self._leads)

    def flush(self) -> set[int]:
        """Store everything in one transaction and return the leads that took it; the batch is empty afterwards."""
        with transaction.atomic():
            stored = self._update_leads()
            for model, rows in self._once.items():
                _insert_once(model, [(pk, columns) for pk, columns in rows if pk in stored])
            for model, rows in self._rows.items():
                _copy(model, [(pk, columns) for pk, columns in rows if pk in stored])
            for model, rows in self._updates.items():
                _update(model, [(pk, columns) for lead, pk, columns in rows if lead in stored])
            self._tell(stored)
        for pk in stored:
            if VERSIONED & self._columns[pk].keys():
                self._leads[pk].version = self._versions[pk] + 1
        self.__init__(at=self.at, by=self.by, token=self.token, only_open=self.only_open)
        return stored

    def _tell(self, stored: set[int]) -> None:
        """Tell people of leads that came to them, or came back to them; many at once in one digest."""
        events = [(pk, row) for pk, row in self._rows.get(LeadEvent, ()) if pk in stored]
        handed = {pk: row["details"]["to"] for pk, row in events if row["kind"] == "assigned"}
        codes = {pk: row["details"].get("why", {}).get("code") for pk, row in events if row["kind"] == "qualified"}
        back = {pk: code for pk, code in codes.items() if code in BACK and pk not in handed}
        if not handed and not back:
            return
        with notices.gathered(f"batch:{uuid4()}", at_most=TOLD_ALONE):
            for pk, person in handed.items():
                lead = self._leads[pk]
                if person not in (lead.created_by_id, self.by and self.by.pk):
                    notices.notify(person, "lead_assigned", about=lead, key=f"lead_assigned:{pk}:{self._versions[pk]}", at=self.at)
            for pk, code in sorted(back.items()):
                lead, key = self._leads[pk], f"lead_back:{pk}:{self._versions[pk]}:{self.at.isoformat()}"
                notices.notify(lead.owner_id, "lead_back", about=lead, key=key, at=self.at, **({"again": True} if code == "wrote_again" else {}))

    def _know(self, lead: Lead) -> int:
        """Remember a lead as it was read, and return its key."""
        pk = lead.pk
        if pk not in self._leads:
            self._leads[pk] = lead
            self._versions[pk] = lead.version
        return pk

    def _update_leads(self) -> set[int]:
        """Change columns, one statement per set of columns; lock in the order of keys so that two batches can't cross."""
        kinds: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for pk in sorted(self._leads):
            kinds[tuple(sorted(self._columns[pk]))].append(pk)
        stored: set[int] = set()
        for names, pks in kinds.items():
            stored |= self._update_alike(names, pks)
        return stored

    def _update_alike(self, names: tuple[str, ...], pks: list[int]) -> set[int]:
        fields = [_field(Lead, name) for name in names]
        sets = [f'"{field.column}" = new."{field.column}"' for field in fields]
        if VERSIONED & set(names):
            sets += ["version = lead.version + 1", "changed_at = now()"]
        arrays = [("id", "bigint", pks), ("was", "bigint", [self._versions[pk] for pk in pks])]
        arrays += [(f.column, _type(f), _values(f, [self._columns[pk][n] for pk in pks])) for f, n in zip(fields, names, strict=True)]
        guard = "lead.version = new.was" + (" AND lead.is_open" if self.only_open else "")
        if self.token:
            guard += " AND lead.qualify_token = %s"
        with connection.cursor() as cursor:
            if not names:  # only rows about the lead: it must still be as it was read
                sql = f"SELECT lead.id FROM leads_lead AS lead JOIN {_unnest(arrays)} ON lead.id = new.id WHERE {guard}"
            else:
                sql = (
                    f"UPDATE leads_lead AS lead SET {', '.join(sets)} FROM {_unnest(arrays)} "
                    f"WHERE lead.id = new.id AND {guard} RETURNING lead.id"
                )
            cursor.execute(sql, _written(arrays) + ([self.token] if self.token else []))
            return {pk for (pk,) in cursor.fetchall()}


def disqualify(batch: Batch, lead: Lead, reason: DisqualifyReason, *, note: str = "") -> None:
    """Put into the batch what Lead.disqualify does to one."""
    batch.change(lead, disqualified_at=batch.at, disqualify_reason_id=reason.pk, disqualify_note=note)
    batch.record(lead, "disqualified", reason=reason.name, note=note)


def _field(model: type[models.Model], name: str) -> models.Field:
    return next(field for field in model._meta.concrete_fields if name in (field.attname, field.name))


def _type(field: models.Field) -> str:
    """Return the plain type of a column, as an array's element."""
    kind = field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
    return {"serial": "integer", "bigserial": "bigint"}.get(kind, kind.split("(")[0])


def _values(field: models.Field, values: list) -> list:
    if field.get_internal_type() == "JSONField":
        return [None if value is None else json_of(value) for value in values]
    return values


def _written(arrays: Iterable[tuple[str, str, list]]) -> list:
    """Return arrays as parameters. Whole numbers and moments are written here: ten times as quick as one by one."""
    return [plain_array(values) if kind in WRITTEN else values for _, kind, values in arrays]


def _unnest(arrays: Iterable[tuple[str, str, list]]) -> str:
    arrays = list(arrays)
    casts = ", ".join(f"%s::{kind}[]" for _, kind, _ in arrays)
    names = ", ".join(f'"{name}"' for name, *_ in arrays)
    return f"unnest({casts}) AS new({names})"


def _fields(model: type[models.Model], columns: dict[str, Any]) -> list[models.Field]:
    return [_field(model, name) for name in columns]


def _lead_column(model: type[models.Model]) -> str:
    return next(field.column for field in model._meta.concrete_fields if field.related_model is Lead)


def _copy(model: type[models.Model], rows: list[tuple[int, dict[str, Any]]]) -> None:
    """Add rows by COPY; all rows name the same columns."""
    if not rows:
        return
    fields = _fields(model, rows[0][1])
    is_json = [field.get_internal_type() == "JSONField" for field in fields]
    columns = ", ".join(f'"{column}"' for column in [_lead_column(model), *(field.column for field in fields)])
    with connection.cursor() as cursor, cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as copy:
        for pk, values in rows:
            row = [json_of(v) if j else v for v, j in zip(values.values(), is_json, strict=True)]
            copy.write_row([pk, *row])


def _insert_once(model: type[models.Model], rows: list[tuple[int, dict[str, Any]]]) -> None:
    if not rows:
        return
    fields = _fields(model, rows[0][1])
    arrays = [(_lead_column(model), "bigint", [pk for pk, _ in rows])]
    for field, name in zip(fields, rows[0][1], strict=True):
        arrays.append((field.column, _type(field), _values(field, [columns[name] for _, columns in rows])))
    names = ", ".join(f'"{name}"' for name, *_ in arrays)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT {names} FROM {_unnest(arrays)} ON CONFLICT DO NOTHING',
            _written(arrays),
        )


def _update(model: type[models.Model], rows: list[tuple[int, dict[str, Any]]]) -> None:
    if not rows:
        return
    fields = _fields(model, rows[0][1])
    arrays = [("id", "bigint", [pk for pk, _ in rows])]
    for field, name in zip(fields, rows[0][1], strict=True):
        arrays.append((field.column, _type(field), _values(field, [columns[name] for _, columns in rows])))
    sets = ", ".join(f'"{field.column}" = new."{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{model._meta.db_table}" AS old SET {sets} FROM {_unnest(arrays)} WHERE old.id = new.id',
            _written(arrays),
        )
