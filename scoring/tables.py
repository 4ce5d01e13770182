"""Any table of leads as rows of facts, typed by content: what `score_table` and the bench teach the policy with."""

import csv
import gzip
import io
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Any

from scoring.columns import MAX_TEXT

NOTHING = frozenset({"", "na", "n/a", "#n/a", "nan", "nat", "null", "(null)", "none", "-", "--", "—", "?", "\\n"})
UNKNOWN = NOTHING | {"unknown"}  # says nothing between figures, though as a word it may tell something
POSITIVE = frozenset({"1", "1.0", "yes", "won", "true"})
SAMPLE = 5_000
MOSTLY = 0.95  # of a column's cells, to say what it holds
FREE_TEXT = 0.5  # a column whose values differ in more than half of its rows is a text of several words, not a choice
_FIGURE = re.compile(r"[-+]?[\d.,' \u00a0\u202f]*\d[\d.,' \u00a0\u202f]*(?:[eE][-+]?\d+)?")
_SIGNS = re.compile(r"^(?:[$€£¥]|USD|EUR|GBP|CHF)\s*|\s*(?:[$€£¥%]|USD|EUR|GBP|CHF)$")


@dataclass
class Sheet:
    """A table as it was read: unique headers and rows of cells."""

    headers: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def column(self, header: str) -> list[str]:
        place = self.headers.index(header)
        return [row[place].strip() if place < len(row) else "" for row in self.rows]


def read(path: str | Path) -> Sheet:
    """Read a CSV file, also gzipped, separated by `,` `;` or tabs, in UTF-8, UTF-16 or Windows-1252."""
    raw = Path(path).read_bytes()
    return parse(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)


def parse(raw: bytes) -> Sheet:
    text = _decoded(raw).replace("\x00", "")
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=lambda sign: _outside_quotes(first, sign))
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:  # quotes that never close: take them as letters
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE))
    while lines and not lines[0]:
        lines.pop(0)
    if not lines:
        return Sheet()
    headers = _unique(lines[0])
    single = len(headers) == 1
    return Sheet(headers, [row or [""] for row in lines[1:] if row or single])


def _outside_quotes(line: str, sign: str) -> int:
    return re.sub(r'"[^"]*"', "", line).count(sign)


def _decoded(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _unique(headers: Sequence[str]) -> list[str]:
    """Name every column, none twice."""
    found: list[str] = []
    for number, header in enumerate(headers, 1):
        name = header.strip() or f"column {number}"
        while name in found:
            name += " again"
        found.append(name)
    return found


@dataclass
class Reader:
    """How cells become facts: each column's type, as the table learnt from shows it."""

    kinds: dict[str, str] = field(default_factory=dict)  # number, comma number, date, words or text
    since: str | None = None  # the column of dates from which other dates are counted; a row without one has no such number

    @classmethod
    def of(cls, sheet: Sheet, *, leave_out: Iterable[str] = (), as_text: Iterable[str] = (), since: str | None = None) -> "Reader":
        left_out, texts = set(leave_out), set(as_text)
        kinds = {}
        for header in sheet.headers:
            if header not in left_out:
                kinds[header] = "text" if header in texts else kind_of(sheet.column(header))
        return cls(kinds, since if since in sheet.headers and kind_of(sheet.column(since)) == "date" else None)

    @property
    def types(self) -> dict[str, str]:
        names = {"words": "list", "text": "text"}
        return {header: names.get(kind, "number") for header, kind in self.kinds.items()}

    def rows(self, sheet: Sheet) -> list[dict[str, Any]]:
        """Return the facts of every row; columns the reader doesn't know are left out."""
        start = self._start(sheet)
        facts: list[dict[str, Any]] = [{} for _ in sheet.rows]
        for header in sheet.headers:
            if (kind := self.kinds.get(header)) is None:
                continue
            for number, cell in enumerate(sheet.column(header)):
                value = _value(cell, kind, start[number])
                if value is not None:
                    facts[number][header] = value
        return facts

    def _start(self, sheet: Sheet) -> list[float | None]:
        """Return the day from which each row's dates are counted: 1970, or its own in the column `since`."""
        if self.since is None:
            return [0.0] * len(sheet.rows)
        return [_day(cell) for cell in sheet.column(self.since)] if self.since in sheet.headers else [None] * len(sheet.rows)


def kind_of(cells: list[str]) -> str:
    """Tell what a column holds, by rows spread over all of it."""
    step = max(1, len(cells) // SAMPLE)
    known = [cell for cell in cells[::step] if cell.casefold() not in UNKNOWN and not _is_endless(cell)]
    if not known:
        return "text"
    if sum(_number(cell) is not None for cell in known) >= MOSTLY * len(known):
        return "number"
    if sum(_number(cell, comma=True) is not None for cell in known) >= MOSTLY * len(known):
        return "comma number"
    if sum(_day(cell) is not None for cell in known) >= MOSTLY * len(known):
        return "date"
    several = sum(" " in cell for cell in known) >= 0.5 * len(known)
    return "words" if several and len(known) >= 50 and len(set(known)) > FREE_TEXT * len(known) else "text"


def _is_endless(cell: str) -> bool:
    """Tell whether a cell is a figure that no machine holds, like inf or 1e999: as good as empty among figures."""
    try:
        return not isfinite(float(cell))
    except ValueError:
        return False


def _value(cell: str, kind: str, start: float | None) -> Any:
    if kind == "text":
        return cell[:MAX_TEXT] if cell.casefold() not in NOTHING else None
    if kind == "words":
        return list(dict.fromkeys(re.findall(r"\w{3,}", cell.casefold())))[:20] or None
    if kind == "date":
        day = _day(cell)
        return None if day is None or start is None else day - start
    return _number(cell, comma=kind == "comma number")


def _number(cell: str, *, comma: bool = False) -> float | None:
    """Read a figure: 12, -1.5e3, 1,234.50, € 80; with `comma` also 1.234,50."""
    try:
        if not comma:
            number = float(cell)
            return number if isfinite(number) else None
    except ValueError:
        pass
    text = _SIGNS.sub("", _SIGNS.sub("", cell.strip()))
    if not _FIGURE.fullmatch(text):
        return None
    text = re.sub(r"[' \u00a0\u202f]", "", text)
    if not comma and re.search(r",\d{3}(?!\d)", text) is None and "," in text:
        return None  # 12,5 is a figure of those who write a comma
    text = text.replace(".", "").replace(",", ".") if comma else text.replace(",", "")
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%y", "%m/%d/%y", "%d %b %Y", "%b %d, %Y", "%d-%b-%Y", "%Y%m%d")


def _day(cell: str) -> float | None:
    """Return the days since 1970 of a date with or without a time, or None."""
    if not 6 <= len(cell) <= 40 or not any(letter.isdigit() for letter in cell):
        return None
    try:
        return round(datetime.fromisoformat(cell).replace(tzinfo=UTC).timestamp() / 86400, 4)
    except ValueError:
        pass
    head = re.split(r"[T ]\d{1,2}:", cell, maxsplit=1)[0].strip()
    for form in _DAYS:
        try:
            return datetime.strptime(head, form).replace(tzinfo=UTC).timestamp() / 86400
        except ValueError:
            continue
    return None


def outcomes_of(sheet: Sheet, target: str, positive: str | None) -> list[int]:
    """Return 1 for rows whose target says yes: the given word, or one of 1, yes, won, true."""
    wanted = POSITIVE if positive is None else {positive.strip().casefold()} | _same_figure(positive)
    return [int(cell.casefold() in wanted or bool(_same_figure(cell) & wanted)) for cell in sheet.column(target)]


def decided(sheet: Sheet, target: str, positive: str | None) -> Sheet:
    """Return the rows whose target says something, where others say no: who is still open teaches nothing. Else blank means no."""
    cells = sheet.column(target)
    known = [bool(cell) for cell in cells]
    if all(known) or not any(has and not won for has, won in zip(known, outcomes_of(sheet, target, positive), strict=True)):
        return sheet
    return Sheet(sheet.headers, [row for row, has in zip(sheet.rows, known, strict=True) if has])


def _same_figure(text: str) -> set[str]:
    number = _number(text)
    return {f"{number:g}"} if number is not None else set()


def in_order_of(sheet: Sheet, time: str) -> Sheet:
    """Return the table sorted by a column of figures, dates or words; rows without one come first, ties stay as they stand."""
    cells = sheet.column(time)
    kind = kind_of(cells)
    read_one = {"number": _number, "comma number": lambda cell: _number(cell, comma=True), "date": _day}.get(kind)
    keys = [(key is not None, key or 0.0, "") for key in map(read_one, cells)] if read_one else [(bool(cell), 0.0, cell) for cell in cells]
    order = sorted(range(len(cells)), key=keys.__getitem__)
    return Sheet(sheet.headers, [sheet.rows[number] for number in order])
