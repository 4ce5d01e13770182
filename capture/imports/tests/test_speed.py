"""How fast rows come in; the figures for the record are measured by the bench."""

import time

import pytest

from capture.imports import running
from capture.imports.tests import made
from leads.models import Lead, LeadEvent

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_stores_two_hundred_thousand_rows(check_file, at, capsys):
    count = 20_000
    begin = time.perf_counter()
    run = check_file(made.leads(count))
    while run.step != "preview":
        assert run.step == "checking" and run.state != "stuck", run.last_error
        running.advance()
        run.refresh_from_db()
    checked = time.perf_counter()
    running.start(run, at=at)
    while run.step != "finished":
        assert run.step == "running" and run.state != "stuck", run.last_error
        running.advance()
        run.refresh_from_db()
    took = time.perf_counter() - checked
    with capsys.disabled():
        print(f"\n{count} rows: read and checked {count / (checked - begin):.0f} a second, stored {count / took:.0f} a second")
    assert (run.created_count, run.rejected_count, run.rows) == (count, 0, count)
    assert Lead.objects.count() == LeadEvent.objects.filter(kind="created").count() == count
