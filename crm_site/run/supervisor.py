"""Keeps processes alive: starts again what dies, ends what its death leaves behind, stops all together."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil

from crm_site.run import engines, spawn, state
from crm_site.run.places import Places
from crm_site.run.say import Problem, Terminal, shown

STOP_WITHIN = 20
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
STEADY_AFTER = 30.0  # a process that lived this long starts again at once when it dies
ORPHAN_GRACE = 6.0


class Stopped(Exception):
    """Somebody asked us to stop."""


@dataclass
class Kept:
    """A process that is to run, whether it does at this moment or not."""

    name: str
    start: Callable[[], spawn.Child]
    child: spawn.Child | None = None
    restarts: int = 0
    pause: float = FIRST_PAUSE
    due: float = 0.0  # when to start it again, by the monotonic clock
    born: float = 0.0


@dataclass
class Supervisor:
    """One table of processes and the loop that watches it. Single-threaded: children end with this thread."""

    places: Places
    terminal: Terminal
    kept: dict[str, Kept] = field(default_factory=dict)
    once: list[spawn.Child] = field(default_factory=list)
    orphans: dict[int, float] = field(default_factory=dict)  # pid: when it was first seen
    look_for_orphans_until: float = 0.0
    stop_requests: int = 0
    on_tick: list[Callable[[], None]] = field(default_factory=list)

    def listen(self) -> None:
        """Take over the signals: a stop is noticed at once, a child's death too."""
        spawn.adopt_orphans()
        self._bell, self._ringer = os.pipe()
        for end in (self._bell, self._ringer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._ringer, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note_stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def keep(self, name: str, start: Callable[[], spawn.Child]) -> None:
        """Start a process and keep it alive from now on."""
        self.kept[name] = Kept(name, start)
        self._start(self.kept[name])

    def attach(self, engine: engines.Engine, start: Callable[[], spawn.Child]) -> None:
        """Use an engine somebody else runs; start one of our own once that one is gone."""
        kept = self.kept[engine.name] = Kept(engine.name, start)

        def take_over() -> None:
            if kept.child is None and not engines.is_running(engine):
                self.terminal.line(f"  {engine.title}, which ran on its own, has ended; starting it here.")
                self.on_tick.remove(take_over)
                kept.due = 0.0

        kept.due = float("inf")
        self.on_tick.append(take_over)

    def run_once(self, command: spawn.Command) -> spawn.Child:
        """Start a process that ends by itself."""
        self.places.rotate(command.name)
        process = spawn.start(command)
        child = spawn.Child(command, process, started=state.started(process.pid))
        self.once.append(child)
        return child

    def finish(self, child: spawn.Child) -> int:
        """Watch over all until that one has ended; return its exit code."""
        self.watch(until=lambda: not child.is_alive())
        return child.process.returncode

    def watch(self, *, until: Callable[[], bool], within: float | None = None) -> bool:
        """Keep all alive until the condition holds (True) or the time is up (False). Raises Stopped when asked to."""
        deadline = None if within is None else time.monotonic() + within
        while not until():
            if self.stop_requests:
                raise Stopped
            if deadline is not None and time.monotonic() > deadline:
                return False
            is_busy = deadline is not None or self.once or any(kept.child is None for kept in self.kept.values())
            self._wait(0.1 if is_busy else 1.0)
            self.tend()
        return True

    def tend(self) -> None:
        """Look once after every process."""
        for kept in self.kept.values():
            if kept.child is not None and not kept.child.is_alive():
                self._mourn(kept)
            elif kept.child is None and time.monotonic() >= kept.due:
                self._restart(kept)
        self.once = [child for child in self.once if child.is_alive()]
        if time.monotonic() < self.look_for_orphans_until:
            self._end_orphans()
        for tick in list(self.on_tick):
            tick()

    def stop(self) -> None:
        """Stop everything: what uses the engines first, then the engines. Asked a second time, at once."""
        names = [name for name in self.kept if name not in {"postgres", "valkey"}]
        self._stop([*self.once, *self._alive(names)])
        self._stop(self._alive(["valkey"]))
        self._stop(self._alive(["postgres"]))
        self._end_orphans(grace=0)

    def pid_of(self, name: str) -> int | None:
        kept = self.kept.get(name)
        return kept.child.pid if kept and kept.child else None

    def _note_stop(self, *_) -> None:
        self.stop_requests += 1

    def _wait(self, seconds: float) -> None:
        select.select([self._bell], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self._bell, 4096)

    def _start(self, kept: Kept) -> None:
        kept.child = kept.start()
        kept.child.restarts = kept.restarts
        kept.born = time.monotonic()
        with state.changing(self.places) as written:
            written["processes"][kept.name] = state.entry(
                kept.child.pid, self.places.log_of(kept.name), restarts=kept.restarts
            )

    def _mourn(self, kept: Kept) -> None:
        """Note a death: end its group, and plan the next start, the later the shorter it lived."""
        child, kept.child = kept.child, None
        child.signal_group(signal.SIGTERM)
        self.look_for_orphans_until = time.monotonic() + 60
        if time.monotonic() - kept.born > STEADY_AFTER:
            kept.pause = FIRST_PAUSE
        kept.due = time.monotonic() + kept.pause
        kept.pause = min(LONGEST_PAUSE, kept.pause * 2)
        if kept.restarts == 0 or kept.pause > 2:
            ending = child.how_it_ended()
            self.terminal.line(f"  {kept.name} ended ({ending}) and is started again; log: {shown(child.command.log)}")

    def _restart(self, kept: Kept) -> None:
        kept.restarts += 1
        try:
            self._start(kept)
        except Problem as problem:  # an engine's old processes may still hold its files: try again later
            kept.due = time.monotonic() + kept.pause
            kept.pause = min(LONGEST_PAUSE, kept.pause * 2)
            if kept.pause > 2:
                self.terminal.line(f"  {kept.name} can't be started: {problem.cause}")

    def _end_orphans(self, grace: float = ORPHAN_GRACE) -> None:
        """End grandchildren whose parent died: servers of a dead PostgreSQL at once, others after a moment."""
        ours = {kept.child.pid for kept in self.kept.values() if kept.child} | {child.pid for child in self.once}
        now, seen = time.monotonic(), {}
        for process in _children():
            if process.pid in ours:
                continue
            try:
                if process.status() == psutil.STATUS_ZOMBIE:
                    os.waitpid(process.pid, os.WNOHANG)
                    continue
                seen[process.pid] = since = self.orphans.get(process.pid, now)
                is_server = process.name().startswith("postgres")
                if now - since >= grace or (is_server and now - since > 1):
                    process.kill()
                elif since == now:
                    process.send_signal(signal.SIGQUIT if is_server else signal.SIGTERM)
            except (psutil.Error, ChildProcessError):
                continue
        self.orphans = seen

    def _alive(self, names: list[str]) -> list[spawn.Child]:
        children = [self.kept[name].child for name in names if name in self.kept]
        return [child for child in children if child is not None]

    def _stop(self, children: list[spawn.Child]) -> None:
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_WITHIN
        patience = self.stop_requests
        while any(child.is_alive() for child in children):
            if time.monotonic() > deadline or self.stop_requests > patience:
                break
            self._wait(0.1)
        spawn.stop_all(children, within=0)


def _children() -> list[psutil.Process]:
    try:
        return psutil.Process().children()
    except psutil.Error:
        return []
