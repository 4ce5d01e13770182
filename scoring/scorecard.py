"""Part L of the policy: a logistic regression on levels, 8 quantile bins and steps, centred on the mean lead."""

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from scoring.bayes import HALF, P0, M, base_rate, logit, odds_of
from scoring.columns import Column, binned, edges_of, folds, length

C = 0.2
BINS = 8
ENCODE_FROM, MANY = 200, 50  # target encoding: closed leads, and values of the field
EMPTY, RARE = "\x00empty", "\x00rare"


def fit_l(columns: list[Column], y: np.ndarray, weight: np.ndarray) -> dict[str, Any]:
    """Return the scorecard: a centred intercept and, per field, the log-odds of each level, bin or step."""
    n = len(y)
    p = base_rate(y, weight)
    plans = [_plan(column, n) for column in columns]
    encoded = {
        column.key: _out_of_fold(column, y, weight, p)
        for column in columns
        if column.type == "text" and len(column.levels) > MANY and n >= ENCODE_FROM
    }
    for plan in plans:
        plan["encoded"] = plan["key"] in encoded
    blocks = [_design(plan, column, encoded.get(column.key)) for plan, column in zip(plans, columns, strict=True)]
    if not blocks or not sum(block.shape[1] for block in blocks):
        return {"base": float(logit(p)), "fields": {}}
    x = sparse.hstack(blocks).tocsr()
    mean = np.asarray(x.multiply(weight[:, None]).sum(axis=0)).ravel() / max(weight.sum(), 1e-9)
    coefficients, intercept = _regress(x, mean, y, weight)
    tables, start = {}, 0
    for plan, block, column in zip(plans, blocks, columns, strict=True):
        end = start + block.shape[1]
        tables[column.key] = _table(plan, coefficients[start:end], mean[start:end], _full_encoding(column, y, weight, p) if plan["encoded"] else {})
        start = end
    return {"base": float(intercept + coefficients @ mean), "fields": tables}


def _regress(x, mean: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Fit with two pseudo-leads at the centre, so that no row and one class work too."""
    x = sparse.vstack([x, sparse.csr_matrix(np.vstack([mean, mean]))]).tocsr()
    outcome = np.concatenate([y, [1.0, 0.0]])
    weights = np.concatenate([weight, [M * P0, M * (1 - P0)]])
    model = LogisticRegression(C=C, solver="lbfgs", max_iter=400, tol=1e-5).fit(x, outcome, sample_weight=weights)
    return model.coef_[0], float(model.intercept_[0])


def _plan(column: Column, n: int) -> dict[str, Any]:
    """Say which columns of the design a field gets."""
    plan: dict[str, Any] = {"key": column.key, "type": column.type}
    least = max(2.0, min(50.0, 0.004 * n))
    if column.type == "number":
        known = column.numbers[~np.isnan(column.numbers)]
        steps = np.sign(known) * np.log1p(np.abs(known))
        spread = float(steps.std()) if known.size else 0.0
        plan |= {"edges": edges_of(column.numbers, BINS), "scale": spread, "middle": float(steps.mean()) if known.size else 0.0}
        plan["has_empty"] = bool(known.size) and known.size < len(column.numbers)
        plan["is_constant"] = known.size == 0
        return plan
    counts = (
        np.bincount(column.codes[column.codes >= 0], minlength=len(column.levels)) if column.type == "text"
        else np.asarray(column.sets.sum(axis=0)).ravel()
    )  # fmt: skip
    plan["levels"] = [level for level, count in zip(column.levels, counts, strict=True) if count >= least]
    plan["has_rare"] = column.type == "text" and bool((counts[counts > 0] < least).any())
    plan["has_empty"] = column.type == "text" and bool((column.codes < 0).any())
    return plan


def _design(plan: dict, column: Column, encoded: np.ndarray | None):
    rows = length(column)
    if column.type == "number":
        return _number_design(plan, column)
    if column.type == "list":
        keep = [column.levels.index(level) for level in plan["levels"]]
        return column.sets[:, keep] if keep else sparse.csr_matrix((rows, 0))
    names = plan["levels"] + [RARE] * plan["has_rare"] + [EMPTY] * plan["has_empty"]
    place = {name: n for n, name in enumerate(names)}
    of_code = np.array([place.get(level, place.get(RARE, -1)) for level in column.levels] + [place.get(EMPTY, -1)])
    block = _one_hot(of_code[column.codes], len(names))
    return block if encoded is None else sparse.hstack([block, sparse.csr_matrix(encoded[:, None])]).tocsr()


def _number_design(plan: dict, column: Column):
    if plan["is_constant"]:
        return sparse.csr_matrix((len(column.numbers), 0))
    bins = binned(column.numbers, plan["edges"])
    size = len(plan["edges"]) + 1
    places = np.where(bins < 0, size if plan["has_empty"] else -1, bins)
    block = _one_hot(places, size + plan["has_empty"])
    return sparse.hstack([block, sparse.csr_matrix(_steps(plan, column.numbers)[:, None])]).tocsr()


def _steps(plan: dict, numbers: np.ndarray) -> np.ndarray:
    steps = np.sign(numbers) * np.log1p(np.abs(numbers)) - plan["middle"]
    return np.nan_to_num(steps / plan["scale"] if plan["scale"] > 1e-9 else 0 * steps)


def _one_hot(places: np.ndarray, size: int):
    known = np.flatnonzero(places >= 0)
    return sparse.csr_matrix((np.ones(known.size), (known, places[known])), shape=(len(places), size))


def _full_encoding(column: Column, y: np.ndarray, weight: np.ndarray, p: float) -> dict[str, float]:
    odds = np.array(odds_of(column.codes, len(column.levels), y, weight, p)) / HALF
    return dict(zip(column.levels, odds.tolist(), strict=True))


def _out_of_fold(column: Column, y: np.ndarray, weight: np.ndarray, p: float) -> np.ndarray:
    """Encode each row's value by how the value did in the other folds."""
    encoded = np.zeros(len(y))
    for rest, fold in folds(y):
        odds = np.append(np.array(odds_of(column.codes[rest], len(column.levels), y[rest], weight[rest], p)) / HALF, 0.0)
        encoded[fold] = odds[column.codes[fold]]
    return encoded


def _table(plan: dict, w: np.ndarray, mean: np.ndarray, encoding: dict[str, float]) -> dict[str, Any]:
    """Write a field's coefficients as contributions against the mean lead."""
    middle = float(w @ mean)
    if plan["type"] == "number":
        if plan["is_constant"]:
            return {"edges": [], "bins": [0.0], "empty": 0.0, "slope": 0.0, "middle": 0.0, "scale": 0.0}
        size = len(plan["edges"]) + 1
        empty = float(w[size]) - middle if plan["has_empty"] else 0.0
        slope = float(w[-1])
        bins = [float(value) - middle for value in w[:size]]
        return {"edges": plan["edges"], "bins": bins, "empty": empty, "slope": slope, "middle": plan["middle"], "scale": plan["scale"]}
    if plan["type"] == "list":
        return {"levels": dict(zip(plan["levels"], w.tolist(), strict=True)), "none": -middle}
    names = plan["levels"] + [RARE] * plan["has_rare"] + [EMPTY] * plan["has_empty"]
    levels = {name: float(value) - middle for name, value in zip(names, w, strict=False)}
    rare, empty = levels.pop(RARE, 0.0), levels.pop(EMPTY, 0.0)
    table = {"levels": levels, "rare": rare, "empty": empty}
    if plan["encoded"]:
        slope = float(w[-1])
        table["encoded"] = {level: slope * odds for level, odds in encoding.items()}
    return table


def apply_l(part: dict[str, Any], columns: list[Column], rows: int) -> np.ndarray:
    z = np.full(rows, part["base"])
    for column in columns:
        z += contributions_l(part["fields"].get(column.key), column)
    return z


def contributions_l(table: dict | None, column: Column) -> np.ndarray:
    if table is None:
        return np.zeros(length(column))
    if column.type == "number":
        odds = np.append(table["bins"], table["empty"])
        known = ~np.isnan(column.numbers)
        return odds[binned(column.numbers, table["edges"])] + np.where(known, table["slope"] * _steps(table, column.numbers), 0.0)
    if column.type == "list":
        odds = np.array([table["levels"].get(level, 0.0) for level in column.levels])
        return np.asarray(column.sets @ odds).ravel() + table["none"]
    encoded = table.get("encoded", {})
    odds = [table["levels"].get(level, table["rare"]) + encoded.get(level, 0.0) for level in column.levels]
    return np.array([*odds, table["empty"]])[column.codes]
