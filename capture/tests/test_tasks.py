"""The sweep: from a stored entry to an owner in one go, and what it tidies up."""

import pytest
from django.conf import settings

from capture import tasks
from capture.models import FormPost, Submission
from crm_site.celery import app
from leads.models import Lead
from tests.factories import capture as entries

pytestmark = pytest.mark.django_db(transaction=True)


class TestSweep:
    def test_brings_an_entry_to_its_owner(self, nora, north):
        entry = entries.submission(name="Maya", email="maya@nordlys.example", team=north)
        assert tasks.sweep() >= 2
        lead = Lead.objects.get(submissions=entry)
        assert lead.owner == nora and lead.score is not None and lead.qualify_due_at is None

    def test_serves_who_just_wrote_before_the_rows_of_a_file(self, nora, north, monkeypatch):
        from django.utils import timezone

        from capture import qualifying
        from capture.channels import receive_many

        receive_many("import", entries.rows(150), at=timezone.now(), team=north)
        entries.submission(email="maya@nordlys.example", team=north)
        order, decide = [], qualifying._decide
        monkeypatch.setattr(qualifying, "_decide", lambda pks, *args: (order.extend(pks), decide(pks, *args)))
        tasks.sweep()
        assert order[0] == Lead.objects.get(email_key="maya@nordlys.example").pk and len(set(order)) == 151

    def test_again_does_nothing(self, nora, north):
        entries.submission(email="maya@nordlys.example", team=north)
        tasks.sweep()
        events = Lead.objects.get().events.count()
        assert tasks.sweep() == 0 and Lead.objects.get().events.count() == events

    def test_the_schedule_names_it(self):
        app.loader.import_default_modules()
        names = {job["task"] for job in settings.CELERY_BEAT_SCHEDULE.values()}
        assert {"capture.sweep", "capture.bulk_sweep_imports"} <= names & set(app.tasks)

    def test_tidies_up_once_an_hour(self):
        FormPost.objects.create(sender="x", at="2020-01-01T00:00Z")
        tasks.sweep()
        assert not FormPost.objects.exists()
        FormPost.objects.create(sender="x", at="2020-01-01T00:00Z")
        tasks.sweep()
        assert FormPost.objects.count() == 1

    def test_leaves_what_was_set_aside(self):
        from capture.channels import receive

        receive("web_form", {"name": "Maya"}, set_aside="links")
        assert tasks.sweep() == 0 and Submission.objects.get().result == "quarantined"
