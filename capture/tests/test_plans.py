"""A chunk of rows finds the open leads it may join by the indexes, however many there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from capture.channels import Row, receive_many
from leads.cleaning import clean
from leads.matching import OpenLeads

pytestmark = pytest.mark.django_db


def plans_of(work) -> list[str]:
    """Return how the database would go about the queries of `work` when reading whole tables is its last resort."""
    with CaptureQueriesContext(connection) as queries:
        work()
    plans = []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query in queries.captured_queries:
            cursor.execute("EXPLAIN " + query["sql"].replace("%", "%%"))
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
    return plans


def row(number: int) -> dict[str, str]:
    return {"name": f"N {number}", "email": f"n{number}@x.example", "phone": f"+49891{number:07d}"}


def test_the_leads_a_chunk_shares_something_with_are_found_without_reading_all(at):
    """Beyond a hundred values the planner proves nothing by itself: a partial index's condition must stand in the query."""
    receive_many("import", [Row(f"x:{n}", row(n)) for n in range(1_500)], at=at)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_lead, leads_leademail, leads_leadphone")
    emails, numbers = plans_of(lambda: OpenLeads.sharing([clean(row(n)) for n in range(150)]))
    assert "lead_emails_by_key" in emails and "leads_by_email" in emails
    assert "lead_phones_by_number" in numbers and "leads_by_phone" in numbers
