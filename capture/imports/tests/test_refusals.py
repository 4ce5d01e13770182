"""Whatever somebody uploads ends in rows or in a clear sentence, quickly and without eating the memory."""

import gzip
import io
import tracemalloc
import zipfile

import pytest

from capture.imports import files, leases, reading, running, uploads
from capture.imports.refusals import Refused
from capture.imports.tests import made
from capture.models import ImportRow, ImportRun
from core import limits

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
XLSX_PARTS = {"xl/workbook.xml": b"<workbook/>", "[Content_Types].xml": b"<Types/>"}


def zipped(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def said_of_its_part(content: bytes, *, method: int | None = None, is_locked: bool = False) -> bytes:
    """Say of a zip's only part that it is packed by another method, or locked, in both of its headers."""
    changed = bytearray(content)
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = changed.index(mark) + flags
        changed[start] |= int(is_locked)
        if method is not None:
            changed[start + 2 : start + 4] = method.to_bytes(2, "little")
    return bytes(changed)


ODS = zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})


@pytest.mark.parametrize(("content", "code"), [
    (said_of_its_part(ODS, method=99), "file_broken"), (said_of_its_part(ODS, is_locked=True), "file_broken"),
    (b"", "file_empty"), (b"\r\n \r\n", "file_empty"), (b"\xef\xbb\xbf", "file_empty"), (b"\x00" * 5000, "file_empty"),
    (PNG, "file_image"), (b"\xff\xd8\xff\xe0" + bytes(100), "file_image"), (b"GIF89a" + bytes(100), "file_image"),
    (b"%PDF-1.7 x", "file_pdf"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "file_old_excel"),
    (b"<!DOCTYPE html>\r\n<title>Sign in</title>", "file_web_page"), (b"\xef\xbb\xbf \n<HTML><table><tr><td>Ada", "file_web_page"),
    (gzip.compress(b"<html><body>", mtime=0), "file_web_page"), (b"\x7fELF" + bytes(100), "file_foreign"), (bytes(range(256)) * 20, "file_foreign"),
    (zipped({"leads.csv": b"Name\r\nAda\r\n"}), "file_zip"), (b"PK\x03\x04 broken", "file_broken"),
    (gzip.compress(PNG, mtime=0), "file_image"), (gzip.compress(b"", mtime=0), "file_empty"), (b"\x1f\x8b" + b"nonsense" * 9, "file_broken"),
    (zipped({**XLSX_PARTS, "xl/worksheets/sheet1.xml": b" " * 60_000_000}), "file_bomb"),
])  # fmt: skip
def test_foreign_files_are_refused_in_words(content, code, olga):
    with pytest.raises(Refused) as refused:
        uploads.keep([content], by=olga, name="leads.csv")
    assert refused.value.code == code
    assert str(refused.value) != code  # it has its sentence
    assert not ImportRun.objects.exists()


def test_a_bomb_is_refused_early_and_in_little_memory(olga, read_file):
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb", compresslevel=9) as file:
        for _ in range(300):
            file.write(b"Name\r\n" + b"a" * 1_000_000)
    tracemalloc.start()
    run = read_file(bomb.getvalue(), "bomb.csv.gz")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (run.step, "unpacks" in leases.problem_of(run)) == ("failed", True)
    assert peak < 100 * 2**20


def test_a_file_that_is_too_large_is_refused_before_it_is_stored(olga):
    with pytest.raises(Refused) as refused:
        uploads.begin(by=olga, name="leads.csv", size=201 * 2**20)
    assert "200 MB" in str(refused.value)


def test_a_sheet_with_one_cell_at_its_far_corner_bursts_nothing(read_file):
    run = read_file(sheet('<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row><row r="1"><c r="A1"><v>1</v></c></row>'))
    assert run.step == "failed"
    assert leases.problem_of(run)


def sheet(rows: str) -> bytes:
    """Build the smallest .xlsx there is."""
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
    )
    relation = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="{}" Target="{}"/></Relationships>'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return zipped({
        "[Content_Types].xml": types.encode(),
        "_rels/.rels": relation.format(f"{office}/officeDocument", "xl/workbook.xml").encode(),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="Leads" sheetId="1" r:id="r1"/></sheets></workbook>'.encode(),
        "xl/_rels/workbook.xml.rels": relation.format(f"{office}/worksheet", "worksheets/sheet1.xml").encode(),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode(),
    })  # fmt: skip


def cells(row: int, *values: str) -> str:
    inside = "".join(f'<c r="{"ABCDEFG"[n]}{row}" t="inlineStr"><is><t>{value}</t></is></c>' for n, value in enumerate(values))
    return f'<row r="{row}">{inside}</row>'


def test_a_sheet_with_a_stray_cell_far_below_keeps_nobody_waiting(olga, north):
    """A request gives it to the bulk worker when its seconds are over."""
    run = uploads.keep([sheet(cells(1, "Name", "E-mail") + cells(2, "Ada Quist", "ada@quist.example") + cells(30_000, "x"))],
                       by=olga, name="visitors.xlsx", team=north)  # fmt: skip
    running.advance_one(run, seconds=0)
    assert (run.step, run.state, run.rows, run.attempts) == ("reading", "waiting", 0, 0)
    running.advance()
    run.refresh_from_db()
    assert (run.step, run.rows) == ("mapping", 29_999)


def test_a_spreadsheet_comes_in_with_its_lines(import_file):
    content = sheet(cells(2, "List of visitors") + cells(4, "Name", "E-mail", "Phone") + cells(6, "Ada Quist", "ada@quist.example", "+44 20 7946 0110")
                    + cells(7, "Bo", "bo@nowhere", ""))  # fmt: skip
    run = import_file(content, "visitors.xlsx")
    assert (run.step, run.dialect["kind"], run.dialect["sheet"], run.dialect["header_line"]) == ("finished", "xlsx", "Leads", 4)
    assert (run.created_count, run.rejected_count) == (1, 1)
    assert list(ImportRow.objects.filter(import_run=run).order_by("number").values_list("line", "fate")) == [(5, "skipped"), (6, "created"), (7, "rejected")]


class TestReading:
    def test_ten_thousand_columns_are_refused_with_their_number(self, read_file):
        run = read_file((",".join(f"c{n}" for n in range(10_000)) + "\n" + ",".join("1" for _ in range(10_000)) + "\n").encode())
        assert run.step == "failed"
        assert leases.problem_of(run).startswith("This file has 10,000 columns; 200 are the most")

    def test_a_file_of_too_many_rows_is_refused_and_leaves_none(self, read_file, monkeypatch):
        monkeypatch.setattr(limits, "IMPORT_ROWS", 40)
        monkeypatch.setattr(reading, "CHUNK", 20)
        run = read_file(made.leads(50))
        assert run.step == "failed" and "more than 40 rows" in leases.problem_of(run)
        assert not ImportRow.objects.filter(import_run=run).exists()

    def test_only_a_header_is_said(self, read_file):
        run = read_file(b"Name,E-mail\r\n")
        assert "only a header" in leases.problem_of(run)

    def test_nul_bytes_are_dropped_and_nothing_else(self, import_file):
        run = import_file(b"Name,E-mail\r\nA\x00da,ada@a\x00.example\r\n")
        assert (run.created_count, run.step) == (1, "finished")

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
    def test_names_come_back_whatever_the_encoding(self, read_file, encoding):
        run = read_file("Name;E-Mail\r\nZoë Åkesson;zoe@a.example\r\nJürgen Müller;j@b.example\r\n".encode(encoding))
        assert ImportRow.objects.get(import_run=run, number=1).cells[0] == "Zoë Åkesson"

    @pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
    def test_separators_are_found(self, read_file, delimiter):
        run = read_file(made.leads(5, delimiter=delimiter))
        assert (run.dialect["delimiter"], len(run.columns)) == (delimiter, 9)

    def test_a_stray_quote_does_not_swallow_the_file(self, import_file):
        rows = "".join(f"Person {n},p{n}@x.example,fine\n" for n in range(3, 400))
        run = import_file(f'Name,E-mail,Note\nAda,ada@x.example,"half open\n{rows}'.encode())
        assert (run.rows, run.created_count) == (398, 398)

    def test_quoted_line_breaks_keep_the_line_numbers(self, import_file):
        run = import_file(b'Name,E-mail,Message\nAda,ada@x.example,"one\ntwo"\nBo,nobody,x\n')
        assert ImportRow.objects.get(import_run=run, fate="rejected").line == 4

    def test_equal_column_names_are_numbered(self, read_file):
        run = read_file(b"Name,Note,Note\nAda,a,b\n")
        assert [column["header"] for column in run.columns] == ["Name", "Note", "Note (2)"]

    def test_rows_that_are_too_short_are_filled_up(self, import_file):
        run = import_file(b"Name,E-mail,Phone\nAda,ada@x.example\n")
        assert run.created_count == 1

    def test_a_webinar_report_with_several_tables_is_read_at_the_attendees(self, import_file):
        report = (
            "Attendee Report\nReport generated time,08/09/2026 02:31:08 PM\nTopic,Webinar ID,Actual Start Time\nDesks,000,\"08/09/2026\"\n"
            "Host Details\nAttended,User Name,Email\nYes,Host,host@x.example\nAttendee Details\n"
            "Attended,User Name (Original Name),First Name,Last Name,Email,Phone,Join Time,Leave Time,Country/Region Name\n"
            "Yes,Ada Example,Ada,Example,ada@x.example,+442079460110,a,b,United Kingdom\n"
            "Yes,Ada Example,Ada,Example,ada@x.example,+442079460110,c,d,United Kingdom\n"
            "No,Bob Example,Bob,Example,bob@x.example,,--,--,--\n"
        )
        run = import_file(report.encode(), "webinar.csv")
        assert (run.dialect["header_line"], run.created_count, run.skipped_count, run.rejected_count) == (9, 2, 1, 0)


def test_file_names_are_never_paths():
    assert files.shown_name("../../etc/passwd") == "passwd"
    assert files.shown_name("C:\\Users\\x\\leads\x00.csv") == "leads.csv"
    assert files.shown_name("") == "import.csv"
