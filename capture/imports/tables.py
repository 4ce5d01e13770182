"""A file as rows of cells with their line numbers, whatever it was written in."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO

from django.core.files.storage import default_storage

from capture.imports import dialects, files
from capture.imports.refusals import Refused
from core import limits

SHEET_MEGABYTES, SHEET_SECONDS = 1536, 60
Record = tuple[int, list[str]]


@dataclass
class Dialect:
    """How a file is read; what a person chose is kept, the rest is found in the file."""

    kind: str = "text"
    encoding: str = ""
    delimiter: str = ""
    header_line: int | None = None  # 0: the file has no header
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, stored: dict) -> "Dialect":
        return cls(**{key: value for key, value in stored.items() if key in cls.__dataclass_fields__})


@contextmanager
def stored_file(name: str) -> Iterator[IO[bytes]]:
    """Open an uploaded file. Raises Refused when the store has lost it."""
    if not name:
        raise Refused("file_gone")
    try:
        file = default_storage.open(name, "rb")
    except FileNotFoundError:
        raise Refused("file_gone") from None
    with file:
        yield file


def explore(name: str, chosen: dict) -> tuple[Dialect, list[str], list[Record]]:
    """Return (dialect, headers, first rows below the header) of a stored file. Raises Refused."""
    with stored_file(name) as file:
        dialect = Dialect.of(chosen)
        dialect.kind = files.kind_of(file)
        if dialect.kind in {"xlsx", "ods"}:
            with sheet_rows(file, dialect) as rows:
                first = list(islice(rows, dialects.LOOK_AT))
        else:
            dialect.encoding = dialect.encoding or dialects.encoding_of(chunks_of(file, dialect.kind))
            lines = list(islice(text_lines(file, dialect), dialects.LOOK_AT * 2))
            dialect.delimiter = dialect.delimiter or dialects.delimiter_of(lines)
            first = dialects.first_records(lines, dialect.delimiter)
    if not any(dialects.filled(cells) for _line, cells in first):
        raise Refused("file_empty")
    if dialect.header_line is None:
        dialect.header_line = first[dialects.header_of(first)][0]
    return dialect, *_split(first, dialect.header_line)


def _split(first: list[Record], header_line: int) -> tuple[list[str], list[Record]]:
    if header_line == 0:
        width = max((dialects.width_of(cells) for _line, cells in first), default=0)
        return dialects.headers_from([f"Column {n}" for n in range(1, width + 1)]), first
    cells = next((cells for line, cells in first if line >= header_line), [])
    rows = [(line, cells) for line, cells in first if line > header_line and dialects.filled(cells)]
    return dialects.headers_from(cells), rows


@contextmanager
def records(name: str, dialect: Dialect, width: int) -> Iterator[Iterator[Record]]:
    """Yield the records below the header, empty ones too, each with the line a person sees in the file."""
    with stored_file(name) as file:
        if dialect.kind in {"xlsx", "ods"}:
            with sheet_rows(file, dialect) as rows:
                yield _below(rows, dialect.header_line or 0)
        else:
            lines = text_lines(file, dialect)
            yield _below(dialects.records_of(lines, dialect.delimiter, width), dialect.header_line or 0)


def _below(rows: Iterator[Record], header_line: int) -> Iterator[Record]:
    return ((line, cells) for line, cells in rows if line > header_line)


def chunks_of(file: IO[bytes], kind: str) -> Iterator[bytes]:
    if kind == "gzip":
        return files.unpacked(file)
    file.seek(0)
    return iter(lambda: file.read(files.CHUNK), b"")


def text_lines(file: IO[bytes], dialect: Dialect) -> Iterator[str]:
    return dialects.lines_of(dialects.text_of(chunks_of(file, dialect.kind), dialect.encoding))


@contextmanager
def sheet_rows(file: IO[bytes], dialect: Dialect) -> Iterator[Iterator[Record]]:
    """Read a sheet through sheet_child, so that a spreadsheet made to burst a process bursts only that one."""
    with _local(file) as path:
        arguments = [path, dialect.sheet, str(SHEET_MEGABYTES), str(SHEET_SECONDS)]
        script = str(Path(__file__).with_name("sheet_child.py"))
        child = subprocess.Popen([sys.executable, script, *arguments], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
        try:
            about = _line_of(child)
            dialect.sheets, dialect.sheet = about["sheets"], about["sheet"] or ""
            if not about["sheet"]:
                raise Refused("file_no_sheet")
            area = _line_of(child)
            if area["width"] + area["left"] > limits.IMPORT_COLUMNS * 5:
                raise Refused("file_too_many_columns", columns=f"{area['width']:,}", most=limits.IMPORT_COLUMNS)
            yield _sheet_records(child, area)
        finally:
            child.kill()
            child.stdout.close()
            child.wait()


def _line_of(child: subprocess.Popen):
    line = child.stdout.readline()
    if not line.endswith(b"\n"):
        raise Refused({1: "file_broken", 3: "file_locked"}.get(child.wait(), "file_too_complex"))
    return json.loads(line)


def _sheet_records(child: subprocess.Popen, area: dict) -> Iterator[Record]:
    """Yield the rows from the sheet's first one on, and say so when the child died before the last."""
    for line in range(1, area["above"] + area["height"] + 1):
        yield line, [""] * area["left"] + _line_of(child)


@contextmanager
def _local(file: IO[bytes]) -> Iterator[str]:
    """Give a path on this machine, copied there when the store is elsewhere."""
    path = getattr(file, "name", "")
    if isinstance(path, str) and Path(path).is_absolute() and Path(path).exists():
        yield path
        return
    with tempfile.NamedTemporaryFile(suffix=".sheet") as copy:
        file.seek(0)
        for piece in iter(lambda: file.read(files.CHUNK), b""):
            copy.write(piece)
        copy.flush()
        yield copy.name
