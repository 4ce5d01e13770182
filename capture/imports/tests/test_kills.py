"""A worker may die anywhere: each row comes in once, and whoever woke up late changes nothing."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from capture.imports import checking, entering, running, undoing
from capture.imports.tests import made
from capture.models import ImportRow, ImportRun, Submission
from leads.models import Lead, LeadEvent
from tests import faults

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 24
_MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(entering, "CHUNK", 10)
    monkeypatch.setattr(checking, "CHUNK", 10)
    monkeypatch.setattr(undoing, "CHUNK", 10)


def let_lease_run_out(run: ImportRun) -> None:
    """As if the minute of the dead worker were over; its tries count."""
    ImportRun.objects.filter(pk=run.pk, state="claimed").update(lease_until=Now() - _MINUTE, attempts=0)



def whole(run: ImportRun) -> None:
    run.refresh_from_db()
    counts = (run.created_count, run.joined_count, run.skipped_count, run.rejected_count)
    assert (run.step, counts) == ("finished", (ROWS, 0, 0, 0)), (run.last_error, run.counts, *run.import_rows.values_list("planned", "fate", "why"))
    assert Lead.objects.count() == Submission.objects.count() == LeadEvent.objects.filter(kind="created").count() == ROWS
    assert ImportRow.objects.filter(import_run=run, fate="created", lead__isnull=False).count() == ROWS


class TestKills:
    def test_after_any_statement_of_the_run_leave_each_row_once(self, check_file, at):
        run = check_file(made.leads(ROWS))
        running.start(run, at=at)
        for number in range(1, 200, 7):
            with faults.crash_after(number) as counted:
                running.advance()
            let_lease_run_out(run)
            if not counted.happened:
                break
        running.advance()
        whole(run)

    def test_by_signal_nine_ten_times_leave_each_row_once(self, check_file, at):
        run = check_file(made.leads(ROWS))
        running.start(run, at=at)
        killed = 0
        for number in (3, 9, 16, 24, 31, 40, 52, 60, 75, 90):
            killed += faults.killed_after(number, running.advance)
            let_lease_run_out(run)
        running.advance()
        assert killed >= 3
        whole(run)

    def test_while_reading_and_checking_change_no_row(self, olga, north, at):
        from capture.imports import uploads

        run = uploads.keep([made.leads(ROWS)], by=olga, name="leads.csv", team=north)
        for number in range(1, 60, 5):
            with faults.crash_after(number):
                running.advance()
            let_lease_run_out(run)
        running.advance()
        run.refresh_from_db()
        assert (run.step, run.rows) == ("mapping", ROWS)
        running.check_again(run)
        for number in range(1, 60, 5):
            with faults.crash_after(number):
                running.advance()
            let_lease_run_out(run)
        running.advance()
        run.refresh_from_db()
        assert (run.step, run.counts["created"]) == ("preview", ROWS)
        assert list(ImportRow.objects.filter(import_run=run).order_by("number").values_list("number", flat=True)) == list(range(1, ROWS + 1))

    def test_while_taking_back_leave_nothing_half_gone(self, import_file):
        run = import_file(made.leads(ROWS))
        running.begin_undo(run)
        for number in range(1, 90, 9):
            with faults.crash_after(number):
                running.advance()
            let_lease_run_out(run)
        running.advance()
        run.refresh_from_db()
        assert (run.step, Lead.objects.count(), Submission.objects.count()) == ("undone", 0, 0)


class TestLease:
    def test_a_worker_that_froze_past_it_changes_nothing(self, check_file, at):
        """The second worker takes the import over in the middle of the first one's chunk."""
        run = check_file(made.leads(ROWS))
        running.start(run, at=at)
        taken = []

        def take_over():
            ImportRun.objects.filter(pk=run.pk).update(token="00000000-0000-4000-8000-000000000000")
            taken.append(True)

        frozen = ImportRun.objects.claim(limit=1)[0]
        take_over()
        running._turn(running.Held(frozen, 30))
        assert taken and not Lead.objects.exists()
        run.refresh_from_db()
        assert (run.step, run.next_line, run.created_count) == ("running", 0, 0)

    def test_one_that_kills_its_worker_is_set_aside_and_says_so(self, check_file, at, client_of, olga):
        run = check_file(made.leads(ROWS))
        running.start(run, at=at)
        for _ in range(4):
            ImportRun.objects.claim(limit=1)
            ImportRun.objects.filter(pk=run.pk, state="claimed").update(lease_until=Now() - _MINUTE)
        run.refresh_from_db()
        assert run.state == "stuck"
        client = client_of(olga)
        assert "set aside" in client.get(f"/import/{run.pk}/").text
        client.post(f"/import/{run.pk}/again/")
        running.advance()
        whole(run)
