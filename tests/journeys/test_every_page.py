"""Every page of the access table in a browser: no barriers, no errors in the console, nothing to scroll sideways at 320 px."""

import re

import pytest
from django.http import HttpResponse

from tests.access.table import ADMIN, MANAGER
from tests.access.test_access import ADMINS_PAGES, OURS, Scene, expected
from tests.harness.browser import PHONE, barriers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

DARK_DESK = {"dark": True}
LIGHT_PHONE, DARK_PHONE = {"phone": True}, {"dark": True, "phone": True}
ALL = pytest.mark.slow
NARROW = 320
SHELL = ["header.sidebar", "nav.bottombar"]
TOKEN = re.compile(r'value="\w{64}"')
TOO_WIDE = """() => {
  const seen = [document.documentElement, ...document.querySelectorAll("main .scroll:not(:has(table, .board)), main .page-body, dialog[open]")];
  return seen.filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "hidden")
    .map((one) => `${one.tagName} ${one.className}: ${one.scrollWidth} of ${one.clientWidth}`);
}"""

SETTLE = """() => {
  for (const each of document.getAnimations()) if (each.effect.getComputedTiming().endTime !== Infinity) each.finish();
}"""


@pytest.fixture
def scene(fresh_state, live_server) -> Scene:
    """Return the small world of the access test, stored for real."""
    return Scene()


def addresses(scene: Scene, keys: list[str], role: str) -> list[str]:
    """Return the addresses that answer this person; one without a row fails the test of access."""
    rows = {key: scene.table[key] for key in keys if key in scene.table}
    return [scene.url(key, "ours") for key, row in rows.items() if not row.is_post_only and expected(row, role, "ours", "page") == {200}]


def is_page(scene: Scene, role: str, url: str) -> bool:
    """Tell whether this person gets a page of HTML there."""
    answer: HttpResponse = scene.clients[role].get(url)
    return answer.headers.get("Content-Type", "").startswith("text/html") and b"<main" in answer.getvalue()


def pages(scene: Scene, keys: list[str], role: str) -> list[str]:
    return [url for url in addresses(scene, keys, role) if is_page(scene, role, url)]


def shell_of(page) -> str:
    """Return what stands around the page's own part; one that was looked at is not looked at again."""
    parts = page.evaluate("parts => parts.map(part => document.querySelector(part)?.outerHTML).join()", SHELL)
    return TOKEN.sub("", parts)


def look_at(page, urls: list[str], *, twice: bool = False) -> list[str]:
    """Visit every address and return what is wrong with it; `twice` looks again as a phone in the dark shows it."""
    wrong, seen = [], set()
    wide = page.viewport_size
    for url in urls:
        page.set_viewport_size(wide)
        if twice:
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(url)
        shell = shell_of(page)
        without, seen = SHELL if shell in seen else (), seen | {shell}
        wrong += [f"{url}: {barrier}" for barrier in barriers(page, without=without)]
        if twice:
            page.set_viewport_size(PHONE["viewport"])
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            page.evaluate(SETTLE)  # colours that are still on their way have no contrast yet
            wrong += [f"{url}: dark phone: {barrier}" for barrier in barriers(page, without=without)]
        page.set_viewport_size({"width": NARROW, "height": 640})
        wrong += [f"{url}: at {NARROW} px {part}" for part in page.evaluate(TOO_WIDE)]
    return wrong


BOTH = "light desktop and dark phone"
LOOKS = [
    pytest.param(ADMIN, BOTH, id=BOTH), pytest.param(MANAGER, DARK_PHONE, id="dark phone", marks=ALL),
    pytest.param(MANAGER, DARK_DESK, id="dark desktop", marks=ALL), pytest.param(ADMIN, LIGHT_PHONE, id="light phone", marks=ALL),
]  # fmt: skip


def visit(page_as, person, look: dict | str, urls: list[str]) -> list[str]:
    """Look at pages one way, or at each both ways before the next: half the visits of two walks."""
    both = look == BOTH
    return look_at(page_as(person, **({} if both else look)), urls, twice=both)


class TestEveryPage:
    @pytest.mark.parametrize(("role", "look"), LOOKS)
    def test_has_no_barriers(self, page_as, scene, role, look):
        urls = pages(scene, OURS, role)
        assert len(urls) > 40
        wrong = visit(page_as, scene.people[role], look, urls)
        assert not wrong, "\n".join(wrong)

    @pytest.mark.parametrize(("role", "look"), LOOKS)
    def test_of_the_set_up_tables_has_none_either(self, page_as, scene, role, look, request):
        urls = addresses(scene, ADMINS_PAGES, role)
        if not request.node.get_closest_marker("slow"):
            urls = one_of_each_kind(urls)
        urls = [url for url in urls if is_page(scene, role, url)]
        assert len(urls) > 4
        wrong = visit(page_as, scene.people[role], look, urls)
        assert not wrong, "\n".join(wrong)

    def test_reaches_a_stranger(self, page_as, scene):
        urls = pages(scene, [key for key in OURS if key in scene.table and scene.table[key].public], "stranger")
        assert len(urls) > 4
        wrong = look_at(page_as(None, **DARK_PHONE), urls)
        assert not wrong, "\n".join(wrong)


def one_of_each_kind(urls: list[str]) -> list[str]:
    """Keep the tables' lists, and one form, history and deletion: their templates are the same."""
    lists = [url for url in urls if url.strip("/").count("/") == 2]
    kinds = {url.rstrip("/").rpartition("/")[2]: url for url in urls if url not in lists}
    return sorted({*lists[::4], *kinds.values()})
