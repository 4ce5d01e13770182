"""From the file to rows in the database: COPY, a chunk a transaction, with the line each row has in the file."""

import re
from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from capture.imports import dialects, proposals, tables
from capture.imports.leases import Held
from capture.imports.refusals import Refused
from capture.models import ImportRow, ImportRun
from core import limits, reasons

CHUNK = 5_000
MOST_CELLS = limits.IMPORT_COLUMNS + 20
MOST_LETTERS = 50_000  # of one cell; what follows is not kept

reasons.register(
    {
        "row_empty": _("The row is empty."),
        "row_header_again": _("The header stands here again."),
        "row_too_wide": _("The row has %(cells)s cells, but the header has %(columns)s: probably a separator too many."),
    }
)
EMPTY, HEADER = '[{"code": "row_empty"}]', '[{"code": "row_header_again"}]'


def read(held: Held) -> None:
    """Read the file into rows, from where the last worker stopped, then propose what its columns are. Raises Refused."""
    run = held.run
    dialect, headers, first = tables.explore(run.file, run.dialect)
    if not any(dialects.filled(cells) for _line, cells in first):
        raise Refused("file_no_rows")
    if not run.columns or [column["header"] for column in run.columns] != headers:
        _begin(held, dialect, headers)
    with tables.records(run.file, dialect, len(headers)) as records:
        numbered = _numbered(_patiently(records, held), headers)
        for _row in islice(numbered, run.rows):  # those are in already
            pass
        while chunk := list(islice(numbered, CHUNK)):
            if run.rows + len(chunk) > limits.IMPORT_ROWS:
                _forget(held)
                raise Refused("file_too_many_rows", most=f"{limits.IMPORT_ROWS:,}")
            with transaction.atomic():
                copy_rows(run.pk, run.rows, chunk)
                held.keep(rows=run.rows + len(chunk))
            if not held.has_time:
                held.pause()
                return
    if not run.rows:
        raise Refused("file_no_rows")
    held.end(ImportRun.Step.MAPPING, **proposals.propose(run, dialect))


def _begin(held: Held, dialect: tables.Dialect, headers: list[str]) -> None:
    """Start over: a person may have changed how the file is read."""
    _forget(held, dialect=asdict(dialect), columns=[{"header": header} for header in headers])


def _forget(held: Held, **changes) -> None:
    """Remove the rows read so far: nobody would ever come back for a million rows of a file that was refused."""
    with transaction.atomic():
        ImportRow.objects.filter(import_run=held.run)._raw_delete(using="default")
        held.keep(**{"rows": 0, "next_line": 0, "columns": []} | changes)


def _patiently(records: Iterable[tables.Record], held: Held) -> Iterable[tables.Record]:
    """Yield the records; a sheet may have a million empty rows above its last one, for which nobody should wait."""
    for count, record in enumerate(records):
        if not count % CHUNK:
            held.check_patience()
        yield record


def _numbered(records: Iterable[tables.Record], headers: list[str]):
    """Yield (line, cells, why it is skipped) and leave out empty rows below the last filled one."""
    width, again = len(headers), [dialects.folded(header) for header in headers]
    blank: list[int] = []
    for line, cells in records:
        if not dialects.filled(cells):
            if len(blank) < limits.IMPORT_ROWS:
                blank.append(line)
            continue
        for empty in blank:
            yield empty, [], EMPTY
        blank.clear()
        if len(cells) > width:
            cells = cells[: max(width, dialects.width_of(cells))][:MOST_CELLS]
        if len(cells) >= width and cells[0] and dialects.folded(cells[0]) == again[0] and _is_header(cells, again):
            yield line, cells, HEADER
        else:
            yield line, cells, ""


def _is_header(cells: list[str], again: list[str]) -> bool:
    """Tell whether a row repeats the header; numbered names («Tel. (2)») count by what stands in the file."""
    names = [re.sub(r" \(\d+\)$", "", name) for name in again]
    return [dialects.folded(cell) for cell in cells[: len(names)]] == names


_SPECIAL = re.compile(r'[\\"\t\n\r\x1e]')


def copy_rows(run_id: int, before: int, chunk: list[tuple[int, list[str], str]]) -> None:
    """Write rows by COPY; the numbers go on after `before`."""
    columns = "import_run_id, number, line, cells, fate, planned, why, key, fixes"
    with connection.cursor() as cursor, cursor.copy(f"COPY capture_importrow ({columns}) FROM STDIN") as copy:
        lines = []
        for number, (line, cells, skipped) in enumerate(chunk, before + 1):
            planned, why = ("skipped", _escaped(skipped)) if skipped else ("", "[]")
            lines.append(f"{run_id}\t{number}\t{line}\t{array(cells)}\t\t{planned}\t{why}\t\t{{}}\n")
        copy.write("".join(lines))


def array(cells: list[str]) -> str:
    """Write cells as a text array in COPY's text format."""
    if not cells:
        return "{}"
    joined = "\x1e".join(cells)
    if len(joined) < MOST_LETTERS and joined.count("\x1e") == len(cells) - 1 and not _SPECIAL.search(joined.replace("\x1e", "")):
        return '{"' + joined.replace("\x1e", '","') + '"}'
    quoted = (cell[:MOST_LETTERS].replace("\\", "\\\\").replace('"', '\\"') for cell in cells)
    return _escaped("{" + ",".join(f'"{cell}"' for cell in quoted) + "}")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


