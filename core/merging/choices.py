"""Which facts differ between records, which one is chosen for each, and what the result reads like."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import custom_fields, undo
from core.merging.exceptions import NothingToMerge
from core.merging.kinds import Field, Kind

PREFIX = "fact-"


@dataclass(frozen=True)
class Option:
    """One value to choose, with the record it is taken from and the names of all that have it."""

    pk: int
    words: str
    holders: str


@dataclass(frozen=True)
class Choice:
    """A fact with its different values; `chosen` is the key of the record whose value stays."""

    field: Field
    options: list[Option]
    chosen: int

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.field.name}"

    @property
    def differs(self) -> bool:
        return len(self.options) > 1

    @property
    def words(self) -> str:
        return next((option.words for option in self.options if option.pk == self.chosen), "")


@dataclass
class Plan:
    """Everything the merge page shows and the merge does."""

    kind: Kind
    records: list[Any]
    survivor: Any
    choices: list[Choice]

    @property
    def others(self) -> list[Any]:
        return [record for record in self.records if record.pk != self.survivor.pk]

    @property
    def open_choices(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.differs]

    @property
    def seen(self) -> str:
        return seen(self.kind, self.records)

    def columns(self) -> dict[str, Any]:
        """Return the survivor's columns as chosen: {attname: value}; custom values are put together key by key."""
        by_pk = {record.pk: record for record in self.records}
        found: dict[str, Any] = {}
        custom: dict[str, Any] = {}
        for choice in self.choices:
            source = by_pk[choice.chosen]
            if choice.field.custom:
                if choice.field.custom in source.custom:
                    custom[choice.field.custom] = source.custom[choice.field.custom]
                continue
            for name in choice.field.columns:
                attname = source._meta.get_field(name).attname
                found[attname] = getattr(source, attname)
        return {**found, "custom": {**_all_custom(self.records, self.survivor), **custom}}


def plan(kind: Kind, records: Sequence[Any], survivor: int | None = None, given: Mapping[str, str] | None = None) -> Plan:
    """Lay out a merge: who stays and which value of each fact, as given or as proposed. Raises NothingToMerge.

    Proposed is the survivor's own value, or where it has none the newest one there is.
    """
    if len({record.pk for record in records}) < 2:
        raise NothingToMerge
    by_pk = {record.pk: record for record in records}
    stays = by_pk.get(survivor or 0) or kind.best(records)
    ranked = [stays, *sorted((record for record in records if record.pk != stays.pk), key=lambda record: -record.pk)]
    names = _names(kind, ranked)
    choices = [_choice(field, ranked, names, (given or {}).get(f"{PREFIX}{field.name}", "")) for field in kind.fields(records)]
    return Plan(kind, list(records), stays, choices)


def chosen_by_hand(kind: Kind, records: Sequence[Any], proposed_for: int, given: Mapping[str, str]) -> dict[str, str]:
    """Return the facts that were chosen otherwise than was proposed while another record was to stay."""
    facts = {name: value for name, value in given.items() if name.startswith(PREFIX)}
    proposed = {choice.name: str(choice.chosen) for choice in plan(kind, records, proposed_for).choices}
    return {name: value for name, value in facts.items() if proposed.get(name) != value}


def _names(kind: Kind, records: list[Any]) -> dict[int, str]:
    """Return what each record is called on the page; namesakes with what tells them apart."""
    called = [str(record) for record in records]
    return {
        record.pk: ", ".join([str(record), *kind.lines(record)[:1]]) if called.count(str(record)) > 1 else str(record) for record in records
    }  # fmt: skip


def _choice(field: Field, ranked: list[Any], names: Mapping[int, str], given: str) -> Choice:
    holders: dict[str, list[Any]] = {}
    for record in ranked:
        if words := field.words(record):
            holders.setdefault(words, []).append(record)
    options = []
    for words, rows in holders.items():
        fullest = max(rows, key=lambda row: (_filled(field, row), row.pk == ranked[0].pk))
        options.append(Option(fullest.pk, words, " · ".join(names[row.pk] for row in rows[:4]) + (" …" if len(rows) > 4 else "")))
    holding = zip(options, holders.values(), strict=True)
    chosen = next((option.pk for option, rows in holding if given in {str(row.pk) for row in rows}), None)
    if chosen is None and options and field.most:
        best = max((row for rows in holders.values() for row in rows), key=field.most)
        chosen = next(option.pk for option in options if option.words == field.words(best))
    return Choice(field, options, chosen or (options[0].pk if options else ranked[0].pk))


def _filled(field: Field, record: Any) -> int:
    return sum(1 for name in field.columns if getattr(record, record._meta.get_field(name).attname))


def custom_choices(record: str, records: Sequence[Any]) -> list[Field]:
    """Return a field for each custom value that any of the records has."""
    if not any(row.custom for row in records):
        return []
    known, labels = custom_fields.definitions(record), custom_fields.labels(record)
    shown = {
        row.pk: {each.key: str(each.words) for each in custom_fields.shown(record, row.custom, fields=known)} for row in records
    }  # fmt: skip
    keys = list(dict.fromkeys(key for row in records for key in row.custom))
    return [
        Field(f"custom.{key}", labels.get(key, key), ("custom",), lambda row, key=key: shown[row.pk].get(key, ""), custom=key)
        for key in keys
    ]  # fmt: skip


def _all_custom(records: Sequence[Any], survivor: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for record in sorted(records, key=lambda row: (row.pk == survivor.pk, row.pk)):
        found |= {key: value for key, value in record.custom.items() if value not in (None, "")}
    return found


def seen(kind: Kind, records: Sequence[Any]) -> str:
    """Return a digest of every fact that is shown, to tell whether somebody changed one since."""
    columns = sorted({name for field in kind.fields(records) for name in field.columns})
    images = [[record.pk, undo.image(record, columns)] for record in sorted(records, key=lambda row: row.pk)]
    return hashlib.sha256(json.dumps(images, sort_keys=True).encode()).hexdigest()[:24]
