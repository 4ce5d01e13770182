"""What every journey has: workers, a folder for uploads, a form that may be filled in as fast as a machine can."""

import os
from collections.abc import Callable

import pytest

from tests.factories import capture, opportunities


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Keep what a journey uploads in a folder of its own."""
    storages = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = storages


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    """Let a form be filled in faster than a person types, and a small file be read in the request on a slow machine."""
    monkeypatch.setattr("capture.web_form.guards.TOO_FAST", -1)
    monkeypatch.setattr("capture.imports.running.IN_A_REQUEST", 600)


@pytest.fixture
def work(db) -> Callable[[], None]:
    """work() does what the two workers would: it returns when nothing is due any more."""
    from capture import tasks

    def until_quiet() -> None:
        while tasks.bulk_sweep_imports() + tasks.sweep():
            pass

    return until_quiet


@pytest.fixture
def form(north):
    """The public form of North, on their web site."""
    return capture.web_form("Contact us", slug="contact-north", team=north)


@pytest.fixture
def stages(db):
    return opportunities.stages()


def pytest_terminal_summary(terminalreporter):
    """Say what was not run: the real data sets are no part of the project."""
    if not os.environ.get("CRM_OPEN_DATA"):
        terminalreporter.write_line("The journeys over real data did not run: CRM_OPEN_DATA names no folder.", yellow=True)
