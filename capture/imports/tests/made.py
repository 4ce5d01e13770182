"""Files as people send them, made here: what is in each row is known to the test that asks."""

import csv
import io
from collections.abc import Iterable, Iterator

FIRST = "Hanna Rubén Änne Kai Zoë Łukasz Mads İpek Søren Chloé Björn Inês Jürgen Siân Olga Pieter".split()
LAST = "Virtanen Costa Müller Brandt O’Connor Nowak Holm Yılmaz Krause Marín Claes Duarte Weber Raman Bakke Lindt".split()
COUNTRIES = "FI PT DE AT NL PL DK TR SE ES BE GB FR IT NO CH".split()


def people(count: int, *, start: int = 0) -> Iterator[list[str]]:
    """Yield rows of different people: first and last name, company, e-mail, phone, country, job title, employees, wish."""
    for n in range(start, start + count):
        first, last = FIRST[n % 16], LAST[n // 16 % 16]
        yield [
            first, last, f"Company {n % 5000} GmbH", f"person{n}@company{n % 5000}.example", f"+4930{5000000 + n}",
            COUNTRIES[n % 16], "Facility Manager", str(10 + n % 400), "Wants a quote",
        ]  # fmt: skip


HEADER = ["First name", "Last name", "Company", "E-mail", "Phone", "Country", "Job title", "Employees", "Message"]


def table(rows: Iterable[list[str]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Write rows as a text file."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def leads(count: int, *, start: int = 0, **options) -> bytes:
    return table([HEADER, *people(count, start=start)], **options)


# A trade show's list as an exhibitor sends it: Windows-1252, semicolons, a title above the header, empty rows, two phone
# columns, days as 03.11.26, the header again in the middle, one visitor twice, and twelve rows with something wrong.
TRADE_SHOW = """\
Besucherliste Workspace Expo Köln 2026;;;;;;;;;;
;;;;;;;;;;

Anrede;Vorname;Nachname;Firma;E-Mail;Telefon;Handy;Land;Mitarbeiter;Budget;Besuchsdatum
Frau;Hanna;Virtanen;Aalto Studio Nine;hanna@aalto9.example;+358 9 555 0101;+358 40 555 0102;Finnland;11-50;1.234,50;03.11.26
Herr;Jürgen;Krause;Rheinwerk Büro GmbH & Co. KG;krause@rheinwerk.example;0221 5550103;;Deutschland;250;80.000;03.11.26
Herr;Kai;Brandt;Brandt Möbel;kai@brandt;0221 5550104;;Deutschland;12;500;03.11.26
;;;;;;;;;;
Frau;Olga;Marín;Biblioteca Sur;omarin.bibsur.example;;+34 600 555 105;Spanien;40;2.000,00;04.11.26
Frau;Zoë;Claes;Claes Projecten;zoe@claes.example;4,91512E+11;;Belgien;7;900;04.11.26
Herr;Łukas;Nowak;Nowak Biuro;lukas@nowak.example;+48 22 555 01 06;;Polska;30;achtzig;04.11.26
Herr;Mads;Holm;Holm A/S;mads@holm.example;+45 33 55 01 07;;Atlantis;25;1.000;04.11.26
Herr;Rubén;Costa;Atelier Norte;ruben@norte.example;+351 21 555 0108;;Portugal;viele;1.500;04.11.26
Frau;Inês;Duarte;Estúdio Lisboa;ines@lisboa.example;+351 21 555 0109;;Portugal;15;1.500;04.11.20226
Frau;Siân;Raman;Raman Ltd;sian@raman.example;+44 20 7946 0110;;UK;60;9.000;31.02.26
Frau;Chloé;Weber;Weber AG;chloe@weber.example;+41 44 555 01 11;;Schweiz;90;-500;04.11.26
Herr;Pieter;Bakke;Bakke AS;pieter@bakke.example;+47 22 55 01 12;;Norwegen;20;700;04.11.26;zu viel
Anrede;Vorname;Nachname;Firma;E-Mail;Telefon;Handy;Land;Mitarbeiter;Budget;Besuchsdatum
Herr;;;;;;;Italien;;;04.11.26
Herr;Jürgen;Krause;Rheinwerk Büro;KRAUSE@rheinwerk.example;;;Deutschland;250;;04.11.26
Frau;{long};Lindt;Lindt & Töchter;lindt@lindt.example;;;Schweiz;8;300;04.11.26
Herr;Björn;Åkesson;Åkesson "Kontor" AB;bjorn@akesson.example;;;Schweden;18;300;04.11.26
;;;;;;;;;;
;;;;;;;;;;
"""
DEFECTS = {  # line in the file → (reason, the column it names)
    7: ("email_without_ending", "E-Mail"), 9: ("no_email", "E-Mail"), 10: ("scientific", "Telefon"), 11: ("no_amount", "Budget"),
    12: ("no_country", "Land"), 13: ("no_employees", "Mitarbeiter"), 14: ("no_date", "Besuchsdatum"), 15: ("no_date", "Besuchsdatum"),
    16: ("negative_amount", "Budget"), 17: ("row_too_wide", None), 19: ("row_names_nobody", "Vorname"), 21: ("too_long", "Vorname"),
}  # fmt: skip


def trade_show() -> bytes:
    return TRADE_SHOW.format(long="Ä" * 200).replace("\n", "\r\n").encode("cp1252", "replace")


def deals(count: int = 60) -> bytes:
    """Deals of the past without a name: what they were about, and how they ended."""
    rows = [["Product", "Authority", "Company size", "Competitors", "Source", "Status"]]
    for n in range(count):
        good = n % 3 == 0
        rows.append([f"Product {'AB'[n % 2]}", ["Low", "Mid", "High"][n % 3], ["Small", "Mid", "Big"][n % 3], "No" if good else "Yes",
                     "Referral" if good else "Web", "Won" if good else "Lost"])  # fmt: skip
    return table(rows, delimiter=";")
