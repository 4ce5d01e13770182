"""The operations page knows of entries, imports, leads and acts that wait or are stuck, and /readyz of the oldest."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from capture.models import ImportRun, Submission
from core import operations
from leads.models import Lead
from tests.factories import capture as entries
from tests.factories import leads as make

pytestmark = pytest.mark.django_db


def page_of(client) -> str:
    return client.get("/operations/").content.decode()


class TestOperations:
    def test_shows_an_entry_that_was_set_aside_and_tries_it_again(self, ada, client_of):
        entry = entries.submission()
        Submission.objects.update(state="stuck", attempts=3, last_error="ValueError: no such day")
        page = page_of(client_of(ada))
        assert "ValueError: no such day" in page and f"Web form {entry.pk}" in page
        client_of(ada).post(f"/operations/entries/{entry.pk}/retry/")
        assert Submission.objects.get().state == "waiting"

    def test_shows_a_lead_nothing_could_be_decided_for(self, ada, client_of):
        lead = make.lead()
        Lead.objects.update(qualify_stuck_at=Now(), qualify_due_at=None, qualify_error="ZeroDivisionError: division by zero")
        assert "ZeroDivisionError" in page_of(client_of(ada))
        client_of(ada).post(f"/operations/leads/{lead.pk}/retry/")
        lead.refresh_from_db()
        assert lead.qualify_stuck_at is None and lead.qualify_due_at is not None

    def test_shows_an_import_that_stands_still_but_not_one_that_waits_for_a_person(self, ada, client_of):
        for step, state in (("running", "stuck"), ("preview", "waiting")):
            ImportRun.objects.create(name=f"{step}.csv", step=step, state=state, by=ada, last_error="a disk that is full",
                                     due_at=Now() - timedelta(hours=1))  # fmt: skip
        page = page_of(client_of(ada))
        assert "running.csv" in page and "a disk that is full" in page and "preview.csv" not in page


class TestOldestWaiting:
    def test_counts_entries_and_leads_that_are_due(self):
        assert operations.oldest_waiting_seconds() is None
        make.lead()
        Lead.objects.update(qualify_due_at=Now() - timedelta(seconds=90))
        assert operations.oldest_waiting_seconds() >= 90
        entry = entries.submission()
        Submission.objects.filter(pk=entry.pk).update(due_at=Now() - timedelta(minutes=30))
        assert operations.oldest_waiting_seconds() >= 1800
