"""A real browser against the live server: signed in as anybody, complaining about any error the page logs."""

import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
ARGUMENTS = [
    "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATIENCE = 60_000  # ms: the machine may be busy
expect.set_options(timeout=PATIENCE)


def chromium() -> str | None:
    """Return the installed Chromium, or None: then the driver looks for its own."""
    named = os.environ.get("CRM_CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = chromium()
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    found = {"executable_path": path} if path else {}
    return {**browser_type_launch_args, **found, "args": [*ARGUMENTS, *sandbox], "timeout": PATIENCE}


@dataclass
class Complaints:
    """What pages logged as errors. `allow` names the few a test provokes on purpose, e.g. "422"."""

    seen: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def allow(self, pattern: str) -> None:
        self.allowed.append(pattern)

    @property
    def open(self) -> list[str]:
        return [each for each in self.seen if not any(re.search(pattern, each) for pattern in self.allowed)]

    def listen(self, page) -> None:
        page.on("console", lambda message: self._on_console(message))
        page.on("pageerror", lambda error: self.seen.append(f"{page.url}: {error}"))

    def _on_console(self, message) -> None:
        if message.type == "error":
            self.hear(f"{message.location.get('url', '')}: {message.text}")

    def hear(self, text: str) -> None:
        """Keep what was said. A question overtaken by a newer one (hx-sync) is dropped on purpose and said in two lines."""
        if "htmx:sendAbort" in text:
            said = text.replace("htmx:sendAbort", "htmx:afterRequest")
            self.seen = [each for each in self.seen if each != said]
        else:
            self.seen.append(text)


@pytest.fixture
def complaints():
    """Fail the test when a page logged an error it did not allow."""
    found = Complaints()
    yield found
    assert not found.open, "the browser's console: " + "; ".join(found.open)


@pytest.fixture
def page_as(live_server, window, complaints) -> Callable:
    """page_as(nora) → a page of a browser signed in as Nora; page_as(None) a stranger's.

    page_as(nora, dark=True, phone=True, javascript=False, …): further words go to the browser's context.
    """

    def open_page(user, *, dark: bool = False, phone: bool = False, javascript: bool = True, **options):
        context = window(
            color_scheme="dark" if dark else "light", reduced_motion="reduce", java_script_enabled=javascript,
            **{**(PHONE if phone else DESKTOP), **options},
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        if user is not None:
            from tests.harness.sessions import session_of

            context.add_cookies([{"name": "crm_session", "value": session_of(user), "url": live_server.url}])
        page = context.new_page()
        complaints.listen(page)
        return page

    return open_page


def settled(page) -> None:
    """Wait until what was asked for has come into the page: an act in what it replaces is lost with it."""
    expect(page.locator(".htmx-request, .htmx-swapping")).to_have_count(0)


def barriers(page, *, within: str | None = None, without: Sequence[str] = ()) -> list[str]:
    """Return what axe finds on the page as it stands: one line per rule and place, none of parts to be left out."""
    from axe_playwright_python.base import AXE_SCRIPT

    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "([root, leave, rules]) => axe.run({include: root ? [root] : document, exclude: leave}, {runOnly: rules, resultTypes: ['violations']})",
        [within, list(without), AXE_RULES],
    )
    return [
        f"{violation['id']}: {node['target'][0]} {node.get('failureSummary', '')}".replace("\n", " ")
        for violation in found["violations"] for node in violation["nodes"]
    ]  # fmt: skip


@pytest.fixture
def accessible() -> Callable:
    """accessible(page) fails with axe's findings when the page has barriers."""

    def check(page, *, within: str | None = None) -> None:
        found = barriers(page, within=within)
        assert not found, f"{page.url}:\n" + "\n".join(found)

    return check
