"""The dry run over all rows: who is new, who joins an open lead, what is skipped and what can't come in, and why."""

import json
from collections import Counter

from django.db import connection, transaction

from capture.eyes import pks_of, seen_by
from capture.imports import deals, judging
from capture.imports.leases import Held
from capture.imports.mapping import Mapping
from capture.models import ImportRow, ImportRun
from capture.rows import alone
from core.arrays import numbers_array, texts_array
from leads.matching import OpenLeads
from leads.models import Channel

CHUNK = 2_000
Row = tuple[int, int, list[str], dict]  # number, line, cells, fixes


def check(held: Held) -> None:
    """Judge every row from where the last worker stopped, then look for repeats and count."""
    run = held.run
    judge = judge_for(run)
    while run.next_line < run.rows:
        size = held.chunk(CHUNK)
        with transaction.atomic():
            check_rows(run, judge, rows_after(run, run.next_line, size))
            held.keep(next_line=min(run.next_line + size, run.rows))
        if not held.has_time:
            held.pause()
            return
    with transaction.atomic():
        mark_repeats(run)
        held.end(ImportRun.Step.PREVIEW, counts=count(run), next_line=0)


def judge_for(run: ImportRun) -> "judging.Judge":
    mapping = Mapping.of(run)
    return deals.Judge(mapping) if run.kind == ImportRun.Kind.DEALS else judging.Judge(mapping)


def rows_after(run: ImportRun, number: int, limit: int) -> list[Row]:
    """Return the next rows that hold something: neither empty nor the header again."""
    rows = ImportRow.objects.filter(import_run=run, number__gt=number, number__lte=number + limit)
    kept = rows.exclude(cells=[]).order_by("number").values_list("number", "line", "cells", "fixes", "why")
    return [row[:4] for row in kept if not (row[4] and row[4][0]["code"] in {"row_empty", "row_header_again"})]


def check_rows(run: ImportRun, judge: "judging.Judge", rows: list[Row]) -> None:
    """Judge some rows and write down what is foreseen for each. Wants a transaction."""
    alone()
    judged = [(number, judge.judge(cells, fixes)) for number, _line, cells, fixes in rows]
    joins = {} if run.kind == ImportRun.Kind.DEALS else joins_of(run, {number: one for number, one in judged if not one.why})
    foreseen = []
    for number, one in judged:
        if one.why:
            foreseen.append((number, "rejected", one.why, "", ""))
        elif lead := joins.get(number):
            why = [{"code": "row_joins", "values": {}, "column": None, "lead": lead}]
            foreseen.append((number, "joined", why, one.key, ""))
        else:
            foreseen.append((number, "created", one.hints, one.key, judge.ready(one)))
    write_foreseen(run, foreseen)


def joins_of(run: ImportRun, judged: dict[int, "judging.Judged"]) -> dict[int, int]:
    """Return {number: the open lead the row would join}, by the door's own matching: only one the importer may see."""
    standing = OpenLeads.sharing([one.cleaned for one in judged.values()])
    seen = seen_by(run.by, pks_of(standing), channel=Channel.IMPORT, run=run.pk) if run.by else None
    matches = ((number, standing.match(one.cleaned)[0]) for number, one in judged.items())
    joined = ((number, next((pk for pk in found if seen is None or pk in seen), None)) for number, found in matches)
    return {number: lead for number, lead in joined if lead}


def write_foreseen(run: ImportRun, foreseen: list[tuple[int, str, list, str, str]]) -> None:
    if not foreseen:
        return
    numbers, planned, why, keys, ready = zip(*foreseen, strict=True)
    reasons = texts_array([json.dumps(each) if each else "[]" for each in why])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE capture_importrow AS row SET planned = new.planned, why = new.why, key = new.key, ready = new.ready"
            " FROM unnest(%s::int[], %s::text[], %s::jsonb[], %s::text[], %s::text[]) AS new (number, planned, why, key, ready)"
            " WHERE row.import_run_id = %s AND row.number = new.number",
            [numbers_array(numbers), texts_array(planned), reasons, texts_array(keys), texts_array(ready), run.pk],
        )


def mark_repeats(run: ImportRun) -> None:
    """Skip rows that name the same person as an earlier one; the same address under another name joins that lead.

    Skip rows too that an earlier import of the same file brought in: they enter once.
    """
    values = {"run": run.pk, "digest": run.digest, "channel": Channel.IMPORT.value}
    with connection.cursor() as cursor:
        cursor.execute(_REPEATS, values)
        if run.kind == ImportRun.Kind.LEADS:
            cursor.execute(_JOIN_A_ROW, values)
        if ImportRun.objects.filter(digest=run.digest).exclude(pk=run.pk).exists():
            cursor.execute(_ALREADY_IN if run.kind == ImportRun.Kind.LEADS else _DEAL_ALREADY_IN, values)


_REPEATS = """
WITH repeats AS (
    SELECT id, first_value(line) OVER same AS first_line, row_number() OVER same AS place
    FROM capture_importrow WHERE import_run_id = %(run)s AND key <> '' AND planned IN ('created', 'joined')
    WINDOW same AS (PARTITION BY key ORDER BY number)
)
UPDATE capture_importrow AS row SET planned = 'skipped', why = jsonb_build_array(
    jsonb_build_object('code', 'row_repeats', 'values', jsonb_build_object('line', repeats.first_line), 'column', NULL))
FROM repeats WHERE row.id = repeats.id AND repeats.place > 1
"""
_JOIN_A_ROW = """
WITH repeats AS (
    SELECT id, first_value(line) OVER same AS first_line, row_number() OVER same AS place
    FROM capture_importrow WHERE import_run_id = %(run)s AND key <> '' AND planned = 'created'
    WINDOW same AS (PARTITION BY left(key, 32) ORDER BY number)
)
UPDATE capture_importrow AS row SET planned = 'joined', why = jsonb_build_array(
    jsonb_build_object('code', 'row_joins_row', 'values', jsonb_build_object('line', repeats.first_line), 'column', NULL))
FROM repeats WHERE row.id = repeats.id AND repeats.place > 1
"""


_ALREADY_IN = """
UPDATE capture_importrow AS row SET planned = 'skipped', ready = '', why = jsonb_build_array(
    jsonb_build_object('code', 'row_already_in', 'values', '{}'::jsonb, 'column', NULL, 'lead', known.lead_id))
FROM capture_submission AS known
WHERE row.import_run_id = %(run)s AND row.planned IN ('created', 'joined')
    AND known.channel = %(channel)s AND known.external_id = %(digest)s || ':' || row.number
"""
_DEAL_ALREADY_IN = """
UPDATE capture_importrow AS row SET planned = 'skipped', ready = '', why = jsonb_build_array(
    jsonb_build_object('code', 'row_already_in', 'values', '{}'::jsonb, 'column', NULL))
FROM capture_importrow AS known
WHERE row.import_run_id = %(run)s AND row.planned IN ('created', 'joined') AND known.entered_as = %(digest)s || ':' || row.number
"""


def count(run: ImportRun) -> dict[str, int]:
    """Return how many rows are foreseen for each fate; they add up to the rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT planned, count(*) FROM capture_importrow WHERE import_run_id = %s GROUP BY 1", [run.pk])
        counts = Counter(dict(cursor.fetchall()))
    return {fate: counts[fate] for fate in ("created", "joined", "skipped", "rejected")}


def fix_row(run: ImportRun, number: int, fixes: dict[str, str]) -> ImportRow:
    """Take what a person typed into the cells of one row, judge it again and count anew."""
    with transaction.atomic():
        row = ImportRow.objects.select_for_update().get(import_run=run, number=number)
        row.fixes = {**row.fixes, **fixes}
        row.save(update_fields=["fixes"])
        check_rows(run, judge_for(run), [(row.number, row.line, row.cells, row.fixes)])
        mark_repeats(run)
        ImportRun.objects.filter(pk=run.pk).update(counts=count(run))
    row.refresh_from_db()
    return row
