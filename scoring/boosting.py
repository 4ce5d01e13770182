"""Part H as it learns: gradient boosted trees of scikit-learn, written out as plain numbers."""

from typing import Any

import numpy as np

from scoring.bayes import HALF, base_rate, odds_of
from scoring.boosted import EMPTY, MOST_BINS, Trees, by_edges, codes_of
from scoring.columns import SEED, Column, folds

SEEDS = 3
NATIVE = 60  # values a field may have to be split by; fields with more are encoded by how their values did
ITEMS = 20
MOST_CELLS = 6_000_000  # rows x fields the trees see; of wider tables the strongest fields
BACKGROUND = 8


def plan_h(columns: list[Column], y: np.ndarray, weight: np.ndarray) -> tuple[list[dict[str, Any]], np.ndarray]:
    """Return how fields become codes, and the codes of these rows (target-encoded ones out of fold)."""
    p = base_rate(y, weight)
    specs, codes = [], []
    for column in _strongest(columns, y):
        if column.type == "number":
            found = [_number(column)]
        elif column.type == "list":
            found = _items(column)
        elif len(column.levels) > NATIVE:
            found = [_encoded(column, y, weight, p)]
        else:
            found = [({"key": column.key, "levels": column.levels}, None)] if column.levels else []
        for spec, given in found:
            row = codes_of([spec], {column.key: column}, len(y))[0] if given is None else given
            if row.size and (row != row[0]).any():  # what never varies tells nothing, and all-empty fields break the fit
                specs.append(spec)
                codes.append(row)
    order = sorted(range(len(specs)), key=lambda place: "levels" not in specs[place])  # as the library numbers its columns
    return [specs[place] for place in order], np.array([codes[place] for place in order], dtype=np.uint8).reshape(len(specs), len(y))


def _number(column: Column) -> tuple[dict[str, Any], None]:
    known = column.numbers[~np.isnan(column.numbers)]
    values = np.unique(known)
    if len(values) > MOST_BINS:
        values = np.unique(np.quantile(known, np.linspace(0, 1, MOST_BINS)))
    return {"key": column.key, "edges": values[1:].tolist()}, None


def _items(column: Column) -> list[tuple[dict[str, Any], None]]:
    counts = np.asarray(column.sets.sum(axis=0)).ravel()
    frequent = np.lexsort((np.arange(len(counts)), -counts))[:ITEMS]
    return [({"key": column.key, "item": column.levels[place]}, None) for place in sorted(frequent)]


def _encoded(column: Column, y: np.ndarray, weight: np.ndarray, p: float) -> tuple[dict[str, Any], np.ndarray]:
    size = len(column.levels)
    outside = np.zeros(len(y))
    for rest, fold in folds(y):
        odds = np.append(odds_of(column.codes[rest], size, y[rest], weight[rest], p), 0.0) / HALF
        outside[fold] = odds[column.codes[fold]]
    full = np.array(odds_of(column.codes, size, y, weight, p)) / HALF
    edges = np.unique(np.round(np.quantile(outside, np.linspace(0, 1, MOST_BINS)), 9))[1:].tolist()
    odds = {level: value for level, value in zip(column.levels, np.round(full, 9).tolist(), strict=True) if value}
    return {"key": column.key, "odds": odds, "edges": edges}, by_edges(outside, edges)


def _strongest(columns: list[Column], y: np.ndarray) -> list[Column]:
    """Return all fields, or of a very wide table those that alone tell most."""
    most = max(1, MOST_CELLS // max(len(y), 1))
    if len(columns) <= most:
        return columns
    order = sorted(range(len(columns)), key=lambda n: (-_spread(columns[n], y), n))
    return [columns[n] for n in sorted(order[:most])]


def _spread(column: Column, y: np.ndarray) -> float:
    """Return how much the rate differs over a field's values, weighted by how often they occur."""
    if column.type == "list":
        n, w = np.asarray(column.sets.sum(axis=0)).ravel(), np.asarray(column.sets.T @ y).ravel()
    else:
        codes = by_edges(column.numbers, _number(column)[0]["edges"]) if column.type == "number" else column.codes
        codes = np.where((codes == EMPTY) if column.type == "number" else (codes < 0), 0, codes + 1).astype(int)
        n, w = np.bincount(codes), np.bincount(codes, weights=y)
    known = n > 1
    rate = (w[known] + 2 * y.mean()) / (n[known] + 2)
    return float((n[known] * (rate - y.mean()) ** 2).sum() - len(rate) * y.var() if known.any() else 0.0)


def grow(specs: list[dict[str, Any]], codes: np.ndarray, y: np.ndarray, weight: np.ndarray, seed: int) -> dict[str, Any]:
    """Grow one forest and write it out: {"base": log-odds, "trees": [[node]]}; a node is a value or a split.

    A split is [field, highest code or list of codes that go left, 1 when empty goes left, left, right].
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    x = codes.T.astype(float)
    x[x == EMPTY] = np.nan
    by_value = ["levels" in spec for spec in specs]
    model = HistGradientBoostingClassifier(
        learning_rate=0.06, max_iter=400, max_leaf_nodes=15, l2_regularization=1.0, early_stopping=True, validation_fraction=0.15,
        n_iter_no_change=20, categorical_features=by_value if any(by_value) else None, random_state=SEED + seed,
    )  # fmt: skip
    model.fit(x, y, sample_weight=weight)
    categories = _categories(model, by_value)
    trees = [_written(predictor, categories) for (predictor,) in model._predictors]
    return {"base": float(model._baseline_prediction[0, 0]), "trees": trees}


def _categories(model, by_value: list[bool]) -> dict[int, np.ndarray]:
    """Return the codes that the model's own numbers of a category stand for."""
    if not any(by_value):
        return {}
    places = [place for place, flag in enumerate(by_value) if flag]
    encoder = model._preprocessor.named_transformers_["encoder"]
    return dict(zip(places, encoder.categories_, strict=True))


def _written(predictor, categories: dict[int, np.ndarray]) -> list[Any]:
    nodes = predictor.nodes
    tree: list[Any] = []
    for node in nodes:
        if node["is_leaf"]:
            tree.append(float(node["value"]))
            continue
        field = int(node["feature_idx"])
        if node["is_categorical"]:
            bits = predictor.raw_left_cat_bitsets[node["bitset_idx"]]
            known = categories[field]
            rule: Any = [int(known[n]) for n in range(len(known)) if not np.isnan(known[n]) and bits[n // 32] >> (n % 32) & 1]
        else:
            rule = int(np.floor(min(node["num_threshold"], EMPTY - 1)))
        tree.append([field, rule, int(node["missing_go_to_left"]), int(node["left"]), int(node["right"])])
    return tree


def joined(specs: list[dict[str, Any]], codes: np.ndarray, forests: list[dict[str, Any]], weight: np.ndarray) -> dict[str, Any]:
    """Return part H: the mean of the forests, with the mean of its log-odds and a few leads as background."""
    share = 1 / len(forests)
    part = {
        "specs": specs,
        "base": share * sum(forest["base"] for forest in forests),
        "trees": [[share * node if isinstance(node, float) else node for node in tree] for forest in forests for tree in forest["trees"]],
    }  # fmt: skip
    z = Trees(part).of(codes)
    order = np.argsort(z, kind="stable")
    places = [int(order[int(len(order) * (n + 0.5) / BACKGROUND)]) for n in range(BACKGROUND)] if len(order) else []
    return part | {"mean": float(weight @ z / weight.sum()), "background": codes[:, places].T.tolist()}
