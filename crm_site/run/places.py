"""Where things are kept: the var folder, and a short folder for sockets."""

import contextlib
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from crm_site.run.say import Problem

ROOT = Path(__file__).resolve().parents[2]
SOCKETS = Path("/tmp")  # a socket's path may have 103 bytes, so it can't lie below the checkout
ROTATE_ABOVE = 20 * 1024 * 1024


@dataclass(frozen=True)
class Places:
    """The folders of one installation."""

    var: Path

    @property
    def secrets(self) -> Path:
        return self.var / "secrets"

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def cluster(self) -> Path:
        return self.var / "postgres" / "data"

    @property
    def valkey(self) -> Path:
        return self.var / "valkey"

    @property
    def sockets(self) -> Path:
        digest = hashlib.sha256(os.fsencode(self.var)).hexdigest()[:8]
        return SOCKETS / f"crm-{os.geteuid()}-{digest}"

    def prepare(self) -> None:
        """Make the folders; refuse those that belong to somebody else."""
        try:
            self.var.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Problem(
                f"The folder {self.var} can't be made: {error.strerror}.",
                "Use a checkout of your own, or name another folder: CRM_VAR=/path ./crm …",
            ) from None
        if self.var.stat().st_uid != os.geteuid():
            raise Problem(
                f"The folder {self.var} belongs to another user.",
                "Run as that user, or name another folder: CRM_VAR=/path ./crm …",
            )
        for folder, mode in (
            (self.secrets, 0o700),
            (self.run, 0o700),
            (self.log, 0o750),
            (self.valkey, 0o700),
        ):
            folder.mkdir(mode=mode, exist_ok=True)
        self._prepare_sockets()

    def _prepare_sockets(self) -> None:
        # /tmp is everybody's: the folder must be a real one and ours alone, not one laid there for us.
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        facts = self.sockets.lstat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid not in {
            os.geteuid(),
            self._cluster_owner(),
        }:
            raise Problem(
                f"{self.sockets} belongs to somebody else.",
                "Remove it, then start again.",
            )
        if facts.st_mode & 0o077:
            self.sockets.chmod(0o700)

    def remove_sockets(self) -> None:
        """Remove the sockets' folder unless somebody still uses it."""
        with contextlib.suppress(OSError):
            self.sockets.rmdir()

    def _cluster_owner(self) -> int:
        # As root without namespaces the servers run as another user, who owns the sockets' folder too.
        return self.cluster.stat().st_uid if os.geteuid() == 0 and self.cluster.exists() else os.geteuid()

    def log_of(self, name: str) -> Path:
        return self.log / f"{name}.log"

    def rotate(self, name: str) -> None:
        """Put a log above 20 MB aside, as NAME.log.1."""
        path = self.log_of(name)
        if path.exists() and path.stat().st_size > ROTATE_ABOVE:
            path.replace(path.with_suffix(".log.1"))


def places_from(environ: dict[str, str]) -> Places:
    return Places(Path(environ.get("CRM_VAR") or ROOT / "var").expanduser().resolve())
