"""How a text file is written: its encoding, its delimiter, and where its header stands."""

import codecs
import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from django.utils.translation import gettext_lazy as _

from capture.imports.files import looks_utf16
from capture.imports.refusals import Refused
from core import limits

ENCODINGS = {
    "utf-8": _("Unicode (UTF-8)"), "cp1252": _("Western Europe (Windows-1252)"), "utf-16": _("Unicode (UTF-16)"),
    "cp1250": _("Central Europe (Windows-1250)"), "cp1251": _("Cyrillic (Windows-1251)"),
    "cp1253": _("Greek (Windows-1253)"), "cp1254": _("Turkish (Windows-1254)"), "iso8859-15": _("Western Europe (ISO 8859-15)"),
    "mac-roman": _("Western Europe (Macintosh)"), "cp932": _("Japanese (Shift JIS)"), "gb18030": _("Chinese (GB 18030)"),
}  # fmt: skip
DELIMITERS = {";": _("semicolon"), ",": _("comma"), "\t": _("tab"), "|": _("bar")}
RECORD_LINES = 100  # a quoted cell may span so many lines; more means that a quote was never closed
RECORD_LETTERS = 200_000
LOOK_AT = 60  # rows in which delimiter and header are looked for

csv.field_size_limit(RECORD_LETTERS)


def encoding_of(chunks: Iterable[bytes]) -> str:
    """Return the codec by byte order mark, else strict UTF-8 over the whole file, else Windows-1252."""
    chunks = iter(chunks)
    first = next(chunks, b"")
    if first.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if found := looks_utf16(first):
        return found
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(first)
        for chunk in chunks:
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def text_of(chunks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """Decode piece by piece; NUL bytes are dropped, bytes the encoding lacks become the replacement sign."""
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        decoder = codecs.getincrementaldecoder(codec)(errors="replace")
    except LookupError:
        raise Refused("file_encoding", encoding=encoding) from None
    for chunk in chunks:
        yield _without_nul(decoder.decode(chunk))
    yield _without_nul(decoder.decode(b"", final=True))


def _without_nul(text: str) -> str:
    return text.replace("\0", "").replace("\ufeff", "") if "\0" in text or "\ufeff" in text else text


def lines_of(pieces: Iterable[str]) -> Iterator[str]:
    """Yield lines with their ends; \\n, \\r\\n and a lone \\r end a line. A line without end is cut at the limit."""
    rest = ""
    for piece in pieces:
        rest += piece
        held = rest.endswith("\r")  # its \n may come with the next piece
        lines = io.StringIO(rest[:-1] if held else rest, newline="").readlines()
        rest = "\r" if held else ""
        if lines and not lines[-1].endswith(("\n", "\r")):
            rest = lines.pop() + rest
        yield from lines
        while len(rest) > RECORD_LETTERS * 2:
            yield rest[:RECORD_LETTERS]
            rest = rest[RECORD_LETTERS:]
    if rest:
        yield from io.StringIO(rest, newline="").readlines()


class _Runaway(Exception):
    """A quoted cell that doesn't end within the limit."""


class _Source:
    """Lines with their numbers; a record's lines can be put back when its quote turns out to be no quote."""

    def __init__(self, lines: Iterable[str]):
        self.lines, self.number, self.record, self.back = iter(lines), 0, [], []
        self.letters = 0

    def __iter__(self):
        return self

    def __next__(self) -> str:
        line = self.back.pop() if self.back else next(self.lines)
        self.number += 1
        self.record.append(line)
        self.letters += len(line)
        if (len(self.record) > RECORD_LINES or self.letters > RECORD_LETTERS) and len(self.record) > 1:
            raise _Runaway
        return line

    def begin(self) -> int:
        self.record, self.letters = [], 0
        return self.number + 1

    def return_all_but_first(self) -> str:
        first, *others = self.record
        self.back.extend(reversed(others))
        self.number -= len(others)
        return first


def records_of(lines: Iterable[str], delimiter: str, width: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) of every record, empty ones too; `line` is where it begins in the file.

    A quote that is never closed stands for itself, so that one stray sign doesn't swallow the file; so does one
    whose record misses the width when its first line alone has it.
    """
    source = _Source(lines)
    reader = csv.reader(source, delimiter=delimiter)
    while True:
        line = source.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (_Runaway, csv.Error):
            cells = None
        if cells is None or (len(source.record) > 1 and _is_runaway(source.record, cells, delimiter, width)):
            cells = _by_hand(source.return_all_but_first(), delimiter)
            reader = csv.reader(source, delimiter=delimiter)
        yield line, cells


def _is_runaway(record: list[str], cells: list[str], delimiter: str, width: int) -> bool:
    """Tell whether a record of several lines ended by the end of the file, or is one line with a stray quote."""
    if sum(line.count('"') for line in record) % 2:
        return True
    return bool(width) and len(cells) != width and len(_by_hand(record[0], delimiter)) == width


def _by_hand(line: str, delimiter: str) -> list[str]:
    return [cell.strip('"') if cell.startswith('"') else cell for cell in line.rstrip("\r\n").split(delimiter)]


def delimiter_of(lines: list[str]) -> str:
    """Return the sign that cuts the first rows into the most even number of columns."""
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(cells) for _line, cells in records_of(lines, delimiter) if any(cell.strip() for cell in cells)]
        if not widths:
            continue
        width, count = Counter(width for width in widths).most_common(1)[0]
        if width == 1:
            wide = Counter(w for w in widths if w > 1).most_common(1)
            width, count = wide[0] if wide and wide[0][1] > len(widths) / 2 else (1, count)
        score = (count / len(widths)) * min(width, 30) ** 0.5 if width > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


_NAME = re.compile(r"[^\W\d_]", re.UNICODE)


def header_of(rows: list[tuple[int, list[str]]]) -> int:
    """Return the index of the header among the first records.

    It is the first row whose cells look like names and after which rows of the same width follow. Files with
    several tables (webinar reports) have theirs after the title «Attendee Details».
    """
    for index, (_line, cells) in enumerate(rows[:-1]):
        if filled(cells) == 1 and folded(cells[0]) in {"attendee details", "registrant details"}:
            return index + 1
    widths = Counter(width for _line, cells in rows if (width := width_of(cells)) > 1)
    usual = max(widths, key=lambda w: (widths[w], w)) if widths else 1
    for index, (_line, cells) in enumerate(rows):
        if not looks_like_names(cells) or (usual > 1 and filled(cells) < max(2, usual * 0.5)):
            continue
        following = [width_of(other) for _n, other in rows[index + 1 :] if filled(other)]
        if not following or sum(width >= filled(cells) * 0.5 for width in following[:20]) >= len(following[:20]) / 2:
            return index
    return next((index for index, (_line, cells) in enumerate(rows) if filled(cells)), 0)


def looks_like_names(cells: list[str]) -> bool:
    """Tell whether cells read like column names: words, mostly different, no addresses, dates or sums."""
    given = [cell.strip() for cell in cells if cell.strip()]
    if not given:
        return False
    words = [cell for cell in given if _NAME.search(cell) and len(cell) <= 120 and not re.search(r"\S@\S+\.\S|https?://", cell)]
    different = len({folded(cell) for cell in given})
    return len(words) >= len(given) * 0.8 and different >= len(given) * 0.6


def filled(cells: list[str]) -> int:
    return sum(1 for cell in cells if cell and not cell.isspace())


def width_of(cells: list[str]) -> int:
    """Return the number of cells up to the last filled one."""
    for width in range(len(cells), 0, -1):
        if cells[width - 1].strip():
            return width
    return 0


def folded(text: str) -> str:
    """Return text for comparing names: no case, no accents, single spaces."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).casefold()
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def headers_from(cells: list[str]) -> list[str]:
    """Name every column: blank names get their place, repeated ones a number. Raises Refused above the limit."""
    cells = cells[: width_of(cells)]
    if len(cells) > limits.IMPORT_COLUMNS:
        raise Refused("file_too_many_columns", columns=f"{len(cells):,}", most=limits.IMPORT_COLUMNS)
    seen: Counter[str] = Counter()
    names = []
    for place, cell in enumerate(cells, 1):
        name = " ".join(cell.split())[:120] or f"Column {place}"
        seen[folded(name)] += 1
        names.append(f"{name} ({seen[folded(name)]})" if seen[folded(name)] > 1 else name)
    return names


def first_records(lines: Iterable[str], delimiter: str, count: int = LOOK_AT) -> list[tuple[int, list[str]]]:
    return list(islice(records_of(lines, delimiter), count))
