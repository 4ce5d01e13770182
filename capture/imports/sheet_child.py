"""Read one sheet of a spreadsheet in a process of its own, whose memory and time are limited.

Run as a script: sheet_child.py FILE SHEET MEGABYTES SECONDS. Standard output: one JSON line with the names of the
sheets, then one JSON list per row, from the first row of the sheet on. It knows nothing of the product.
"""

import contextlib
import json
import sys
from datetime import date, datetime, time, timedelta


def main(path: str, wanted: str, megabytes: str, seconds: str) -> int:
    limit(int(megabytes), int(seconds))
    from python_calamine import CalamineWorkbook, PasswordError

    try:
        book = CalamineWorkbook.from_path(path)
    except PasswordError:
        return 3
    sheets = [sheet.name for sheet in book.sheets_metadata if "WorkSheet" in str(sheet.typ)]
    name = wanted if wanted in sheets else first_with_rows(book)
    print(json.dumps({"sheets": sheets[:100], "sheet": name}))
    if name is None:
        return 0
    sheet = book.get_sheet_by_name(name)
    above = sheet.start[0] if sheet.start else 0
    left = sheet.start[1] if sheet.start else 0
    print(json.dumps({"above": above, "left": left, "height": sheet.height, "width": sheet.width}))
    write = sys.stdout.write
    for row in sheet.iter_rows():
        write(json.dumps([text(cell) for cell in row], ensure_ascii=False) + "\n")
    return 0


def limit(megabytes: int, seconds: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on every system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def first_with_rows(book) -> str | None:
    visible = [s.name for s in book.sheets_metadata if "WorkSheet" in str(s.typ) and str(s.visible).endswith("Visible")]
    for name in visible:
        if book.get_sheet_by_name(name).height > 0:
            return name
    return None


def text(cell) -> str:
    """Write a cell as a person would type it: whole numbers without a point, days as 2026-11-03."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d") if cell.time() == time() else cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta | int) else ""


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main(*sys.argv[1:5]))
