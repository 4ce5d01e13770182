"""Teach the scores' policy with one table and let it grade another: the same code that grades leads, for evaluation."""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from scoring import tables
from scoring.grading import Grader, points, sigmoid

CHUNK = 5_000


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--fit", required=True, metavar="TRAIN.csv", help="closed leads with their outcome; `,` or `;`, typed by content")
        parser.add_argument("--target", required=True, metavar="COLUMN", help="the column that says the outcome")
        parser.add_argument("--positive", metavar="VALUE", help="the outcome that counts; otherwise 1, yes, won or true")
        parser.add_argument("--time", metavar="COLUMN", help="a column whose order is that of time, if it is there")
        parser.add_argument("--team", metavar="COLUMN", help="the column that names the team: a field like the others, never a number")
        parser.add_argument("--predict", required=True, metavar="TEST.csv", help="leads to grade")
        parser.add_argument("--out", required=True, metavar="OUT.csv", help="written anew: one probability `p` per row, in their order")
        parser.add_argument("--reasons", action="store_true", help="also what moved each score")

    def handle(self, *args, **options):
        train, test = self._read(options["fit"]), self._read(options["predict"])
        grader, reader = self._learn(train, options)
        rows = reader.rows(test)
        with self._written(options["out"]) as file:
            out = csv.writer(file)
            out.writerow(["p", "reasons"] if options["reasons"] else ["p"])
            for start in range(0, len(rows), CHUNK):
                chunk = rows[start : start + CHUNK]
                for seen, (z, parts) in zip(chunk, grader.of_many(chunk, deep=options["reasons"]), strict=True):
                    p = f"{sigmoid(z):.9f}"
                    out.writerow([p, in_words(grader, z, parts, seen)] if options["reasons"] else [p])

    def _learn(self, train: tables.Sheet, options: dict[str, Any]) -> tuple[Grader, tables.Reader]:
        from scoring import policy  # the learning libraries are only loaded where somebody learns

        target, time = options["target"], options["time"]
        if target not in train.headers:
            if train.rows:
                raise CommandError(f"{options['fit']} has no column {target!r}; it has {', '.join(train.headers[:30])}.")
            train = tables.Sheet([target])
        has_order = time in train.headers and time != target
        if has_order:
            train = tables.in_order_of(train, time)
        rows, train = len(train.rows), tables.decided(train, target, options["positive"])
        if blank := rows - len(train.rows):
            self.stderr.write(f"{blank} rows say nothing in {target} and are left out.")
        outcomes = tables.outcomes_of(train, target, options["positive"])
        if train.rows and not any(outcomes):
            said = ", ".join(sorted(set(train.column(target)))[:5])
            self.stderr.write(f"No row of {target} counts as won (it says {said}); name the word by --positive.")
        left_out = {target, time} if has_order else {target}
        reader = tables.Reader.of(train, leave_out=left_out, as_text={options["team"]} - {None}, since=time if has_order else None)
        learnt = policy.fit(reader.rows(train), outcomes, reader.types, in_order=has_order)
        learnt.pop("measures")
        return Grader(learnt), reader

    def _read(self, path: str) -> tables.Sheet:
        try:
            return tables.read(path)
        except (OSError, EOFError) as error:
            raise CommandError(f"{path} can't be read: {error}") from error

    def _written(self, path: str):
        try:
            return Path(path).open("w", newline="", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path} can't be written: {error}") from error


def in_words(grader: Grader, z: float, parts: dict[str, float], seen: dict[str, Any]) -> str:
    """Say what moved a score: "Source: referral +9; Size: 3 -4; average 20; other facts +1", which sums to the score."""
    said = grader.reasons(z, parts)
    facts = [f"{reason['field']}: {_said(seen.get(reason['field']))} {reason['points']:+d}" for reason in said["up"] + said["down"]]
    return "; ".join([*facts, f"average {said['base']}", f"other facts {said['other']:+d}", f"score {points(z)}"])


def _said(value: Any) -> str:
    if value is None:
        return "not known"
    return ", ".join(value) if isinstance(value, list) else f"{value:g}" if isinstance(value, float) else str(value)
