"""What a row of a lead file says and what speaks against it: the one way the check, a fix and the run read a row."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from capture.entering import ready
from capture.imports import reading  # noqa: F401 — its sentences
from capture.imports.dialects import folded
from capture.imports.mapping import Mapping
from capture.models import ImportRow
from core import reasons
from leads.cleaning import Cleaned, clean
from leads.phones import says_a_number

reasons.register(
    {
        "row_says_nothing": _("Nothing in this row says who it is: no name, e-mail, phone or company."),
        "row_names_nobody": _("This row names nobody: nothing stands in %(fields)s."),
        "row_repeats": _("The same as line %(line)s."),
        "row_already_in": _("This row came in with an earlier import of the same file."),
        "row_no_number": _("“%(value)s” is not a phone number; it is kept as it stands."),
        "row_joins": _("Joins an open lead."),
        "row_joins_row": _("Joins the lead of line %(line)s: the same e-mail."),
        "row_no_outcome": _("%(column)s says neither won nor lost."),
        "row_outcome_unknown": _("“%(value)s” is neither won nor lost (%(column)s)."),
        "row_not_entered": _("This row could not be stored: %(error)s"),
    }
)
NAMING = ("name", "first_name", "last_name", "company_name", "email", "phone")  # targets that say who a row is
ENDED = {"converted", "disqualified"}
SKIPS = {"row_empty", "row_header_again", "row_repeats", "row_already_in"}


@dataclass(slots=True)
class Judged:
    """One row as it will enter."""

    raw: dict[str, str]
    cleaned: Cleaned
    why: list[dict[str, Any]] = field(default_factory=list)
    key: str = ""

    @property
    def is_rejected(self) -> bool:
        return bool(self.why)

    @property
    def hints(self) -> list[dict[str, Any]]:
        """Return what is worth a look though the row can come in."""
        texts = [typed for typed, e164, _kind in self.cleaned.phones if not e164 and not says_a_number(typed)]
        return [{"code": "row_no_number", "values": {"value": text}, "column": None} for text in texts]


class Judge:
    """Reads the rows of one import; made once, asked for every row."""

    def __init__(self, mapping: Mapping):
        self.mapping = mapping
        self.raw_of = mapping.reader()
        self.definitions = mapping.definitions()
        self.country, self.order = mapping.country, mapping.order
        self.width = len(mapping.columns)
        self.outcome_place = mapping.place_of.get("outcome")
        self.outcomes = mapping.outcomes()
        self.naming = [place for place, column in enumerate(mapping.columns) if column.target in NAMING]

    def judge(self, cells: list[str], fixes: dict[str, str] | None = None) -> Judged:
        """Read one row: its raw answers, what they mean, and why it can't be imported if it can't."""
        raw = self.raw_of(cells, fixes or {})
        outcome = raw.pop("outcome", None)
        cleaned = clean(raw, country=self.country, order=self.order, fields=self.definitions)
        judged = Judged(raw, cleaned)
        if len(cells) > self.width:
            judged.why.append({"code": "row_too_wide", "values": {"cells": len(cells), "columns": self.width}, "column": None})
        judged.why += [self._why(problem) for problem in cleaned.problems]
        if outcome is not None:
            judged.raw["outcome"] = outcome
        if not judged.why:
            judged.why += self._nobody(judged)
        judged.key = key_of(judged)
        return judged

    def _nobody(self, judged: Judged) -> list[dict[str, Any]]:
        """Say that a row names nobody though its file has columns for it: nobody could work on such a lead.

        A file without such columns is of nameless entries throughout, and one that has ended already is there to learn from.
        """
        said, has_ended = judged.cleaned, self.outcome_of(judged.raw) in ENDED
        if self.naming and not has_ended and not (said.emails or said.phones or any(said.values.get(name) for name in NAMING)):
            names = ", ".join(self.mapping.columns[place].header for place in self.naming)
            return [{"code": "row_names_nobody", "values": {"fields": names}, "column": self.naming[0]}]
        return [{"code": "row_says_nothing", "values": {}, "column": None}] if said.is_empty else []

    def _why(self, problem: dict[str, Any]) -> dict[str, Any]:
        """Keep a problem with the place of its column; the file's own header names the field."""
        place = self.mapping.place_of.get(problem["field"])
        if place is None:  # a raw key that cleaning numbers itself
            place = self.mapping.place_of.get(problem["field"].rstrip("_0123456789"))
        values = {**problem.get("values", {}), "value": problem.get("value", "")}
        if place is not None:
            values["field"] = self.mapping.columns[place].header
        return {"code": problem["code"], "values": values, "column": place}

    def ready(self, judged: Judged) -> str:
        """Keep a row as it will enter, so that the run does not clean it again; "" where an outcome has to be carried out."""
        return "" if "outcome" in judged.raw else ready(judged.raw, judged.cleaned)

    def outcome_of(self, raw: dict[str, str]) -> str:
        return self.outcomes.get(folded(raw.get("outcome", "")), "")


def key_of(judged: Judged) -> str:
    """Return a digest of whom the row names: its first half the e-mail, its second the name.

    The same whole digest again is the same person again; the same first half joins that row's lead. Without e-mail
    number and name count together; without both a row repeats only when all of it is the same and it names somebody:
    rows that name nobody are each an entry of its own.
    """
    values = judged.cleaned.values
    name = values.get("name_key", "")
    if email := values.get("email_key"):
        return _digest(email) + _digest(name)
    if phone := values.get("phone_e164"):
        return _digest(f"{phone} {name}") * 2
    if name or values.get("company_key"):
        whole = "\x1f".join(f"{key}={value}" for key, value in judged.raw.items())
        return _digest(whole) + _digest(name)
    return ""


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def words_of(why: list[dict[str, Any]]) -> list[str]:
    return [reasons.word(reason["code"], reason.get("values", {})) for reason in why]


def fate_of(why: list[dict[str, Any]]) -> str:
    """Return skipped or rejected for the reasons a row can't come in, or "" for none."""
    if not why:
        return ImportRow.Fate.NONE
    return ImportRow.Fate.SKIPPED if why[0]["code"] in SKIPS else ImportRow.Fate.REJECTED
