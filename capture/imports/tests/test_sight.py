"""A row that matches an open lead the importer may not see enters apart; the pair is for people to look at (decision 19)."""

import pytest

from capture.imports import checking, running
from capture.models import ImportRow, Submission
from leads.models import Lead, PossibleDuplicate
from tests.factories import leads as lead_factory

pytestmark = pytest.mark.django_db

FILE = b"Name,E-Mail,Company\r\nMaya Lindqvist,maya@acme.example,Acme\r\nPaul Holm,paul@holm.example,Holm\r\n"


@pytest.fixture
def hidden(vera):
    """A lead of the other team."""
    return lead_factory.lead("Maya", email="maya@acme.example", owner=vera)


class TestALeadOfAnotherTeam:
    def test_is_not_joined_by_a_managers_row(self, hidden, tess, north, import_file):
        run = import_file(FILE, by=tess, team=north)
        assert (run.created_count, run.joined_count) == (2, 0)
        apart = Lead.objects.get(email_key="maya@acme.example", team=north)
        assert apart.apart_from == hidden
        hidden.refresh_from_db()
        assert hidden.company_name == "" and hidden.events.count() == 1

    def test_is_a_pair_to_look_at(self, hidden, tess, north, import_file):
        import_file(FILE, by=tess, team=north)
        pair = PossibleDuplicate.objects.get()
        assert (pair.lead.team, pair.other, pair.reasons[0]["code"]) == (north, hidden, "entered_apart")

    def test_is_not_told_by_the_preview(self, hidden, tess, north, check_file, client_of):
        run = check_file(FILE, by=tess, team=north)
        assert run.counts == {"created": 2, "joined": 0, "skipped": 0, "rejected": 0}
        assert not ImportRow.objects.filter(import_run=run, why__contains=[{"code": "row_joins"}]).exists()
        assert "Joins an open lead" not in client_of(tess).get(f"/import/{run.pk}/check/").text

    def test_is_not_told_by_a_mended_row(self, hidden, tess, north, check_file):
        run = check_file(b"Name,E-Mail\r\nMaya,maya@acme\r\n", by=tess, team=north)
        assert checking.fix_row(run, 1, {"1": "maya@acme.example"}).planned == "created"

    def test_is_not_told_by_the_result(self, hidden, tess, north, import_file, client_of):
        run = import_file(FILE, by=tess, team=north)
        page = client_of(tess).get(f"/import/{run.pk}/")
        assert hidden.get_absolute_url() not in page.text
        assert set(ImportRow.objects.filter(import_run=run).values_list("fate", flat=True)) == {"created"}

    @pytest.mark.parametrize("who", ["olga", "ada"])
    def test_is_joined_by_those_who_bring_in_for_everybody(self, who, hidden, north, import_file, request):
        run = import_file(FILE, by=request.getfixturevalue(who), team=north)
        assert (run.created_count, run.joined_count) == (1, 1)
        hidden.refresh_from_db()
        assert hidden.company_name == "Acme"

    def test_a_lead_of_ones_own_team_is_joined(self, nora, tess, north, import_file):
        lead_factory.lead("Maya", email="maya@acme.example", owner=nora)
        run = import_file(FILE, by=tess, team=north)
        assert (run.created_count, run.joined_count) == (1, 1)


class TestRowsOfOneFile:
    REPEATED = FILE + b"Maya L.,maya@acme.example,Acme Two\r\n" + b"Nobody,,\r\n" * 3

    def test_that_name_one_hidden_person_make_one_lead(self, hidden, tess, north, import_file):
        run = import_file(self.REPEATED, by=tess, team=north)
        assert Lead.objects.filter(email_key="maya@acme.example").count() == 2
        assert (run.created_count, run.joined_count, run.skipped_count) == (3, 1, 2)

    def test_join_each_other_over_chunks_though_rules_sent_the_first_elsewhere(self, tess, north, south, check_file, at, monkeypatch):
        from capture.imports import entering

        monkeypatch.setattr(entering, "CHUNK", 1)
        run = check_file(b"Name,E-Mail\r\n" + b"".join(b"Person %d,p%d@x.example\r\n" % (n, n) for n in range(20)) + b"Maya,p0@x.example\r\n", by=tess, team=north)
        running.start(run, at=at)
        running.advance_one(run, seconds=0)
        assert 0 < run.next_line < run.rows
        Lead.objects.filter(email_key="p0@x.example").update(team=south)
        running.advance()
        run.refresh_from_db()
        assert (run.step, run.created_count, run.joined_count) == ("finished", 20, 1)

    def test_taken_back_leave_the_hidden_lead_alone(self, hidden, tess, north, import_file):
        run = import_file(FILE, by=tess, team=north)
        running.begin_undo(run)
        running.advance()
        run.refresh_from_db()
        assert run.step == "undone", run.last_error
        assert list(Lead.objects.all()) == [hidden] and not PossibleDuplicate.objects.exists() and not Submission.objects.exists()
