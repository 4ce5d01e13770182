"""The rows of an import on a page: what is foreseen for each, or what became of it, and cells to be mended in place."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from capture.imports import fields
from capture.imports.mapping import Mapping
from capture.imports.pages import base
from capture.models import ImportRow, ImportRun
from core import limits, reasons
from leads.models import Lead
from opportunities.models import Opportunity

Step = ImportRun.Step
SHOWN = ("deal_name", "name", "first_name", "last_name", "company_name", "email", "phone", "country", "outcome", "expected_revenue")
MOST_SHOWN = 6
FATES = [
    ("created", gettext_lazy("Create new lead"), "ok"), ("joined", gettext_lazy("Join an open lead"), "info"),
    ("skipped", gettext_lazy("Skip: empty or repeated"), "none"), ("rejected", gettext_lazy("Cannot import"), "bad"),
]  # fmt: skip
BADGES = {"created": (gettext_lazy("Create"), "ok"), "joined": (gettext_lazy("Join"), "info"),
          "skipped": (gettext_lazy("Skip"), "none"), "rejected": (gettext_lazy("Cannot import"), "bad")}  # fmt: skip

DONE = {"created": (gettext_lazy("Created"), "ok"), "joined": (gettext_lazy("Joined"), "info"),
        "skipped": (gettext_lazy("Skipped"), "none"), "rejected": (gettext_lazy("Not imported"), "bad")}  # fmt: skip


@dataclass
class Cell:
    place: int
    text: str
    reason: str = ""


class CountedPaginator(Paginator):
    """A paginator that was told how many rows there are."""

    def __init__(self, *args, total: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.total = total

    @cached_property
    def count(self) -> int:
        return self.total


def check(request: HttpRequest, run: ImportRun) -> dict[str, Any]:
    """Show the rows by what is foreseen for them, or, once the import is through, by what became of them."""
    is_through = run.step in {Step.FINISHED, Step.UNDONE}
    counts = counts_of(run) if is_through else run.counts
    shown = request.GET.get("show", "") if request.GET.get("show", "") in counts else ""
    rows = ImportRow.objects.filter(import_run=run).order_by("number")
    if shown:
        rows = rows.filter(**{"fate" if is_through else "planned": shown})
    page = CountedPaginator(rows, limits.PAGE_ROWS, total=counts[shown] if shown else run.rows).get_page(request.GET.get("page"))
    mapping = Mapping.of(run)
    places = shown_places(mapping, page.object_list if shown == ImportRow.Fate.REJECTED else [])
    table = [row_of(one, mapping, places, is_through=is_through) for one in page]
    link_records(request, run, table)
    return base(
        run, shown=shown, counts=counts, page=page, headers=[mapping.columns[n].header for n in places], is_through=is_through,
        fates=[(fate, label, tone, counts.get(fate, 0)) for fate, label, tone in fates_of(run, is_through)], table=table,
        enters=0 if is_through else counts.get("created", 0) + counts.get("joined", 0),
    )  # fmt: skip


def counts_of(run: ImportRun) -> dict[str, int]:
    return {"created": run.created_count, "joined": run.joined_count, "skipped": run.skipped_count, "rejected": run.rejected_count}


def link_records(request: HttpRequest, run: ImportRun, table: list[dict]) -> None:
    """Lead from rows to what they became, or will join, as far as the person may see it; a name nobody may see is not said."""
    if run.kind == ImportRun.Kind.DEALS:
        visible = Opportunity.objects.visible_to(request.user).in_bulk([line["row"].opportunity_id for line in table if line["row"].opportunity_id])
        for line in table:
            line["record"] = visible.get(line["row"].opportunity_id)
        return
    named = {line["lead"] for line in table if line["lead"]}
    visible = Lead.objects.visible_to(request.user).in_bulk(named)
    for line in table:
        line["record"] = visible.get(line["lead"])


def fates_of(run: ImportRun, is_through: bool = False) -> list[tuple]:
    if is_through:
        kinds = FATES if run.kind == ImportRun.Kind.LEADS else [FATES[0], *FATES[2:]]
        return [(fate, DONE[fate][0], tone) for fate, _label, tone in kinds]
    if run.kind == ImportRun.Kind.DEALS:
        return [("created", _("Store as a closed deal"), "ok"), *[fate for fate in FATES if fate[0] in {"skipped", "rejected"}]]
    return FATES


def shown_places(mapping: Mapping, rejected=()) -> list[int]:
    """Return the columns a table has room for: who it is first, and before the rest what must be mended."""
    known = [place for target in SHOWN for place, column in enumerate(mapping.columns) if column.target == target]
    wrong = Counter(reason["column"] for row in rejected for reason in row.why if reason.get("column") is not None)
    others = [place for place, column in enumerate(mapping.columns) if column.target != fields.IGNORE]
    if wrong:
        known = [*[place for place in known if place not in wrong][:2], *[place for place, _count in wrong.most_common()]]
    return list(dict.fromkeys([*known, *others]))[:MOST_SHOWN]


def row_of(row: ImportRow, mapping: Mapping, places: list[int], *, is_through: bool = False) -> dict[str, Any]:
    """Lay out a row: its cells, what will happen or happened, the reasons, and cells to be mended in place."""
    wrong: dict[int, str] = {}
    rest = []
    fate = row.fate if is_through else row.planned
    for reason in row.why:
        if reason["code"] == "row_joins":
            continue  # said by the link to the lead, to those who may see it
        words = reasons.word(reason["code"], reason.get("values", {}))
        if reason.get("column") is not None and fate == ImportRow.Fate.REJECTED and not is_through:
            wrong.setdefault(reason["column"], words)
        else:
            rest.append(words)
    label, tone = (DONE if is_through else BADGES).get(fate, ("", "none"))
    joins = next((reason["lead"] for reason in row.why if reason.get("lead")), None)
    return {
        "row": row, "badge": label, "tone": tone, "rest": rest, "lead": row.lead_id or joins, "record": None,
        "cells": [cell_of(row, place, wrong) for place in places], "mendable": tone == "bad" and not is_through, "editable": bool(wrong),
        "more": [(mapping.columns[place].header, cell_of(row, place, wrong)) for place in wrong],
    }  # fmt: skip


def cell_of(row: ImportRow, place: int, wrong: dict[int, str]) -> Cell:
    text = row.fixes.get(str(place), row.cells[place] if place < len(row.cells) else "")
    return Cell(place, text, wrong.get(place, ""))


def row(run: ImportRun, found: ImportRow) -> dict[str, Any]:
    mapping = Mapping.of(run)
    wrong = {reason["column"]: reasons.word(reason["code"], reason.get("values", {})) for reason in found.why if reason.get("column") is not None}
    cells = [(column.header, cell_of(found, place, wrong)) for place, column in enumerate(mapping.columns) if column.target != fields.IGNORE]
    rest = [reasons.word(reason["code"], reason.get("values", {})) for reason in found.why if reason.get("column") is None]
    return base(run, row=found, cells=cells, rest=rest)
