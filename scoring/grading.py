"""Grade leads by stored coefficients: look-ups in tables only, so a request or worker never loads the learning libraries.

Coefficients are JSON with a SHA-256 digest; both digest and ranges are checked on loading.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from hashlib import sha256
from math import exp, isfinite, log1p
from typing import Any

SCHEMAS = {1, 2}  # the first had no trees
PRIOR = 0.2
MOST = 60.0  # no honest log-odds come near
SHOWN = 3


class BadModel(ValueError):
    """Coefficients that can't be trusted: another digest, schema, shape, or numbers out of range."""


def digest(coefficients: dict[str, Any]) -> str:
    text = json.dumps(coefficients, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z)) if z >= 0 else exp(z) / (1 + exp(z))


def points(z: float) -> int:
    return round(100 * sigmoid(z))


class Grader:
    """One model, ready to grade: log-odds, and each field's contribution against the mean lead."""

    def __init__(self, coefficients: dict[str, Any], *, expected: str | None = None):
        if expected is not None and digest(coefficients) != expected:
            raise BadModel("the digest differs")
        try:
            _check(coefficients)
            blend = coefficients["blend"]
            wb, wl, self.wh = blend["b"], blend["l"], blend.get("h", 0.0)
            b, l = coefficients["b"], coefficients["l"]  # noqa: E741
            self.types = coefficients["types"]
            self.middle = wb * b["base"] + wl * l["base"] + blend["c"] + coefficients["level"]
            self.middle += wb * sum(table["mean"] for table in b["fields"].values())
            self.tables = {key: (b["fields"].get(key) or {}, l["fields"].get(key) or {}) for key in self.types}
            self.fields = {
                key: _contribution(kind, b["fields"].get(key), l["fields"].get(key), wb, wl) for key, kind in self.types.items()
            }
            self.boosted = self._trees(coefficients) if self.wh > 0 else None
        except (KeyError, TypeError, AttributeError, ValueError, IndexError, OverflowError) as error:
            if isinstance(error, BadModel):
                raise
            raise BadModel(f"its shape is not known ({error})") from error

    def _trees(self, coefficients: dict[str, Any]):
        from scoring.boosted import Boosted

        boosted = Boosted(coefficients["h"])
        self.middle += self.wh * boosted.mean
        return boosted

    def of(self, seen: dict[str, Any]) -> tuple[float, dict[str, float]]:
        """Return the log-odds and what each field adds to those of the mean lead. Unknown fields add nothing."""
        return self.of_many([seen])[0]

    def of_many(self, seen: Sequence[dict[str, Any]], *, deep: bool = True) -> list[tuple[float, dict[str, float]]]:
        """Grade many leads at once; `deep` says to tell what each field does in the trees too, which costs milliseconds a lead."""
        found = []
        for one in seen:
            parts = {key: add(one.get(key)) for key, add in self.fields.items()}
            found.append((self.middle + sum(parts.values()), parts))
        if self.boosted is None or not found:
            return found
        return self._with_trees(found, seen, deep=deep)

    def _with_trees(self, found: list, seen: Sequence[dict[str, Any]], *, deep: bool) -> list[tuple[float, dict[str, float]]]:
        from scoring.columns import columns_of

        columns = {column.key: column for column in columns_of(seen, {key: self.types[key] for key in self.boosted.places})}
        codes = self.boosted.codes(columns, len(seen))
        z = self.boosted.trees.of(codes)
        if deep:
            for (_, parts), more in zip(found, self.boosted.contributions(codes, z), strict=True):
                for key, gain in more.items():
                    parts[key] = parts.get(key, 0.0) + self.wh * gain
        return [(before + self.wh * float(one - self.boosted.mean), parts) for (before, parts), one in zip(found, z, strict=True)]

    @property
    def has_trees(self) -> bool:
        return self.boosted is not None

    @property
    def base(self) -> int:
        return points(self.middle)

    def reasons(self, z: float, parts: dict[str, float]) -> dict[str, Any]:
        """Return what moved the score: at most three up and three down, in points, and the rest.

        A field's points are the score minus the score without its contribution; base + points + other = score.
        """
        score = points(z)
        moved = [(score - points(z - part), key) for key, part in parts.items() if part]
        moved.sort(key=lambda pair: (-abs(pair[0]), pair[1]))
        up = [pair for pair in moved if pair[0] > 0][:SHOWN]
        down = [pair for pair in moved if pair[0] < 0][:SHOWN]
        shown = sum(gain for gain, _ in up + down)
        return {
            "base": self.base, "other": score - self.base - shown,
            "up": [{"field": key, "points": gain} for gain, key in up],
            "down": [{"field": key, "points": gain} for gain, key in down],
        }  # fmt: skip


def _contribution(kind: str, b: dict | None, l: dict | None, wb: float, wl: float) -> Callable[[Any], float]:  # noqa: E741
    """Join a field's two tables into one look-up."""
    if kind == "number":
        return _of_number(b, l, wb, wl)
    if kind == "list":
        return _of_list(b, l, wb, wl)
    return _of_text(b, l, wb, wl)


def _of_text(b, l, wb, wl):  # noqa: E741
    b, l = b or {"levels": {}, "mean": 0.0}, l or {"levels": {}, "rare": 0.0, "empty": 0.0}  # noqa: E741
    encoded = l.get("encoded", {})
    mean = wb * b["mean"]
    known = {
        level: wb * b["levels"].get(level, 0.0) - mean + wl * (l["levels"].get(level, l["rare"]) + encoded.get(level, 0.0))
        for level in b["levels"].keys() | l["levels"].keys()
    }
    empty, unseen = wl * l["empty"] - mean, wl * l["rare"] - mean
    return lambda value: empty if value is None or value == "" else known.get(str(value), unseen)


def _of_number(b, l, wb, wl):  # noqa: E741
    b = b or {"edges": [], "bins": [0.0], "mean": 0.0}
    l = l or {"edges": [], "bins": [0.0], "empty": 0.0, "slope": 0.0, "middle": 0.0, "scale": 0.0}  # noqa: E741
    mean, steep = wb * b["mean"], l["slope"] / l["scale"] if l["scale"] > 1e-9 else 0.0

    def contribution(value) -> float:
        number = _number(value)
        if number is None:
            return wl * l["empty"] - mean
        step = (log1p(number) if number >= 0 else -log1p(-number)) - l["middle"]
        card = l["bins"][bisect_right(l["edges"], number)] + steep * step
        return wb * b["bins"][bisect_right(b["edges"], number)] - mean + wl * card

    return contribution


def _of_list(b, l, wb, wl):  # noqa: E741
    b, l = b or {"levels": {}, "mean": 0.0}, l or {"levels": {}, "none": 0.0}  # noqa: E741
    mean = wb * b["mean"]

    def contribution(value) -> float:
        items = dict.fromkeys(str(item) for item in value) if isinstance(value, list) else {}
        bayes = sum(b["levels"].get(item, 0.0) for item in items) / max(len(items), 1)
        card = l["none"] + sum(l["levels"].get(item, 0.0) for item in items)
        return wb * bayes - mean + wl * card

    return contribution


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(number, -1e15), 1e15) if isfinite(number) else None


def _check(coefficients: dict[str, Any]) -> None:
    """Refuse another schema and any number that no training could have made."""
    if coefficients["schema"] not in SCHEMAS:
        raise BadModel(f"its schema is {coefficients['schema']}, not {max(SCHEMAS)}")
    blend = coefficients["blend"]
    if not all(0 <= blend.get(part, 0) <= 10 for part in "blh"):
        raise BadModel("its blend is out of range")
    _check_numbers({key: coefficients[key] for key in ("blend", "level")} | {name: _without_edges(coefficients[name]) for name in ("b", "l")})
    tables = [table for part in (coefficients["b"], coefficients["l"]) for table in part["fields"].values()]
    if trees := coefficients.get("h"):
        _check_numbers([trees["base"], trees["mean"], [node for tree in trees["trees"] for node in tree if not isinstance(node, list)]])
        tables += [spec for spec in trees["specs"] if "edges" in spec]
    for table in tables:
        edges = table.get("edges", [])
        if not all(isfinite(edge) for edge in edges) or sorted(edges) != edges or len(table.get("bins", edges)) < len(edges):
            raise BadModel("its bins are out of order")


def _check_numbers(node: Any) -> None:
    for number in _numbers_in(node):
        if not isfinite(number) or abs(number) > MOST:
            raise BadModel("a coefficient is out of range")


def _without_edges(part: dict) -> dict:
    tables = part["fields"].values()
    return {"base": part["base"], "fields": [{k: v for k, v in table.items() if k != "edges"} for table in tables]}


def _numbers_in(node: Any):
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _numbers_in(item)
    elif isinstance(node, int | float):
        yield node
    else:
        raise BadModel("it holds something that is not a number")


class PriorGrader:
    """What grades while nothing has closed yet: everybody the same, and said so."""

    middle = -1.3862943611198906  # log(0.2 / 0.8)
    base = 20
    has_trees = False
    fields: dict = {}
    tables: dict = {}
    types: dict = {}

    def of(self, seen: dict[str, Any]) -> tuple[float, dict[str, float]]:
        return self.middle, {}

    def of_many(self, seen: Sequence[dict[str, Any]], *, deep: bool = True) -> list[tuple[float, dict[str, float]]]:
        return [(self.middle, {}) for _ in seen]

    def reasons(self, z: float, parts: dict[str, float]) -> dict[str, Any]:
        return {"base": 20, "other": 0, "up": [], "down": [], "prior": True}
