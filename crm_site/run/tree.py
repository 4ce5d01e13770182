"""The whole product as a process tree of its own, for tests, storms and measurements."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from crm_site.run import config, spawn, state
from crm_site.run.places import ROOT, Places
from crm_site.run.say import Problem

SERVING_WITHIN = 420  # the machine may be busy
STOP_WITHIN = 45


@dataclass
class Tree:
    """A running product. `env`: the environment in which `manage.py` and clients reach it."""

    places: Places
    address: str
    env: dict[str, str]
    process: subprocess.Popen

    def state(self) -> dict:
        return state.read(self.places)

    def pids(self) -> dict[str, int]:
        """Return the pid of each process that lives, by name."""
        return {name: entry["pid"] for name, entry in self.state()["processes"].items() if state.is_ours(entry)}

    def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """Send a process a signal, kill -9 if not said otherwise; return its pid. Raises KeyError when it is not up."""
        pid = self.pids()[name]
        os.kill(pid, number)
        return pid

    def wait_for_restart(self, name: str, pid: int, within: float = 60) -> int:
        """Wait until that name runs under another pid than the one that died; return it."""
        if not state.wait_for(lambda: self.pids().get(name, pid) != pid, seconds=within):
            raise TimeoutError(f"{name} was not started again within {within} s")
        return self.pids()[name]

    def manage(
        self, *words: str, as_owner: bool = False, env: dict[str, str] | None = None, **options
    ) -> subprocess.CompletedProcess:
        """Run one of Django's commands beside it; `env` adds to its environment, the rest is subprocess.run's."""
        env = self.env | ({"CRM_DATABASE_URL": self.env["CRM_DATABASE_OWNER_URL"]} if as_owner else {}) | (env or {})
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            env=env,
            cwd=ROOT,
            check=False,
            **options,
        )

    def stop(self) -> int:
        """Stop it as Ctrl-C does; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.stop()


def start(
    var: Path | str,
    *,
    durable: bool = True,
    profile: str | None = None,
    port: int | None = None,
    demo: bool = False,
    env: dict[str, str] | None = None,
) -> Tree:
    """Start `./crm run` on that folder in the background and wait until it serves; it ends with this process.

    Nothing is taken from this process's CRM_ variables: `env` adds what the test wants to say.
    Raises Problem with the last lines of its output when it does not come up.
    """
    places = Places(Path(var).resolve())
    places.prepare()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("CRM_", "DJANGO_"))}
    environ |= {
        "CRM_VAR": str(places.var),
        "CRM_DEMO": "1" if demo else "0",
        "PYTHONPATH": str(ROOT),
    } | (env or {})
    port = port or free_port()
    profile = profile or ("run" if durable else "throwaway")
    command = spawn.Command(
        name="supervisor",
        argv=[
            sys.executable,
            "-m",
            "crm_site.run",
            "run",
            "--port",
            str(port),
            "--profile",
            profile,
        ],
        env=environ,
        log=places.log_of("supervisor"),
        stop_signal=signal.SIGINT,
    )
    process = spawn.start(command)
    _wait_until_serving(places, process)
    settings = config.read(environ)
    address = state.read(places)["address"]
    handed = settings.env("manage", port=int(address.rpartition(":")[2]), beside=environ)
    return Tree(places, address, handed, process)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_serving(places: Places, process: subprocess.Popen) -> None:
    def is_decided() -> bool:
        now = state.read(places)
        is_his = (now["supervisor"] or {}).get("pid") == process.pid
        return process.poll() is not None or (is_his and now["phase"] == "serving")

    if not state.wait_for(is_decided, seconds=SERVING_WITHIN) or process.poll() is not None:
        said = places.log_of("supervisor").read_text(errors="replace").strip().splitlines()[-8:]
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=STOP_WITHIN)
        raise Problem("The product did not come up.", *said)
