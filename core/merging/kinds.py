"""What an app says about a kind of record so that it can be merged."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models
from django.urls import reverse

from core.merging.exceptions import MergedMeanwhile
from core.pairs import Pair
from core.timeline import Event


@dataclass(frozen=True)
class Field:
    """One fact to choose: columns that belong together, and how they read. `most` prefers the highest value."""

    name: str
    label: Any
    columns: tuple[str, ...]
    words: Callable[[Any], str]
    most: Callable[[Any], Any] | None = None
    custom: str = ""  # the key, where the fact is a custom field


@dataclass(frozen=True)
class Addresses:
    """A child table of e-mails or phones: the survivor gets those of the others too."""

    model: type[models.Model]
    columns: tuple[str, ...]
    key: str
    primary: tuple[str, ...]  # the record's own columns that hold its first one, in the order of `columns`


@dataclass(frozen=True)
class Move:
    """Rows that follow the merge: `column` of `model` points to the survivor from then on."""

    model: type[models.Model]
    column: str
    where: str = ""


@dataclass
class Kind(ABC):
    """A kind of record that can be merged. Apps subclass it and register an instance."""

    name: str
    model: Any
    pair: type[Pair]
    label: Any
    plural: Any
    merge_url: str
    queue_url: str
    judge_url: str
    addresses: tuple[Addresses, ...] = ()
    shares: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    remembered: tuple[str, ...] = ("merged_into",)  # columns of the others that the merge changes
    looks: tuple[str, ...] = field(default=("owner", "team"))  # read along with the records

    @property
    def verb(self) -> str:
        return f"merge_{self.name}"

    @property
    def events(self) -> str:
        return f"{self.name}:changed"

    @abstractmethod
    def fields(self, records: Sequence[Any]) -> list[Field]:
        """Return the facts to choose, in the order of the page."""

    def visible_to(self, user) -> models.QuerySet:
        return self.model.objects.visible_to(user).select_related(*self.looks)

    def hold(self, pks: Iterable[int]) -> list[Any]:
        """Lock the records in id order and return them."""
        rows = self.model._base_manager.select_for_update(no_key=True, of=("self",)).select_related(*self.looks)
        return list(rows.filter(pk__in=set(pks)).order_by("pk"))

    def check(self, records: Sequence[Any], survivor: Any | None = None) -> None:
        """Raise MergeRefused when one of them can't be merged (any more)."""
        for record in records:
            if record.merged_into_id:
                raise MergedMeanwhile(record, record.merged_into_id)

    def best(self, records: Sequence[Any]) -> Any:
        """Return the record that is proposed to stay: the fullest, then the newest."""
        facts = self.fields(records)
        filled = {record.pk: sum(1 for each in facts if each.words(record)) for record in records}
        return max(records, key=lambda record: (self.stands(record), filled[record.pk], record.pk))

    def stands(self, record: Any) -> bool:
        """Tell whether a record is one that work goes on with."""
        return True

    def ended(self, at: datetime) -> dict[str, Any]:
        """Return the columns, besides merged_into, that end the others."""
        return {}

    def filled(self, survivor: Any, others: Sequence[Any]) -> dict[str, Any]:
        """Return columns of the survivor that follow from the others without a choice."""
        return {}

    def moves(self) -> list[Move]:
        """Return whose rows point to the survivor from now on."""
        return []

    def shared_rows(self) -> list[tuple[type[models.Model], str, str]]:
        """Return tables of pairs in which the survivor takes the others' place: (table, its column, the other's)."""
        return []

    def tell(self, survivor: Any, changed: set[str], *, at: datetime, by) -> None:  # noqa: B027 - most kinds have nothing to add
        """Say in the survivor's story what else follows from the columns that changed."""

    def follow(self, pks: Iterable[int]) -> None:  # noqa: B027 - most kinds have nothing to add
        """Bring what is derived from other rows up to date, after a merge and after its undo."""

    def derive(self, survivor: Any) -> dict[str, Any]:
        """Return columns that follow from the chosen facts."""
        return {}

    @abstractmethod
    def look_alikes(self, record: Any, user) -> list[Any]:
        """Return Match-like objects (record, likeness) of records that may be the same."""

    @abstractmethod
    def search(self, text: str, user) -> list[Any]:
        """Return records somebody may see by what they type."""

    @abstractmethod
    def alike(self, pks: Sequence[int]) -> Iterable[tuple[int, int, Any]]:
        """Return (record, other, Likeness) of pairs that records with these keys form with any others."""

    def lines(self, record: Any) -> list[str]:
        """Return what tells a record from another of the same name, in a few words each."""
        return []

    def kept(self, records: Sequence[Any]) -> list[str]:
        """Return sentences about what the survivor will have of the others."""
        return []

    def url_of(self, records: Iterable[Any]) -> str:
        return f"{reverse(self.merge_url)}?{'&'.join(f'record={record.pk}' for record in records)}"


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Add a kind: its merge can be undone, and what must hold of merged records is checked. Call when all apps are loaded."""
    from core.merging import invariants, undoing

    KINDS[kind.name] = kind
    undoing.register(kind)
    invariants.register(kind)


def incoming(model: type[models.Model], *, apart: Iterable[type[models.Model]] = ()) -> list[Move]:
    """Return every foreign key that points to a model, but those of its history, pairs and own parts."""
    found = []
    for relation in model._meta.related_objects:
        source = relation.related_model
        if relation.many_to_many or source in set(apart) or source is model or not relation.field.column:
            continue
        if issubclass(source, Event | Pair) or getattr(source, "append_only", False) or hasattr(source, "pgh_tracked_model"):
            continue
        found.append(Move(source, relation.field.name))
    return sorted(found, key=lambda move: move.model._meta.db_table)


def involved(model: type[models.Model]) -> list[tuple[type[models.Model], str, str]]:
    """Return the tables of many-to-many relations that others have to a model: (table, its column, the other's)."""
    return [
        (relation.through, relation.field.m2m_reverse_name(), relation.field.m2m_column_name())
        for relation in model._meta.related_objects if relation.many_to_many
    ]  # fmt: skip
