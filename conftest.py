"""The cast every test may ask for, and the state each test starts from."""

import os
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, settings

# The browser's driver keeps an event loop in the main thread; the database is used beside it, never inside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")

pytest_plugins = [f"tests.harness.{part}" for part in ("prepared", "schema", "emptying", "statics", "browser", "windows")]

# The same examples every time, however long one takes: a slow machine finds nothing that a quick one does not.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")

# What starts the whole product runs one after the other, and the longest begin first: a parallel run ends with short ones.
OF_THE_MACHINE = ("tests/run/", "tests/storm/", "tests/demo/")
SECOND_TRY = ("tests/run/", "tests/demo/")
LONGEST = ("tests/journeys/test_every_page.py", "tests/access/", "tests/", "capture/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Keep a file's tests together in a parallel run, and those that need the machine to themselves behind each other."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            name = nodeid.split("::")[0]
            return "machine" if name.startswith(OF_THE_MACHINE) else name

    config.option.loadscopereorder = False
    return ByFile(config, log)


# What opens a browser or starts the whole product stumbles now and then beside a busy machine. The whole run tries such a
# test a second time and names it at its end (-rR); a test that is named by itself gets no second try.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config, items):
    yield
    if hasattr(config, "workerinput"):
        items.sort(key=_place)
        for item in items:
            if "window" in item.fixturenames or item.nodeid.startswith(SECOND_TRY):
                item.add_marker(pytest.mark.flaky(reruns=1))


def _place(item) -> int:
    return next((n for n, start in enumerate((*OF_THE_MACHINE, *LONGEST)) if item.nodeid.startswith(start)), 99)


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
    from tests.harness import sessions

    return sessions.client_of


@pytest.fixture(autouse=True)
def fresh_state(request):
    """Start with an empty cache and with the rows of an empty installation.

    Where a test's commits are real, the tables are brought back to that behind it.
    """
    names = set(request.fixturenames)
    marker = request.node.get_closest_marker("django_db")
    if not names & {"db", "transactional_db", "live_server"} and marker is None:
        yield
        return
    from django.core.cache import caches

    for name in ("default", "parts"):
        caches[name].clear()
    request.getfixturevalue("put_back")()
    yield
