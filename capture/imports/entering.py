"""The run: rows enter through the front door, a chunk a transaction, so that a killed worker leaves no row half in."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.functional import cached_property

from capture.arrivals import Entry, Fate
from capture.channels import Row, receive_many
from capture.imports import abreast, deals, endings, undoing
from capture.imports.checking import judge_for
from capture.imports.leases import Held
from capture.imports.mapping import Mapping
from capture.lists import Lists
from capture.models import ImportRun
from capture.notices import tell
from capture.rows import ask
from core import clock, notices
from core.arrays import numbers_array, texts_array
from leads.models import Channel

CHUNK = 2_000
ENDING = 1_000  # rows of leads that end as they come in: more is written of each, and a chunk still takes seconds
A_SECOND = 5_000  # rows stored, about
LONGEST_WAIT = timedelta(seconds=60)
_ROWS = (  # of a row that is ready its cells are not asked for
    "SELECT number, line, CASE WHEN ready = '' THEN cells END, CASE WHEN ready = '' THEN fixes::json END, ready,"
    " CASE WHEN why <> '[]' THEN why::json END FROM capture_importrow WHERE import_run_id = %s AND number > %s AND number <= %s"
    " AND planned IN ('created', 'joined') ORDER BY number"
)
Found = tuple[str, list[dict[str, Any]], int | None]  # fate, why, lead or opportunity
COUNTS = {"created": "created_count", "joined": "joined_count", "skipped": "skipped_count", "rejected": "rejected_count"}


def enter(held: Held) -> None:
    """Enter the rows from where the last worker stopped; the counts move with the rows, in one transaction."""
    run = held.run
    work = Entering(run)
    one_by_one = not _may_go_abreast(held, work)
    while run.next_line < run.rows:
        chunks = [] if one_by_one else _chunks_of_new_leads(held)
        if len(chunks) >= abreast.LANES:
            one_by_one = not _enter_abreast(held, work, chunks)
        else:
            size = held.chunk(min(CHUNK, ENDING) if work.ends_leads else CHUNK)
            _enter_chunk(held, work, run.next_line, min(run.next_line + size, run.rows))
        if not held.has_time:
            held.pause()
            return
    with transaction.atomic():
        held.end(ImportRun.Step.FINISHED, finished_at=Now())
        tell(run, at=clock.now())


def _enter_chunk(held: Held, work: "Entering", after: int, last: int, place: abreast.Place | None = None) -> None:
    with transaction.atomic(), notices.gathered(f"import:{held.run.pk}", grows=True):
        if place:
            abreast.be_patient()
        fates = work.enter_chunk(after, last, at=clock.now(), place=place)
        if place:
            place.wait()
        settle(held, after, last, fates)


def _may_go_abreast(held: Held, work: "Entering") -> bool:
    """Tell whether chunks may come in two at a time: plain leads, by a worker that did not die on them before."""
    run = held.run
    is_plain = run.kind == ImportRun.Kind.LEADS and not work.ends_leads
    return is_plain and run.attempts <= 1 and not held.in_request and abreast.are_possible()


def _chunks_of_new_leads(held: Held) -> list[tuple[int, int]]:
    """Return the chunks (after, last) before the next row that is to join a lead: joining looks at what came before."""
    run, size, chunks = held.run, held.chunk(CHUNK), []
    joins = "SELECT min(number) FROM capture_importrow WHERE import_run_id = %s AND planned = 'joined' AND number > %s"
    first = ask(joins, [run.pk, run.next_line])[0][0] or run.rows + 1
    for after in range(run.next_line, run.rows, size):
        last = min(after + size, run.rows)
        if last >= first:
            break
        chunks.append((after, last))
    return chunks


def _enter_abreast(held: Held, work: "Entering", chunks: list[tuple[int, int]]) -> bool:
    """Enter chunks two at a time; return False when they got into each other's way. Raises what a chunk raises, Lost too."""
    run = held.run
    lanes = [work, *(Entering(run) for _further in range(abreast.LANES - 1))]
    all_in = abreast.go(chunks, [partial(_enter_chunk, held, lane) for lane in lanes], has_time=lambda: held.has_time)
    if not all_in:  # of a chunk that fell, the progress may be remembered already
        run.refresh_from_db(fields=["next_line"])
    return all_in


class Entering:
    """What all chunks of one turn share."""

    def __init__(self, run: ImportRun):
        self.run, self.mapping = run, Mapping.of(run)
        self.raw_of, self.policy = self.mapping.reader(), self.mapping.policies()
        self.tags = [run.options["tag_name"]] if run.options.get("tag_name") else []
        self.ends_leads = run.kind == ImportRun.Kind.LEADS and "outcome" in self.mapping.place_of

    @cached_property
    def lists(self) -> Lists:
        lists = Lists.load()
        lists.country = self.mapping.country
        return lists

    @cached_property
    def judge(self):
        return judge_for(self.run)

    def enter_chunk(self, after: int, last: int, *, at: datetime, place: abreast.Place | None = None) -> dict[int, Found]:
        """Enter the rows after one number and up to another that are foreseen to come in; return what became of each."""
        rows = ask(_ROWS, [self.run.pk, after, last])
        if not rows:
            return {}
        claim = partial(self._claim, place) if place else None
        if self.run.kind == ImportRun.Kind.DEALS:
            judged = [(number, line, self.judge.judge(cells, fixes)) for number, line, cells, fixes, *_rest in rows]
            fates = {number: ("rejected", deal.why, None) for number, _line, deal in judged if deal.why}
            return fates | deals.enter(self.run, [row for row in judged if not row[2].why], at=at)
        return self._leads(rows, at, claim)

    def _leads(self, rows: list[tuple], at: datetime, claim) -> dict[int, Found]:
        run, outcomes, entries = self.run, {}, []
        for number, line, cells, fixes, ready, _why in rows:
            raw = {} if ready else self.raw_of(cells, fixes)
            if (outcome := raw.pop("outcome", None)) is not None:
                outcomes[number] = outcome
            entries.append(Row(f"{run.digest}:{number}", raw, line, ready=ready))
        self.lists.qualify_after = self._until_stored(rows[-1][0])
        before = undoing.look([why for *_row, why in rows if why])
        received = receive_many(
            Channel.IMPORT, entries, at=at, by=run.by, team=run.team, import_run=run, policy=self.policy, order=self.mapping.order,
            origins={"source": run.source_id, "campaign": run.campaign_id}, tags=self.tags, lists=self.lists,
            before_matching=claim,
        )  # fmt: skip
        fates = {row[0]: self._found(fate) for row, fate in zip(rows, received.fates, strict=True)}
        undoing.remember_joins(run, fates, before, at=at)
        if outcomes:
            endings.carry_out(run, self.mapping.outcomes(), outcomes, fates, at=at)
        return fates

    def _claim(self, place: abreast.Place, entries: Sequence[Entry]) -> None:
        place.claim(entries, self.lists.ids)

    def _until_stored(self, number: int) -> timedelta:
        """Return about how long the rows after this one still take: storing goes before scoring, which would slow it down."""
        return min(timedelta(seconds=(self.run.rows - number) / A_SECOND), LONGEST_WAIT)

    def _found(self, fate: Fate) -> Found:
        if fate.lead and fate.result in {"created", "apart"}:
            return "created", [], fate.lead
        if fate.lead and fate.result == "joined":
            return "joined", [], fate.lead
        if fate.result == "skipped" and fate.why.get("code") == "already_here":
            return "skipped", [{"code": "row_already_in", "values": {}, "column": None}], fate.why["values"].get("lead")
        problems = fate.why.get("problems") or [{"code": "row_says_nothing", "field": "", "value": ""}]
        return "rejected", [self._why(problem) for problem in problems], None

    def _why(self, problem: dict[str, Any]) -> dict[str, Any]:
        place = self.mapping.place_of.get(problem["field"])
        header = self.mapping.columns[place].header if place is not None else problem["field"]
        values = {**problem.get("values", {}), "value": problem.get("value", ""), "field": header}
        return {"code": problem["code"], "values": values, "column": place}


def settle(held: Held, after: int, last: int, fates: dict[int, Found]) -> None:
    """Write down what became of each row of the chunk and move the counts along. Raises leases.Lost."""
    run = held.run
    column = "opportunity_id" if run.kind == ImportRun.Kind.DEALS else "lead_id"
    entered = "CASE WHEN new.fate = 'created' THEN %(digest)s || ':' || row.number END" if column == "opportunity_id" else "NULL"
    values = {
        "run": run.pk, "after": after, "last": last, "digest": run.digest, "numbers": numbers_array(fates),
        "fates": texts_array([fate for fate, _why, _pk in fates.values()]),
        "why": texts_array([json.dumps(why) if why else "[]" for _fate, why, _pk in fates.values()]),
        "found": numbers_array(pk for _fate, _why, pk in fates.values()),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE capture_importrow AS row SET fate = new.fate, {column} = new.found, entered_as = {entered}, ready = '',"
            " why = CASE WHEN new.fate = 'joined' THEN row.why ELSE new.why END"
            " FROM unnest(%(numbers)s::int[], %(fates)s::text[], %(why)s::jsonb[], %(found)s::bigint[]) AS new (number, fate, why, found)"
            " WHERE row.import_run_id = %(run)s AND row.number = new.number",
            values,
        )
        cursor.execute(
            "UPDATE capture_importrow SET fate = planned, ready = '' WHERE import_run_id = %(run)s AND number > %(after)s AND number <= %(last)s"
            " AND planned IN ('skipped', 'rejected')",
            values,
        )
        cursor.execute(
            "SELECT fate, count(*) FROM capture_importrow WHERE import_run_id = %(run)s AND number > %(after)s AND number <= %(last)s"
            " GROUP BY 1",
            values,
        )
        moved = {COUNTS[fate]: F(COUNTS[fate]) + count for fate, count in cursor.fetchall() if fate}
    held.keep(next_line=last, **moved)
