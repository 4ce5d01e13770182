"""Reads along in the logs and says on the terminal, now and then, that something went wrong and where."""

import contextlib
import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from crm_site.run.places import Places
from crm_site.run.say import Terminal, shown

GRAVE = re.compile(rb'"level": ?"(?:error|critical)"|\b(?:ERROR|CRITICAL|FATAL|PANIC)\b')
EVERY, QUIET_FOR, AT_MOST = 3.0, 60.0, 1_000_000


@dataclass
class Logwatch:
    """Follows the logs of the named processes from their present end."""

    places: Places
    terminal: Terminal
    names: tuple[str, ...]
    offsets: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    said_at: dict[str, float] = field(default_factory=dict)
    read_at: float = 0.0

    def __post_init__(self):
        self.offsets = {name: _size(self.places.log_of(name)) for name in self.names}

    def tick(self) -> None:
        now = time.monotonic()
        if now - self.read_at < EVERY:
            return
        self.read_at = now
        for name in self.names:
            self._read(name)
            if self.counts.get(name) and now - self.said_at.get(name, -QUIET_FOR) >= QUIET_FOR:
                self._say(name, now)

    def _read(self, name: str) -> None:
        path = self.places.log_of(name)
        size = _size(path)
        start = self.offsets[name] if self.offsets[name] <= size else 0
        self.offsets[name] = size
        if size <= start:
            return
        with path.open("rb") as file:
            file.seek(max(start, size - AT_MOST))
            grave = [line for line in file.read(AT_MOST).splitlines() if GRAVE.search(line)]
        if grave:
            self.counts[name] = self.counts.get(name, 0) + len(grave)
            self.last[name] = _words(grave[-1])

    def _say(self, name: str, now: float) -> None:
        count = self.counts.pop(name)
        errors = "an error" if count == 1 else f"{count} errors"
        self.terminal.line(f"  {name}: {errors}, last: {self.last[name]}; log: {shown(self.places.log_of(name))}")
        self.said_at[name] = now


def _words(line: bytes) -> str:
    text = line.decode(errors="replace")
    with contextlib.suppress(ValueError, KeyError, TypeError):
        text = json.loads(text)["message"]
    return " ".join(text.split())[:120]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
