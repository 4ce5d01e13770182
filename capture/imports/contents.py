"""What the cells of a column look like, told over many of them: addresses, numbers, dates, sums, choices, outcomes."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from capture.imports.dialects import folded
from core.custom_fields import NO, YES
from leads.addresses import email_key
from leads.figures import DAY_FIRST, MONTH_FIRST, amount_and_currency, day, number
from leads.places import country_code, currency_code

NOTHING = frozenset({"--", "-", "—", "n/a", "#n/a", "null", "(null)", "(empty)", "k.a.", "n.a.", "\\n"})  # say: no value
WON = frozenset("won|win|closed won|closed-won|gewonnen|gagne|gagnee|ganado|ganada|vinto|vinta|gewonnen|vundet|vunnet|yes".split("|"))
LOST = frozenset("lost|lose|loss|closed lost|closed-lost|verloren|perdu|perdue|perdido|perdida|perso|persa|tabt|tapt|no".split("|"))
CONVERTED = WON | {"converted", "customer", "konvertiert", "kunde", "converti", "convertido", "qualified"}
DISQUALIFIED = LOST | {"disqualified", "unqualified", "not interested", "disqualifiziert", "kein interesse", "junk", "bad timing"}

_PHONE = re.compile(r"(?=(?:\D*\d){6,})[+(0]?[\d\s()./\-–+]{6,25}(?:\s*(?:ext|x|durchwahl|dw)\.?\s*\d+)?", re.IGNORECASE)
_PHONE_START = re.compile(r"\s*(?:\+|00|0|\()")
_URL = re.compile(r"(?:https?://|www\.)\S+\.\S+|[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:com|de|org|net|io|eu|fr|es|it|nl|at|ch|co\.uk|no|se|fi|dk|pl|pt|be|example)(?:/\S*)?", re.IGNORECASE)
_DATE_PARTS = re.compile(r"\s*(\d{1,2})([./\-])\s?(\d{1,2})\2\s?(?:\d{2}|\d{4})(?!\d)")
_DATE_LIKE = re.compile(r"\s*\d{1,4}([./\-])\s?\d{1,2}\1\s?\d{1,6}(?:[T\s,].*)?|.*[^\W\d_]{3,}.*\d{4}.*")
MOST_CHOICES, CHOICE_LETTERS = 30, 60


@dataclass
class Seen:
    """What was seen in one column."""

    samples: list[str] = field(default_factory=list)
    filled: int = 0
    email: float = 0.0
    phone: float = 0.0
    url: float = 0.0
    country: float = 0.0
    currency: float = 0.0
    date: float = 0.0
    number: float = 0.0
    amount: float = 0.0
    flag: float = 0.0
    outcome: float = 0.0
    values: Counter = field(default_factory=Counter)

    def best(self) -> str:
        """Return the one kind of content that stands out, or ""."""
        for kind in ("email", "url", "date", "phone", "currency", "country"):
            if getattr(self, kind) >= 0.8:
                return kind
        return "amount" if self.amount >= 0.8 and self.number < 0.8 else ""

    def custom_type(self) -> str:
        """Return how a custom field of these values is typed: number, date, flag, choice or text."""
        if not self.filled:
            return "text"
        if self.flag >= 1 and len(self.values) <= 2 and self.both_sides():
            return "flag"
        if self.date >= 0.95:
            return "date"
        if self.number >= 0.95:
            return "number"
        few = 1 < len(self.values) <= MOST_CHOICES and all(len(value) <= CHOICE_LETTERS for value in self.values)
        if few and self.filled >= 2 * len(self.values):
            return "choice"
        return "text"

    def both_sides(self) -> bool:
        words = {folded(value) for value in self.values}
        return bool(words & YES) and bool(words & NO) and not words <= {"0", "1"} or words == {"0", "1"}


def is_nothing(cell: str) -> bool:
    """Tell whether a cell says that there is no value."""
    return not cell or cell.isspace() or cell.strip().casefold() in NOTHING


def look(cells: Iterable[str], order: str = DAY_FIRST) -> Seen:
    """Look at the cells of one column."""
    seen = Seen()
    counts: Counter[str] = Counter()
    for cell in cells:
        if is_nothing(cell):
            continue
        text = cell.strip()
        seen.filled += 1
        if len(seen.values) <= 200 or text in seen.values:
            seen.values[text] += 1
        counts.update(_kinds(text, order))
    for kind in ("email", "phone", "url", "country", "currency", "date", "number", "amount", "flag", "outcome"):
        setattr(seen, kind, counts[kind] / seen.filled if seen.filled else 0.0)
    seen.samples = [value[:80] for value, _count in seen.values.most_common(200)[:3]]
    return seen


def _kinds(text: str, order: str) -> list[str]:
    kinds = []
    word = folded(text) if len(text) < 40 else ""
    if "@" in text and email_key(text):
        kinds.append("email")
    elif _URL.fullmatch(text):
        kinds.append("url")
    figure = number(text) if text[:1] in "+-0123456789" else None
    if figure is not None:
        kinds.append("number")
    if (text[:1].isdigit() or text[-4:].isdigit()) and (day(text, order) or day(text, MONTH_FIRST if order == DAY_FIRST else DAY_FIRST)):
        kinds.append("date")
    elif _PHONE.fullmatch(text) and (_PHONE_START.match(text) or figure is None):
        kinds.append("phone")
    if word and not word.isdecimal():
        if len(word) > 1 and country_code(text):
            kinds.append("country")
        if len(text) == 3 and text.isupper() and currency_code(text):
            kinds.append("currency")
    if len(text) < 30 and any(letter.isdigit() for letter in text) and amount_and_currency(text)[0] is not None:
        kinds.append("amount")
    if word in YES or word in NO:
        kinds.append("flag")
    if word in WON or word in LOST:
        kinds.append("outcome")
    return kinds


def day_order(cells: Iterable[str]) -> str:
    """Return "dmy" or "mdy" when a day above 12 gives it away, "" when every date could be read both ways."""
    first = second = False
    for cell in cells:
        if parts := _DATE_PARTS.match(cell):
            first = first or int(parts[1]) > 12
            second = second or int(parts[3]) > 12
    return DAY_FIRST if first and not second else MONTH_FIRST if second and not first else ""


def dotted(cells: Iterable[str]) -> bool:
    """Tell whether the dates are written with points, which nobody does month first."""
    signs = Counter(parts[2] for cell in cells if (parts := _DATE_PARTS.match(cell)))
    return bool(signs) and signs["."] == signs.total()


def is_outcome(seen: Seen) -> bool:
    """Tell whether a column says won and lost and hardly anything else; yes and no alone could mean anything."""
    words = {folded(value) for value in seen.values} - {"yes", "no"}
    return bool(words & WON) and bool(words & LOST) and seen.outcome >= 0.6 and len(seen.values) <= 20
