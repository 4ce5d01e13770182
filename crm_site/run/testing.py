"""Pytest plugin: engines of their own for the tests, in a folder that is thrown away.

Loaded by `-p crm_site.run.testing` before Django reads its settings. Nothing is started when CRM_DATABASE_URL names a
server, nor in the workers of a parallel run, which use the engines of the process that started them.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from crm_site.run import engines, locks
from crm_site.run.places import Places
from crm_site.run.postgres import OWNER, SUPERUSER, Postgres

PREFIX = "crm-test-"
KEPT = ("CRM_CHROMIUM", "CRM_OPEN_DATA", "CRM_LOG_LEVEL", "CRM_TEST_")


def start() -> None:
    """Start throw-away engines and name them in this process's environment."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker or os.environ.get("CRM_DATABASE_URL"):
        os.environ.setdefault("CRM_TESTING", "1")
        if worker and "CRM_VAR" in os.environ:  # each empties its cache before a test, so each has its own
            os.environ["CRM_REDIS_URL"] += f"?db={2 * int(worker.removeprefix('gw'))}"
        return
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    alive = locks.take(folder / "alive.lock")
    servers = engines.start(folder, profile="test")
    _trust_the_owner(Places(folder))
    for name in [name for name in os.environ if name.startswith("CRM_") and not name.startswith(KEPT)]:
        del os.environ[name]
    owner = servers.env["CRM_DATABASE_OWNER_URL"]  # pytest-django makes the test database, so it is the owner's
    os.environ.update(servers.env | {"CRM_DATABASE_URL": owner, "CRM_TESTING": "1", "CRM_DEMO": "0"})
    here = os.getpid()

    def end() -> None:
        if os.getpid() == here:  # not in a forked child
            servers.stop()
            os.close(alive)
            _remove(folder)

    atexit.register(end)


def _trust_the_owner(places: Places) -> None:
    """Let the owner of the test databases empty tables behind the back of their triggers."""
    import psycopg

    with psycopg.connect(Postgres(places).url(SUPERUSER, "postgres"), autocommit=True) as server:
        server.execute(f"GRANT SET ON PARAMETER session_replication_role TO {OWNER}")


def sweep() -> None:
    """Remove the folders of test runs that were killed."""
    for folder in Path(tempfile.gettempdir()).resolve().glob(f"{PREFIX}*"):
        is_ours = folder.stat().st_uid == os.geteuid() and (folder / "alive.lock").exists()
        if is_ours and not locks.is_held(folder / "alive.lock"):
            _remove(folder)


def _remove(folder: Path) -> None:
    shutil.rmtree(Places(folder).sockets, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


start()
