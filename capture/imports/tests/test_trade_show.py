"""A trade-show file as people really send it: twelve defective rows, each named with its line and reason."""

import pytest

from capture.imports import checking
from capture.imports.judging import words_of
from capture.imports.tests import made
from capture.models import ImportRow
from leads.models import Lead

pytestmark = pytest.mark.django_db


class TestTradeShow:
    def test_is_read_as_it_was_written(self, read_file):
        run = read_file(made.trade_show(), "besucher.csv")
        assert (run.dialect["encoding"], run.dialect["delimiter"], run.dialect["header_line"]) == ("cp1252", ";", 4)
        assert [column["target"] for column in run.columns] == [
            "salutation", "first_name", "last_name", "company_name", "email", "phone", "phone", "country", "company_size",
            "expected_revenue", "occurred_at",
        ]  # fmt: skip
        assert run.options["ask_day_order"] is False  # days with points are never month first

    def test_lists_each_defect_with_its_line_and_reason(self, import_file):
        run = import_file(made.trade_show())
        rows = ImportRow.objects.filter(import_run=run, fate="rejected").order_by("number")
        headers = [column["header"] for column in run.columns]
        found = {
            row.line: (row.why[0]["code"], headers[row.why[0]["column"]] if row.why[0]["column"] is not None else None) for row in rows
        }
        assert found == made.DEFECTS
        words = " ".join(words_of(rows.get(line=9).why))
        assert "omarin.bibsur.example" in words and "E-Mail" in words

    def test_adds_up(self, import_file):
        run = import_file(made.trade_show())
        assert (run.rows, run.created_count, run.joined_count, run.skipped_count, run.rejected_count) == (18, 3, 0, 3, 12)
        skipped = ImportRow.objects.filter(import_run=run, fate="skipped").order_by("number")
        assert [(row.line, row.why[0]["code"]) for row in skipped] == [(8, "row_empty"), (18, "row_header_again"), (20, "row_repeats")]

    def test_brings_the_good_ones_in_whole(self, import_file):
        import_file(made.trade_show())
        hanna = Lead.objects.get(email_key="hanna@aalto9.example")
        assert (hanna.salutation, hanna.name, hanna.country, hanna.company_size) == ("Frau", "Hanna Virtanen", "FI", 11)
        assert str(hanna.expected_revenue) == "1234.50"
        assert hanna.occurred_at.date().isoformat() == "2026-11-03"
        assert [phone.kind for phone in hanna.phones.order_by("pk")] == ["", "mobile"]
        assert Lead.objects.get(email_key="krause@rheinwerk.example").phone_e164 == "+492215550103"
        assert Lead.objects.get(email_key="bjorn@akesson.example").company_name == 'Åkesson "Kontor" AB'


class TestARowThatNamesNobody:
    HEADER = ["Name", "Company", "E-mail", "Visited on", "Interest"]
    ADA = ["Ada Byron", "Byron & Co", "ada@byron.example", "03.11.26", "2 booths"]
    WISH = ["", "", "", "03.11.26", "40 desks"]

    def test_is_rejected_with_its_line_and_the_columns_that_are_empty(self, import_file):
        run = import_file(made.table([self.HEADER, self.ADA, self.WISH]))
        row = ImportRow.objects.get(import_run=run, fate="rejected")
        assert (row.line, row.why[0]["column"]) == (3, 0)
        assert words_of(row.why) == ["This row names nobody: nothing stands in Name, Company, E-mail."]
        assert list(Lead.objects.values_list("name", flat=True)) == ["Ada Byron"]

    def test_comes_in_once_somebody_typed_a_name(self, check_file):
        run = check_file(made.table([self.HEADER, self.ADA, self.WISH]))
        assert run.import_rows.get(line=3).planned == "rejected"
        assert checking.fix_row(run, run.import_rows.get(line=3).number, {"1": "Kontor AB"}).planned == "created"

    @pytest.mark.parametrize("place", [0, 1, 2])
    def test_is_one_without_name_company_and_address_only(self, check_file, place):
        row = [*self.WISH]
        row[place] = ["Ada Byron", "Byron & Co", "ada@byron.example"][place]
        assert check_file(made.table([self.HEADER, self.ADA, row])).import_rows.get(line=3).planned != "rejected"

    def test_is_taken_from_a_file_without_any_column_for_names(self, check_file):
        assert check_file(made.table([self.HEADER[3:], self.WISH[3:]])).import_rows.get().planned == "created"

    def test_is_taken_when_it_has_ended_as_scores_learn_from_it(self, check_file):
        run = check_file(made.table([[*self.HEADER, "Converted"], [*self.WISH, "no"], ["Ada Byron", *self.WISH[1:], "yes"]]))
        assert [row.planned for row in run.import_rows.order_by("number")] == ["created", "created"]
