"""What the check cleaned enters as it is: the run cleans nothing twice, and nothing is different for it."""

from datetime import timedelta

import pytest

from capture.imports import entering, running
from capture.imports.tests import made
from capture.models import ImportRow, ImportRun, Submission
from leads.models import Lead, LeadEmail, LeadEvent, LeadPhone

pytestmark = pytest.mark.django_db
PASSING = {"id", "captured_at", "created_at", "changed_at", "qualify_due_at", "response_goal_at", "response_limit_at", "lead_id", "received_at",
           "due_at", "recorded_at", "occurred_at", "import_run_id"}  # fmt: skip


def stored(model) -> list[dict]:
    rows = model._base_manager.order_by("pk").values()
    return [{name: value for name, value in row.items() if name not in PASSING} for row in rows]


def everything() -> dict[str, list]:
    found = {model.__name__: stored(model) for model in (Lead, LeadEmail, LeadPhone, LeadEvent, Submission)}
    for event in found["LeadEvent"]:
        event["details"].pop("submission")
    return found


def finish(run: ImportRun, at) -> ImportRun:
    running.start(run, at=at)
    running.advance()
    run.refresh_from_db()
    assert run.step == "finished", run.last_error
    return run


FIRST = "E-Mail;E-Mail 2;Name;Firma;Tel.;Handy;Budget;Land;Besuchsdatum;Tags;Quelle;Notiz\r\n"
ROWS = (
    "ada@acme.example;a.l@acme.example;Ada Lovelace;Acme GmbH;030 901820;0151 23456789;1.234,50;Deutschland;03.11.26;fair, hot;Expo;\"Two\\lines \"\"x\"\"\"\r\n"
    ";;Zoë Ångström;Ångström AB;+46 8 555 0101;;;Schweden;04.11.26;;;'=1+1\r\n"
    "李@例え.example;;李小龍;;;;80.000;;;;;\t tab\x1e and more\r\n"
    ";;;Only a company;;;;;;;;\r\n"
)  # fmt: skip


class TestARowThatIsReady:
    def test_enters_as_one_that_is_cleaned_again(self, check_file, at):
        content = (FIRST + ROWS).encode()
        run = check_file(content)
        assert not ImportRow.objects.filter(import_run=run, planned="created", ready="").exists()
        finish(run, at)
        ready = everything()
        running.begin_undo(run)
        running.advance()
        assert not Lead.objects.exists()
        run = check_file(content)
        ImportRow.objects.filter(import_run=run).update(ready="")
        finish(run, at)
        assert everything() == ready
        assert len(ready["Lead"]) == 4

    def test_is_not_kept_a_second_time_once_it_is_in(self, import_file):
        run = import_file(made.leads(30) + b"Somebody,Else,,nobody@,,,,,\r\n" + made.leads(1).split(b"\r\n", 1)[1])
        assert (run.created_count, run.skipped_count, run.rejected_count) == (30, 1, 1)
        assert not ImportRow.objects.filter(import_run=run).exclude(ready="").exists()

    def test_joins_a_lead_that_came_after_the_check(self, check_file, at):
        from capture.channels import Row, receive_many

        run = check_file((FIRST + ROWS).encode())
        receive_many("import", [Row("x:1", {"name": "Ada L.", "email": "A.L@acme.example", "phone": "030 901820"})], at=at)
        finish(run, at)
        assert (run.created_count, run.joined_count) == (3, 1)
        lead = Lead.objects.get(email_key="a.l@acme.example")
        assert (lead.name, lead.company_name, str(lead.expected_revenue)) == ("Ada L.", "Acme GmbH", "1234.50")
        assert set(lead.emails.values_list("key", flat=True)) == {"a.l@acme.example", "ada@acme.example"}

    def test_that_a_person_mended_enters_as_mended(self, check_file, at):
        from capture.imports import checking

        run = check_file(b"Name,E-Mail\r\nKai Brandt,kai@brandt\r\nAda Lovelace,ada@acme.example\r\n")
        checking.fix_row(run, 1, {"1": "kai@brandt.example"})
        checking.fix_row(run, 2, {"0": "Ada King"})
        finish(run, at)
        assert set(Lead.objects.values_list("name", "email")) == {("Kai Brandt", "kai@brandt.example"), ("Ada King", "ada@acme.example")}


class TestScoring:
    def test_waits_until_the_rows_after_are_stored(self, check_file, at, monkeypatch):
        monkeypatch.setattr(entering, "CHUNK", 20)
        monkeypatch.setattr(entering, "A_SECOND", 0.6)
        finish(check_file(made.leads(50)), at)
        first, last = Lead.objects.order_by("pk").first(), Lead.objects.order_by("pk").last()
        assert timedelta(seconds=49) < first.qualify_due_at - first.created_at < timedelta(seconds=51)
        assert last.qualify_due_at - last.created_at < timedelta(seconds=1)
        assert set(Lead.objects.to_qualify()) == set(Lead.objects.order_by("-pk")[:10])

    def test_never_waits_long(self, check_file, at, monkeypatch):
        monkeypatch.setattr(entering, "CHUNK", 20)
        monkeypatch.setattr(entering, "A_SECOND", 0.001)
        finish(check_file(made.leads(30)), at)
        first = Lead.objects.order_by("pk").first()
        assert first.qualify_due_at - first.created_at <= entering.LONGEST_WAIT
