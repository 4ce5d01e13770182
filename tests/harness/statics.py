"""The pages' own files in the tests: looked for once, and served as the product serves them.

Every test client loads the middleware anew, and the one that serves files walks all folders of them, in a tenth of a
second. The live server would serve them in Django's way for developers, which no browser keeps.
"""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def files_are_listed_once() -> Iterator[None]:
    """Hand the list of files on from one middleware to the next; other settings make another list."""
    from django.conf import settings
    from whitenoise.middleware import WhiteNoiseMiddleware

    lists: dict[str, dict] = {}
    look_for_files = WhiteNoiseMiddleware.add_files_from_finders

    def take_list(middleware) -> None:
        key = repr((settings.STATIC_URL, settings.STATIC_ROOT, settings.STATICFILES_DIRS, settings.STATICFILES_FINDERS))
        if key not in lists:
            look_for_files(middleware)
            lists[key] = dict(middleware.files)
        middleware.files.update(lists[key])

    WhiteNoiseMiddleware.add_files_from_finders = take_list
    yield
    WhiteNoiseMiddleware.add_files_from_finders = look_for_files


@pytest.fixture(scope="session", autouse=True)
def live_server_serves_files_itself() -> Iterator[None]:
    """Take Django's handler for developers off the live server: the middleware behind it serves the files."""
    from django.contrib.staticfiles import handlers

    for_developers = handlers.StaticFilesHandler
    handlers.StaticFilesHandler = lambda application: application
    yield
    handlers.StaticFilesHandler = for_developers
