"""Whether scores are true: what they said at capture against what happened, and what every training showed of itself."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Any

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from leads.models import Lead
from scoring import features, training
from scoring.models import Score, ScoringModel, Training, UnusedField

MOST = 50_000  # closed leads looked back at
ENOUGH = 20  # of them, to say how true scores were
Z = 1.96
SHOWN = 12


@dataclass
class Band:
    """Leads of one range of scores: how many, how many converted, and between which rates the truth probably lies."""

    first: int
    n: int
    won: int
    said: float

    @property
    def label(self) -> str:
        return f"{self.first}–{self.first + (9 if self.first < 90 else 10)}"

    @property
    def rate(self) -> float:
        return self.won / self.n

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.won, self.n)


def wilson(won: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a rate (Wilson 1927)."""
    if not n:
        return 0.0, 1.0
    p, square = won / n, Z * Z / n
    middle, half = (p + square / 2) / (1 + square), Z * sqrt(p * (1 - p) / n + square / (4 * n)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)


def looked_back(user) -> list[dict[str, Any]]:
    """Return the first score of each closed lead this person may see, with what became of it. One query."""
    ended = Lead.objects.visible_to(user).filter(
        Q(converted_at__isnull=False) | Q(disqualified_at__isnull=False), archived_at__isnull=True, merged_at__isnull=True
    )
    firsts = Score.objects.filter(model__isnull=False, lead__in=ended.values("pk")).order_by("lead_id", "scored_at", "pk").distinct("lead_id")
    names = ("value", "probability", "lead__converted_at", "lead__captured_at", "lead__source__name", "lead__team__name")
    return [
        {"value": value, "p": p, "won": int(won is not None), "at": at, "source": source or _("no source"), "team": team}
        for value, p, won, at, source, team in firsts.values_list(*names)[:MOST]
    ]


def bands_of(rows: list[dict[str, Any]]) -> list[Band]:
    grouped: dict[int, list[dict]] = defaultdict(list)
    for row in rows:
        grouped[min(row["value"] // 10, 9)].append(row)
    return [
        Band(10 * band, len(part), sum(row["won"] for row in part), sum(row["p"] for row in part) / len(part))
        for band, part in sorted(grouped.items())
    ]


def grouped(rows: list[dict[str, Any]], key) -> list[dict[str, Any]]:
    """Return per month, source or team: how many ended, what the scores said on average, and what happened."""
    parts: dict[Any, list[dict]] = defaultdict(list)
    for row in rows:
        parts[key(row)].append(row)
    return [{"name": name} | _said_and_seen(part) for name, part in parts.items()]


def _said_and_seen(part: list[dict[str, Any]]) -> dict[str, float]:
    n, won = len(part), sum(row["won"] for row in part)
    low, high = wilson(won, n)
    return {"n": n, "said": 100 * sum(row["p"] for row in part) / n, "seen": 100 * won / n, "from": 100 * low, "to": 100 * high}


def by_month(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the latest months of capture, oldest first, by their names."""
    found = sorted(grouped(rows, lambda row: row["at"].strftime("%Y-%m")), key=lambda one: one["name"])[-SHOWN:]
    named = {row["at"].strftime("%Y-%m"): date_format(row["at"], "F Y") for row in rows}
    return [one | {"name": named[one["name"]]} for one in found]


def plainly(bands: list[Band], since: datetime | None, *, tested: bool) -> str:
    """Say in one sentence how true the scores are: by the fullest band of good scores."""
    good = [band for band in bands if band.first >= 70] or [band for band in bands if band.first >= 50] or bands
    if not good:
        return _("Nothing scored has ended yet, so nothing can be proved.")
    band = max(good, key=lambda one: one.n)
    said = {"n": band.n, "low": band.first, "high": band.first + 10, "rate": round(100 * band.rate), "day": date_format(since, "F Y") if since else ""}
    if tested:
        return _("Of %(n)s leads scored %(low)s–%(high)s since %(day)s, %(rate)s %% converted.") % said
    return _("In the check of the last training, of %(n)s past leads scored %(low)s–%(high)s, %(rate)s %% had converted.") % said


def calibration(bands: list[Band]) -> list[dict[str, Any]]:
    """Return the points of the plot: said across, seen upwards, in a box of 320 by 240 from (40, 10)."""
    return [
        {
            "x": round(40 + 320 * band.said, 1), "y": _up(band.rate), "low": _up(band.interval[0]), "high": _up(band.interval[1]),
            "r": round(min(9, 3 + sqrt(band.n) / 6), 1), "band": band, "said": 100 * band.said, "seen": 100 * band.rate,
            "from": 100 * band.interval[0], "to": 100 * band.interval[1],
        }
        for band in bands
    ]  # fmt: skip


def _up(rate: float) -> float:
    return round(250 - 240 * rate, 1)


def lift(tenths: list[dict[str, int]]) -> dict[str, Any]:
    """Return the curve of conversions found among the hottest leads, and what the first three tenths hold."""
    won = sum(part["won"] for part in tenths) or 1
    points, found = ["40,250"], 0
    for number, part in enumerate(tenths, 1):
        found += part["won"]
        points.append(f"{40 + 32 * number},{_up(found / won)}")
    third = sum(part["won"] for part in tenths[:3]) / won
    return {"points": " ".join(points), "third": round(100 * third), "x": 40 + 32 * 3, "y": _up(third)}


def tenths_of(rows: list[dict[str, Any]]) -> list[dict[str, int]]:
    ordered = sorted(rows, key=lambda row: -row["p"])
    edges = [round(len(ordered) * n / 10) for n in range(11)]
    return [{"n": b - a, "won": sum(row["won"] for row in ordered[a:b])} for a, b in zip(edges, edges[1:], strict=False)]


def fields() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the fields that may be left out, in two groups: those the serving models use, and the others."""
    serving = ScoringModel.objects.filter(active_since__isnull=False, active_until__isnull=True)
    unused, used = features.unused(), {key for types in serving.values_list("coefficients__types", flat=True) for key in types or ()}
    keys = [key for key in dict.fromkeys([*sorted(used), *features.all_keys()]) if key not in unused]
    names = features.labels(keys)
    named = sorted(((key, names.get(key, features.plain_label(key))) for key in keys), key=lambda pair: (pair[1].casefold(), pair[0]))
    groups = [(_("used by the model"), [pair for pair in named if pair[0] in used]), (_("not used yet"), [pair for pair in named if pair[0] not in used])]
    return [(name, pairs) for name, pairs in groups if pairs]


def effect(one: UnusedField, trained: list[dict[str, Any]]) -> dict[str, float] | None:
    """Return the log-loss of the last training before a field was left out and of the first one after it; None until there is one."""
    shown = [line for line in trained if line["measures"].get("log_loss") is not None]
    before = next((line["measures"]["log_loss"] for line in shown if line["training"].at < one.at), None)
    after = next((line["measures"]["log_loss"] for line in reversed(shown) if line["training"].at >= one.at), None)
    return {"before": before, "after": after} if before is not None and after is not None else None


def page(user, at: datetime) -> dict[str, Any]:
    """Return all that the proof page shows."""
    rows = looked_back(user)
    model = ScoringModel.objects.filter(question="lead", active_since__isnull=False, active_until__isnull=True).defer("coefficients", "held_out").first()
    measures = model.measures if model else {}
    tested = len(rows) >= ENOUGH
    bands = bands_of(rows) if tested else [Band(b["from"], b["n"], b["won"], b["said"]) for b in measures.get("bands", [])]
    tenths = tenths_of(rows) if tested else measures.get("tenths", [])
    left_out, trained = list(UnusedField.objects.select_related("by").order_by("key")), history()
    noted = [one["field"] for one in measures.get("drift", []) + measures.get("filled_later", [])]
    names = features.labels([*noted, *(one.key for one in left_out)])
    known, stands_in = training.count_known()
    return {
        "model": model, "measures": measures, "is_tested": tested, "bands": bands, "points": calibration(bands),
        "lift": lift(tenths) if tenths else None, "sentence": plainly(bands, min((row["at"] for row in rows), default=None), tested=tested),
        "months": by_month(rows),
        "sources": _most(grouped(rows, lambda row: row["source"])), "teams": _most(grouped(rows, lambda row: row["team"])),
        "looked_back": len(rows), "trainings": trained, "running": Training.objects.filter(state="running", question="lead").first(),
        "few": bool(model and model.closed_count < 200), "known": known, "stands_in": stands_in, "least": training.own_enough(),
        "fields": fields(),
        "left_out": [(one, names.get(one.key, features.plain_label(one.key)), effect(one, trained)) for one in left_out],
        "drift": [(names.get(one["field"], one["field"]), one["index"], one["index"] > 0.25) for one in measures.get("drift", [])],
        "late": [(names.get(one["field"], one["field"]), round(100 * one["share"])) for one in measures.get("filled_later", [])],
    }  # fmt: skip


def _most(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(groups, key=lambda one: (-one["n"], str(one["name"])))[:SHOWN]


def history(question: str = "lead") -> list[dict[str, Any]]:
    """Return the latest trainings with their models' figures and what was decided."""
    rows = Training.objects.filter(question=question).select_related("model", "asked_by").defer("model__coefficients", "model__held_out").order_by("-pk")
    rows = list(rows[:SHOWN])
    names = features.labels({key for one in rows if one.model for key in one.model.measures.get("without", ())})
    return [
        {
            "training": one, "model": one.model, "measures": one.model.measures if one.model else {}, "why": why(one),
            "without": [names.get(key, features.plain_label(key)) for key in one.model.measures.get("without", ())] if one.model else [],
            "serves": bool(one.model and one.model.active_since and not one.model.active_until),
            "can_serve": bool(one.model and one.model.active_until),
        }
        for one in rows
    ]  # fmt: skip



def why(one: Training) -> str:
    """Word what became of a training."""
    code, fold = one.why.get("code", ""), one.why.get("fold", {})
    figures = {"n": fold.get("n", 0), "new": _figure(fold.get("log_loss")), "old": _figure(fold.get("champion")), "base": _figure(fold.get("base"))}
    said = {
        "few": _("Passed: too few have closed to hold any back for a test."),
        "first": _("Passed: the first one, log-loss %(new)s on the newest %(n)s against %(base)s by the rate alone."),
        "fields": _("Passed: it leaves out what may not be used any more; log-loss %(new)s on the newest %(n)s against %(base)s by the rate alone."),
        "better": _("Passed: log-loss %(new)s on the newest %(n)s against %(old)s of the one before."),
        "base_rate": _("Only the plain rate passed: nothing known tells the newest %(n)s leads apart."),
        "worse": _("Refused: log-loss %(new)s on the newest %(n)s, the one that serves has %(old)s."),
        "miscalibrated": _("Refused: its probabilities are further off on the newest %(n)s than those of the one that serves."),
        "not_trusted": _("Refused: its figures can't be trusted."),
        "killed": _("Stopped: the worker died three times at the same part. The last good model goes on serving."),
        "failed": _("Stopped by an error. The last good model goes on serving."),
        "nothing": _("Nothing has closed that could teach."),
    }  # fmt: skip
    return said.get(code, _("At work.") if one.state == "running" else "") % figures


def _figure(number: float | None) -> str:
    return "–" if number is None else f"{number:.3f}"
