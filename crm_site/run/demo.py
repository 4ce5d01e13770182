"""Loading the demo data behind a running product: goes on where it was torn off, by a dead database say."""

import time
from dataclasses import dataclass, field
from pathlib import Path

from crm_site.run import say, spawn, state
from crm_site.run.supervisor import Supervisor

TRIES, PAUSE = 3, 5.0


@dataclass
class DemoLoading:
    """One process that ends by itself, begun again when it failed; what it told already is not told again."""

    supervisor: Supervisor
    command: spawn.Command
    wanted: Path  # this file exists until the data are whole
    tries: int = TRIES
    pause: float = PAUSE
    began: float = field(default_factory=time.monotonic)
    child: spawn.Child | None = None
    due: float = 0.0  # when to begin again, by the monotonic clock

    def begin(self) -> None:
        self._start()
        self.supervisor.on_tick.append(self.tick)

    def tick(self) -> None:
        if self.child is None and time.monotonic() >= self.due:
            self._start()
        elif self.child is not None and not self.child.is_alive():
            self._note_end(self.child)

    def _start(self) -> None:
        self.child = self.supervisor.run_once(self.command)
        with state.changing(self.supervisor.places) as written:
            written["processes"]["demo"] = state.entry(self.child.pid, self.command.log)

    def _note_end(self, ended: spawn.Child) -> None:
        self.child, self.tries, self.due = None, self.tries - 1, time.monotonic() + self.pause
        with state.changing(self.supervisor.places) as written:
            written["processes"].pop("demo", None)
        is_whole = ended.process.returncode == 0
        if is_whole:
            self.wanted.unlink(missing_ok=True)
            self.supervisor.terminal.line(f"  Demo data are in ({time.monotonic() - self.began:.0f} s).")
        else:
            self.supervisor.terminal.line(
                f"  Loading the demo data ended early ({ended.how_it_ended()}); log: {say.shown(self.command.log)}. "
                + ("It goes on in a moment." if self.tries else "The next start tries again.")
            )
        if is_whole or not self.tries:
            self.supervisor.on_tick.remove(self.tick)
