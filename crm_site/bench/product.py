"""What the measured product uses of the machine, and waiting until it has nothing left to do."""

import time
from contextlib import suppress

import psutil

QUIET = 0.15  # of one processor: hearts beat and schedules are looked at
WINDOW_S = 8.0  # longer than the pause between two sweeps of one job, each of which may take some seconds
PATIENCE_S = 300.0


def cpu() -> float:
    """Return the CPU seconds of the product's processes so far; this one, which measures, is left out."""
    me = psutil.Process()
    used = 0.0
    for process in me.parent().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            used += 0 if process.pid == me.pid else sum(process.cpu_times()[:2])
    return used


def rest() -> float:
    """Wait until its workers have started and done what lay before them; returns the seconds it took.

    A page's time would else be that of a page beside the work an earlier measurement left behind.
    """
    start = time.monotonic()
    while time.monotonic() - start < PATIENCE_S:
        before = cpu()
        time.sleep(WINDOW_S)
        if cpu() - before < QUIET * WINDOW_S:
            break
    return time.monotonic() - start
