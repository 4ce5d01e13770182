"""Part H as it grades: boosted trees read from JSON into tables, so that a worker needs no learning library.

Every field becomes a code per row (255 stands for empty); a table says for each node and code which node comes next.
"""

from typing import Any

import numpy as np

from scoring.columns import Column, binned, length

EMPTY = 255
MOST_BINS = 250
BLOCK = 200_000  # (row, tree) pairs walked at once: the tables stay in the processor's cache


def codes_of(specs: list[dict[str, Any]], columns: dict[str, Column], rows: int) -> np.ndarray:
    """Return the code of every row (across) under every spec (down); a field that isn't there is empty."""
    codes = np.full((len(specs), rows), EMPTY, dtype=np.uint8)
    for place, spec in enumerate(specs):
        if (column := columns.get(spec["key"])) is not None:
            codes[place] = _coded(spec, column)
    return codes


def _coded(spec: dict[str, Any], column: Column) -> np.ndarray:
    if column.type == "number":
        return by_edges(column.numbers, spec["edges"])
    if column.type == "list":
        return _has_item(spec, column)
    if "odds" in spec:
        odds = np.append([spec["odds"].get(level, 0.0) for level in column.levels], 0.0)
        return by_edges(odds[column.codes], spec["edges"])
    place = {level: code for code, level in enumerate(spec["levels"])}
    of_level = np.array([*(place.get(level, EMPTY) for level in column.levels), EMPTY])
    return of_level[column.codes].astype(np.uint8)


def by_edges(numbers: np.ndarray, edges: list[float]) -> np.ndarray:
    bins = binned(numbers, edges)
    return np.where(bins < 0, EMPTY, bins).astype(np.uint8)


def _has_item(spec: dict[str, Any], column: Column) -> np.ndarray:
    if spec["item"] not in column.levels:
        return np.zeros(length(column), dtype=np.uint8)
    return (column.sets[:, column.levels.index(spec["item"])].toarray().ravel() > 0).astype(np.uint8)


class Trees:
    """All trees of one model, walked together. Raises KeyError, TypeError or ValueError for a shape no training makes."""

    def __init__(self, part: dict[str, Any]):
        self.base = float(part["base"])
        trees = sorted(part["trees"], key=_depth)  # trees of one depth side by side: none walks further than it must
        self.depths = np.array([_depth(tree) for tree in trees], dtype=int)
        sizes = [len(tree) for tree in trees]
        total = sum(sizes)
        if total >= 2**16 or len(part["specs"]) > 2**15:
            raise ValueError("it has too many nodes")
        self.roots = np.cumsum([0, *sizes[:-1]]).astype(np.uint16) if trees else np.zeros(0, np.uint16)
        self.field = np.zeros(max(total, 1), dtype=np.int32)
        self.value = np.zeros(max(total, 1))
        self.next = np.zeros((max(total, 1), 256), dtype=np.uint16)
        for root, tree in zip(self.roots.tolist(), trees, strict=True):
            for number, node in enumerate(tree):
                self._set(root, root + number, node, len(part["specs"]), len(tree))

    def _set(self, root: int, place: int, node: Any, fields: int, size: int) -> None:
        if isinstance(node, int | float):
            self.value[place] = node
            self.next[place] = place
            return
        field, rule, empty_left, left, right = node
        if not (0 <= field < fields and place - root < left < size and place - root < right < size):
            raise ValueError("a tree points nowhere")
        goes_left = np.isin(np.arange(256), rule) if isinstance(rule, list) else np.arange(256) <= rule
        goes_left[EMPTY] = bool(empty_left)
        self.field[place] = field
        self.next[place] = np.where(goes_left, root + left, root + right)

    def of(self, codes: np.ndarray) -> np.ndarray:
        """Return the log-odds of every row (across) of codes."""
        rows = codes.shape[1]
        z = np.full(rows, self.base)
        step = max(1, min(rows, 4096))
        for start in range(0, rows, step):
            part = np.ascontiguousarray(codes[:, start : start + step])
            z[start : start + step] += self._walk(part)
        return z

    def _walk(self, codes: np.ndarray) -> np.ndarray:
        rows = codes.shape[1]
        flat, places, following = codes.ravel(), np.arange(rows), self.next.ravel()
        found = np.zeros(rows)
        together = max(1, BLOCK // max(rows, 1))
        for first in range(0, len(self.roots), together):
            roots = self.roots[first : first + together]
            node = np.repeat(roots[:, None], rows, axis=1).astype(np.int32)
            for _ in range(int(self.depths[first : first + together].max(initial=0))):
                code = flat.take(self.field.take(node) * rows + places)
                node = following.take(node * 256 + code).astype(np.int32)
            found += self.value.take(node).sum(axis=0)
        return found


def _depth(tree: list) -> int:
    """Return how many steps the longest way through a tree has; children stand behind their parent."""
    depth = [0] * len(tree)
    for place, node in enumerate(tree):
        if isinstance(node, list):
            for child in node[3:5]:
                if place < child < len(tree):
                    depth[child] = depth[place] + 1
    return max(depth, default=0)


class Boosted:
    """Part H of one model: log-odds of rows, and what each field adds to them."""

    def __init__(self, part: dict[str, Any]):
        self.specs, self.mean = part["specs"], float(part["mean"])
        self.trees = Trees(part)
        background = np.array(part["background"], dtype=np.uint8).reshape(-1, len(self.specs))
        self.background = background.T  # fields down, background leads across
        self.places: dict[str, list[int]] = {}
        for place, spec in enumerate(self.specs):
            self.places.setdefault(spec["key"], []).append(place)

    def codes(self, columns: dict[str, Column], rows: int) -> np.ndarray:
        return codes_of(self.specs, columns, rows)

    def contributions(self, codes: np.ndarray, z: np.ndarray) -> list[dict[str, float]]:
        """Return per row what each field adds: the log-odds against those with the field's value of 8 background leads."""
        leads, many = codes.shape[1], self.background.shape[1]
        if not leads or not many:
            return [{} for _ in range(leads)]
        variants, whose = [], []
        for key, places in self.places.items():
            changed = np.repeat(codes, many, axis=1)
            changed[places] = np.tile(self.background[places], (1, leads))
            differs = (changed[places] != np.repeat(codes[places], many, axis=1)).any(axis=0)
            variants.append(changed[:, differs])
            whose.append((key, np.flatnonzero(differs) // many))
        found = self.trees.of(np.concatenate(variants, axis=1))
        parts: list[dict[str, float]] = [{} for _ in range(leads)]
        start = 0
        for key, rows in whose:
            gains = z[rows] - found[start : start + len(rows)]
            start += len(rows)
            sums = np.bincount(rows, weights=gains, minlength=leads) / many
            for lead in np.unique(rows):
                parts[lead][key] = float(sums[lead])
        return parts
