"""var/run/state.json: what runs, for people, for a second start and for tests. Its form: the package's docstring."""

import json
import os
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

from crm_site.run import locks
from crm_site.run.places import Places

EMPTY = {
    "format": 1,
    "supervisor": None,
    "phase": "stopped",
    "address": None,
    "demo": False,
    "processes": {},
}


def read(places: Places) -> dict:
    """Return the state as it was last written; an unreadable file counts as none."""
    try:
        state = json.loads(_path(places).read_text())
    except (FileNotFoundError, ValueError):
        return json.loads(json.dumps(EMPTY))
    return state if state.get("format") == 1 else json.loads(json.dumps(EMPTY))


@contextmanager
def changing(places: Places):
    """Read, change and replace the state; others who change it wait."""
    with locks.holding(places.run / "state.lock"):
        state = read(places)
        yield state
        draft = _path(places).with_name("state.json.new")
        draft.write_text(json.dumps(state, indent=1))
        draft.replace(_path(places))


def entry(pid: int, log: Path, *, restarts: int = 0, supervised: bool = True) -> dict:
    return {
        "pid": pid, "started": started(pid), "restarts": restarts, "supervised": supervised, "log": str(log),
    }  # fmt: skip


def register_alone(places: Places, name: str) -> None:
    """Write this very process down; beside one of that name which runs already it gets a number."""
    with changing(places) as state:
        processes = state["processes"]
        free, number = name, 2
        while free in processes and is_ours(processes[free]):
            free, number = f"{name}-{number}", number + 1
        processes[free] = entry(os.getpid(), places.log_of(name), supervised=False)


def started(pid: int) -> float:
    """Return when the kernel started that pid, in seconds since the epoch; 0 when it is gone."""
    try:
        return round(psutil.Process(pid).create_time(), 2)
    except psutil.Error:
        return 0.0


def is_ours(process: dict | None) -> bool:
    """Tell whether the process written down still lives, and is not a stranger who got its number."""
    if not process:
        return False
    try:
        found = psutil.Process(process["pid"])
        return found.status() != psutil.STATUS_ZOMBIE and abs(found.create_time() - process["started"]) < 3
    except psutil.Error:
        return False


def wait_for(condition, *, seconds: float, pause: float = 0.1) -> bool:
    """Ask again and again until it is so; False when it wasn't in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(pause)
    return True


def _path(places: Places) -> Path:
    return places.run / "state.json"
