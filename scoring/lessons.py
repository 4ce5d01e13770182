"""What is learnt from: closed records as they were when first graded, with their outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST = 200_000


@dataclass
class Lessons:
    """Rows to learn from, oldest first when they have an order."""

    rows: list[dict[str, Any]]
    outcomes: list[int]
    stands_in: bool
    start: datetime | None
    end: datetime | None

    def __len__(self) -> int:
        return len(self.outcomes)


def mature(ended: Sequence[tuple], at: datetime, *, least: int) -> Sequence[tuple]:
    """Leave out what is too young for most to have closed: of those only the quick wins are known yet.

    Rows end with the moments they began and ended. What came with its end, as a file of the past does, has no age to wait for.
    When fewer than `least` are left, all stay.
    """
    times = sorted(end - start for *_, start, end in ended if end > start)
    if not times:
        return ended
    usual = times[int(0.9 * (len(times) - 1))]
    old = [row for row in ended if row[-2] <= at - usual or row[-1] <= row[-2]]
    return old if len(old) >= least else ended
