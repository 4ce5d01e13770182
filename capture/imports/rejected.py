"""Rows that did not come in, as a file a spreadsheet opens safely: same columns, with the line and the reason."""

import csv
import io
import re
from collections.abc import Iterable

from django.http import HttpResponse
from django.utils.translation import gettext as _

from capture.imports import fields
from capture.imports.judging import words_of
from capture.models import ImportRow, ImportRun
from core.formulas import defused

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


def download(rows: Iterable[list[str]], name: str) -> HttpResponse:
    """Answer with a CSV in UTF-8 with its mark, so that Excel shows it right."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([defused(cell) for cell in row])
    response = HttpResponse(b"\xef\xbb\xbf" + text.getvalue().encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = _disposition(name)
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _disposition(name: str) -> str:
    from django.utils.http import content_disposition_header

    return content_disposition_header(True, name) or "attachment"


def sample_file() -> list[list[str]]:
    return [
        [_("First name"), _("Last name"), _("Company"), _("E-mail"), _("Phone"), _("Country"), _("Message")],
        ["Hanna", "Virtanen", "Aalto Studio Nine", "hanna@aalto9.example", "+358 9 555 0101", "FI", _("Please call me in January.")],
        ["Rubén", "Costa", "Atelier Norte", "ruben@ateliernorte.example", "+351 21 555 0102", "PT", ""],
    ]
