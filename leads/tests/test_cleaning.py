"""What comes in is kept as typed; what compares is derived; what can't be read is refused by name."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import CustomField
from leads import cleaning, phones
from leads.cleaning import clean, email_key, fold_company, fold_name
from leads.figures import MONTH_FIRST, amount, amount_and_currency, day, employees
from leads.models import Lead

NAMES = [
    "Ада Лавлейс", "Ὀδυσσεύς", "李小龍", "山田 太郎", "김철수", "محمد الأمين", "שרה כהן", "राम कुमार", "ประยุทธ์ จันทร์โอชา",
    "Nguyễn Thị Ánh", "Şükrü Öz", "O’Brien-Smith", "Łukasz Żółć", "Æsa Þórsdóttir", "d'Angelo  Rossi", "அருண்", "ნინო", "Արամ",
    "مریم می‌خواهم", "X Æ A-12", "Jean-Luc (\"Lulu\")", "<b>Bobby</b>", "Robert'); DROP TABLE leads;--", "神田 太郎", "e\u0301mile",
]  # fmt: skip
labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True).filter(lambda part: part[2:4] != "--")
locals_ = st.from_regex(r"[A-Za-z0-9_+-]{1,12}(\.[A-Za-z0-9_+-]{1,8}){0,2}", fullmatch=True)
addresses = st.builds(lambda local, host, end: f"{local}@{host}.{end}", locals_, labels, st.sampled_from(["com", "de", "co.uk"]))


class TestNames:
    @pytest.mark.parametrize("name", NAMES)
    def test_come_back_exactly(self, name):
        assert clean({"name": name}).values["name"] == name

    @given(st.text(max_size=300))
    def test_lose_only_ends_and_control_characters(self, text):
        kept = clean({"name": text}).values.get("name", "")
        assert "\x00" not in kept and kept == kept.strip()
        assert [c for c in text if c.isprintable() and not c.isspace()] == [c for c in kept if c.isprintable() and not c.isspace()]
        kept.encode()

    @given(st.text(max_size=80))
    def test_clean_the_same_when_cleaned_again(self, text):
        once = clean({"name": text, "message": text}).values
        assert clean({"name": once.get("name", ""), "message": once.get("message", "")}).values == once

    def test_stand_in_one_line_while_messages_keep_theirs(self):
        values = clean({"name": "Ada\r\nBcc: eve@x.com", "message": "one\r\ntwo\x00\x07"}).values
        assert values["name"] == "Ada Bcc: eve@x.com"
        assert values["message"] == "one\ntwo"

    def test_are_made_of_first_and_last_when_only_these_are_given(self):
        assert clean({"first_name": "Ada", "last_name": "Lovelace"}).values["name"] == "Ada Lovelace"

    def test_fold_for_comparing(self):
        assert fold_name("Lindqvist, Måya") == fold_name("MAYA  lindqvist") == "maya lindqvist"
        assert fold_name("राम") != fold_name("रम")

    @pytest.mark.parametrize(("name", "folded"), [
        ("Acme GmbH & Co. KG", "acme"), ("Société Générale S.A.", "societe generale"), ("AG", "ag"), ("Danfoss A/S", "danfoss"), ("24/7 Media", "24 7 media"),
        ("Booking.com B.V.", "booking com"), ("株式会社トヨタ", "株式会社トヨタ"), ("Nordlys Interiors AB", "nordlys interiors"),
    ])  # fmt: skip
    def test_of_companies_lose_their_legal_form(self, name, folded):
        assert fold_company(name) == folded


class TestEmail:
    @given(addresses)
    def test_key_ignores_case_and_space_only(self, address):
        assert email_key(f"  {address.upper()}\t") == email_key(address) == address.lower()

    @given(addresses, addresses)
    def test_two_addresses_share_a_key_only_when_they_are_the_same(self, one, other):
        assert (email_key(one) == email_key(other)) == (one.lower() == other.lower())

    @pytest.mark.parametrize("other", [
        "a.da@acme.com", "ada+x@acme.com", "\u0430da@acme.com", "ad\u0251@acme.com", "ada@\u0430cme.com", "ada@acm\u0435.com",
        "ad\uff41@acme.com", "a\u200bda@acme.com", "ada@acme.co", "\u00e1da@acme.com", "ada@acrne.com",
    ])  # fmt: skip
    def test_look_alikes_stay_apart(self, other):
        assert email_key(other) != email_key("ada@acme.com")

    def test_domains_compare_in_idna_form(self):
        assert email_key("Ü@München.de") == email_key("u\u0308@xn--mnchen-3ya.de") == "ü@xn--mnchen-3ya.de"

    @pytest.mark.parametrize("wrong", [
        "ada", "ada@", "@acme.com", "ada@nordlys", "a b@acme.com", "ada@acme..com", "a..b@acme.com", "ada@-acme.com", '"a b"@c.de',
        "ada@1.2.3.4", f"{'a' * 65}@acme.com", "ada@acme.com\nbcc:eve", "ada@@acme.com", "ada@[127.0.0.1]", "<ada>@acme.com",
    ])  # fmt: skip
    def test_what_is_none_has_no_key_and_is_named(self, wrong):
        cleaned = clean({"email": wrong})
        assert cleaned.values["email_key"] == "" and cleaned.values["email_quality"] == "bad"
        assert cleaned.problems[0]["field"] == "email"

    def test_several_in_one_cell_keep_the_first_as_primary(self):
        cleaned = clean({"email": "Ada <Ada@acme.com>; Bob <bob@acme.com>", "email_2": "ada@ACME.com, carl@acme.com"})
        assert cleaned.values["email"] == "Ada@acme.com"
        assert [key for _typed, key in cleaned.emails] == ["ada@acme.com", "bob@acme.com", "carl@acme.com"]

    @pytest.mark.parametrize(("email", "domain", "free"), [
        ("ada@mail.eu.example.co.uk", "example.co.uk", False), ("a@Gmail.com", "gmail.com", True),
        ("a@yahoo.co.jp", "yahoo.co.jp", True), ("a@web.de", "web.de", True), ("a@mailinator.com", "mailinator.com", True),
        ("a@gmail.acme.com", "acme.com", False),
    ])  # fmt: skip
    def test_domain_is_the_registrable_one(self, email, domain, free):
        values = clean({"email": email}).values
        assert (values["email_domain"], values["is_free_mail"]) == (domain, free)


class TestPhone:
    @pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
    def test_quick_reading_agrees_with_the_library(self, region):
        for kind in (0, 1, 2):
            if not (number := phonenumbers.example_number_for_type(region, kind)):
                continue
            wanted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            for form, country in ((1, ""), (2, region), (0, "")):
                assert phones.phone(phonenumbers.format_number(number, form), country) == (wanted, "good")

    def test_without_a_country_is_kept_and_marked(self):
        values = clean({"phone": "030 901820"}).values
        assert (values["phone"], values["phone_e164"], values["phone_quality"]) == ("030 901820", "", "bad")

    def test_is_read_by_the_country_of_the_row_before_the_organisations(self):
        assert clean({"phone": "020 7946 0958", "country": "UK"}, country="DE").values["phone_e164"] == "+442079460958"

    def test_several_numbers_keep_their_kinds(self):
        cleaned = clean({"mobile": "+49 151 23456789", "phone": "+49 30 901820", "fax": "+49 30 901821"})
        assert cleaned.values["phone"] == "+49 30 901820"
        assert [(kind, e164) for _typed, e164, kind in cleaned.phones] == [
            ("", "+4930901820"), ("mobile", "+4915123456789"), ("fax", "+4930901821")]  # fmt: skip

    def test_shortened_by_a_spreadsheet_is_refused(self):
        cleaned = clean({"phone": "4,91512E+11"})
        assert "phone" not in cleaned.values and cleaned.problems[0]["code"] == "scientific"

    @given(st.text(max_size=70))
    def test_never_raises(self, text):
        e164, quality = phones.phone(text, "DE")
        assert quality == "bad" or not text.strip() or (e164[0] == "+" and e164[1:].isdigit())


class TestAmounts:
    @pytest.mark.parametrize(("text", "value", "currency"), [
        ("1.234,50", "1234.50", ""), ("1,234.50", "1234.50", ""), ("1 234,50", "1234.50", ""), ("1'234.50", "1234.50", ""),
        ("1.234", "1234", ""), ("0,5", "0.50", ""), ("80000", "80000", ""), ("€ 1.234,50", "1234.50", "EUR"),
        ("80000 €", "80000", "EUR"), ("USD 1,000", "1000", "USD"), ("$1,000", "1000", ""), ("12.345.678", "12345678", ""),
    ])  # fmt: skip
    def test_are_read_as_written_anywhere(self, text, value, currency):
        assert amount_and_currency(text) == (Decimal(value), currency)

    @pytest.mark.parametrize("text", ["80k", "€ 80k", "1.2.3", "1.234.5", "viel", "9" * 30, "EUR 5 USD", "", "1e5", "NaN", "Infinity"])
    def test_are_refused_when_not_plain(self, text):
        assert amount(text) is None

    @given(st.decimals(min_value=0, max_value=10**12, places=2), st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", ".")]))
    def test_come_back_to_the_cent(self, value, signs):
        group, decimal = signs
        text = f"{value:,.2f}".replace(",", "_").replace(".", decimal).replace("_", group)
        assert amount(text) == value

    def test_below_zero_are_named(self):
        cleaned = clean({"expected_revenue": "-5", "name": "Ada"})
        assert "expected_revenue" not in cleaned.values and cleaned.problems[0]["code"] == "negative_amount"

    @pytest.mark.parametrize(("text", "count"), [("50-99", 50), ("1,000+", 1000), ("under 10", 1), ("1.200", 1200), ("many", None), ("-5", None)])
    def test_of_employees_begin_at_the_range(self, text, count):
        assert employees(text) == count


class TestDates:
    @pytest.mark.parametrize(("text", "wanted"), [
        ("03.11.26", date(2026, 11, 3)), ("2026-11-03", date(2026, 11, 3)), ("3 Nov 2026", date(2026, 11, 3)),
        ("Mar 22, 2025 19:13:27", date(2025, 3, 22)), ("3. März 2026", date(2026, 3, 3)), ("31.02.2026", None),
        ("2026-13-01", None), ("44000", None), ("1.1.1", None),
    ])  # fmt: skip
    def test_are_read_day_first(self, text, wanted):
        assert day(text) == wanted

    def test_follow_the_order_of_their_file(self):
        assert day("03/11/2026", MONTH_FIRST) == date(2026, 3, 11)

    @pytest.mark.parametrize("text", ["20226-01-01", "03.11.20226", "11/03/20226", "Nov 3, 20226", "0026-11-03"])
    def test_of_the_year_20226_are_refused(self, text):
        assert day(text) is None
        cleaned = clean({"name": "Ada", "occurred_at": text})
        assert "occurred_at" not in cleaned.values and cleaned.problems[0]["code"] == "no_date"

    def test_become_moments(self):
        assert clean({"occurred_at": "2026-11-03T10:00:00+02:00"}).values["occurred_at"] == datetime(2026, 11, 3, 8, tzinfo=UTC)


class TestClean:
    @pytest.mark.parametrize(("text", "code"), [
        ("Deutschland", "DE"), ("DEU", "DE"), ("UK", "GB"), ("USA", "US"), ("England", "GB"), ("Österreich", "AT"),
        ("日本", "JP"), ("The Netherlands", "NL"), ("suede", "SE"), ("gb", "GB"), ("Atlantis", ""), ("EU", ""),
    ])  # fmt: skip
    def test_countries_become_codes(self, text, code):
        assert cleaning.country_code(text) == code

    @pytest.mark.parametrize("name", sorted(cleaning.COLUMNS))
    def test_too_long_is_left_out_and_named_never_cut(self, name):
        limit = cleaning.COLUMNS[name]
        assert limit == Lead._meta.get_field(name).max_length
        assert clean({name: "x" * limit}).values[name] == "x" * limit
        cleaned = clean({name: "x" * (limit + 1)})
        assert name not in cleaned.values and cleaned.problems[0]["code"] == "too_long"
        assert cleaned.problems[0]["field"] == name

    def test_no_column_but_the_offered_ones_can_be_set(self):
        forbidden = {"owner": "1", "score": "99", "team": "1", "is_staff": "on", "is_demo": "1", "search": "x", "version": "7",
                     "email_key": "x@y.de", "converted_at": "2026-01-01", "consent": "yes"}  # fmt: skip
        cleaned = clean({"name": "Ada", **forbidden})
        assert cleaned.values["email_key"] == "" and cleaned.values["search"] == "ada"
        assert not {"owner", "score", "team", "is_staff", "is_demo", "version", "converted_at"} & set(cleaned.values)
        assert cleaned.other == forbidden

    @pytest.mark.parametrize("site", ["javascript:alert(1)", "ftp://acme.com", "https://u:p@acme.com", "acme", "http://a b.com", "data:x"])
    def test_a_site_is_over_http_or_nothing(self, site):
        assert "website" not in clean({"website": site}).values

    def test_custom_fields_are_typed_by_their_definitions(self):
        fields = [CustomField(record="lead", key="since", label="Since", type="date"),
                  CustomField(record="lead", key="budget", label="Budget", type="number")]  # fmt: skip
        cleaned = clean({"name": "A", "custom.since": "03.11.26", "custom.budget": "1.234,50", "custom.x": "y"}, fields=fields)
        assert cleaned.custom == {"since": "2026-11-03", "budget": 1234.5}
        assert [problem["field"] for problem in cleaned.problems] == ["custom.x"]

    @given(st.dictionaries(st.sampled_from([*cleaning.COLUMNS, *cleaning._READERS, "phone", "email_2", "mobile", "occurred_at", "what?"]),
                           st.text(max_size=120), max_size=8))  # fmt: skip
    def test_never_raises_and_always_fits(self, raw):
        cleaned = clean(raw, country="DE")
        lead = Lead(**dict(cleaned.values.items()))
        lead.clean_fields(exclude=["team", "channel", "captured_at", "custom", "website", "email", "message"])

    @given(st.dictionaries(st.sampled_from([*cleaning.COLUMNS, *cleaning._READERS, "phone", "email_2", "mobile", "occurred_at"]),
                           st.one_of(st.text(max_size=60), addresses, st.sampled_from(["1.234,50", "03.11.26", "+49 30 901820", "DE"])), max_size=8))  # fmt: skip
    def test_an_entry_comes_back_from_json_exactly(self, raw):
        cleaned = clean(raw, country="DE")
        again = cleaning.Cleaned.unpacked(json.loads(json.dumps(cleaned.packed())))
        assert (again.values, again.emails, again.phones, again.tags, again.origins, again.custom) == (
            cleaned.values, cleaned.emails, cleaned.phones, cleaned.tags, cleaned.origins, cleaned.custom,
        )  # fmt: skip

    def test_problems_are_worded_with_their_field(self):
        problem = clean({"company_size": "many"}).problems[0]
        assert cleaning.problem_words(problem) == "“many” is not a number of people (employees)."

    def test_search_finds_without_accents_and_by_digits(self):
        values = clean({"name": "Zoë Ångström", "phone": "+49 30 901820", "email": "zoe@x.de", "mobile": "0151 2345"}).values
        assert values["search"] == "zoe angstrom zoe@x.de 4930901820 01512345"
