"""A list as a file a spreadsheet opens safely: CSV in UTF-8 with its mark, or XLSX. Formulas in cells stay text."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from core.formulas import defused

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


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
