"""Any bytes at all end with every row accounted for, or in a sentence that says why not."""

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from capture.imports import leases, running, uploads
from capture.imports.refusals import Refused
from capture.imports.tests.conftest import settle_outcomes
from capture.models import ImportRow, ImportRun
from core import clock

pytestmark = pytest.mark.django_db

CELL = st.one_of(
    st.text(max_size=20), st.sampled_from(["", "ada@x.example", "kai@brandt", "=1+1", "+49 30 901820", "03.11.26", "1.234,50", "Won", "Lost", '"', "\x00", "--"]),
)  # fmt: skip
HEADERS = st.lists(st.sampled_from(["Name", "E-Mail", "Tel.", "Handy", "Datum", "Betrag", "Status", "Notiz", "Notiz", "Firma", "?"]), min_size=1, max_size=6)
TABLES = st.tuples(HEADERS, st.lists(st.lists(CELL, max_size=8), max_size=8), st.sampled_from(";,\t|"), st.sampled_from(["utf-8", "utf-16", "cp1252"]))


def written(table) -> bytes:
    headers, rows, delimiter, encoding = table
    return "\r\n".join(delimiter.join(row) for row in [headers, *rows]).encode(encoding, "replace")


FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
FILES = st.one_of(st.binary(max_size=400), TABLES.map(written))


@FEW
@given(content=FILES)
def test_any_bytes_end_well(content, olga, north):
    end_well(content, olga, north)


@pytest.mark.slow
@settings(FEW, max_examples=200)
@given(content=FILES)
def test_many_more_bytes_end_well_too(content, olga, north):
    end_well(content, olga, north)


def end_well(content, olga, north) -> None:
    try:
        run = uploads.keep([content], by=olga, name="any.csv", team=north)
    except Refused as refused:
        assert str(refused) and str(refused) != refused.code
        return
    finish(run)
    event(run.step)
    if run.step == ImportRun.Step.FAILED:
        assert leases.problem_of(run)
        return
    assert (run.step, run.last_error) == ("finished", "")
    assert run.rows == run.created_count + run.joined_count + run.skipped_count + run.rejected_count
    assert ImportRow.objects.filter(import_run=run).exclude(fate="").count() == run.rows
    for row in ImportRow.objects.filter(import_run=run, fate="rejected"):
        assert row.why and row.line > 0


def finish(run: ImportRun) -> None:
    running.advance()
    run.refresh_from_db()
    if run.step == ImportRun.Step.MAPPING:
        settle_outcomes(run)
        running.check_again(run)
        running.advance()
        run.refresh_from_db()
    if run.step == ImportRun.Step.PREVIEW:
        running.start(run, at=clock.now())
        running.advance()
        run.refresh_from_db()
