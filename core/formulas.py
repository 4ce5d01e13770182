"""Cells a spreadsheet would compute, made harmless on the way out and as they were on the way in (promise S12)."""

import re

FORMULA = re.compile(r"\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_HARMLESS = re.compile(r"\+?[\d\s()./\-]{3,30}|-?\d+(?:[.,]\d+)*")  # plain phone numbers and figures stay readable


def defused(cell: str) -> str:
    """Return a cell no spreadsheet computes: an apostrophe before what would begin a formula."""
    if cell and FORMULA.match(cell) and not _HARMLESS.fullmatch(cell):
        return "'" + cell
    return cell


def armed(cell: str) -> str:
    """Return a cell as it was before `defused`: an export that is imported gives the same data."""
    if len(cell) > 1 and cell[0] == "'" and FORMULA.match(cell[1:]):
        return cell[1:]
    return cell
