"""What would raise a score: facts nobody has asked for yet, and between which points knowing them would move it."""

from dataclasses import dataclass
from datetime import datetime
from re import sub
from typing import Any

from django.utils.translation import gettext as _

from leads.models import Lead
from scoring import features, scores
from scoring.grading import Grader, PriorGrader, points

ASKED = {
    "country": "country", "industry": "industry", "company_size": "company_size", "job_title": "job_title", "mail_kind": "email_key",
    "phone_quality": "phone", "expected_revenue": "expected_revenue",
}  # fmt: skip
BEST, WORST, SHOWN = 5, 2, 3
NO_ANSWER = frozenset({
    "", "unknown", "not known", "not given", "not specified", "not provided", "not available", "n a", "na", "nil", "none", "null", "nothing", "empty",
    "undefined", "unspecified", "missing", "blank", "tbd", "other", "others", "misc", "nonexistent",
    "unbekannt", "k a", "keine angabe", "keine angaben", "nicht bekannt", "nicht angegeben", "sonstige", "sonstiges", "andere",
    "inconnu", "inconnue", "non renseigné", "autre", "autres", "desconocido", "desconocida", "otro", "otros", "sconosciuto", "altro",
    "onbekend", "overig", "okänd", "ukjent", "ukendt", "tuntematon", "nieznany", "nieznane", "desconhecido", "outro", "outros",
})  # fmt: skip


@dataclass(frozen=True)
class Missing:
    """A fact a rep could find out: what the best answer would bring, what the worst would cost."""

    field: str
    best: int
    worst: int
    value: Any

    @property
    def words(self) -> str:
        """Say what to ask: "Industry, if it is Energy"."""
        feature = features.FEATURES[self.field]
        value = features.word(
            self.field, round(self.value, -1) if feature.type == "number" and self.value >= 100 else self.value
        )
        return _("%(label)s, if it is %(value)s") % {"label": feature.label, "value": value}


def of(lead: Lead, *, at: datetime) -> list[Missing]:
    """Return the missing facts that could move the score by a point at least, the most promising first."""
    _model, grader = scores.current()
    absent = [key for key, column in ASKED.items() if getattr(lead, column) in (None, "")]
    absent = [key for key in absent if key in grader.types.keys() - features.unused()]
    if not absent:
        return []
    seen = features.Reader(at=at).of(lead)
    tries = [(key, value) for key in absent for value in answers(grader, key)]
    found = grader.of_many([seen, *({**seen, key: value} for key, value in tries)], deep=False)
    now = points(found[0][0])
    moved: dict[str, list[tuple[int, Any]]] = {}
    for (key, value), (z, _parts) in zip(tries, found[1:], strict=True):
        moved.setdefault(key, []).append((points(z) - now, value))
    missing = [_missing(key, gains) for key, gains in moved.items()]
    return sorted((one for one in missing if one.best > 0), key=lambda one: (-one.best, one.field))[:SHOWN]


def _missing(key: str, gains: list[tuple[int, Any]]) -> Missing:
    best, value = max(gains, key=lambda one: one[0])
    return Missing(key, best, min(gain for gain, _value in gains), value)


def answers(grader: Grader | PriorGrader, key: str) -> list[Any]:
    """Return likely answers for a field: the frequent values that convert best and worst, or a figure of every bin."""
    bayes, table = grader.tables[key]
    if grader.types[key] == "number":
        edges = table.get("edges", [])
        return (
            [edges[0] / 2, *((low + high) / 2 for low, high in zip(edges, edges[1:], strict=False)), edges[-1]]
            if edges
            else []
        )
    odds = bayes.get("levels", {})
    known = sorted((level for level in table.get("levels", {}) if not says_nothing(level)), key=lambda level: (-odds.get(level, 0.0), level))
    chosen = known if len(known) <= BEST + WORST else [*known[:BEST], *known[-WORST:]]
    return [[level] for level in chosen] if grader.types[key] == "list" else chosen


def says_nothing(level: str) -> bool:
    """Tell whether a value of past leads only says that nobody knew: no answer to ask for."""
    return sub(r"[\W_]+", " ", level).strip().casefold() in NO_ANSWER
