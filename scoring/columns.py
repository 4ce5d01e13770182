"""Rows of facts as columns that can be counted: codes of texts, numbers, sets of words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

HUGE = 1e15
MAX_TEXT = 120
FOLDS, SEED = 5, 20


@dataclass
class Column:
    """One field of all rows: codes of its values (text), numbers (nan is empty), or a 0/1 matrix (list)."""

    key: str
    type: str
    levels: list[str] = field(default_factory=list)
    codes: np.ndarray | None = None
    numbers: np.ndarray | None = None
    sets: Any = None


def columns_of(rows: Sequence[dict[str, Any]], types: dict[str, str]) -> list[Column]:
    """Turn rows into columns, in the order of their keys, so that the order of fields can't change the result."""
    makers = {"number": _numbers, "list": _sets, "text": _codes}
    return [makers[types[key]](key, [row.get(key) for row in rows]) for key in sorted(types)]


def _codes(key: str, values: list) -> Column:
    texts = [str(value) if value is not None and value != "" else None for value in values]
    levels = sorted({text for text in texts if text is not None})
    place = {level: n for n, level in enumerate(levels)}
    return Column(key, "text", levels, codes=np.array([-1 if t is None else place[t] for t in texts], dtype=np.int64))


def _numbers(key: str, values: list) -> Column:
    return Column(key, "number", numbers=np.array([_finite(value) for value in values], dtype=float))


def _finite(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return np.nan
    return min(max(number, -HUGE), HUGE) if np.isfinite(number) else np.nan


def _sets(key: str, values: list) -> Column:
    from scipy import sparse

    lists = [[str(item) for item in value] if isinstance(value, list) else [] for value in values]
    levels = sorted({item for items in lists for item in items})
    place = {level: n for n, level in enumerate(levels)}
    row = [n for n, items in enumerate(lists) for _ in dict.fromkeys(items)]
    col = [place[item] for items in lists for item in dict.fromkeys(items)]
    matrix = sparse.csr_matrix((np.ones(len(row)), (row, col)), shape=(len(values), len(levels)))
    return Column(key, "list", levels, sets=matrix)


def taken(column: Column, rows: np.ndarray) -> Column:
    return Column(
        column.key, column.type, column.levels,
        codes=None if column.codes is None else column.codes[rows],
        numbers=None if column.numbers is None else column.numbers[rows],
        sets=None if column.sets is None else column.sets[rows],
    )  # fmt: skip


def length(column: Column) -> int:
    if column.type == "list":
        return column.sets.shape[0]
    return len(column.codes if column.type == "text" else column.numbers)


def edges_of(numbers: np.ndarray, bins: int) -> list[float]:
    known = numbers[~np.isnan(numbers)]
    if not known.size:
        return []
    return sorted({float(edge) for edge in np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])} - {float(known.min())})


def binned(numbers: np.ndarray, edges: list[float]) -> np.ndarray:
    return np.where(np.isnan(numbers), -1, np.searchsorted(edges, numbers, side="right"))


def folds(y: np.ndarray, seed: int = SEED):
    """Shuffled and, where both outcomes allow, stratified: unshuffled folds would learn a drift backwards."""
    from sklearn.model_selection import KFold, StratifiedKFold  # only where somebody learns

    kind = StratifiedKFold if min(y.sum(), len(y) - y.sum()) >= FOLDS else KFold
    return kind(FOLDS, shuffle=True, random_state=seed).split(np.zeros(len(y)), y)
