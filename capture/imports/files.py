"""What kind of file somebody chose, told by its content and never by its name; opening it within limits."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from capture.imports.refusals import Refused
from core import limits

CHUNK = 1 << 18
UNPACKED = limits.IMPORT_FILE  # bytes a compressed text may grow to
SHEET_UNPACKED = 300 * 1024 * 1024  # bytes of XML inside one spreadsheet
INDEX = 2 * 1024 * 1024  # bytes of an archive's list of entries
RATIO, RATIO_FROM = 150, 8 * 1024 * 1024  # grown so far and so much: a bomb

IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*", b"\x00\x00\x01\x00")
FOREIGN = (b"\x7fELF", b"MZ\x90", b"Rar!\x1a", b"7z\xbc\xaf", b"BZh91AY", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"OggS", b"SQLite format 3",
           b"%!PS", b"{\\rtf")  # fmt: skip
WEB_PAGES = (b"<!doctype html", b"<html", b"<head", b"<body")  # what an export gives whose session had ended
BOMS = (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")


def kind_of(file: IO[bytes]) -> str:
    """Return "text", "gzip", "xlsx" or "ods". Raises Refused for everything else."""
    file.seek(0)
    head = file.read(65536)
    if not head.strip(b" \t\r\n\x00") or head in BOMS:
        raise Refused("file_empty")
    if head.startswith(b"\x1f\x8b"):
        check_text(next(unpacked(file), b""))
        return "gzip"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_archive(file)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Refused("file_old_excel")
    if head.startswith(b"%PDF"):
        raise Refused("file_pdf")
    check_text(head)
    return "text"


def check_first_part(head: bytes) -> None:
    """Refuse a picture or PDF by its first bytes, before the rest has come; the whole file is looked at later."""
    if head.startswith(b"%PDF"):
        raise Refused("file_pdf")
    if not head.startswith((b"\x1f\x8b", b"PK")):
        check_text(head[:65536])


def check_text(head: bytes) -> None:
    """Raise Refused unless these first bytes are text of some encoding."""
    if not head.strip(b" \t\r\n\x00"):
        raise Refused("file_empty")
    if head.startswith(IMAGES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or (
        head[:2] == b"BM" and head[6:10] == b"\0\0\0\0"
    ):
        raise Refused("file_image")
    if head.startswith(FOREIGN):
        raise Refused("file_foreign")
    if head[:100].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(WEB_PAGES):
        raise Refused("file_web_page")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or looks_utf16(head):
        return
    odd = sum(head.count(bytes([code])) for code in range(1, 32) if code not in b"\t\n\x0b\x0c\r\x1a\x1c\x1d\x1e\x1f")
    if odd > len(head) / 50 or head.count(b"\0") > len(head) / 4:
        raise Refused("file_foreign")


def looks_utf16(head: bytes) -> str:
    """Return the codec of UTF-16 without a byte order mark, told by where its zero bytes stand, or ""."""
    head = head[:4096]
    if len(head) < 8:
        return ""
    even, odd = head[0::2].count(0) / (len(head) / 2), head[1::2].count(0) / (len(head) / 2)
    if odd > 0.4 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.05 else ""


def unpacked(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a gzip file, also of several joined ones. Raises Refused when it is broken or a bomb."""
    file.seek(0)
    read, grown, engine = 0, 0, zlib.decompressobj(wbits=31)
    while piece := file.read(CHUNK):
        read += len(piece)
        while piece:
            if engine.eof:
                if not piece.startswith(b"\x1f"):
                    return  # padding after the end is harmless
                engine = zlib.decompressobj(wbits=31)
            try:
                out = engine.decompress(piece, CHUNK * 4)
            except zlib.error:
                raise Refused("file_broken") from None
            piece = engine.unused_data if engine.eof else engine.unconsumed_tail
            grown += len(out)
            if grown > RATIO_FROM and grown > RATIO * read:
                raise Refused("file_bomb")
            if grown > UNPACKED:
                raise Refused("file_too_large", most=UNPACKED // 2**20)
            if out:
                yield out
    if not engine.eof:
        raise Refused("file_broken")


def _kind_of_archive(file: IO[bytes]) -> str:
    if _size_of_index(file) > INDEX:
        raise Refused("file_bomb")
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            is_ods = "mimetype" in names and b"opendocument.spreadsheet" in archive.open("mimetype").read(100)
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, zlib.error):  # RuntimeError: locked, or packed in an unknown way
        raise Refused("file_broken") from None
    if "xl/workbook.xml" not in names and not is_ods:
        raise Refused("file_zip")
    packed = sum(entry.compress_size for entry in entries)
    grown = sum(entry.file_size for entry in entries)
    if grown > SHEET_UNPACKED or (grown > RATIO_FROM and grown > RATIO * max(packed, 1)) or len(entries) > 10_000:
        raise Refused("file_bomb")
    return "ods" if is_ods else "xlsx"


def _size_of_index(file: IO[bytes]) -> int:
    """Return how many bytes an archive's list of entries claims, without reading the list."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + 22:
        raise Refused("file_broken")
    return int.from_bytes(tail[place + 12 : place + 16], "little")


def shown_name(name: str) -> str:
    """Return a file's name as a person may see it: no folders, no control characters, never used as a path."""
    last = PurePosixPath(name.replace("\\", "/")).name
    cleaned = "".join(letter for letter in last if letter.isprintable()).strip()
    return cleaned[:200] or "import.csv"
