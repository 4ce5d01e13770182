"""Two hundred thousand rows, with the worker killed ten times on the way: each comes in once."""

import time
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from capture.imports import running
from capture.imports.tests import made
from capture.models import ImportRow, ImportRun, Submission
from leads.models import Lead, LeadEvent
from tests import faults

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROWS, KILLS = 200_000, 10


def work_on(run: ImportRun, until: str) -> None:
    while run.step != until:
        before = (run.step, run.rows, run.next_line)
        running.advance()
        run.refresh_from_db()
        assert (run.step, run.rows, run.next_line) != before, run.last_error


def test_two_hundred_thousand_rows_and_ten_kills_leave_each_row_once(check_file, at, capsys):
    begin = time.perf_counter()
    run = check_file(made.leads(ROWS))
    if run.step != "preview":
        work_on(run, "preview")
    checked = time.perf_counter()
    running.start(run, at=at)
    killed = 0
    for number in range(KILLS):
        killed += faults.killed_after(40 + 17 * number, running.advance)
        ImportRun.objects.filter(pk=run.pk, state="claimed").update(lease_until=Now() - timedelta(minutes=1))
    run.refresh_from_db()
    entered, again = run.next_line, time.perf_counter()
    work_on(run, "finished")
    stored = (ROWS - entered) / (time.perf_counter() - again)
    with capsys.disabled():
        print(f"\n{ROWS} rows: read and checked {ROWS / (checked - begin):.0f} a second, {killed} kills, stored {stored:.0f} a second")
    assert killed == KILLS
    assert (run.created_count, run.rejected_count, run.rows) == (ROWS, 0, ROWS)
    assert Lead.objects.count() == Submission.objects.count() == LeadEvent.objects.filter(kind="created").count() == ROWS
    assert ImportRow.objects.filter(import_run=run, fate="created", lead__isnull=False).count() == ROWS
    repeated = check_file(made.leads(ROWS))
    if repeated.step != "preview":
        work_on(repeated, "preview")
    running.start(repeated, at=at)
    work_on(repeated, "finished")
    assert (repeated.created_count, repeated.skipped_count) == (0, ROWS)
