"""How fast entries come in, printed for the record; the bench measures the running product."""

import time

import pytest
from django.utils import timezone

from capture.channels import Row, receive_many
from leads.cleaning import clean
from leads.models import Lead, LeadEvent

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ROWS, CHUNK = 20_000, 2_000


def row(number: int) -> dict[str, str]:
    return {
        "name": f"Ada Nr {number}", "email": f"ada{number}@acme{number % 500}.example", "phone": f"+49 30 {number:09d}",
        "company_name": f"Acme {number % 500} GmbH", "country": "Germany", "city": "Berlin", "job_title": "CTO",
        "message": "We need twenty booths", "source": "Website",
    }  # fmt: skip


def test_cleaning_stays_within_its_budget(capsys):
    raws = [row(number) for number in range(5_000)]
    start = time.process_time()
    for raw in raws:
        clean(raw, country="DE")
    each = (time.process_time() - start) / len(raws) * 1e6
    with capsys.disabled():
        print(f"\nclean: {each:.0f} µs a row")
    assert each < 120  # the budget is 60 on a machine of its own


def test_rows_a_second(capsys):
    rows = [Row(f"speed:{number}", row(number), line=number) for number in range(ROWS)]
    start, worked = time.perf_counter(), time.process_time()
    for first in range(0, ROWS, CHUNK):
        receive_many("import", rows[first : first + CHUNK], at=timezone.now())
    took, worked = time.perf_counter() - start, time.process_time() - worked
    with capsys.disabled():
        print(f"\n{ROWS / took:.0f} rows/s; {took / ROWS * 1e6:.0f} µs a row, of these {worked / ROWS * 1e6:.0f} in Python")
    assert Lead.objects.count() == LeadEvent.objects.filter(kind="created").count() == ROWS
