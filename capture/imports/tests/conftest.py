"""An import from its bytes to its end, as the pages and the worker take it."""

from collections.abc import Callable

import pytest

from capture.imports import running, uploads
from capture.models import ImportRun


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    """Keep what a test uploads in a folder of its own."""
    storages = {**settings.STORAGES}
    storages["default"] = {**storages["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = storages


@pytest.fixture(autouse=True)
def patient_requests(monkeypatch):
    """Let a small file be read in the request, however slow the machine."""
    monkeypatch.setattr("capture.imports.running.IN_A_REQUEST", 600)


@pytest.fixture
def read_file(olga, north) -> Callable[..., ImportRun]:
    """read_file(bytes) → the import of a file whose columns are to be matched (or that was refused)."""

    def read(content: bytes, name: str = "file.csv", *, by=olga, team=north, **options) -> ImportRun:
        run = uploads.keep([content], by=by, name=name, team=team, **options)
        running.advance()
        run.refresh_from_db()
        return run

    return read


@pytest.fixture
def check_file(read_file) -> Callable[..., ImportRun]:
    """check_file(bytes) → the import with every row judged, the columns matched as proposed."""

    def check(content: bytes, name: str = "file.csv", **options) -> ImportRun:
        run = read_file(content, name, **options)
        if run.step == ImportRun.Step.MAPPING:
            settle_outcomes(run)
            running.check_again(run)
            running.advance()
            run.refresh_from_db()
        return run

    return check


@pytest.fixture
def import_file(check_file, at) -> Callable[..., ImportRun]:
    """import_file(bytes) → the finished import."""

    def bring_in(content: bytes, name: str = "file.csv", **options) -> ImportRun:
        run = check_file(content, name, **options)
        if run.step == ImportRun.Step.PREVIEW:
            running.start(run, at=at)
            running.advance()
            run.refresh_from_db()
        return run

    return bring_in


def settle_outcomes(run: ImportRun) -> None:
    from capture.imports import pages

    run.options = {**run.options, "outcomes": pages.outcomes(run)}
    run.save(update_fields=["options"])
