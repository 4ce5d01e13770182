"""What belongs to a record, read in the record's own query instead of one query each.

    OFFERS = Part("latest_offers", lambda lead: Offer.objects.filter(lead=lead).order_by("-pk")[:1])
    lead = alongside.read(Lead.objects.visible_to(user), OFFERS, relations=["emails"]).get(pk=pk)
    alongside.of(lead, OFFERS)    # [Offer]; one query where the lead was not read with them
    lead.emails.all()             # asks nothing

For the page of one record with little of each: the rows come as JSON. Money would come inexactly, so it is refused.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef
from django.db.models.functions import JSONObject


@dataclass(frozen=True)
class Part:
    """Rows of another model that belong to a record; `rows` is given the value of the record's field `key`.

    `also` names columns of the rows' foreign keys to read with them: "model__question".
    """

    name: str
    rows: Callable[[Any], models.QuerySet]
    key: str = "pk"
    also: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def read(self) -> ArraySubquery:
        """Return the rows as an expression of the record's query."""
        found = self.rows(OuterRef(self.key))
        names = [*(field.attname for field in self.fields(found.model)), *self.also]
        return ArraySubquery(found.values(read_alongside=JSONObject(**{name: name for name in names})))

    def ask(self, record: models.Model) -> list:
        """Return the rows by a query of their own."""
        found = self.rows(getattr(record, self.key))
        if self.also:
            found = found.select_related(*{name.partition("__")[0] for name in self.also})
        return list(found.only(*(field.name for field in self.fields(found.model)), *self.also))

    def fields(self, model: type[models.Model]) -> list[models.Field]:
        return [field for field in model._meta.concrete_fields if field.name not in self.without]

    def make(self, model: type[models.Model], told: Iterable[dict], db: str) -> list:
        """Return rows as the database told them in JSON."""
        return [self._make(model, row, db) for row in told]

    def _make(self, model: type[models.Model], row: dict, db: str) -> models.Model:
        made = _record(model, self.fields(model), row, db)
        for name in dict.fromkeys(name.partition("__")[0] for name in self.also):
            link = model._meta.get_field(name)
            within = {each.partition("__")[2]: row[each] for each in self.also if each.startswith(f"{name}__")}
            key = row[link.attname]
            link.set_cached_value(made, None if key is None else _linked(link.related_model, {"pk": key, **within}, db))
        return made


def relation(model: type[models.Model], name: str) -> Part:
    """Return all rows of a relation to many, as `record.name.all()` gives them."""
    field = model._meta.get_field(name)
    back = field.field.name if field.auto_created else field.remote_field.related_name
    return Part(name, lambda key: field.related_model.objects.filter(**{back: key}))


def read(rows: models.QuerySet, *parts: Part, relations: Iterable[str] = ()) -> models.QuerySet:
    """Read each record with these parts and with all rows of these relations."""
    every = [*parts, *(relation(rows.model, name) for name in relations)]
    found = rows.annotate(**{f"_read_{part.name}": part.read() for part in every})
    found._iterable_class = _keeping(found._iterable_class, every, frozenset(relations))
    return found


def of(record: models.Model, part: Part) -> list:
    """Return the rows of a part: those read with the record, else by one query."""
    kept = record.__dict__.get("_alongside", {})
    return kept[part.name] if part.name in kept else part.ask(record)


def _keeping(plain: type, parts: list[Part], relations: frozenset[str]) -> type:
    class Keeping(plain):
        def __iter__(self):
            for record in super().__iter__():
                for part in parts:
                    _keep(record, part, part.name in relations)
                yield record

    return Keeping


def _keep(record: models.Model, part: Part, is_relation: bool) -> None:
    told, db = record.__dict__.pop(f"_read_{part.name}"), record._state.db
    found = part.rows(getattr(record, part.key))
    rows = part.make(found.model, told, db)
    record.__dict__.setdefault("_alongside", {})[part.name] = rows
    if is_relation:
        kept = getattr(record, part.name).get_queryset()
        kept._result_cache, kept._prefetch_done = rows, True
        record.__dict__.setdefault("_prefetched_objects_cache", {})[part.name] = kept


def _record(model: type[models.Model], fields: list[models.Field], row: dict, db: str) -> models.Model:
    return model.from_db(db, [field.attname for field in fields], [_value(field, row[field.attname]) for field in fields])


def _linked(model: type[models.Model], row: dict, db: str) -> models.Model:
    named = {model._meta.pk.name if name == "pk" else name for name in row}
    fields = [field for field in model._meta.concrete_fields if field.name in named]
    said = {field.attname: row["pk"] if field.primary_key else row[field.name] for field in fields}
    return _record(model, fields, said, db)


def _value(field: models.Field, value: Any) -> Any:
    if isinstance(field, models.DecimalField):
        raise TypeError(f"{field} is money or exact: it is not read alongside")
    return field.target_field.to_python(value) if field.is_relation and value is not None else field.to_python(value)
