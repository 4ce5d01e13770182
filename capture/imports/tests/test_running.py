"""From a file to leads: every row ends in one place, and the same file again creates nothing."""

import pytest

from capture.imports import entering, running
from capture.imports.tests import made
from capture.imports.tests.steps import finish_with
from capture.models import ImportRow, ImportRun, Submission
from leads.models import Lead

pytestmark = pytest.mark.django_db

FAIR = (
    "Besucher Workspace Expo Köln 2026;;;;\r\n\r\n"
    "Vorname;Name;Firma;E-Mail;Tel.;Handy\r\n"
    "Änne;Müller;Müller & Söhne GmbH;aenne@mueller.example;+49 221 5550101;+49 171 5550102\r\n"
    ";;;;;\r\n"
    "Ruben;Costa;Atelier Norte;ruben@norte.example;+351 21 5550103;\r\n"
    "Vorname;Name;Firma;E-Mail;Tel.;Handy\r\n"
    "Änne;Müller;Müller & Söhne;aenne@mueller.example;;\r\n"
    "Kai;Brandt;Brandt;kai@brandt;;\r\n"
).encode("cp1252")


class TestAFile:
    def test_ends_with_every_row_accounted_for(self, import_file):
        run = import_file(FAIR)
        assert (run.step, run.problem, run.last_error) == ("finished", "", "")
        assert (run.rows, run.created_count, run.joined_count, run.skipped_count, run.rejected_count) == (6, 2, 0, 3, 1)

    def test_keeps_names_as_written_and_both_numbers(self, import_file):
        import_file(FAIR)
        lead = Lead.objects.get(email_key="aenne@mueller.example")
        assert (lead.name, lead.company_name) == ("Änne Müller", "Müller & Söhne GmbH")
        assert list(lead.phones.order_by("pk").values_list("e164", "kind")) == [("+492215550101", ""), ("+491715550102", "mobile")]

    def test_says_which_phone_is_none_and_keeps_its_text(self, check_file, olga, client_of, at):
        run = check_file(b"Name;E-Mail;Telefon\nAda;ada@acme.example;abc\nBo;bo@acme.example;+49 221 5550104")
        page = client_of(olga).get(f"/import/{run.pk}/check/").content.decode()
        assert page.count("“abc” is not a phone number; it is kept as it stands.") == 1
        running.start(run, at=at)
        running.advance()
        assert Lead.objects.get(name="Ada").phone == "abc"

    def test_again_is_said_to_be_there_before_it_runs(self, import_file, check_file):
        import_file(FAIR)
        again = check_file(FAIR)
        assert again.counts == {"created": 0, "joined": 0, "skipped": 5, "rejected": 1}
        words = [row.why[0]["code"] for row in ImportRow.objects.filter(import_run=again, planned="skipped").order_by("number")]
        assert words.count("row_already_in") == 2

    def test_again_creates_nothing(self, import_file):
        import_file(FAIR)
        again = import_file(FAIR)
        assert (again.created_count, again.joined_count, again.skipped_count, again.rejected_count) == (0, 0, 5, 1)
        assert Lead.objects.count() == 2
        assert Submission.objects.count() == 2

    def test_says_where_each_row_stands_in_the_file(self, import_file):
        run = import_file(FAIR)
        rejected = ImportRow.objects.get(import_run=run, fate="rejected")
        assert rejected.line == 9
        assert rejected.why[0]["code"] == "email_without_ending"
        assert run.columns[rejected.why[0]["column"]]["header"] == "E-Mail"

    def test_is_not_finished_while_a_row_has_no_fate(self, import_file):
        from django.db import IntegrityError, transaction

        run = import_file(FAIR)
        with pytest.raises(IntegrityError), transaction.atomic():
            ImportRun.objects.filter(pk=run.pk).update(created_count=0)


class TestChunks:
    """Of leads that end as they come in more is written: fewer of them make a chunk."""

    @pytest.fixture
    def sizes(self, monkeypatch):
        found: list[int] = []
        enter_chunk = entering.Entering.enter_chunk
        monkeypatch.setattr(entering, "CHUNK", 40)
        monkeypatch.setattr(entering, "ENDING", 20)

        def watched(work, after, last, **more):
            found.append(last - after)
            return enter_chunk(work, after, last, **more)

        monkeypatch.setattr(entering.Entering, "enter_chunk", watched)
        return found

    def test_of_leads_that_end_are_smaller(self, read_file, sizes, at):
        rows = [["Name", "Converted"], *([f"Person {n}", "no" if n % 8 else "yes"] for n in range(30))]
        run = read_file(made.table(rows))
        run.columns[1]["target"] = "outcome"
        finish_with(run, {"yes": "converted", "no": "disqualified"}, at=at)
        assert (sizes, run.kind, run.step, run.created_count) == ([20, 10], "leads", "finished", 30)
        assert Lead.objects.filter(is_open=False).count() == 30

    def test_of_others_are_not(self, import_file, sizes):
        assert import_file(made.leads(30)).created_count == 30
        assert sizes == [30]
