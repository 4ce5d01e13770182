"""Query sets that are compiled once: each run of one in the tests is compared with what Django writes for its keys."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def prepared_is_checked() -> Iterator[None]:
    from core import prepared

    prepared.is_checked = True
    yield
    prepared.is_checked = False
