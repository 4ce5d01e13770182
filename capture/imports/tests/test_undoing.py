"""Undo removes exactly its own: what was there before, and what somebody worked on since, stays."""

from datetime import timedelta

import pytest
from django.db.models import F

from capture.imports import pages, running
from capture.imports.tests import made
from capture.imports.tests.steps import finish_with
from capture.models import ImportRow, Submission
from core import live
from core.models import Change, CustomField
from customers.models import Company, Contact
from leads.models import Lead, LeadEvent
from opportunities.models import Opportunity
from tests.factories import leads as lead_factory

pytestmark = pytest.mark.django_db


def take_back(run):
    running.begin_undo(run)
    running.advance()
    run.refresh_from_db()
    assert run.step == "undone", run.last_error
    return run


class TestOpenPages:
    """A deal or lead that went by itself is gone from open pages too."""

    @pytest.fixture
    def told(self, monkeypatch):
        told: list[str] = []
        monkeypatch.setattr(live, "publish", lambda *topics: told.extend(topics))
        return told

    def test_boards_hear_of_deals_that_came_and_went(self, import_file, told, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            run = import_file(made.deals(6))
        board = f"board:{Opportunity.objects.first().pipeline_id}"
        assert board in told
        told.clear()
        with django_capture_on_commit_callbacks(execute=True):
            take_back(run)
        assert board in told

    def test_owners_hear_of_leads_that_went(self, import_file, nora, told, django_capture_on_commit_callbacks):
        run = import_file(made.leads(3))
        Lead.objects.update(owner=nora, assigned_at=F("captured_at"))
        with django_capture_on_commit_callbacks(execute=True):
            take_back(run)
        assert f"person:{nora.pk}" in told
        assert not Lead.objects.exists()


class TestUndo:
    def test_removes_its_own_leads_and_lets_the_file_in_again(self, import_file, at):
        stranger = lead_factory.lead("Somebody else", email="else@where.example")
        run = take_back(import_file(made.leads(30)))
        assert list(Lead.objects.all()) == [stranger]
        assert Submission.objects.count() == 0
        assert set(ImportRow.objects.filter(import_run=run).values_list("back", flat=True)) == {"taken"}
        assert import_file(made.leads(30)).created_count == 30

    def test_keeps_and_lists_what_somebody_worked_on(self, import_file, nora, at):
        run = import_file(made.leads(5))
        noted, plain = Lead.objects.order_by("pk")[:2]
        noted.note("Called back, wants booths.", at=at, by=nora)
        take_back(run)
        assert list(Lead.objects.all()) == [noted]
        kept = ImportRow.objects.get(import_run=run, back="kept")
        assert (kept.lead, kept.why[0]["code"]) == (noted, "import_lead_touched")
        assert Change.objects.get(pk=run.change_id).undo == "kept"

    def test_does_not_mind_what_the_rules_did(self, import_file, at):
        run = import_file(made.leads(2))
        for lead in Lead.objects.all():
            lead.record("scored", at=at, score=40)
            lead.record("temperature", at=at, before="warm", after="hot")
            lead.record("qualified", at=at, outcome="accept")
            lead.record("escalated", at=at)
        take_back(run)
        assert not Lead.objects.exists()
        assert not LeadEvent.objects.exists()

    def test_gives_a_joined_lead_its_columns_back(self, import_file, at):
        before = lead_factory.lead("Hanna Virtanen", email="person0@company0.example", company_name="", country="")
        run = import_file(made.leads(1))
        joined = Lead.objects.get()
        assert (run.joined_count, joined.company_name, joined.country, joined.phones.count()) == (1, "Company 0 GmbH", "FI", 1)
        take_back(run)
        joined.refresh_from_db()
        assert (joined.pk, joined.company_name, joined.country, joined.phone, joined.phone_e164) == (before.pk, "", "", "", "")
        assert joined.phones.count() == 0
        assert joined.search == before.search
        assert joined.events.filter(kind="undone").exists()

    def test_keeps_a_join_that_was_edited_since(self, import_file, nora, at):
        lead_factory.lead("Hanna Virtanen", email="person0@company0.example", company_name="")
        run = import_file(made.leads(1))
        joined = Lead.objects.get()
        joined.edit({"company_name": "Aalto Studio Nine"}, at=at, by=nora)
        take_back(run)
        joined.refresh_from_db()
        assert (joined.company_name, joined.country) == ("Aalto Studio Nine", "FI")
        assert ImportRow.objects.get(import_run=run).back == "kept"

    def test_removes_deals_nobody_touched(self, import_file, nora, at):
        run = import_file(made.deals(6))
        touched = Opportunity.objects.order_by("pk").first()
        touched.reopen(at=at, by=nora)
        take_back(run)
        assert list(Opportunity.objects.all()) == [touched]
        assert import_file(made.deals(6)).created_count == 5

    def test_is_over_after_thirty_days(self, import_file, at):
        run = import_file(made.leads(1))
        Change.objects.filter(pk=run.change_id).update(until=at - timedelta(days=300))
        run.refresh_from_db()
        with pytest.raises(running.NotNow):
            running.begin_undo(run)

    def test_of_a_running_import_stops_it(self, check_file, at):
        run = check_file(made.leads(30))
        running.start(run, at=at)
        running.stop(run)
        running.advance()
        run.refresh_from_db()
        assert (run.step, Lead.objects.count()) == ("undone", 0)


class TestOutcomes:
    def test_of_a_lead_file_end_its_leads_and_undo_takes_them_back(self, read_file, at):
        rows = [["Name", "E-Mail", "Ergebnis"], ["Ada", "ada@a.example", "Kunde"], ["Bo", "bo@b.example", "kein Interesse"], ["Cy", "cy@c.example", "offen"]]
        run = read_file(made.table(rows))
        assert run.kind == "leads"
        run.columns[2]["target"] = "outcome"
        finish_with(run, {"kunde": "converted", "kein interesse": "disqualified", "offen": "open"}, at=at)
        assert sorted((lead.name, lead.status) for lead in Lead.objects.all()) == [("Ada", "converted"), ("Bo", "disqualified"), ("Cy", "new")]
        take_back(run)
        assert not Lead.objects.exists()
        assert not CustomField.objects.exists()

    def test_end_leads_that_name_nobody_too(self, read_file, at):
        run = read_file(made.table([["Trade", "Converted"], ["Baker", "yes"], ["Smith", "no"], ["Cook", ""]]))
        finish_with(run, {"yes": "converted", "no": "disqualified"}, at=at)
        ended = sorted((lead.custom["trade"], lead.status) for lead in Lead.objects.all())
        assert ended == [("Baker", "converted"), ("Cook", "new"), ("Smith", "disqualified")]
        assert [(row["person"], row["n"]) for row in pages.owners_of(Lead.objects.all())] == [(None, 1)]  # only Cook waits for somebody
        take_back(run)
        assert not Lead.objects.exists()

    def test_that_share_a_customer_are_all_taken_back(self, read_file, at):
        rows = [["Name", "Company", "E-mail", "Stand"]]
        rows += [[f"Person {n}", "Acme Works", f"person{n}@acme.example", "kunde"] for n in range(3)]
        run = read_file(made.table(rows))
        run.columns[3]["target"] = "outcome"
        finish_with(run, {"kunde": "converted"}, at=at)
        assert (Company.objects.count(), Contact.objects.count()) == (1, 3)
        take_back(run)
        assert not Lead.objects.exists() and not Company.objects.exists() and not Contact.objects.exists()
