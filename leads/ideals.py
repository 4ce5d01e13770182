"""The ideal customer of each team: what somebody has to be, criterion by criterion, and how well a lead suits it.

A criterion is met, missed, or unknown because the lead doesn't say; then there is a question to ask. The letter counts
what is known by weight, and half of what is unknown: A from 75 %, B from 45 %.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import conditions
from core.alongside import Part
from core.conditions.engine import Book, Conditions

if TYPE_CHECKING:
    from leads.models import Lead

GOOD, FAIR = 0.75, 0.45
MET, MISSED, UNKNOWN = "met", "missed", "unknown"
WARMTH = {"A": "hot", "B": "warm", "C": "cold"}  # while no model tells (decision 31)


class Criterion(models.Model):
    """One thing a team's ideal customer is."""

    team = models.ForeignKey("teams.SalesTeam", models.CASCADE, related_name="ideal", verbose_name=_("team"))
    name = models.CharField(_("name"), max_length=120)
    conditions = models.JSONField(_("conditions"), default=dict, blank=True)
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=1, validators=[MinValueValidator(1), MaxValueValidator(5)], help_text=_("1 to 5: how much it matters"),
    )
    question = models.CharField(_("what to ask"), max_length=300, blank=True, help_text=_("shown while a lead doesn't say"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        app_label = "leads"
        verbose_name, verbose_name_plural = _("criterion"), _("criteria")
        indexes = [models.Index(fields=["team", "position", "id"], name="criteria_of_team")]

    def __str__(self) -> str:
        return self.name


def _of_teams(team_ids: Iterable[int]) -> models.QuerySet:
    return Criterion.objects.filter(team__in=set(team_ids)).order_by("team", "position", "pk")


CRITERIA = Part("criteria", lambda team: Criterion.objects.filter(team=team).order_by("position", "pk"), key="team_id")


@dataclass(frozen=True)
class Answer:
    """What one criterion says about one lead."""

    criterion: Criterion
    verdict: str
    question: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Fit:
    """How well one lead suits its team's ideal customer."""

    letter: str
    answers: list[Answer]

    @property
    def words(self) -> str:
        """Return the letter in words: beside the grade learnt from past leads it must say of what it speaks."""
        weights = {True: 0, False: 0}
        for answer in self.answers:
            weights[answer.verdict != UNKNOWN] += answer.criterion.weight
        if self.letter and weights[True] < weights[False]:
            return gettext("too little known")
        matches = {"A": gettext("good match"), "B": gettext("fair match"), "C": gettext("poor match")}
        return matches.get(self.letter, gettext("not known"))

    @property
    def questions(self) -> list[str]:
        return [answer.question for answer in self.answers if answer.verdict == UNKNOWN]


class Ideals:
    """The criteria of some teams, read once; leads that are asked about tags or acts should carry them already."""

    def __init__(self, team_ids: Iterable[int], *, at: datetime, rows: Iterable[Criterion] | None = None):
        self.book: Book = conditions.book("lead", at=at)
        self._rows: dict[int, list[tuple[Criterion, Conditions]]] = {}
        for row in _of_teams(team_ids) if rows is None else rows:
            self._rows.setdefault(row.team_id, []).append((row, self.book.read(row.conditions)))

    def prepare(self, leads: Sequence["Lead"]) -> None:
        """Read at once what the criteria ask about that stands in other tables."""
        leaves = (leaf for rows in self._rows.values() for _row, found in rows for leaf in found.leaves if leaf.test)
        for relation in sorted({leaf.field.prefetch for leaf in leaves} - {""}):
            models.prefetch_related_objects(list(leads), relation)

    def of(self, lead: "Lead") -> Fit | None:
        """Return how a lead fits; None where its team has no ideal customer."""
        rows = self._rows.get(lead.team_id)
        if not rows:
            return None
        answers = [self._answer(row, found, lead) for row, found in rows]
        counted = [answer for answer in answers if not answer.problem]
        total = sum(answer.criterion.weight for answer in counted)
        if not total:
            return Fit("", answers)
        worth = {MET: 1.0, UNKNOWN: 0.5, MISSED: 0.0}
        share = sum(worth[answer.verdict] * answer.criterion.weight for answer in counted) / total
        return Fit("A" if share >= GOOD else "B" if share >= FAIR else "C", answers)

    def _answer(self, row: Criterion, found: Conditions, lead: "Lead") -> Answer:
        problems = found.problems_of_names()
        if problems:
            return Answer(row, UNKNOWN, problem=str(problems[0]))
        verdict = found.verdict(lead)
        if verdict is not None:
            return Answer(row, MET if verdict else MISSED)
        fields = ", ".join(dict.fromkeys(str(leaf.field.label) for leaf in found.silent(lead)))
        return Answer(row, UNKNOWN, row.question or gettext("Ask: %(fields)s") % {"fields": fields})


def marks() -> dict[int, str]:
    """Return a mark of each team's ideal customer that changes when its criteria do. One query."""
    rows: dict[int, list] = {}
    for team, asked, weight in Criterion.objects.order_by("team", "pk").values_list("team", "conditions", "weight"):
        rows.setdefault(team, []).append([asked, weight])
    return {team: sha256(json.dumps(said, sort_keys=True).encode()).hexdigest() for team, said in rows.items()}


def letters(leads: Iterable["Lead"], *, at: datetime) -> dict[int, str]:
    """Return the letter of each lead whose team has an ideal customer. Two queries at most where no criterion asks for names."""
    leads = list(leads)
    ideals = Ideals({lead.team_id for lead in leads}, at=at)
    ideals.prepare(leads)
    found = {lead.pk: fit.letter for lead in leads if (fit := ideals.of(lead))}
    return {pk: letter for pk, letter in found.items() if letter}
