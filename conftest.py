"""The cast every test may ask for, and the state each test starts from."""

import os
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

# The browser's driver keeps an event loop in the main thread; the database is used beside it, never inside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")

FILLED_BY_DJANGO = ("django_", "auth_", "account_", "mfa_")
pytest_plugins = ["tests.harness.schema", "tests.harness.browser"]


@pytest.fixture
def at() -> datetime:
    """A Wednesday morning in November."""
    return datetime(2026, 11, 18, 9, 30, tzinfo=UTC)


@pytest.fixture
def north(db):
    from tests.factories import teams

    return teams.team("North")


@pytest.fixture
def south(db):
    from tests.factories import teams

    return teams.team("South")


@pytest.fixture
def nora(north):
    """A sales rep of North."""
    from tests.factories import teams

    return teams.person("Nora Bakke", north, email="nora@fjordfinch.example", hue=1)


@pytest.fixture
def omar(north):
    """Nora's teammate."""
    from tests.factories import teams

    return teams.person("Omar Haddad", north, email="omar@fjordfinch.example", hue=2)


@pytest.fixture
def vera(south):
    """A sales rep of another team."""
    from tests.factories import teams

    return teams.person("Vera Lindt", south, email="vera@fjordfinch.example", hue=3)


@pytest.fixture
def tess(north):
    """The manager of North."""
    from tests.factories import teams

    return teams.person("Tess Moran", north, email="tess@fjordfinch.example", role="manager", hue=4)


@pytest.fixture
def olga(db):
    """Operations."""
    from tests.factories import teams

    return teams.person("Olga Brandt", email="olga@fjordfinch.example", role="ops", hue=5)


@pytest.fixture
def ada(db):
    """The administrator."""
    from tests.factories import teams

    return teams.person("Ada Quist", email="ada@fjordfinch.example", role="administrator", hue=6)


@pytest.fixture
def client_of(db) -> Callable:
    """client_of(nora) → a client signed in as Nora; client_of(None) → a stranger's. Both check CSRF when asked."""
    from django.test import Client

    def sign_in(user, **options) -> Client:
        client = Client(**options)
        if user is not None:
            client.force_login(user)
        return client

    return sign_in


@pytest.fixture(scope="session")
def first_rows(django_db_setup, django_db_blocker) -> dict[str, bytes]:
    """What the migrations put into an empty installation (default team, lists, first pipeline …): COPY text by table."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        tables = [table for table in connection.introspection.table_names(cursor) if not table.startswith(FILLED_BY_DJANGO)]
        rows = {}
        for table in tables:
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                rows[table] = b"".join(copy)
        return {table: text for table, text in rows.items() if text}


@pytest.fixture(autouse=True)
def fresh_state(request):
    """Start with an empty cache and, where a test's commits are real, with the rows of an empty installation.

    Emptying the tables after such a test takes what the migrations had put there with it.
    """
    names = set(request.fixturenames)
    marker = request.node.get_closest_marker("django_db")
    if not names & {"db", "transactional_db", "live_server"} and marker is None:
        yield
        return
    from django.core.cache import cache

    cache.clear()
    if names & {"transactional_db", "live_server"} or (marker and marker.kwargs.get("transaction")):
        rows = request.getfixturevalue("first_rows")
        request.getfixturevalue("transactional_db")
        _put_back(rows)
    yield


def _put_back(rows: dict[str, bytes]) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM teams_salesteam LIMIT 1")
        if cursor.fetchone():
            return
        for table, text in rows.items():
            with cursor.copy(f'COPY "{table}" FROM STDIN') as copy:
                copy.write(text)
