"""Rules and decisions in words: the lists under Settings, and how one lead was decided."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from assignment import troubles
from assignment.models import AssignmentRule, Decision, RuleList
from assignment.words import OUTCOMES, sentence, why_not_words
from core import conditions
from core.conditions.engine import Book
from core.conditions.fields import Problem
from core.conditions.kinds import length_words
from core.conditions.languages import language_name
from leads.models import Lead
from teams import rights
from teams.models import SalesTeam

MOST = 20


@dataclass(frozen=True)
class Line:
    """One rule of a list, as its manager reads it."""

    rule: Any
    number: int | None
    tokens: list[tuple[str, str]]
    to: str
    problems: list[str]
    may_change: bool
    hits: int = 0
    of: int = 0


def lines(rules: list, book: Book, user, *, hits: tuple[Counter, int] = (Counter(), 0), teams: Iterable[SalesTeam] = ()) -> list[Line]:
    """Word rules in order; problems are found anew, so that a deleted field shows at once.

    `hits` is how often each matched, `teams` are those whose leads the list is about.
    """
    worded, number = [], 0
    for_all, problems = rights.manages_team(user, None), troubles.problems_of(rules, book, teams=teams)
    for rule in rules:
        number += not rule.is_everyone_else
        found = book.read(rule.conditions)
        tokens = [("text", _("Everyone else"))] if rule.is_everyone_else else found.tokens
        worded.append(Line(
            rule, None if rule.is_everyone_else else number, tokens, outcome_of(rule), problems[rule.pk],
            rights.manages_team(user, rule.team_id) if rule.team_id else for_all, hits[0][rule.pk], hits[1],
        ))  # fmt: skip
    return worded


def outcome_of(rule) -> str:
    """Say what follows when the rule matches."""
    if isinstance(rule, AssignmentRule):
        to = [str(rule.to_person)] if rule.to_person_id else []
        to += [str(rule.to_team)] if rule.to_team_id else []
        to += [str(rule.to_territory)] if rule.to_territory_id else []
        to += [str(SalesTeam.Strategy(rule.strategy).label)] if rule.strategy else []
        return ", ".join(to) or _("the lead’s team, by its strategy")
    words = str(OUTCOMES[rule.outcome])
    if rule.outcome == "opportunity" and rule.stage_id:
        return f"{words}: {rule.stage}"
    if rule.outcome == "nurture":
        return _("%(outcome)s: in %(days)s") % {"outcome": words, "days": length_words(f"{(rule.come_back_after.days if rule.come_back_after else 30)}d")}
    return f"{words}: {rule.archive_reason}" if rule.outcome == "archive" and rule.archive_reason else words


# ------------------------------------------------------------------- one lead


@dataclass(frozen=True)
class Tested:
    """One rule a decision tried: its name, whether it matched, and each condition with its answer."""

    name: str
    is_match: bool
    conditions: list[tuple[str, bool, str]]
    skipped: str = ""


@dataclass(frozen=True)
class Candidate:
    """One person a decision looked at."""

    name: str
    load: int
    capacity: int
    why_not: str
    is_chosen: bool
    weighed: float | None = None  # what counted as their load, where that was not their open leads


@dataclass(frozen=True)
class Trace:
    decision: Decision
    sentence: str
    tested: list[Tested] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)

    @property
    def is_weighed(self) -> bool:
        return any(candidate.weighed is not None for candidate in self.candidates)


def of(lead: Lead) -> list[Trace]:
    """Return how the lead was decided, newest first. A handful of queries, whatever was tested."""
    rows = list(lead.decisions.select_related("by", "owner", "team").order_by("-at", "-id")[:MOST])
    lists = RuleList.objects.in_bulk({row.details["list"] for row in rows if "list" in row.details})
    book = conditions.book("lead")
    return [trace_of(row, lists.get(row.details.get("list")), book) for row in rows]


def trace_of(decision: Decision, known: RuleList | None, book: Book) -> Trace:
    """Word one decision; `known` is the list it was made by."""
    rules = {rule["id"]: rule for rule in known.rules} if known else {}
    tested = [
        _tested(rules.get(pk), bool(is_match), bits, decision, book, problem)
        for pk, is_match, bits, *problem in decision.details.get("tested", [])
    ]
    candidates = [
        Candidate(name, load, capacity, why_not_words(why_not), pk == decision.owner_id, *weighed)
        for pk, name, load, capacity, why_not, *weighed in decision.details.get("candidates", [])
    ]
    return Trace(decision, sentence(decision), tested, candidates)


def _tested(rule: dict | None, is_match: bool, bits: str, decision: Decision, book: Book, problem: list) -> Tested:
    if rule is None:
        return Tested("—", is_match, [])
    if problem:
        return Tested(rule["name"], False, [], _("Skipped: %(problem)s") % {"problem": Problem(*problem[0])})
    if rule["last"]:
        return Tested(_("Everyone else"), is_match, [])
    seen = decision.details.get("seen", {})
    leaves = book.read(rule["conditions"]).leaves
    said = [
        (" ".join(word for word in leaf.words if word), bit == "1", _answer(bit == "1", leaf, seen, book))
        for leaf, bit in zip(leaves, bits, strict=False)
    ]  # fmt: skip
    return Tested(rule["name"], is_match, said)


def _answer(is_met: bool, leaf, seen: dict, book: Book) -> str:
    """Say whether a condition was met, and what the lead had."""
    value = seen.get(leaf.field.key) if leaf.field else None
    if leaf.field and leaf.field.type == "act":
        said = _("last on %(day)s") % {"day": _day(value[0][0])} if value else _("never happened")
        return (_("yes, %(said)s") if is_met else _("no, %(said)s")) % {"said": said}
    return (_("yes, it is %(seen)s") if is_met else _("no, it is %(seen)s")) % {"seen": _seen(leaf, value, book)}


def _day(moment: str) -> str:
    """Return a day as it is, and a moment with its time: a rule may ask about hours and minutes."""
    at = datetime.fromisoformat(moment)
    if timezone.is_naive(at):
        return date_format(at, "DATE_FORMAT")
    there = timezone.localtime(at)
    return f"{date_format(there, 'DATE_FORMAT')} {there:%H:%M}"


def _seen(leaf, value: Any, book: Book) -> str:
    """Say what the lead had, in words where the value has a name."""
    if value in (None, "", []):
        return _("empty")
    if leaf.field.type in {"choice", "country", "person", "tag"}:
        return ", ".join(book.word(leaf.field, one) for one in (value if isinstance(value, list) else [value]))
    if leaf.field.type == "language" and (name := language_name(value)):
        return name
    if leaf.field.type == "date" and isinstance(value, str):
        with suppress(ValueError):
            return _day(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return number_format(int(value) if value == int(value) else value, use_l10n=True, force_grouping=True)
    if isinstance(value, str):
        return f"“{Truncator(value).chars(80)}”"
    return str(value)[:80]
