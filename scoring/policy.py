"""Learn how likely leads convert, by one code path from lead 0 on: prior, naive Bayes (B), scorecard (L), blended.

The parts are added on the log-odds scale with weights fitted out of fold from 200 leads on. What comes out is JSON: tables
of contributions per field, which scoring.grading reads; never a pickle. Same rows, same result.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import optimize

from scoring.bayes import apply_b, contributions_b, fit_b
from scoring.columns import Column, columns_of, folds, taken
from scoring.scorecard import apply_l, fit_l

FIT_FROM, RARER_FROM = 200, 20  # closed leads from which the blend is fitted, and of the rarer outcome
LEVEL_OF = 500  # newest leads that set the level
RECENT_FROM, HALF_LIFE = 200, 4 / 20  # recent leads count more; half-life as a share of the history


def fit(rows: Sequence[dict[str, Any]], outcomes: Sequence[int], types: dict[str, str], *, in_order: bool = False) -> dict[str, Any]:
    """Return the coefficients learnt from closed leads; `in_order` says that the rows are oldest first.

    Works with no row at all, one row, one class. Recent leads count more from 200 on when the order is known.
    """
    y = np.asarray(outcomes, dtype=float)
    columns = columns_of(rows, types)
    n = len(y)
    weight = np.ones(n)
    if in_order and n >= RECENT_FROM:
        weight = 0.5 ** ((n - 1 - np.arange(n)) / (HALF_LIFE * n))
        weight *= n / weight.sum()
    b, l = fit_b(columns, y, weight), fit_l(columns, y, weight)  # noqa: E741
    blend = {"b": 0.5, "l": 0.5, "c": 0.0}
    z = None
    if n >= FIT_FROM and min(y.sum(), n - y.sum()) >= RARER_FROM:
        parts = _parts_out_of_fold(columns, y, weight)
        blend = _blend(parts, y, weight)
        z = blend["b"] * parts[0] + blend["l"] * parts[1] + blend["c"]
    level = _level(z, y) if z is not None and in_order else 0.0
    learnt = {"schema": 1, "blend": blend, "level": level, "b": _centred(b, columns, weight), "l": l, "types": dict(types)}
    return tidied(learnt) | {"measures": {"log_loss": _log_loss(z + level, y)} if z is not None else {}}


def tidied(node: Any) -> Any:
    """Round to what survives being stored and read as JSON, bit for bit: the digest must hold."""
    if isinstance(node, dict):
        return {str(key): tidied(value) for key, value in node.items()}
    if isinstance(node, list):
        return [tidied(value) for value in node]
    return round(float(node), 9) + 0.0 if isinstance(node, float) else node


def _centred(part: dict[str, Any], columns: list[Column], weight: np.ndarray) -> dict[str, Any]:
    """Express naive Bayes against the mean lead too: each field keeps the mean of its contributions apart."""
    total = max(float(weight.sum()), 1e-9)
    for column in columns:
        table = part["fields"][column.key]
        table["mean"] = float(weight @ contributions_b(table, column)) / total if len(weight) else 0.0
    return part


def _parts_out_of_fold(columns: list[Column], y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    zb, zl = np.zeros(len(y)), np.zeros(len(y))
    for rest, fold in folds(y):
        some, others = [taken(column, rest) for column in columns], [taken(column, fold) for column in columns]
        zb[fold] = apply_b(fit_b(some, y[rest], weight[rest]), others, len(fold))
        zl[fold] = apply_l(fit_l(some, y[rest], weight[rest]), others, len(fold))
    return zb, zl


def _blend(parts: tuple[np.ndarray, np.ndarray], y: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """Weights that minimise the out-of-fold log-loss, drawn towards one half each."""
    zb, zl = parts
    n, total = len(y), weight.sum()
    x = np.column_stack([zb, zl, np.ones(n)])
    start = np.array([0.5, 0.5, 0.0])

    def loss(w):
        z = x @ w
        error = weight * (1 / (1 + np.exp(-z)) - y) / total
        value = float(weight @ (np.logaddexp(0, z) - y * z)) / total + 30 / n * float(((w - start) ** 2).sum())
        return value, x.T @ error + 60 / n * (w - start)

    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(0, None), (0, None), (None, None)])
    return dict(zip("blc", (float(value) for value in found.x), strict=True))


def _level(z: np.ndarray, y: np.ndarray) -> float:
    """Return what the newest leads say the level is off by."""
    z, y = z[-LEVEL_OF:], y[-LEVEL_OF:]
    found = optimize.minimize_scalar(lambda d: float((np.logaddexp(0, z + d) - y * (z + d)).sum()) + d * d / 2, bounds=(-3, 3), method="bounded")
    return float(found.x)


def _log_loss(z: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0, z) - y * z))
