"""What the launcher tells people: few lines, each with a reason to be there."""

import os
import sys
from pathlib import Path


class Problem(Exception):
    """Something that keeps a command from going on: its cause, and what to do next."""

    def __init__(self, cause: str, *next_steps: str):
        super().__init__(cause)
        self.cause = cause
        self.next_steps = next_steps
        for step in next_steps:  # so that a traceback shows them too
            self.add_note(step)


def report(problem: Problem) -> None:
    print(
        f"crm: {problem.cause}",
        *(f"     {step}" for step in problem.next_steps),
        sep="\n",
        file=sys.stderr,
    )


def shown(path: Path) -> str:
    """Return the path as one would type it from here."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class Terminal:
    """Writes to a stream; on a real terminal a step in progress is one line that its end replaces."""

    def __init__(self, stream=None):
        self.stream = stream or sys.stdout
        self.is_live = self.stream.isatty() and os.environ.get("TERM", "") != "dumb"
        self._step = ""

    def line(self, text: str = "") -> None:
        """Print one line, for good."""
        self._wipe()
        self._write(f"{text}\n")

    def step(self, text: str) -> None:
        """Show what is being done now; the next line or step takes its place."""
        if self.is_live:
            self._wipe()
            self._step = text
            self._write(self.dim(f"  {text} …"))

    def facts(self, title: str, **facts: str) -> None:
        """Print a small table below a title."""
        self.line()
        self.line(f"  {self.bold(title)}")
        self.line()
        width = max(len(name) for name in facts) + 3
        for name, text in facts.items():
            self.line(f"  {self.dim(name.replace('_', ' ').ljust(width))}{text}")
        self.line()

    def bold(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self.is_live else text

    def dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if self.is_live else text

    def _wipe(self) -> None:
        if self._step:
            self._step = ""
            self._write("\r\x1b[2K")

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except (
            BrokenPipeError,
            OSError,
        ):  # whoever read us has gone; the product goes on
            self.stream = open(os.devnull, "w")  # noqa: SIM115 - lives as long as the terminal it stands for
