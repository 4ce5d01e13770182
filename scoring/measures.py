"""What a training shows of itself: how true its probabilities were out of fold, against a constant and against plain counting."""

from typing import Any

import numpy as np

from scoring.bayes import BINS
from scoring.columns import Column, binned, edges_of

BANDS = 10
NEWEST = 500
DRIFTS = 12  # fields shown


def of(z: np.ndarray, y: np.ndarray, plain: np.ndarray) -> dict[str, Any]:
    """Return losses, calibration by score band and the won of each tenth, hottest first."""
    p = 1 / (1 + np.exp(-z))
    rate = float(y.mean())
    band = np.minimum((np.round(100 * p) / BANDS).astype(int), BANDS - 1)
    bands = [
        {"from": BANDS * n, "n": int((band == n).sum()), "won": int(y[band == n].sum()), "said": float(p[band == n].mean())}
        for n in range(BANDS) if (band == n).any()
    ]  # fmt: skip
    tenths = [{"n": len(part), "won": int(y[part].sum())} for part in np.array_split(np.argsort(-z, kind="stable"), 10)]
    base = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate)) if 0 < rate < 1 else 0.0
    return {
        "n": len(y), "log_loss": _loss(z, y), "base": float(base), "plain": _loss(np.clip(plain, -30, 30), y), "auc": _area(z, y),
        "bands": bands, "tenths": tenths,
    }  # fmt: skip


def drift(columns: list[Column], n: int) -> list[dict[str, Any]]:
    """Return how much each field's values among the newest differ from those before (population stability index), most first."""
    if n < 2 * NEWEST:
        return []
    found = []
    for column in columns:
        if column.type == "list":
            continue
        codes = binned(column.numbers, edges_of(column.numbers, 2 * BINS)) if column.type == "number" else column.codes
        index = stability(codes[:-NEWEST] + 1, codes[-NEWEST:] + 1)
        if index >= 0.1:
            found.append({"field": column.key, "index": index})
    return sorted(found, key=lambda one: -one["index"])[:DRIFTS]


def stability(before: np.ndarray, now: np.ndarray) -> float:
    """Return sum((q - p) ln(q / p)) over the values, rare ones together: below 0.1 steady, above 0.25 another population."""
    size = int(max(before.max(initial=0), now.max(initial=0))) + 1
    p, q = np.bincount(before, minlength=size) / len(before), np.bincount(now, minlength=size) / len(now)
    rare = (p + q) / 2 < 0.01
    p, q = np.append(p[~rare], p[rare].sum()) + 1e-4, np.append(q[~rare], q[rare].sum()) + 1e-4
    return float(((q - p) * np.log(q / p)).sum())


def fit_plain(columns: list[Column], y: np.ndarray) -> dict[str, Any]:
    """Learn naive Bayes as plain counting does it: the values' shares among won and lost, nothing shrunken but 0.1 of a lead."""
    won, lost = y.sum() + 0.1, len(y) - y.sum() + 0.1
    tables = {}
    for column in columns:
        if column.type == "list":
            continue
        edges = edges_of(column.numbers, BINS) if column.type == "number" else []
        codes = binned(column.numbers, edges) if column.type == "number" else column.codes
        size = int(codes.max(initial=-1)) + 1
        known = codes >= 0
        w = np.bincount(codes[known], weights=y[known], minlength=size) + 0.1
        n = np.bincount(codes[known], minlength=size) + 0.2
        odds = np.where(n > 0.2, np.log(w / won) - np.log((n - w) / lost), 0.0)
        tables[column.key] = (edges, odds)
    return {"base": float(np.log(won / lost)), "fields": tables}


def apply_plain(part: dict[str, Any], columns: list[Column], rows: int) -> np.ndarray:
    """Grade rows of the same table: codes mean the same values as when it was learnt."""
    z = np.full(rows, part["base"])
    for column in columns:
        if column.key not in part["fields"]:
            continue
        edges, odds = part["fields"][column.key]
        codes = binned(column.numbers, edges) if column.type == "number" else column.codes
        z += np.append(odds, 0.0)[np.where(codes < len(odds), codes, -1)]
    return z


def _loss(z: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(np.logaddexp(0, z) - y * z))


def _area(z: np.ndarray, y: np.ndarray) -> float:
    """Return the share of pairs of a won and a lost lead that are the right way round (AUC); equal ones count half."""
    won, lost = y.sum(), len(y) - y.sum()
    if not won or not lost:
        return 0.5
    _, place, counts = np.unique(z, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((rank[y == 1].sum() - won * (won + 1) / 2) / (won * lost))
