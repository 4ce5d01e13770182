"""Windows of the browser that are kept from one test to the next: opening one costs more than most of what is done in it.

A test gets pages of its own, in a window that knows nobody. What stays is what no test looks at: the process that draws,
and the scripts, sheets and fonts it has read. A plain page holds the window open between the tests.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

# What pages write down beyond cookies. Answers of ours say «no-store», so the browser itself keeps files alone.
WRITTEN = "local_storage,indexeddb,cache_storage,service_workers"


class Kept(NamedTuple):
    """A window, the page that holds it open, and the line to the browser by which it is cleaned."""

    context: BrowserContext
    holder: Page
    cleaner: CDPSession


class Windows:
    """The windows of one browser at one address, by how they look: size, colours, scripts or none."""

    def __init__(self, browser: Browser, address: str):
        self.browser, self.address = browser, address
        self.kept: dict[str, list[Kept]] = defaultdict(list)
        self.taken: list[tuple[str, Kept]] = []

    def take(self, **look) -> BrowserContext:
        """Return a window of that look which is as new."""
        key = repr(sorted(look.items()))
        kept = self.kept[key].pop() if self.kept[key] else self._open(look)
        self.taken.append((key, kept))
        return kept.context

    def put_back(self, *, keep: bool) -> None:
        """End what was begun in the windows that were taken, and keep them when `keep` says so."""
        taken, self.taken = self.taken, []
        for key, each in taken:
            if keep and each.context in self.browser.contexts:
                self._clean(each)
                self.kept[key].append(each)
            else:
                each.context.close()

    def close(self) -> None:
        for each in sum(self.kept.values(), []):
            each.context.close()

    def _open(self, look: dict) -> Kept:
        context = self.browser.new_context(base_url=self.address, **look)
        holder = context.new_page()
        holder.goto("/healthz")
        return Kept(context, holder, context.new_cdp_session(holder))

    def _clean(self, kept: Kept) -> None:
        for page in kept.context.pages:
            if page != kept.holder:
                page.close()
        kept.context.set_offline(False)
        kept.context.clear_cookies()
        kept.cleaner.send("Storage.clearDataForOrigin", {"origin": self.address, "storageTypes": WRITTEN})


@pytest.fixture(scope="session")
def kept_windows(browser, live_server, django_db_setup) -> Iterator[Windows]:
    """The windows of this run. They close before the database goes, which the server's threads hold as long as they are
    spoken to."""
    windows = Windows(browser, live_server.url)
    yield windows
    windows.close()


@pytest.fixture
def window(kept_windows, request) -> Iterator[Callable]:
    """window(color_scheme="dark", …) → a window that knows nobody. After a test that failed none is used again."""
    failed = request.session.testsfailed
    yield kept_windows.take
    kept_windows.put_back(keep=request.session.testsfailed == failed)
