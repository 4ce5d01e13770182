"""Whether what was learnt anew may serve: on the newest leads it must be as good as what serves, and better than a constant."""

from typing import Any

import numpy as np

from scoring.grading import BadModel, Grader

SHARE, LEAST = 0.05, 100  # the newest leads that judge
ENOUGH_LEFT = 300  # leads to learn from without them
WORSE = 1.002  # log-loss may be this many times the serving model's
UNSURE = 0.05  # and its calibration error may rise by this much


def split(n: int) -> int:
    """Return how many of n leads, the oldest, teach the challenger; 0 when there are too few to hold any back."""
    held = max(LEAST, round(SHARE * n))
    return n - held if n - held >= ENOUGH_LEFT else 0


def judge(challenger: dict[str, Any], champion: dict[str, Any] | None, rows: list[dict], outcomes: list[int], *, rate: float) -> dict[str, Any]:
    """Compare both on leads neither has seen; returns {"promoted", "code", "fold": measures}.

    Codes: first, better, worse, miscalibrated, base_rate (neither beats always saying the rate).
    """
    y = np.asarray(outcomes, dtype=float)
    fold = {"n": len(y), "won": int(y.sum()), "base": round(loss_of(np.full(len(y), _logit(rate)), y), 5)}
    ours = measured(challenger, rows, y)
    fold |= {"log_loss": ours[0], "ece": ours[1]}
    theirs = measured(champion, rows, y) if champion else None
    if theirs:
        fold |= {"champion": theirs[0], "champion_ece": theirs[1]}
    if min(ours[0], theirs[0] if theirs else ours[0]) > fold["base"]:
        return {"promoted": True, "code": "base_rate", "fold": fold}
    if theirs is None:
        return {"promoted": True, "code": "first", "fold": fold}
    if ours[0] > WORSE * theirs[0]:
        return {"promoted": False, "code": "worse", "fold": fold}
    if ours[1] > theirs[1] + UNSURE:
        return {"promoted": False, "code": "miscalibrated", "fold": fold}
    return {"promoted": True, "code": "better", "fold": fold}


def measured(coefficients: dict[str, Any], rows: list[dict], y: np.ndarray) -> tuple[float, float] | None:
    """Return log-loss and calibration error of a model on these leads; None when it can't be read."""
    try:
        grader = Grader(coefficients)
    except BadModel:
        return None
    z = np.array([z for z, _ in grader.of_many(rows, deep=False)])
    return round(loss_of(z, y), 5), round(calibration_error(z, y), 5)


def loss_of(z: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0, z) - y * z))


def calibration_error(z: np.ndarray, y: np.ndarray) -> float:
    """Return the mean distance of said and seen over bins of equal size, fewer bins for few leads."""
    bins = min(15, max(2, len(y) // 50))
    order, p = np.argsort(z, kind="stable"), 1 / (1 + np.exp(-z))
    return float(sum(abs(y[part].mean() - p[part].mean()) * len(part) for part in np.array_split(order, bins)) / len(y))


def only_base_rate(coefficients: dict[str, Any], outcomes: list[int]) -> dict[str, Any]:
    """Return coefficients that say the rate to everybody: nothing that is known tells leads apart."""
    rate = (sum(outcomes) + 0.8) / (len(outcomes) + 4)
    return {**coefficients, "blend": {"b": 0.0, "l": 0.0, "h": 0.0, "c": round(_logit(rate), 9)}, "level": 0.0}


def _logit(p: float) -> float:
    p = min(max(p, 1e-6), 1 - 1e-6)
    return float(np.log(p / (1 - p)))
