"""What the columns of a file are taken for, by name and by content."""

import pytest

from capture.imports import contents, fields, proposals
from capture.imports.tests import made
from leads.models import Lead

pytestmark = pytest.mark.django_db


def targets(run) -> dict[str, str]:
    return {column["header"]: column["target"] for column in run.columns}


class TestNames:
    @pytest.mark.parametrize(("header", "target"), [
        ("E-Mail", "email"), ("Mail", "email"), ("adresse e-mail", "email"), ("EMAIL ADDRESS *", "email"), ("Email 2", "email"),
        ("Vorname", "first_name"), ("Nachname", "last_name"), ("Firma", "company_name"), ("Société", "company_name"),
        ("Téléphone", "phone"), ("Handy", "phone"), ("Tel. 2", "phone"), ("Mobile Phone Number", "phone"), ("Land", "country"),
        ("MA", "company_size"), ("lead_source", "source"), ("Notiz", "message"), ("Straße", "street"), ("PLZ", "postcode"),
        ("Favourite colour", ""), ("Owner", ""), ("Score", ""), ("is_staff", ""), ("Team", ""),
    ])  # fmt: skip
    def test_are_known_in_several_languages(self, header, target):
        assert fields.named(header, "leads") == target

    @pytest.mark.parametrize(("headers", "product"), [
        (["Record ID", "First Name", "Email", "Lifecycle Stage"], "HubSpot"), (["Person - Name", "Person - Email"], "Pipedrive"),
        (["Lead ID", "Lead Owner", "Company / Account"], "Salesforce"), (["Order #", "Order Date", "Email"], "Eventbrite"),
        (["Attended", "Email", "Join Time", "Leave Time"], "Zoom"), (["Name", "Email"], ""),
    ])  # fmt: skip
    def test_of_other_products_are_told_apart(self, headers, product):
        assert fields.preset_of(headers) == product


class TestContent:
    def test_goes_before_a_name_that_means_something_else(self, read_file):
        rows = [["contact", "campaign", "name"], *([["cellular", "telephone"][n % 2], str(n % 7), f"p{n}@x.example"] for n in range(40))]
        run = read_file(made.table(rows))
        assert targets(run) == {"contact": "custom", "campaign": "custom", "name": "email"}
        assert [column["type"] for column in run.columns[:2]] == ["choice", "number"]

    def test_finds_addresses_and_numbers_without_a_known_name(self, read_file):
        rows = [["Spalte A", "Spalte B", "Spalte C"], *([f"p{n}@x.example", f"+49 30 {500000 + n}", f"www.x{n}.example"] for n in range(5))]
        assert targets(read_file(made.table(rows))) == {"Spalte A": "email", "Spalte B": "phone", "Spalte C": "website"}

    def test_yes_and_no_alone_are_no_outcome(self, read_file):
        run = read_file(made.table([["E-mail", "Bought"], *([f"p{n}@x.example", ["yes", "no"][n % 2]] for n in range(10))]))
        assert (run.kind, run.columns[1]["type"]) == ("leads", "flag")

    def test_yes_and_no_below_converted_say_how_leads_ended(self, read_file):
        rows = [["Name", "Opted in", "y"], ["Ada", "yes", "yes"], ["Bo", "no", "no"], ["Cy", "no", ""]]
        run = read_file(made.table(rows))
        assert (run.kind, targets(run)) == ("leads", {"Name": "name", "Opted in": "custom", "y": "outcome"})

    def test_first_and_last_name_beside_name(self, read_file):
        assert targets(read_file(b"Vorname;Name\nAda;Quist\n")) == {"Vorname": "first_name", "Name": "last_name"}

    def test_a_first_name_many_share_is_still_one(self, read_file):
        rows = [["Vorname", "Nachname", "E-Mail"], *(["Anna", f"Groß{n}", f"a{n}@x.example"] for n in range(30))]
        assert targets(read_file(made.table(rows))) == {"Vorname": "first_name", "Nachname": "last_name", "E-Mail": "email"}

    def test_empty_columns_are_left_out(self, read_file):
        assert targets(read_file(b"Name,Notes\nAda,\n")) == {"Name": "name", "Notes": ""}


class TestDays:
    @pytest.mark.parametrize(("days", "order", "asks"), [
        (["03/11/2026", "13/11/2026"], "dmy", False), (["11/03/2026", "11/13/2026"], "mdy", False),
        (["03/11/2026", "04/05/2026"], "dmy", True), (["03.11.26", "04.05.26"], "dmy", False), (["2026-11-03", "2026-04-05"], "dmy", False),
    ])  # fmt: skip
    def test_order_is_told_over_the_whole_column(self, read_file, days, order, asks):
        run = read_file(made.table([["E-mail", "Date"], *([f"p{n}@x.example", day] for n, day in enumerate(days))]))
        assert (run.options["day_order"], run.options["ask_day_order"]) == (order, asks)


class TestFigures:
    @pytest.mark.parametrize(("figures", "sign", "values"), [
        (["93.994", "93.2", "94.055"], ".", [93.994, 93.2, 94.055]), (["0.653", "4.857"], ".", [0.653, 4.857]),
        (["1.234,5", "2.000"], ",", [1234.5, 2000]), (["1,234.5", "2,000"], ".", [1234.5, 2000]), (["93,369", "93,2"], ",", [93.369, 93.2]),
        (["1.234", "2.000"], "", [1234, 2000]),
    ])  # fmt: skip
    def test_decimal_sign_is_told_over_the_whole_file(self, import_file, figures, sign, values):
        rows = [["E-mail", "Index"], *([f"p{n}@x.example", figure] for n, figure in enumerate(figures))]
        run = import_file(made.table(rows, delimiter=";"))
        assert run.options["decimal"] == sign
        assert [lead.custom["index"] for lead in Lead.objects.order_by("email_key")] == values


class TestLook:
    def test_types_custom_fields_by_their_values(self):
        looks = {
            "number": ["1", "2.5", "3"], "date": ["2026-11-03", "2026-11-04"], "flag": ["yes", "no", "no"],
            "choice": ["Low", "Mid", "Low", "High", "Mid", "High"], "text": ["one", "two", "three"],
        }  # fmt: skip
        assert {kind: contents.look(cells).custom_type() for kind, cells in looks.items()} == {kind: kind for kind in looks}

    def test_keys_are_the_same_for_the_same_header(self):
        assert proposals.key_of("emp.var.rate", set()) == "emp_var_rate"
        assert proposals.key_of("Größe", set()) == proposals.key_of("GRÖSSE", set())
