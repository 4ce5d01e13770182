"""Samples to figures, and a fixed unit of work by which figures of two machines can be compared."""

import hashlib
import time
from statistics import median


def percentile(samples: list[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of the samples lie, interpolated linearly."""
    ordered = sorted(samples)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def times(samples_ms: list[float]) -> dict[str, float]:
    """Return {"p50_ms", "p95_ms", "p99_ms"} rounded to 0.1 ms."""
    return {f"p{share}_ms": round(percentile(samples_ms, share / 100), 1) for share in (50, 95, 99)}


def unit_ms() -> float:
    """Time a fixed piece of interpreter work (hashing and sorting 40,000 strings), the median of five runs in ms."""

    def once() -> float:
        start = time.perf_counter()
        sorted(hashlib.sha256(str(n).encode()).hexdigest() for n in range(40_000))
        return (time.perf_counter() - start) * 1000

    return round(median(once() for _ in range(5)), 1)
