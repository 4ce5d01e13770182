"""A row's cells as the raw answers of an entry, by the columns a person matched; and what stands in the way."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _

from capture.imports import contents, fields, proposals
from capture.imports.dialects import folded
from capture.imports.proposals import Column
from capture.models import ImportRun
from core import business, custom_fields, formulas, reasons
from core.custom_fields import NO, YES
from core.models import CustomField
from leads.cleaning import CUSTOM
from leads.figures import DAY_FIRST
from leads.places import country_code

FILL, OVERWRITE, KEEP = "fill", "overwrite", "keep"
POLICIES = {FILL: _("Fill in blanks"), OVERWRITE: _("Overwrite"), KEEP: _("Leave as it is")}
_JOINED = {"message": "\n", "tags": ",", "title": " · "}  # several columns may fill these together
_MOBILE = ("mobil", "handy", "cell", "portable", "movil", "celular", "cellulare", "telemovel")
MOST_CHOICES = 200

reasons.register(
    {
        "map_twice": _("%(one)s and %(other)s can't both be %(field)s."),
        "map_nothing": _("Every column is left out: match at least one of them."),
        "map_no_outcome": _("Say which column tells whether a deal was won or lost."),
        "map_no_values": _("Say which words of %(column)s mean won and which mean lost."),
    }
)


_UNCLEAR = re.compile(r"(?<![\d.,])\d{1,3}([.,])\d{3}(?![\d.,])")


def _said(found: re.Match, decimal: str) -> str:
    """Write 93.369 as 93.3690 where the file's figures say that the point is the decimal sign: nobody groups four digits."""
    return f"{found[0]}0" if found[1] == decimal else found[0]


@dataclass
class Mapping:
    """How the cells of one import are read."""

    run: ImportRun
    columns: list[Column] = field(default_factory=list)

    @classmethod
    def of(cls, run: ImportRun) -> "Mapping":
        return cls(run, [Column.of(stored) for stored in run.columns])

    @property
    def record(self) -> str:
        return proposals.RECORDS[self.run.kind]

    @property
    def country(self) -> str:
        """Whose phone numbers without a country code are."""
        return country_code(self.run.options.get("country", "")) or business.get("country")

    @property
    def order(self) -> str:
        return self.run.options.get("day_order") or DAY_FIRST

    @cached_property
    def places(self) -> list[tuple[int, str]]:
        """Return (column, raw key) of every column that is read; a second phone becomes `mobile` or `phone_2`."""
        places, counts = [], defaultdict(int)
        for place, column in enumerate(self.columns):
            if column.target == fields.IGNORE:
                continue
            if column.target == fields.CUSTOM:
                places.append((place, CUSTOM + column.key))
                continue
            counts[column.target] += 1
            places.append((place, self._raw_key(column, counts[column.target])))
        return places

    @staticmethod
    def _raw_key(column: Column, count: int) -> str:
        if count == 1 or column.target in _JOINED:
            return column.target
        if column.target == "phone" and count == 2 and any(word in folded(column.header) for word in _MOBILE):
            return "mobile"
        return f"{column.target}_{count}"

    @cached_property
    def place_of(self) -> dict[str, int]:
        return {key: place for place, key in reversed(self.places)}

    def reader(self) -> Callable[[list[str], dict], dict[str, str]]:
        """Return a quick function: cells and what a person typed instead → raw answers."""
        places, nothing, joined = self.places, contents.NOTHING, _JOINED
        decimal = self.run.options.get("decimal", "")
        figures = {place for place, _key in places if proposals.holds_figures(self.columns[place])} if decimal else set()

        def raw_of(cells: list[str], fixes: dict) -> dict[str, str]:
            if fixes:
                cells = list(cells) + [""] * (len(self.columns) - len(cells))
                for place, text in fixes.items():
                    cells[int(place)] = text
            raw, width = {}, len(cells)
            for place, key in places:
                if place >= width or not (cell := cells[place]):
                    continue
                if len(cell) < 8 and cell.strip().casefold() in nothing:
                    continue
                if cell[0] == "'":
                    cell = formulas.armed(cell)
                if place in figures:
                    cell = _UNCLEAR.sub(lambda found: _said(found, decimal), cell)
                if key in joined and key in raw:
                    raw[key] += joined[key] + cell
                else:
                    raw[key] = cell
            return raw

        return raw_of

    def definitions(self) -> list[CustomField]:
        """Return the custom fields the columns need, as they will be: unsaved where they are not there yet."""
        known = {one.key: one for one in CustomField.objects.filter(record=self.record)}
        wanted = []
        for place, column in enumerate(self.columns):
            if column.target != fields.CUSTOM:
                continue
            one = known.get(column.key) or CustomField(
                record=self.record, key=column.key, label=column.header[:120], type=column.type, position=100
            )
            if one.type == CustomField.Type.CHOICE:
                one.choices = self._choices(one, place)
            wanted.append(one)
        return wanted

    def _choices(self, one: CustomField, place: int) -> list[str]:
        """Return a choice field's choices with those of the file added, while they are few."""
        known = {choice.casefold() for choice in one.choices}
        found = []
        for value, _count in proposals.values_of(self.run, place, MOST_CHOICES):
            if not contents.is_nothing(value) and len(value) <= 200 and value.casefold() not in known:
                known.add(value.casefold())
                found.append(value)
        return [*one.choices, *found] if len(known) <= MOST_CHOICES else list(one.choices)

    def save_definitions(self) -> list[CustomField]:
        """Create the custom fields that are new and add choices that are new; repeated, it changes nothing."""
        for one in self.definitions():
            found, created = CustomField.objects.get_or_create(
                record=one.record, key=one.key,
                defaults={"label": one.label, "type": one.type, "choices": one.choices, "position": one.position},
            )  # fmt: skip
            if not created and (not found.is_active or set(one.choices) - set(found.choices)):
                found.is_active, found.choices = True, one.choices if one.type == found.type else found.choices
                found.save(update_fields=["is_active", "choices"])
        return custom_fields.definitions(self.record)

    def policies(self) -> dict[str, str]:
        """Return {raw key: policy} for rows that join an open lead."""
        general = self.run.options.get("policy") or FILL
        return {key: self.columns[place].policy or general for place, key in self.places}

    def outcomes(self) -> dict[str, str]:
        """Return {folded word of the file: won or lost …}, as chosen or as the words themselves say."""
        return self.run.options.get("outcomes") or {}

    def problems(self) -> list[dict[str, Any]]:
        """Say what must be settled before the rows can be checked, as [{"code", "values", "column"}]."""
        found, first = [], {}
        for place, column in enumerate(self.columns):
            if column.target in {fields.IGNORE, fields.CUSTOM}:
                continue
            target = fields.TARGETS[column.target]
            if target.key in first and not target.many and target.key not in _JOINED:
                values = {"one": first[target.key], "other": column.header, "field": str(target.label)}
                found.append({"code": "map_twice", "values": values, "column": place})
            first.setdefault(target.key, column.header)
        if self.run.kind == ImportRun.Kind.DEALS:
            return found + self._problems_of_deals()
        if not any(column.target != fields.IGNORE for column in self.columns):
            found.append({"code": "map_nothing", "values": {}, "column": None})
        return found

    def _problems_of_deals(self) -> list[dict[str, Any]]:
        place = self.place_of.get("outcome")
        if place is None:
            return [{"code": "map_no_outcome", "values": {}, "column": None}]
        if not {"won", "lost"} & set(self.outcomes().values()):
            return [{"code": "map_no_values", "values": {"column": self.columns[place].header}, "column": place}]
        return []

    def labels(self) -> dict[str, str]:
        """Return {raw key: the column's header}: problems name the column as the file does."""
        return {key: self.columns[place].header for place, key in self.places}


def outcomes_by_words(words: Iterable[str], kind: str) -> dict[str, str]:
    """Read what the words of an outcome column mean: {folded word: won, lost, converted, disqualified or open}."""
    deals = kind == ImportRun.Kind.DEALS
    good, bad = ("won", "lost") if deals else ("converted", "disqualified")
    good_words = (contents.WON if deals else contents.CONVERTED) | YES
    bad_words = (contents.LOST if deals else contents.DISQUALIFIED) | NO
    return {
        word: good if word in good_words else bad if word in bad_words else "" if deals else "open"
        for word in (folded(given) for given in words)
    }
