"""What the columns of a file probably are: as last time, by another product's names, by name, by content."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.db import connection
from django.utils.text import slugify

from capture.imports import contents, fields
from capture.imports.contents import Seen
from capture.imports.dialects import folded
from capture.imports.tables import Dialect
from capture.models import ImportRow, ImportRun, SavedMapping
from core.models import CustomField
from leads.figures import DAY_FIRST, employees

SAMPLE = 2_000  # rows looked at, spread over the whole file
RECORDS = {ImportRun.Kind.LEADS: "lead", ImportRun.Kind.DEALS: "opportunity"}


@dataclass
class Column:
    """One column of a file and what it shall become."""

    header: str
    target: str = fields.IGNORE  # a key of fields.TARGETS, "custom", or "" to leave it out
    found: str = ""  # saved, preset, name, content, custom or person: how sure we are
    key: str = ""  # of the custom field
    type: str = "text"  # of the custom field
    policy: str = ""  # fill, overwrite or keep; "" as the whole import does
    samples: tuple[str, ...] = ()
    filled: int = 0

    @classmethod
    def of(cls, stored: dict) -> "Column":
        return cls(**{name: value for name, value in stored.items() if name in cls.__dataclass_fields__})


def propose(run: ImportRun, dialect: Dialect) -> dict[str, Any]:
    """Return the columns, kind and options to begin with, as changes of the import."""
    headers = [column["header"] for column in run.columns]
    seen = look_at(run, len(headers))
    before = _earlier(run, headers)
    kind = before.get("kind") or (ImportRun.Kind.DEALS if any(map(contents.is_outcome, seen)) else ImportRun.Kind.LEADS)
    columns = columns_for(headers, seen, kind, before.get("columns"))
    options = {**before.get("options", {}), **run.options}
    options |= date_order(run, columns, options) | decimal_sign(run, columns, options)
    return {"columns": [asdict(column) for column in columns], "kind": kind, "options": options, "dialect": asdict(dialect)}


def columns_for(headers: list[str], seen: list[Seen], kind: str, before: list[dict] | None = None) -> list[Column]:
    """Match every column; columns that nothing is known of become custom fields, empty ones are left out."""
    known = {field.key: field for field in CustomField.objects.filter(record=RECORDS[kind], is_active=True)}
    guessed = [_target(header, sight, kind, headers) for header, sight in zip(headers, seen, strict=True)]
    columns, taken, keys = [], set(), set()
    order = sorted(range(len(headers)), key=lambda n: (_SURE.index(guessed[n][1]), n))
    for n in order:  # the surer ones choose first
        target, _found = guessed[n]
        if target in taken and target in fields.TARGETS and not fields.TARGETS[target].many:
            guessed[n] = (fields.CUSTOM, "custom")
        taken.add(target)
    if kind == ImportRun.Kind.LEADS and {"first_name", "last_name"} & taken and "name" in taken:
        guessed = [_surname_or_all(pair, taken) for pair in guessed]
    for header, sight, (target, found) in zip(headers, seen, guessed, strict=True):
        key = key_of(header, keys)
        field_type = known[key].type if key in known else sight.custom_type()
        if not sight.filled:
            target, found = fields.IGNORE, "empty"
        columns.append(Column(header, target, found, key, field_type, "", tuple(sight.samples), sight.filled))
    return _as_before(columns, before or [])


def _surname_or_all(pair: tuple[str, str], taken: set[str]) -> tuple[str, str]:
    """«Name» beside «Vorname» is the last name; beside both it is the full name."""
    if pair[0] == "name" and pair[1] == "name" and "last_name" not in taken:
        return "last_name", "name"
    return pair


def _as_before(columns: list[Column], before: list[dict]) -> list[Column]:
    """Take over what a person chose last time for the same headers."""
    chosen = {folded(old["header"]): Column.of(old) for old in before}
    for column in columns:
        if (old := chosen.get(folded(column.header))) and (column.filled or old.target):
            column.target, column.key, column.type, column.policy = old.target, old.key, old.type, old.policy
            column.found = "saved"
    return columns


_SURE = ("preset", "outcome", "name", "content", "custom")


def _target(header: str, seen: Seen, kind: str, headers: list[str]) -> tuple[str, str]:
    if folded(header) in fields.OURS:
        return fields.IGNORE, "preset"
    if kind == ImportRun.Kind.DEALS and contents.is_outcome(seen):
        return "outcome", "outcome"
    if kind == ImportRun.Kind.LEADS and _says_how_leads_ended(header, seen):
        return "outcome", "outcome"
    preset = fields.preset_of(headers)
    if preset and folded(header) in (columns := fields.PRESETS[preset][1]):
        target = columns[folded(header)]
        if target in {fields.IGNORE, fields.CUSTOM} or target in {t.key for t in fields.offered(kind)}:
            return target, "preset"
    named = fields.named(header, kind)
    if named and _fits(named, seen):
        return named, "name"
    by_content = seen.best()
    offered = next((t.key for t in fields.offered(kind) if t.content and t.content == by_content), "")
    if offered and offered in {"email", "phone", "website"} and seen.filled:
        return offered, "content"
    return fields.CUSTOM, "custom"


ENDINGS = frozenset(
    "y|outcome|converted|is converted|conversion|won|is won|closed won|success|result|target|konvertiert|gewonnen|abschluss|ergebnis|"
    "converti|gagne|resultat|convertido|ganado|convertito|vinto|esito".split("|")
)


def _says_how_leads_ended(header: str, seen: Seen) -> bool:
    """Tell whether a column of a lead file is about the ending, by its name and by two values that say yes and no; empty means open."""
    words = {folded(value) for value in seen.values}
    return folded(header).replace("_", " ") in ENDINGS and len(words) == 2 and seen.both_sides()


def _fits(target: str, seen: Seen) -> bool:
    """Tell whether the cells of a column are what its name says; «campaign» full of small numbers is something else."""
    if not seen.filled:
        return True
    judge = _JUDGES.get(target)
    return judge(seen) if judge else True


def _not_figures(seen: Seen) -> bool:
    return max(seen.number, seen.flag, seen.email) < 0.8


def _many_names(seen: Seen) -> bool:
    return _not_figures(seen) and (seen.filled < 20 or len(seen.values) > max(3, seen.filled // 200))


def _long_numbers(seen: Seen) -> bool:
    long = sum(count for value, count in seen.values.items() if sum(letter.isdigit() for letter in value) >= 5)
    return long >= 0.3 * seen.values.total()


def _sizes(seen: Seen) -> bool:
    return sum(count for value, count in seen.values.items() if employees(value) is not None) >= 0.5 * seen.values.total()


_JUDGES: dict[str, Callable[[Seen], bool]] = {
    "email": lambda seen: seen.email >= 0.3, "phone": _long_numbers, "website": lambda seen: seen.url >= 0.3,
    "country": lambda seen: seen.country >= 0.5, "currency": lambda seen: seen.currency >= 0.5,
    "occurred_at": lambda seen: seen.date >= 0.5, "opened_at": lambda seen: seen.date >= 0.5,
    "closed_at": lambda seen: seen.date >= 0.5, "expected_revenue": lambda seen: seen.amount >= 0.5,
    "company_size": _sizes, "name": _many_names, "first_name": _not_figures, "last_name": _not_figures,
    "company_name": _many_names, "deal_name": _many_names, "outcome": contents.is_outcome,
    **dict.fromkeys(("job_title", "campaign", "source", "medium", "title", "city", "region", "industry", "salutation",
                     "tags", "referred_by"), _not_figures),
}  # fmt: skip


def key_of(header: str, taken: set[str]) -> str:
    """Return the key of a column's custom field: the same header has the same key in every file."""
    words = re.sub(r"[^\w\s]+", " ", folded(header))
    key = base = slugify(words, allow_unicode=True).replace("-", "_")[:50] or "column"
    number = 2
    while key in taken:
        key, number = f"{base}_{number}", number + 1
    taken.add(key)
    return key


def look_at(run: ImportRun, width: int) -> list[Seen]:
    """Look at rows spread over the whole file."""
    rows = sample_of(run)
    return [contents.look(row[n] for row in rows if n < len(row)) for n in range(width)]


def sample_of(run: ImportRun) -> list[list[str]]:
    step = max(1, run.rows // SAMPLE)
    numbers = list(range(1, run.rows + 1, step))
    rows = ImportRow.objects.filter(import_run=run, number__in=numbers, planned="")
    found = list(rows.order_by("number").values_list("cells", flat=True))
    return found or list(ImportRow.objects.filter(import_run=run, planned="").order_by("number").values_list("cells", flat=True)[:SAMPLE])


def fingerprint(headers: list[str]) -> str:
    return hashlib.sha256("\x1f".join(folded(header) for header in headers).encode()).hexdigest()


def _earlier(run: ImportRun, headers: list[str]) -> dict[str, Any]:
    """Return how these columns were matched last time, or in the import this one shall be like."""
    like = ImportRun.objects.filter(pk=run.options.get("like")).first() if run.options.get("like") else None
    if like:
        return {"kind": like.kind, "columns": like.columns, "options": kept_options(like)}
    saved = SavedMapping.objects.filter(fingerprint=fingerprint(headers)).first()
    return {"saved": saved.name, **saved.columns} if saved and isinstance(saved.columns, dict) else {}


def kept_options(run: ImportRun) -> dict[str, Any]:
    return {name: run.options[name] for name in ("policy", "outcomes", "country", "day_order", "decimal") if name in run.options}


def remember(run: ImportRun) -> None:
    """Keep the mapping for the next file with this header."""
    headers = [column["header"] for column in run.columns]
    columns = [{**column, "samples": [], "filled": 0} for column in run.columns]  # what people wrote is not kept with it
    stored = {"kind": run.kind, "columns": columns, "options": kept_options(run)}
    SavedMapping.objects.update_or_create(
        fingerprint=fingerprint(headers), defaults={"name": run.name, "columns": stored, "by": run.by}
    )


def date_order(run: ImportRun, columns: list[Column], options: dict) -> dict[str, Any]:
    """Tell how 03/11 reads from all dates of the file; `ask_day_order` when nothing in it says so."""
    places = [n for n, column in enumerate(columns, 1) if holds_dates(column)]
    first = second = points = unclear = 0
    for place in places:
        with connection.cursor() as cursor:
            cursor.execute(_DATES, {"run": run.pk, "place": place})
            found = cursor.fetchone()
        first, second, points, unclear = first + found[0], second + found[1], points + found[2], unclear + found[3]
    if first and not second:
        return {"day_order": "dmy", "ask_day_order": False}
    if second and not first:
        return {"day_order": "mdy", "ask_day_order": False}
    asks = bool(unclear) and points < unclear and "day_order" not in options
    return {"day_order": options.get("day_order", DAY_FIRST), "ask_day_order": asks}


def holds_dates(column: Column) -> bool:
    if column.target == fields.CUSTOM:
        return column.type == "date"
    return column.target != fields.IGNORE and fields.TARGETS[column.target].content == "date"


_DATES = r"""
SELECT count(*) FILTER (WHERE parts[1]::int > 12), count(*) FILTER (WHERE parts[3]::int > 12),
       count(*) FILTER (WHERE parts[2] = '.'), count(*)
FROM capture_importrow, regexp_match(cells[%(place)s], '^\s*(\d{1,2})([./-])\s?(\d{1,2})\2\s?(?:\d{4}|\d{2})(?!\d)') AS parts
WHERE import_run_id = %(run)s AND parts IS NOT NULL
"""


def decimal_sign(run: ImportRun, columns: list[Column], options: dict) -> dict[str, Any]:
    """Tell whether 93.369 is ninety-three or ninety-three thousand: what all figures of the file say, or "" for neither."""
    dots = commas = 0
    for place in (n for n, column in enumerate(columns, 1) if holds_figures(column)):
        with connection.cursor() as cursor:
            cursor.execute(_FIGURES, {"run": run.pk, "place": place, "dot": _decimal("."), "comma": _decimal(",")})
            found = cursor.fetchone()
        dots, commas = dots + found[0], commas + found[1]
    if bool(dots) != bool(commas):
        return {"decimal": "." if dots else ","}
    return {"decimal": options.get("decimal", "")}


def holds_figures(column: Column) -> bool:
    if column.target == fields.CUSTOM:
        return column.type == "number"
    return column.target != fields.IGNORE and fields.TARGETS[column.target].content == "amount"


def _decimal(sign: str) -> str:
    """Return a pattern of figures in which this sign can only be the decimal one."""
    point, group = rf"\{sign}", "," if sign == "." else r"\."
    return rf"^\D*(\d{{4,}}{point}\d+|0{point}\d+|\d+{point}(\d{{1,2}}|\d{{4,}})|\d{{1,3}}({group}\d{{3}})+{point}\d+)\D*$"


_FIGURES = """
SELECT count(*) FILTER (WHERE cells[%(place)s] ~ %(dot)s), count(*) FILTER (WHERE cells[%(place)s] ~ %(comma)s)
FROM capture_importrow WHERE import_run_id = %(run)s
"""


def values_of(run: ImportRun, place: int, most: int = 200) -> list[tuple[str, int]]:
    """Return the different values of a column (from 0) over all rows with their counts, the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT btrim(cells[%s]), count(*) FROM capture_importrow WHERE import_run_id = %s AND planned <> 'skipped'"
            " AND btrim(coalesce(cells[%s], '')) <> '' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %s",
            [place + 1, run.pk, place + 1, most],
        )
        return cursor.fetchall()
