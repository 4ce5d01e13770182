"""Part B of the policy: naive Bayes over field values, shrunk towards the base rate; numbers in 5 quantile bins."""

from typing import Any

import numpy as np

from scoring.columns import Column, binned, edges_of, length

P0, M = 0.2, 4.0  # the prior rate, and how many leads it weighs as much as
SHRINK = 10.0
HALF = 0.5  # naive Bayes counts related facts twice; half of each is what holds out of sample
BINS = 5


def logit(p):
    return np.log(p) - np.log1p(-p)


def base_rate(y: np.ndarray, weight: np.ndarray) -> float:
    return (float(weight @ y) + M * P0) / (float(weight.sum()) + M)


def fit_b(columns: list[Column], y: np.ndarray, weight: np.ndarray) -> dict[str, Any]:
    """Return the shrunken naive Bayes: base log-odds and, per field, half of each value's log-odds against it."""
    p = base_rate(y, weight)
    tables = {}
    for column in columns:
        if column.type == "number":
            edges = edges_of(column.numbers, BINS)
            bins = binned(column.numbers, edges)
            odds = odds_of(bins, len(edges) + 1, y, weight, p)
            tables[column.key] = {"edges": edges, "bins": odds}
        elif column.type == "text":
            odds = odds_of(column.codes, len(column.levels), y, weight, p)
            tables[column.key] = {"levels": dict(zip(column.levels, odds, strict=True))}
        else:
            n, w = np.asarray(column.sets.T @ weight).ravel(), np.asarray(column.sets.T @ (weight * y)).ravel()
            odds = HALF * (logit((w + SHRINK * p) / (n + SHRINK)) - logit(p))
            tables[column.key] = {"levels": dict(zip(column.levels, odds.tolist(), strict=True))}
    return {"base": float(logit(p)), "fields": tables}


def odds_of(codes: np.ndarray, size: int, y: np.ndarray, weight: np.ndarray, p: float) -> list[float]:
    known = codes >= 0
    n = np.bincount(codes[known], weights=weight[known], minlength=size)
    w = np.bincount(codes[known], weights=(weight * y)[known], minlength=size)
    return (HALF * (logit((w + SHRINK * p) / (n + SHRINK)) - logit(p))).tolist()


def apply_b(part: dict[str, Any], columns: list[Column], rows: int) -> np.ndarray:
    z = np.full(rows, part["base"])
    for column in columns:
        z += contributions_b(part["fields"].get(column.key), column)
    return z


def contributions_b(table: dict | None, column: Column) -> np.ndarray:
    if table is None:
        return np.zeros(length(column))
    if column.type == "number":
        odds = np.append(table["bins"], 0.0)  # the last stands for empty
        return odds[binned(column.numbers, table["edges"])]
    odds = np.array([table["levels"].get(level, 0.0) for level in column.levels])
    if column.type == "text":
        return np.append(odds, 0.0)[column.codes]
    known = np.asarray(column.sets.sum(axis=1)).ravel()
    return np.asarray(column.sets @ odds).ravel() / np.maximum(known, 1)
