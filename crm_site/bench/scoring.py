"""How well the policy scores: the open sets by their rules and goals, and what learning from many leads costs.

The sets are found by CRM_OPEN_DATA, or in shared/data beside this folder; their rules are in their README files. What is
measured is `policy.fit` and `Grader.of_many`, by which leads are scored.
"""

import json
import os
import resource
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from scoring import policy, tables
from scoring.grading import Grader, sigmoid

LEAST = 1e-4
Rows = list[dict[str, Any]]


def scoring(bench: Any = None) -> dict:
    """Print one JSON line per task and measure with its goal; the item's own line says whether all hold."""
    folder = Path(os.environ.get("CRM_OPEN_DATA") or Path(__file__).parents[3] / "shared" / "data")
    lines = list(_told(cost()))
    if missing := [name for name in TASKS if not (folder / name).is_dir()]:
        return {"n": len(lines), "ok": 0, "error": f"No data for {', '.join(missing)}: CRM_OPEN_DATA names no folder that holds them."}
    for name, tasks in TASKS.items():
        rows, outcomes, types, keys = SETS[name](folder / name)
        for task in tasks:
            lines += _told(task(rows, outcomes, types, keys))
    return {"n": len(lines), "missed": sum(not line["ok"] for line in lines), "ok": int(all(line["ok"] for line in lines))}


def _told(lines: Iterator[dict]) -> Iterator[dict]:
    for line in lines:
        print(json.dumps({"item": "scoring", **line}), flush=True)
        yield line


def line(task: str, measure: str, value: float, *, most: float | None = None, least: float | None = None) -> dict:
    fine = (most is None or value <= most) and (least is None or value >= least)
    goal = f"<= {most}" if most is not None else f">= {least}"
    return {"task": task, "measure": measure, "value": round(float(value), 4), "goal": goal, "ok": int(fine)}


# ------------------------------------------------------------------ the sets


def of_bank(folder: Path) -> tuple[Rows, np.ndarray, dict, list[str]]:
    sheet = tables.read(next(folder.glob("*.csv.gz")))
    unused = {"y", "duration", "emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m", "nr.employed"}
    place = sheet.headers.index("pdays")
    for row in sheet.rows:
        row[:] = ["" if cell == "unknown" else cell for cell in row]
        row[place] = "" if row[place] == "999" else row[place]
    reader = tables.Reader.of(sheet, leave_out=unused)
    return reader.rows(sheet), np.array(tables.outcomes_of(sheet, "y", None)), reader.types, [str(n) for n in range(len(sheet.rows))]


def of_salvirt(folder: Path) -> tuple[Rows, np.ndarray, dict, list[str]]:
    sheet = tables.read(next(folder.glob("*.csv")))
    for row in sheet.rows:
        row[:] = ["" if cell.strip() == "Unknown" else cell for cell in row]
    reader = tables.Reader.of(sheet, leave_out={"Status"})
    inputs = [place for place, header in enumerate(sheet.headers) if header != "Status"]
    keys = ["|".join(row[place].strip() for place in inputs) for row in sheet.rows]
    return reader.rows(sheet), np.array(tables.outcomes_of(sheet, "Status", None)), reader.types, keys


SETS: dict[str, Callable] = {"salvirt": of_salvirt, "bank_additional": of_bank}


def number_of(text: str) -> int:
    return int(sha256(text.encode()).hexdigest()[:12], 16)


# ------------------------------------------------------------------ measures


def predicted(rows: Rows, y: np.ndarray, types: dict, train: np.ndarray, test: np.ndarray, *, in_order: bool = False) -> np.ndarray:
    learnt = policy.fit([rows[n] for n in train], y[train].tolist(), types, in_order=in_order)
    learnt.pop("measures")
    found = Grader(learnt).of_many([rows[n] for n in test], deep=False)
    return np.clip([sigmoid(z) for z, _ in found], LEAST, 1 - LEAST)


def log_loss(y: np.ndarray, p: np.ndarray) -> float:
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def auc(y: np.ndarray, p: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(y, p)) if 0 < y.sum() < len(y) else 0.5


def ece(y: np.ndarray, p: np.ndarray, bins: int = 15) -> float:
    order = np.argsort(p, kind="stable")
    return float(sum(abs(y[part].mean() - p[part].mean()) * len(part) for part in np.array_split(order, bins) if len(part)) / len(y))


def by_base_rate(y: np.ndarray, train: np.ndarray, test: np.ndarray) -> float:
    rate = np.clip(y[train].mean() if len(train) else 0.5, LEAST, 1 - LEAST)
    return log_loss(y[test], np.full(len(test), rate))


def cross_validated(name: str, repeats: int, prefix: Callable[[int], str], goals: tuple[float, float, float]) -> Callable:
    """Return a task: five folds by the hash of the key, as often as asked; goals for log-loss, AUC and ECE."""

    def task(rows: Rows, y: np.ndarray, types: dict, keys: list[str]) -> Iterator[dict]:
        losses, areas, errors, base = [], [], [], []
        for repeat in range(repeats):
            fold = np.array([number_of(prefix(repeat) + key) % 5 for key in keys])
            pooled = np.zeros(len(y))
            for number in range(5):
                train, test = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
                pooled[test] = predicted(rows, y, types, train, test)
                losses.append(log_loss(y[test], pooled[test]))
                areas.append(auc(y[test], pooled[test]))
                base.append(by_base_rate(y, train, test))
            errors.append(ece(y, pooled))
        yield line(f"{name} cv", "logloss", np.mean(losses), most=goals[0])
        yield line(f"{name} cv", "auc", np.mean(areas), least=goals[1])
        yield line(f"{name} cv", "ece_pooled", np.mean(errors), most=goals[2])
        yield line(f"{name} cv", "logloss over base rate", np.mean(losses) - np.mean(base), most=0.003)

    return task


def cold_start(name: str, sizes: dict[int, tuple[int, float, float | None]], *, most_tested: int | None = None) -> Callable:
    """Return a task: {leads learnt from: (draws, log-loss goal, AUC goal)} on one fixed test part."""

    def task(rows: Rows, y: np.ndarray, types: dict, keys: list[str]) -> Iterator[dict]:
        place = np.array([number_of(f"{name}|curve|{key}") for key in keys])
        test, rest = np.flatnonzero(place % 10 < 3), np.flatnonzero(place % 10 >= 3)
        if most_tested:
            test = test[np.argsort(place[test], kind="stable")][:most_tested]
        for size, (draws, loss_goal, area_goal) in sizes.items():
            losses, areas, base = [], [], []
            for draw in range(draws):
                order = np.argsort([number_of(f"{name}|curve|{draw}|{keys[n]}") for n in rest], kind="stable")
                train = rest[order[:size]]
                p = predicted(rows, y, types, train, test)
                losses.append(log_loss(y[test], p))
                areas.append(auc(y[test], p))
                base.append(by_base_rate(y, train, test))
            yield line(f"{name} curve n={size}", "logloss", np.mean(losses), most=loss_goal)
            if area_goal:
                yield line(f"{name} curve n={size}", "auc", np.mean(areas), least=area_goal)
            if size >= 20:
                yield line(f"{name} curve n={size}", "logloss over base rate", np.mean(losses) - np.mean(base), most=0.003)

    return task


def walked_forward(name: str, blocks: int, goals: tuple[float, float]) -> Callable:
    """Return a task: each block in the order of time, learnt from all before it."""

    def task(rows: Rows, y: np.ndarray, types: dict, keys: list[str]) -> Iterator[dict]:
        parts = np.array_split(np.arange(len(y)), blocks)
        p = [predicted(rows, y, types, np.concatenate(parts[:n]), parts[n], in_order=True) for n in range(1, blocks)]
        tested, pooled = np.concatenate(parts[1:]), np.concatenate(p)
        yield line(f"{name} walk", "logloss_pooled", log_loss(y[tested], pooled), most=goals[0])
        yield line(f"{name} walk", "auc_pooled", auc(y[tested], pooled), least=goals[1])

    return task


TASKS: dict[str, list[Callable]] = {
    "salvirt": [
        cross_validated("salvirt", 10, lambda repeat: f"salvirt|cv|{repeat}|", (0.535, 0.822, 0.085)),
        cold_start("salvirt", {0: (1, 0.98, None), 20: (20, 0.62, None), 50: (20, 0.53, 0.85), 100: (20, 0.49, None), 300: (10, 0.47, None)}),
    ],
    "bank_additional": [
        cross_validated("bank_additional", 1, lambda repeat: "bank_additional|cv|0|", (0.2885, 0.772, 0.015)),
        walked_forward("bank_additional", 20, (0.315, 0.745)),
    ],
}  # fmt: skip


# ---------------------------------------------------------------------- cost


def made_up(n: int, fields: int = 25) -> tuple[Rows, list[int], dict]:
    """Make leads of figures and words of 5 to 5,000 values, whose outcome hangs on a few of them."""
    rng = np.random.default_rng(20)
    columns, z = {}, np.full(n, -1.5)
    for number in range(fields):
        if number < 10:
            values = rng.lognormal(3, 1, n)
            z += 0.3 * np.sin(number) * (np.log(values) - 3)
            empty = rng.random(n) < 0.1
            columns[f"figure {number}"] = [None if gone else float(value) for value, gone in zip(values, empty, strict=True)]
        else:
            levels = (5, 20, 50, 500, 5000)[number % 5]
            codes = rng.integers(0, levels, n)
            z += rng.normal(0, 0.2, levels)[codes]
            columns[f"word {number}"] = [f"v{code}" for code in codes]
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    types = {name: "number" if name.startswith("figure") else "text" for name in columns}
    return rows, (rng.random(n) < 1 / (1 + np.exp(-z))).astype(int).tolist(), types


def cost(n: int = 100_000) -> Iterator[dict]:
    rows, outcomes, types = made_up(n)
    start = time.process_time()
    learnt = policy.fit(rows, outcomes, types, in_order=True)
    yield line(f"train {n} x 25", "cpu_s", time.process_time() - start, most=120)
    yield line(f"train {n} x 25", "rss_gb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, most=2)
    learnt.pop("measures")
    grader = Grader(learnt)
    start = time.process_time()
    for first in range(0, n, 5_000):
        grader.of_many(rows[first : first + 5_000], deep=False)
    yield line(f"score {n} without reasons", "cpu_s", time.process_time() - start, most=60)
    start = time.process_time()
    grader.of_many(rows[:1_000], deep=False)
    yield line("score 1000 without reasons", "cpu_s", time.process_time() - start, most=1)
