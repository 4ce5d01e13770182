"""Ends what a killed supervisor left behind: only processes that are written down as ours and still are."""

import contextlib
import os
import signal

import psutil

from crm_site.run import locks, state
from crm_site.run.places import Places

TREE = "CRM_TREE"  # in the environment of every supervised process: the token of its supervisor


def end(places: Places) -> list[str]:
    """End the processes of a supervisor that is gone, and return their names. The caller holds its lock."""
    written = state.read(places)
    ours = {
        name: process
        for name, process in written["processes"].items()
        if process["supervised"] and state.is_ours(process)
    }
    for name, process in ours.items():
        # PostgreSQL's SIGTERM waits for its clients; SIGINT does not.
        _signal(process["pid"], signal.SIGINT if name == "postgres" else signal.SIGTERM)
    state.wait_for(lambda: not any(state.is_ours(process) for process in ours.values()), seconds=8)
    for process in ours.values():
        if state.is_ours(process):
            _signal(process["pid"], signal.SIGKILL)
    token = (written["supervisor"] or {}).get("token")
    if token:
        _end_marked(token)
    # the servers of a killed PostgreSQL hold its lock a moment longer than it lives
    state.wait_for(lambda: not any(locks.is_held(places.run / f"{name}.lock") for name in ours), seconds=8)
    with state.changing(places) as now:
        now["supervisor"] = None
        now["processes"] = {
            name: process for name, process in now["processes"].items() if state.is_ours(process)
        }  # fmt: skip
    return list(ours)


def _end_marked(token: str) -> None:
    """End grandchildren: they carry their supervisor's token in their environment."""
    marked = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(TREE) == token:
                marked.append(process)
        except (psutil.Error, OSError):
            continue
    for process in marked:
        _signal(process.pid, signal.SIGTERM)
    _, alive = psutil.wait_procs(marked, timeout=3)
    for process in alive:
        _signal(process.pid, signal.SIGKILL)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
