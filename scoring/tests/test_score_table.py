"""The command that lets one table be graded by another: every promise of its own line, and whatever a table may hold."""

import csv
import gzip
import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

WORDS = ("fair", "web", "phone", "")


class Tables:
    """Writes tables into a folder and lets the command grade them."""

    def __init__(self, folder: Path):
        self.folder, self.number = folder, 0

    def file(self, headers: list[str], rows: list[list], *, delimiter: str = ",", encoding: str = "utf-8") -> str:
        self.number += 1
        path = self.folder / f"table {self.number}.csv"
        with path.open("w", newline="", encoding=encoding) as file:
            csv.writer(file, delimiter=delimiter).writerows([headers, *rows])
        return str(path)

    def graded(self, train: str, test: str, **options) -> list[dict[str, str]]:
        """Return the rows of what the command writes, after checking each probability."""
        out = self.folder / "out.csv"
        call_command("score_table", **{"fit": train, "predict": test, "out": str(out), "target": "won", **options})
        with out.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert all(0 <= float(row["p"]) <= 1 for row in rows)
        return rows

    def p(self, train: str, test: str, **options) -> list[float]:
        return [float(row["p"]) for row in self.graded(train, test, **options)]


@pytest.fixture
def tables(tmp_path):
    return Tables(tmp_path)


def past(n: int = 60, seed: int = 1) -> list[list]:
    """Rows of source, size, day and outcome: the fair and large companies convert more often."""
    rng = random.Random(seed)
    rows = []
    for number in range(n):
        source, size = rng.choice(WORDS), rng.randrange(1, 500)
        won = rng.random() < (0.8 if source == "fair" else 0.2)
        rows.append([source, size, date(2024, 1, 1) + timedelta(days=number), int(won)])
    return rows


HEADERS = ["source", "size", "day", "won"]


class TestOutput:
    def test_has_one_probability_per_row_in_their_order(self, tables):
        train = tables.file(HEADERS, past())
        asked = [["web", 10], ["fair", 10], ["web", 10], ["", ""]]
        p = tables.p(train, tables.file(["source", "size"], asked))
        assert len(p) == 4
        assert p[0] == p[2] < p[1]

    def test_is_the_same_every_time(self, tables):
        train, test = tables.file(HEADERS, past(250)), tables.file(HEADERS[:3], [row[:3] for row in past(30, seed=2)])
        assert tables.p(train, test) == tables.p(train, test)

    def test_does_not_depend_on_the_order_of_columns(self, tables):
        rows, asked = past(250), past(30, seed=2)
        turned = tables.file(HEADERS[::-1], [row[::-1] for row in rows])
        plain = tables.p(tables.file(HEADERS, rows), tables.file(HEADERS, asked))
        assert (
            tables.p(turned, tables.file(["size", "day", "source"], [[row[1], row[2], row[0]] for row in asked]))
            == plain
        )

    def test_reads_comma_semicolon_tab_gzip_and_other_alphabets(self, tables):
        rows, asked = past(), [["fair", 30]]
        plain = tables.p(tables.file(HEADERS, rows), tables.file(HEADERS[:2], asked))
        for delimiter, encoding in ((";", "utf-8-sig"), ("\t", "utf-16"), (";", "cp1252")):
            train = tables.file(HEADERS, rows, delimiter=delimiter, encoding=encoding)
            assert tables.p(train, tables.file(HEADERS[:2], asked, delimiter=delimiter)) == plain
        train = Path(tables.file(HEADERS, rows))
        packed = train.with_suffix(".csv.gz")
        packed.write_bytes(gzip.compress(train.read_bytes()))
        assert tables.p(str(packed), tables.file(HEADERS[:2], asked)) == plain

    def test_reads_figures_with_a_decimal_comma(self, tables):
        rows = past()
        english = tables.p(
            tables.file(HEADERS, [[r[0], f"{r[1]:,}.5", r[2], r[3]] for r in rows]),
            tables.file(HEADERS[:2], [["web", "1,400.5"]]),
        )
        german = [[r[0], f"{r[1]},5", r[2], r[3]] for r in rows]
        assert (
            tables.p(
                tables.file(HEADERS, german, delimiter=";"),
                tables.file(HEADERS[:2], [["web", "1.400,5"]], delimiter=";"),
            )
            == english
        )

    def test_has_only_its_head_when_nothing_is_asked(self, tables):
        train = tables.file(HEADERS, past())
        assert tables.graded(train, tables.file(HEADERS[:2], [])) == []
        assert (tables.folder / "out.csv").read_text().strip() == "p"

    def test_tells_reasons_that_sum_to_the_score(self, tables):
        rows = tables.graded(
            tables.file(HEADERS, past()), tables.file(HEADERS[:2], [["fair", 400], ["web", ""]]), reasons=True
        )
        for row in rows:
            *facts, average, other, score = row["reasons"].split("; ")
            said = [int(part.rsplit(" ", 1)[1]) for part in [*facts, average, other]]
            assert sum(said) == int(score.removeprefix("score ")) == round(100 * float(row["p"]))
        assert "source: fair +" in rows[0]["reasons"]


class TestOutcome:
    @pytest.mark.parametrize(
        ("yes", "no"), [("1", "0"), ("Yes", "No"), ("WON", "lost"), ("true", "false"), ("1.0", "0.0")]
    )
    def test_counts_the_usual_words_as_won(self, tables, yes, no):
        rows = [[row[0], yes if row[3] else no] for row in past()]
        fair, web = tables.p(tables.file(["source", "won"], rows), tables.file(["source"], [["fair"], ["web"]]))
        assert fair > web + 0.1

    def test_counts_the_given_word(self, tables):
        rows = [[row[0], "Closed Won" if row[3] else "Closed Lost"] for row in past()]
        train, test = tables.file(["source", "stage"], rows), tables.file(["source"], [["fair"], ["web"]])
        fair, web = tables.p(train, test, target="stage", positive="closed won")
        assert fair > web + 0.1

    def test_says_so_when_no_row_counts_as_won(self, tables, capsys):
        train = tables.file(["source", "won"], [["fair", "Sieg"], ["web", "nein"]] * 20)
        assert max(tables.p(train, tables.file(["source"], [["fair"]]))) < 0.2
        assert "--positive" in capsys.readouterr().err

    def test_that_is_blank_teaches_nothing_where_others_say_no(self, tables, capsys):
        rows, test = [[row[0], row[3]] for row in past()], tables.file(["source"], [["fair"], ["web"]])
        plain = tables.p(tables.file(["source", "won"], rows), test)
        assert tables.p(tables.file(["source", "won"], [*rows, *[["fair", " "]] * 40]), test) == plain
        assert "40 rows say nothing in won and are left out." in capsys.readouterr().err

    def test_that_is_blank_means_no_where_nothing_else_does(self, tables):
        rows = [[row[0], "yes" if row[3] else ""] for row in past()]
        fair, web = tables.p(tables.file(["source", "won"], rows), tables.file(["source"], [["fair"], ["web"]]))
        assert fair > web + 0.1

    def test_is_never_read_from_the_rows_to_grade(self, tables):
        rows, asked = past(), [[*row[:3], 1] for row in past(10, seed=3)]
        train = tables.file(HEADERS, rows)
        assert tables.p(train, tables.file(HEADERS, asked)) == tables.p(
            train, tables.file(HEADERS[:3], [row[:3] for row in asked])
        )

    def test_names_the_columns_there_are_when_it_is_missing(self, tables):
        with pytest.raises(CommandError, match="source, size, day, won"):
            tables.p(tables.file(HEADERS, past()), tables.file(["source"], [["web"]]), target="outcome")


class TestTime:
    def test_orders_the_past_however_the_file_stands(self, tables):
        """What converts turned round half-way: only in the order of time the newest count more."""
        rows = [["fair", n, int(n % 10 < (2 if n < 500 else 8))] for n in range(1_000)]
        shuffled = random.Random(4).sample(rows, 1_000)
        test = tables.file(["source"], [["fair"]])
        train, other = (tables.file(["source", "number", "won"], one) for one in (rows, shuffled))
        ordered = tables.p(train, test, time="number")
        assert tables.p(other, test, time="number") == ordered
        assert ordered[0] > tables.p(other, test)[0] + 0.1

    @pytest.mark.parametrize(
        "when", ["2024-05-{:02}", "{:02}.05.2024", "May {:02}, 2024", "2024-05-{:02}T08:30:00+02:00"]
    )
    def test_may_be_dates_as_text(self, tables, when):
        rows = [[when.format(n % 28 + 1), row[0], row[3]] for n, row in enumerate(past())]
        train = tables.file(["at", "source", "won"], rows)
        assert len(tables.p(train, tables.file(["source"], [["web"]]), time="at")) == 1

    def test_that_is_not_there_is_no_order(self, tables):
        train, test = tables.file(HEADERS, past()), tables.file(["source"], [["web"]])
        assert tables.p(train, test, time="created") == tables.p(train, test)

    def test_missing_among_the_rows_to_grade_leaves_counted_days_empty(self, tables):
        """The last contact counts from the day of capture; without that day nothing can be counted."""
        start = date(2024, 1, 1)
        rows = [[start + timedelta(days=n), start + timedelta(days=n + n % 30), int(n % 30 < 10)] for n in range(90)]
        train = tables.file(["day", "contact", "won"], rows)
        whole = tables.p(
            train, tables.file(["day", "contact"], [["2024-06-01", "2024-06-02"], ["2024-06-01", ""]]), time="day"
        )
        assert whole[0] > whole[1]
        assert tables.p(train, tables.file(["contact"], [["2024-06-02"]]), time="day") == [whole[1]]

    def test_by_number_leaves_dates_as_they_are(self, tables):
        rows = [[111111 + n, date(2024, 1, 1) + timedelta(days=n % 60), int(n % 60 < 30)] for n in range(120)]
        train = tables.file(["number", "contact", "won"], rows)
        early, late = tables.p(train, tables.file(["contact"], [["2024-01-05"], ["2024-02-25"]]), time="number")
        assert early > late


class TestTeam:
    def test_is_a_name_even_when_it_looks_like_a_figure(self, tables):
        """Teams 1 and 3 convert, team 2 in the middle doesn't; 4 was never seen."""
        rows = [[n % 3 + 1, int(n % 3 != 1 and n % 10 < 9)] for n in range(150)]
        train, test = tables.file(["team", "won"], rows), tables.file(["team"], [[1], [2], [3], [4]])
        one, two, three, other = tables.p(train, test, team="team")
        assert two < 0.3 < 0.6 < min(one, three)
        assert two < other < max(one, three)

    def test_that_is_not_there_changes_nothing(self, tables):
        train, test = tables.file(HEADERS, past()), tables.file(["source"], [["web"]])
        assert tables.p(train, test, team="branch") == tables.p(train, test)


class TestBadInput:
    @pytest.mark.parametrize("headers", [HEADERS, ["source"], []])
    def test_zero_training_rows_say_the_prior(self, tables, headers):
        assert tables.p(tables.file(headers, []), tables.file(["source"], [["web"], [""]])) == [pytest.approx(0.2)] * 2

    @pytest.mark.parametrize("won", [0, 1])
    def test_one_class_leans_towards_it(self, tables, won):
        rows = [[*row[:3], won] for row in past(40)]
        p = tables.p(tables.file(HEADERS, rows), tables.file(["source", "size"], [["fair", 1], ["new", ""]]))
        assert all(one > 0.7 for one in p) if won else all(one < 0.1 for one in p)

    def test_three_rows_teach_a_little(self, tables):
        train = tables.file(["source", "won"], [["fair", 1], ["web", 0], ["web", 0]])
        fair, web, unseen, empty = tables.p(train, tables.file(["source"], [["fair"], ["web"], ["mail"], [""]]))
        assert 0.15 < web < unseen < fair < 0.6
        assert web < empty < fair

    def test_five_hundred_columns(self, tables):
        rng = random.Random(5)
        names = [f"column {n}" for n in range(500)]
        rows = [
            [*(rng.choice("abc") if n % 2 else rng.random() for n in range(500)), int(rng.random() < 0.3)]
            for _ in range(19)
        ]
        p = tables.p(tables.file([*names, "won"], rows), tables.file(names, [row[:-1] for row in rows[:5]]))
        assert len(p) == 5

    def test_every_value_another(self, tables):
        rows = [[f"id-{n}", n % 2] for n in range(1_000)]
        p = tables.p(tables.file(["key", "won"], rows), tables.file(["key"], [["id-1"], ["id-99999"], [""]]))
        assert all(0.3 < one < 0.7 for one in p)

    def test_dates_as_text_are_numbers(self, tables):
        """Early in the year converts, later doesn't: a day never seen is graded like its neighbours."""
        rows = [[date(2024, 1, 1) + timedelta(days=2 * n), int(n < 60)] for n in range(120)]
        early, late = tables.p(
            tables.file(["due", "won"], rows), tables.file(["due"], [["2024-02-02"], ["2024-08-03"]])
        )
        assert early > 0.7 > 0.3 > late

    @pytest.mark.parametrize(
        "odd", ["inf", "-inf", "Infinity", "1e999", "-1e308", "9" * 400, "nan", "1e-320", "١٢", "0x1f", "1_000", "--5"]
    )
    def test_infinite_and_huge_numbers(self, tables, odd):
        rows = [[odd if n % 7 == 0 else row[1], row[3]] for n, row in enumerate(past())]
        test = tables.file(["size"], [[odd], ["12"], [""], ["-" + odd]])
        assert len(tables.p(tables.file(["size", "won"], rows), test)) == 4

    def test_some_endless_numbers_leave_a_column_of_numbers(self, tables):
        rows = [["inf" if n % 5 == 0 else n % 50, int(n % 50 > 24)] for n in range(200)]
        low, high = tables.p(tables.file(["size", "won"], rows), tables.file(["size"], [["10.5"], ["40.5"]]))
        assert low < 0.3 < 0.6 < high

    def test_unseen_values_empty_cells_and_new_columns(self, tables):
        train = tables.file(HEADERS, past(250))
        asked = [
            ["Zürich", "", "", "?"],
            ["", "many", "someday", "x"],
            ["fair", "3"],
            ["fair", "3", "2024-01-09", "", "too", "many"],
        ]
        known, short = (
            tables.p(train, tables.file([*HEADERS[:3], "shoe size"], asked)),
            tables.p(train, tables.file(HEADERS[:3], asked[2:3])),
        )
        assert known[2] == short[0]

    def test_a_table_of_other_columns_altogether(self, tables):
        p = tables.p(tables.file(HEADERS, past()), tables.file(["colour"], [["red"], ["blue"]]))
        assert p[0] == p[1]

    def test_columns_that_are_always_empty_or_always_the_same(self, tables):
        rows = [[row[0], "", "same", 7, row[3]] for row in past(250)]
        p = tables.p(
            tables.file(["source", "void", "word", "figure", "won"], rows),
            tables.file(["source", "void"], [["fair", "x"], ["web", ""]]),
        )
        assert p[0] > p[1]

    def test_headers_that_are_missing_or_twice_there(self, tables):
        rows = [[row[0], row[1], row[2], row[3]] for row in past()]
        train = tables.file(["source", "source", "", "won"], rows)
        assert len(tables.p(train, tables.file(["source", "source", ""], [row[:3] for row in rows[:3]]))) == 3

    def test_formulas_quotes_and_line_breaks_in_cells(self, tables):
        rows = [['=1+1;"', "a\nb", row[3]] if row[0] == "fair" else ["x,y", "\x00", row[3]] for row in past()]
        p = tables.p(
            tables.file(["note", "more", "won"], rows), tables.file(["note", "more"], [row[:2] for row in rows])
        )
        assert len(p) == 60

    def test_a_file_that_is_not_there(self, tables):
        with pytest.raises(CommandError, match="can't be read"):
            tables.p(str(tables.folder / "none.csv"), tables.file(["source"], []))
        with pytest.raises(CommandError, match="can't be written"):
            tables.graded(
                tables.file(HEADERS, past()), tables.file(["source"], []), out=str(tables.folder / "none" / "out.csv")
            )


@pytest.mark.slow
class TestLarge:
    def test_a_hundred_thousand_categories(self, tables):
        rng = random.Random(6)
        rows = [[f"key {n}", rng.choice(WORDS), n % 3 // 2] for n in range(100_000)]
        p = tables.p(
            tables.file(["key", "source", "won"], rows),
            tables.file(["key", "source"], [["key 5", "web"], ["key x", ""], ["", "fair"]]),
        )
        assert all(0.2 < one < 0.5 for one in p)

    def test_five_hundred_columns_with_trees(self, tables):
        rng = random.Random(7)
        names = [f"column {n}" for n in range(500)]
        rows = [[rng.choice("abcde") if n % 2 else round(rng.random(), 3) for n in range(500)] for _ in range(1_000)]
        train = [[*row, int(rng.random() < (0.8 if row[1] == "a" else 0.2))] for row in rows]
        p = tables.p(tables.file([*names, "won"], train), tables.file(names, rows[:200]))
        good, rest = (
            [one for one, row in zip(p, rows, strict=False) if (row[1] == "a") is is_good] for is_good in (True, False)
        )
        assert sum(good) / len(good) > sum(rest) / len(rest) + 0.2
