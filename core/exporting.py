"""A list as a file a spreadsheet opens safely: CSV in UTF-8 with its mark, or XLSX. Formulas in cells stay text."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.http import content_disposition_header

from core import audit
from core.formulas import defused
from core.htmx import done
from core.listing import Shown

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


MOST = 50_000  # rows of one file: more would keep a web process busy for a minute


def asked(query: QueryDict) -> tuple[str, QueryDict]:
    """Return the kind of file an address asks for, and what describes its list."""
    described = query.copy()
    kind = XLSX if described.pop("format", [CSV])[-1] == XLSX else CSV
    return kind, described


def of_list(request: HttpRequest, shown: Shown, rows: Iterable[list[Any]], *, kind: str, name: str, done_as: str, too_many: str) -> HttpResponse:
    """Answer with the rows of a list and write down who took them; with more than `MOST`, with the words `too_many` instead.

    `rows` are asked for only then. `done_as` names it in the audit.
    """
    if shown.rows[MOST:].exists():
        return done(request, shown.url(), event="export:refused", toast=too_many % {"n": f"{MOST:,}"})
    audit.note(done_as, by=request.user, request=request, query=shown.query[:500], format=kind)
    return download(rows, f"{name}.{kind}", kind)


def download(rows: Iterable[list[Any]], name: str, kind: str = CSV) -> HttpResponse:
    """Answer with a file of the rows, the first of them the header. Moments are written in the reader's zone."""
    content = _xlsx(rows) if kind == XLSX else _csv(rows)
    response = HttpResponse(content, content_type=TYPES[kind])
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _csv(rows: Iterable[list[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([defused(_words(cell)) for cell in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _words(cell: Any) -> str:
    if cell is None:
        return ""
    return cell.strftime("%Y-%m-%d %H:%M") if isinstance(cell, datetime) else str(cell)


def _xlsx(rows: Iterable[list[Any]]) -> bytes:
    import xlsxwriter

    file = io.BytesIO()
    # strings_to_…: nothing somebody typed becomes a formula or a link
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(file, options) as book:
        sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(number, place, cell, moment)
                elif isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
                    sheet.write_number(number, place, cell)
                else:
                    sheet.write_string(number, place, _words(cell)[:32_767], bold if number == 0 else None)
    return file.getvalue()
