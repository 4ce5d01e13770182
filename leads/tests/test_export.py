"""The list as a file."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from core.models import AuditEntry
from leads.lists import COLUMNS
from tests.factories import leads as make
from workspace.models import ListColumns

pytestmark = pytest.mark.django_db
EXPORT = "/leads/export/"


@pytest.fixture
def some(nora):
    make.lead("Maya Lindqvist", owner=nora, email="maya@nordlys.example", score=92, company_name="Nordlys")
    make.lead("=1+1", owner=nora, email="kai@brandt.example", score=80)
    make.lead("Cold Caller", owner=nora, score=12)


def read(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


class TestExport:
    def test_holds_what_the_list_shows_in_its_order(self, client_of, tess, some):
        head, *rows = read(client_of(tess).get(f"{EXPORT}?score.gte=50&sort=-score&format=csv"))
        assert head[:5] == ["Name", "Company", "E-mail", "Phone", "Score"]
        assert [(row[0], row[4]) for row in rows] == [("Maya Lindqvist", "92"), ("'=1+1", "80")]

    def test_has_the_chosen_columns(self, client_of, tess, some):
        ListColumns.objects.create(owner=tess, record="lead", names=["email", "owner"])
        head, first, *_ = read(client_of(tess).get(f"{EXPORT}?sort=-score"))
        assert head == ["Name", "Company", "E-mail", "Phone", "Owner"] and first[4] == "Nora Bakke"

    def test_opens_as_a_spreadsheet(self, client_of, tess, some):
        answer = client_of(tess).get(f"{EXPORT}?sort=-score&format=xlsx")
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert [row[0] for row in rows] == ["Name", "Maya Lindqvist", "=1+1", "Cold Caller"]
        assert rows[1][4] == 92.0
        assert 'filename="Leads' in answer["Content-Disposition"] and answer["Content-Disposition"].endswith('.xlsx"')

    def test_holds_no_lead_one_may_not_see(self, client_of, olga, some):
        assert len(read(client_of(olga).get(EXPORT))) == 1

    def test_is_not_there_for_reps(self, client_of, nora, some):
        assert client_of(nora).get(EXPORT).status_code == 404
        assert "/leads/export/" not in client_of(nora).get("/leads/").content.decode()

    def test_is_written_down(self, client_of, tess, some):
        client_of(tess).get(f"{EXPORT}?q=maya")
        entry = AuditEntry.objects.get(action="leads exported")
        assert (entry.actor, entry.details["query"]) == (tess, "q=maya")

    def test_of_too_many_says_so(self, client_of, tess, some, monkeypatch):
        monkeypatch.setattr("core.exporting.MOST", 2)
        answer = client_of(tess).get(EXPORT, follow=True)
        assert "A file holds 2 leads." in answer.content.decode()

    def test_has_every_column_there_is(self, client_of, tess, some):
        ListColumns.objects.create(owner=tess, record="lead", names=list(COLUMNS))
        head, *rows = read(client_of(tess).get(EXPORT))
        assert len(head) == len(COLUMNS) + 2 and all(len(row) == len(head) for row in rows)  # name and company stand first
