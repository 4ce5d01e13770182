"""The pages of an import, step by step, by their words and for whom they are there."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from capture.imports import running
from capture.imports.tests import made
from capture.models import ImportRun, ImportUpload, SavedMapping, Submission
from core.models import CustomField, Tag
from leads.models import Lead

pytestmark = pytest.mark.django_db


def upload(client, content: bytes, name: str = "leads.csv", **fields):
    return client.post(reverse("imports:imports"), {"file": SimpleUploadedFile(name, content), **fields})


def the_run() -> ImportRun:
    return ImportRun.objects.order_by("-pk").first()


def mapping(client, run, **changes) -> dict:
    """Return what the columns page would post."""
    form = client.get(reverse("imports:columns", args=[run.pk])).context["form"]
    return {field.html_name: field.value() if field.value() is not None else "" for field in form} | {"act": "check"} | changes


class TestTheWalk:
    def test_from_a_file_to_leads_without_javascript(self, client_of, olga, north):
        client = client_of(olga)
        answer = upload(client, made.trade_show(), "besucher.csv", campaign="Workspace Expo")
        run = the_run()
        assert answer.url == run.get_absolute_url()
        page = client.get(answer.url, follow=True)
        assert "11 of 11 columns were recognised." in page.text and "Western Europe (Windows-1252), semicolon, header in line 4" in page.text
        answer = client.post(reverse("imports:columns", args=[run.pk]), mapping(client, run, team=north.pk, tag="Expo"))
        page = client.get(answer.url, follow=True)
        assert "12 rows cannot be imported" in page.text and "Import 3 rows" in page.text
        client.post(reverse("imports:run", args=[run.pk]))
        assert "Importing 18 rows" in client.get(run.get_absolute_url()).text
        running.advance()
        page = client.get(run.get_absolute_url())
        assert "Import finished" in page.text
        leads = Lead.objects.filter(team=north, campaign__name="Workspace Expo", tags=Tag.objects.get(name="Expo"))
        assert leads.count() == 3
        assert {lead.created_by for lead in leads} == {olga}

    def test_repeated_posts_do_nothing_twice(self, client_of, olga):
        client = client_of(olga)
        upload(client, made.leads(3))
        run = the_run()
        client.post(reverse("imports:columns", args=[run.pk]), mapping(client, run))
        for _ in range(3):
            client.post(reverse("imports:run", args=[run.pk]))
        running.advance()
        client.post(reverse("imports:run", args=[run.pk]))
        running.advance()
        assert Submission.objects.count() == Lead.objects.count() == 3

    def test_pasted_rows_come_in_too(self, client_of, olga):
        client = client_of(olga)
        answer = client.post(reverse("imports:imports"), {"rows": "Name\tE-mail\nAda\tada@x.example\n"})
        assert answer.status_code == 302
        assert the_run().columns[1]["target"] == "email"


class TestUpload:
    def test_refuses_a_picture_in_words(self, client_of, olga):
        answer = upload(client_of(olga), b"\x89PNG\r\n\x1a\n" + bytes(50), "leads.csv")
        assert answer.status_code == 422
        assert "This is a picture. Please choose a CSV or Excel file." in answer.text

    def test_refuses_an_empty_file_as_the_one_sent_in_parts(self, client_of, olga):
        client = client_of(olga)
        assert "This file is empty." in upload(client, b"", "leads.csv").text
        assert client.post(reverse("imports:uploads"), {"name": "leads.csv", "size": 0}).json() == {"error": "This file is empty."}

    def test_needs_a_file_and_its_token(self, client_of, olga):
        assert client_of(olga).post(reverse("imports:imports"), {}).status_code == 422
        assert client_of(olga, enforce_csrf_checks=True).post(reverse("imports:imports"), {}).status_code == 403
        assert not ImportRun.objects.exists()

    def test_stops_reading_at_the_limit(self, client_of, olga, monkeypatch):
        from core import limits

        monkeypatch.setattr(limits, "IMPORT_FILE", 100_000)
        answer = upload(client_of(olga), made.leads(5_000))
        assert answer.status_code == 422
        assert "This file is larger than" in answer.text and "Choose a file first" not in answer.text

    def test_in_parts_goes_on_after_a_broken_line(self, client_of, olga):
        client, content = client_of(olga), made.leads(2_000)
        begun = client.post(reverse("imports:uploads"), {"name": "leads.csv", "size": len(content)}).json()
        half = len(content) // 2

        def send(at, part):
            return client.post(f"{begun['url']}?at={at}", part, content_type="application/octet-stream")

        assert send(0, content[:half]).json() == {"received": half}
        assert send(0, content[:half]).status_code == 409  # the answer got lost: the part is there already
        assert client.post(begun["url"], {}).json() == {"received": half}
        assert client.post(reverse("imports:uploads"), {"name": "leads.csv", "size": len(content)}).json()["received"] == half
        assert send(half, content[half:]).json() == {"received": len(content)}
        assert client.post(begun["url"], {}).json() == {"url": the_run().get_absolute_url()}
        assert client.post(begun["url"], {}).json() == {"url": the_run().get_absolute_url()}
        assert (the_run().size, ImportRun.objects.count()) == (len(content), 1)

    def test_takes_no_part_beyond_its_limit(self, client_of, olga):
        from core import limits

        client = client_of(olga)
        begun = client.post(reverse("imports:uploads"), {"name": "leads.csv", "size": 5 * limits.IMPORT_PART}).json()
        part = b"Name,E-Mail\n" + b"x" * limits.IMPORT_PART
        assert client.post(f"{begun['url']}?at=0", part, content_type="application/octet-stream").status_code == 400
        answer = client.post(f"{begun['url']}?at=0", part[: limits.IMPORT_PART], content_type="application/octet-stream")
        assert answer.json() == {"received": limits.IMPORT_PART}

    def test_in_parts_is_nobody_elses(self, client_of, olga, tess):
        begun = client_of(olga).post(reverse("imports:uploads"), {"name": "leads.csv", "size": 10}).json()
        answer = client_of(tess).post(f"{begun['url']}?at=0", b"Name,Mail\n", content_type="application/octet-stream")
        assert answer.status_code == 404
        assert ImportUpload.objects.get().received == 0


class TestColumns:
    def test_of_an_unknown_kind_become_typed_custom_fields(self, client_of, olga, at):
        rows = [["E-mail", "Stand", "Samples", "Spoke to"], *([f"p{n}@x.example", "AB"[n % 2], str(n), f"Person {n}"] for n in range(12))]
        client = client_of(olga)
        upload(client, made.table(rows))
        run = the_run()
        client.post(reverse("imports:columns", args=[run.pk]), mapping(client, run))
        client.post(reverse("imports:run", args=[run.pk]))
        running.advance()
        assert {one.label: (one.type, one.choices) for one in CustomField.objects.filter(record="lead")} == {
            "Stand": ("choice", ["A", "B"]), "Samples": ("number", []), "Spoke to": ("text", []),
        }  # fmt: skip
        assert Lead.objects.get(email_key="p3@x.example").custom == {"stand": "B", "samples": 3, "spoke_to": "Person 3"}

    def test_matched_by_hand_are_matched_so_next_time(self, client_of, olga):
        client = client_of(olga)
        upload(client, made.table([["Wer", "E-mail"], ["Ada", "ada@x.example"]]))
        run = the_run()
        client.post(reverse("imports:columns", args=[run.pk]), mapping(client, run, target_0="name"))
        client.post(reverse("imports:run", args=[run.pk]))
        assert SavedMapping.objects.get().name == "leads.csv"
        upload(client, made.table([["Wer", "E-mail"], ["Bo", "bo@x.example"]]))
        assert (the_run().columns[0]["target"], the_run().columns[0]["found"]) == ("name", "saved")

    def test_twice_the_same_field_is_refused_at_its_column(self, client_of, olga):
        client = client_of(olga)
        upload(client, made.table([["Firma", "Kunde A", "E-mail"], ["Acme", "Bolt", "ada@x.example"]]))
        run = the_run()
        answer = client.post(reverse("imports:columns", args=[run.pk]), mapping(client, run, target_1="company_name"))
        assert answer.status_code == 422
        assert "Firma and Kunde A can&#x27;t both be Company." in answer.text

    def test_never_offer_owner_team_or_score(self, client_of, olga, nora):
        client = client_of(olga)
        upload(client, made.table([["E-mail", "Owner"], ["ada@x.example", nora.email]]))
        run = the_run()
        answer = client.post(reverse("imports:columns", args=[run.pk]), mapping(client, run, target_1="owner"))
        assert answer.status_code == 422

    def test_overwrite_or_leave_as_each_is_told(self, client_of, olga, at):
        from tests.factories import leads

        lead = leads.lead("Ada", email="ada@x.example", company_name="Old", job_title="Old", country="DE")
        client = client_of(olga)
        upload(client, made.table([["E-mail", "Company", "Job title", "Country", "City"], ["ada@x.example", "New", "New", "France", "Lyon"]]))
        run = the_run()
        client.post(reverse("imports:columns", args=[run.pk]), mapping(client, run, policy_1="overwrite", policy_4="keep"))
        client.post(reverse("imports:run", args=[run.pk]))
        running.advance()
        lead.refresh_from_db()
        assert (lead.company_name, lead.job_title, lead.country, lead.city) == ("New", "Old", "DE", "")

    def test_read_with_another_encoding_are_read_again(self, client_of, olga):
        client = client_of(olga)
        upload(client, "Name,E-mail\nŁukasz,l@x.example\n".encode("cp1250"))
        run = the_run()
        client.post(reverse("imports:dialect", args=[run.pk]), {"encoding": "cp1250", "delimiter": ",", "header_line": "1"})
        assert run.import_rows.get().cells[0] == "Łukasz"

    def test_as_deals_are_matched_anew(self, client_of, olga):
        client = client_of(olga)
        upload(client, made.leads(3))
        run = the_run()
        client.post(reverse("imports:columns", args=[run.pk]), mapping(client, run, kind="deals"))
        run.refresh_from_db()
        assert run.kind == "deals"
        answer = client.post(reverse("imports:columns", args=[run.pk]), mapping(client, run))
        assert "Say which column tells whether a deal was won or lost." in answer.text


class TestCheck:
    @pytest.fixture
    def checked(self, client_of, olga):
        client = client_of(olga)
        upload(client, made.trade_show())
        run = the_run()
        client.post(reverse("imports:columns", args=[run.pk]), mapping(client, run))
        return client, run

    def test_shows_each_number_with_its_rows(self, checked):
        client, run = checked
        for fate, count in (("created", 3), ("joined", 0), ("skipped", 3), ("rejected", 12)):
            page = client.get(reverse("imports:check", args=[run.pk]), {"show": fate})
            assert len(page.context["table"]) == count
        assert "needs an ending such as .com (E-Mail)" in client.get(reverse("imports:check", args=[run.pk]), {"show": "rejected"}).text

    def test_fragment_is_in_the_page(self, checked):
        client, run = checked
        url = reverse("imports:check", args=[run.pk])
        fragment = client.get(url, headers={"HX-Request": "true"})
        assert "<html" not in fragment.text and "12 rows cannot be imported" in fragment.text

    def test_a_mended_row_comes_in(self, checked):
        client, run = checked
        row = run.import_rows.get(line=7)
        answer = client.post(reverse("imports:row", args=[run.pk, row.number]), {"cell-4": "kai@brandt"})
        assert answer.status_code == 422
        answer = client.post(reverse("imports:row", args=[run.pk, row.number]), {"cell-4": "kai@brandt.example"})
        assert answer.status_code == 302
        client.post(reverse("imports:run", args=[run.pk]))
        running.advance()
        run.refresh_from_db()
        assert (run.created_count, run.rejected_count) == (4, 11)
        assert Lead.objects.filter(email_key="kai@brandt.example").exists()

    def test_needs_few_queries(self, checked, django_assert_max_num_queries):
        client, run = checked
        with django_assert_max_num_queries(14):
            client.get(reverse("imports:check", args=[run.pk]))


class TestResult:
    def test_leads_from_each_number_to_its_rows(self, client_of, olga, import_file):
        run = import_file(made.trade_show())
        client = client_of(olga)
        assert "Show the 3 leads" in client.get(run.get_absolute_url()).text
        page = client.get(reverse("imports:check", args=[run.pk]), {"show": "created"})
        assert [line["record"].name for line in page.context["table"]] == ["Hanna Virtanen", "Jürgen Krause", "Björn Åkesson"]
        page = client.get(reverse("imports:check", args=[run.pk]), {"show": "rejected"})
        assert "12 rows were not imported" in page.text and "Check again" not in page.text

    def test_names_no_lead_the_person_may_not_see(self, client_of, olga, south, import_file, check_file):
        from tests.factories import leads

        leads.lead("Secret Person", email="person0@company0.example", team=south)
        run = check_file(made.leads(1), by=olga)  # operations bring in for everybody, but see no lead of others
        page = client_of(olga).get(reverse("imports:check", args=[run.pk]))
        assert run.counts["joined"] == 1
        assert "Secret Person" not in page.text
        assert "Secret Person" not in str(list(run.import_rows.values_list("why", flat=True)))


class TestRejects:
    def test_are_a_file_without_live_formulas_that_comes_in_again(self, client_of, olga, import_file):
        rows = [["Name", "E-mail", "Phone", "Note"], ["=HYPERLINK(1)", "nobody", "+49 30 901820", "@SUM(A1)"], ["Bo", "bo@x.example", "", "fine"]]
        run = import_file(made.table(rows))
        answer = client_of(olga).get(reverse("imports:rejects", args=[run.pk]))
        assert answer.content.startswith(b"\xef\xbb\xbf")
        assert "attachment" in answer["Content-Disposition"]
        header, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
        assert row[:5] == ["2", "'=HYPERLINK(1)", "nobody", "+49 30 901820", "'@SUM(A1)"]
        assert "E-mail" in row[5]
        again = import_file(answer.content.replace(b"nobody", b"ada@x.example"))
        assert again.created_count == 1
        assert Lead.objects.get(email_key="ada@x.example").name == "=HYPERLINK(1)"

    def test_stay_within_their_line(self, client_of, olga, import_file):
        run = import_file(made.trade_show(), 'evil"\r\nX: 1.csv')
        answer = client_of(olga).get(reverse("imports:rejects", args=[run.pk]))
        assert "X" not in answer.headers and "\n" not in answer["Content-Disposition"]


class TestWhoMay:
    def test_reps_find_nothing_here(self, client_of, nora, import_file):
        run = import_file(made.leads(1))
        for name, arguments in (("imports", []), ("import", [run.pk]), ("rejects", [run.pk]), ("sample", [])):
            assert client_of(nora).get(reverse(f"imports:{name}", args=arguments)).status_code == 404

    def test_a_manager_sees_the_own_ones_only(self, client_of, tess, import_file):
        run = import_file(made.leads(1))
        assert client_of(tess).get(run.get_absolute_url()).status_code == 404
        assert client_of(tess).post(reverse("imports:undo", args=[run.pk])).status_code == 404
        own = import_file(made.leads(2), by=tess)
        assert client_of(tess).get(own.get_absolute_url()).status_code == 200
        assert list(client_of(tess).get(reverse("imports:imports")).context["page"]) == [own]

    def test_nothing_changes_by_get(self, client_of, olga, import_file):
        run = import_file(made.leads(1))
        for name in ("undo", "run", "again", "dialect"):
            assert client_of(olga).get(reverse(f"imports:{name}", args=[run.pk])).status_code == 405


class TestList:
    def test_needs_few_queries(self, client_of, olga, import_file, django_assert_max_num_queries):
        for n in range(3):
            import_file(made.leads(1, start=n))
        client = client_of(olga)
        client.get(reverse("imports:imports"))
        with django_assert_max_num_queries(12):
            client.get(reverse("imports:imports"))
