"""Rows that did not come in, as a file a spreadsheet opens safely: same columns, with the line and the reason."""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from capture.imports import fields
from capture.imports.judging import words_of
from capture.models import ImportRow, ImportRun

MOST = 200_000  # rows of one file


def rows_of(run: ImportRun) -> Iterable[list[str]]:
    """Yield the header and the rejected rows, as they stand in the file or as somebody mended them."""
    headers = [column["header"] for column in run.columns]
    yield [fields.LINE, *headers, fields.REASON]
    fate = "fate" if run.finished_at else "planned"
    rows = ImportRow.objects.filter(import_run=run, **{fate: ImportRow.Fate.REJECTED}).order_by("number")
    for line, cells, fixes, why in rows.values_list("line", "cells", "fixes", "why")[:MOST].iterator(chunk_size=2000):
        cells = cells + [""] * (len(headers) - len(cells))
        for place, text in fixes.items():
            cells[int(place)] = text
        yield [str(line), *cells, " ".join(words_of(why))]


def name_of(run: ImportRun) -> str:
    stem = re.sub(r"(\.(csv|tsv|txt|xlsx|ods|gz))+$", "", run.name, flags=re.IGNORECASE)
    return _("%(name)s, not imported.csv") % {"name": stem}


def sample_file() -> list[list[str]]:
    return [
        [_("First name"), _("Last name"), _("Company"), _("E-mail"), _("Phone"), _("Country"), _("Message")],
        ["Hanna", "Virtanen", "Aalto Studio Nine", "hanna@aalto9.example", "+358 9 555 0101", "FI", _("Please call me in January.")],
        ["Rubén", "Costa", "Atelier Norte", "ruben@ateliernorte.example", "+351 21 555 0102", "PT", ""],
    ]
