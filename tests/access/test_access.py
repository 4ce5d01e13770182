"""Every address x every role x page, fragment and JSON: nobody gets another's data, nothing changes by GET or without token."""

import re
from typing import NamedTuple, Self
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client, override_settings
from django.urls import NoReverseMatch, reverse

from tests.access import admin_rows, walk, world
from tests.access.table import ADMIN, MANAGER, NOT_A_RECORD, OPS, PARTS, REP, TABLE, Row
from tests.factories import teams

ASKS = {"page": {}, "fragment": {"HX-Request": "true"}, "json": {"Accept": "application/json"}}
JSON = ["json"]
STRANGER = "stranger"
SIDES = ("ours", "theirs", "missing")
ADDRESSES = {address.key: address for address in walk.addresses()}
OURS = sorted(key for key in ADDRESSES if not ADDRESSES[key].pattern.startswith("admin/"))
ADMINS_PAGES = sorted(set(ADDRESSES) - set(OURS))
_CHANGING = [re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"'), re.compile(rb'"X-CSRFToken": ?"[^"]*"')]


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker, put_back, tmp_path_factory):
    """The small world with a client per role, made once: the tests prove that asking leaves it as it is."""
    files = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path_factory.mktemp("files")}}
    put_back()
    block = transaction.atomic()
    block._from_testcase = True
    with django_db_blocker.unblock(), override_settings(STORAGES={**settings.STORAGES, "default": files}), block:
        yield Scene()
        transaction.set_rollback(True)


class Answer(NamedTuple):
    """What came back, without what is new in every answer."""

    status_code: int
    headers: dict[str, str]
    body: bytes

    @classmethod
    def of(cls, response) -> Self:
        content = b"".join(response.streaming_content) if response.streaming else response.content
        for pattern in _CHANGING:
            content = pattern.sub(b"", content)
        return cls(response.status_code, dict(response.headers.items()), content)


class Scene:
    def __init__(self):
        from datetime import UTC, datetime

        at = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
        north, south = teams.team("North"), teams.team("South")
        people = {
            REP: teams.person("Nora Bakke", north), MANAGER: teams.person("Tess Moran", north, role=MANAGER),
            OPS: teams.person("Olga Brandt", role=OPS), ADMIN: teams.person("Ada Quist", role=ADMIN),
        }  # fmt: skip
        vera, siri = teams.person("Vera Lindt", south), teams.person("Siri Dahl", south, role=MANAGER)
        self.people = people
        self.sides = {
            "ours": world.side(north, people[REP], people[MANAGER], "Ours", at),
            "theirs": world.side(south, vera, siri, "Theirs", at), "missing": world.nothing(),
        }  # fmt: skip
        self.clients = {role: self.client(role) for role in (STRANGER, *people)}
        self.careful = {role: self.client(role, enforce_csrf_checks=True) for role in (STRANGER, *people)}
        self.tables = world.tables()
        self.table = TABLE | admin_rows.rows()
        self.heard: dict[tuple[str, str, str], Answer] = {}
        self.fingerprint = world.fingerprint(self.tables)
        self.writes = world.writes(self.tables)

    def client(self, role: str, **options) -> Client:
        client = Client(**options)
        if role != STRANGER:
            client.force_login(self.people[role])
        return client

    def url(self, key: str, side: str) -> str:
        address, row = ADDRESSES[key], self.table[key]
        parts = PARTS[row.part](self.sides[side])
        if key.startswith("unnamed"):
            return "/" + re.sub(r"<path:object_id>|\(\?P<url>\.\*\)\$", str(parts[0]), address.pattern)
        return reverse(address.name, args=parts)

    def get(self, role: str, url: str, ask: str) -> Answer:
        """Return the answer to a GET. As none changes anything, one answer serves the two tests that look at it."""
        if (role, url, ask) not in self.heard:
            self.heard[role, url, ask] = Answer.of(self.clients[role].get(url, headers=ASKS[ask]))
        return self.heard[role, url, ask]

    def post(self, role: str, url: str, ask: str) -> Answer:
        return Answer.of(self.clients[role].post(url, headers=ASKS[ask]))

    def row(self, key: str) -> Row:
        if key not in self.table:
            pytest.fail(f"{key} has no row in tests/access/table.py")
        return self.table[key]

    def sides_of(self, row: Row) -> tuple[str, ...]:
        return ("ours",) if row.part in NOT_A_RECORD else SIDES


@pytest.fixture
def unchanged(db, scene):
    """Fail when the test changed any row. The rows are only read again where something was written at all."""
    yield
    if (now := world.writes(scene.tables)) == scene.writes:
        return
    scene.writes = now
    before, after = scene.fingerprint, world.fingerprint(scene.tables)
    assert after == before, f"changed: {sorted(name for name in after if after[name] != before[name])}"


def sees(row: Row, role: str, side: str) -> bool:
    """Tell whether the page is there for this role, with this side's record."""
    if side == "missing":
        return False
    return row.public or (role in row.who and (side == "ours" or role in row.theirs))


def expected(row: Row, role: str, side: str, ask: str) -> set[int]:
    if role == STRANGER and not row.public:
        return {401} if ask == "fragment" else {302}
    if not sees(row, role, side):
        return {404, 405} if row.is_post_only else {404}
    if not isinstance(row.get, dict):
        return {row.get}
    found = next(row.get[key] for key in (f"{role} {ask}", role, ask, "any") if key in row.get)
    return set(found) if isinstance(found, tuple) else {found}


class TestTable:
    def test_has_a_row_for_every_address(self, db, scene):
        assert set(ADDRESSES) - set(scene.table) == set(), "addresses without a row in tests/access/table.py"

    def test_has_no_row_without_an_address(self, db, scene):
        assert set(scene.table) - set(ADDRESSES) == set()

    def test_reverses_every_address(self, db, scene):
        for key, row in scene.table.items():
            for side in scene.sides_of(row):
                try:
                    assert scene.url(key, side)
                except NoReverseMatch as error:
                    pytest.fail(f"{key}: {error}")


def asks_of(row: Row, role: str, asks) -> list[str]:
    """Leave JSON to a rep and a stranger where the table tells no difference: no view of ours looks at what is accepted."""
    differs = isinstance(row.get, dict) and any("json" in key for key in row.get)
    return [ask for ask in asks if ask != "json" or asks == JSON or differs or role in (REP, STRANGER)]


def check_get(scene, key: str, asks) -> None:
    row, wrong = scene.row(key), []
    for side in scene.sides_of(row):
        url = scene.url(key, side)
        for role in scene.clients:
            for ask in asks_of(row, role, asks) if not row.is_post_only and side != "missing" else ["page"]:
                answer = scene.get(role, url, ask)
                allowed = expected(row, role, side, ask)
                if role == OPS and row.part == "upload":
                    allowed |= {405}
                if answer.status_code not in allowed:
                    wrong.append(f"{role} {ask} {side}: {answer.status_code}, not {sorted(allowed)}")
                if role == STRANGER and answer.status_code == 302 and not row.public:
                    assert answer.headers["Location"].startswith(("/account/login/", "/admin/login/"))
                if not row.public and not sees(row, role, side) and side == "theirs":
                    assert b"Theirs" not in answer.body, f"{role} reads something of theirs at {url}"
    assert not wrong, f"{key}\n" + "\n".join(wrong)


@pytest.mark.usefixtures("unchanged")
class TestGet:
    """S1 and half of S4: who gets what, and that asking changes nothing."""

    @pytest.mark.parametrize("key", OURS)
    def test_answers_as_the_table_says(self, scene, key):
        check_get(scene, key, ASKS)

    @pytest.mark.slow
    @pytest.mark.parametrize("key", OURS)
    def test_answers_json_alike_to_everybody(self, scene, key):
        check_get(scene, key, JSON)

    @pytest.mark.parametrize("key", ADMINS_PAGES)
    def test_answers_as_the_table_says_in_the_admin(self, scene, key):
        check_get(scene, key, ["page"])

    @pytest.mark.slow
    @pytest.mark.parametrize("key", ADMINS_PAGES)
    def test_the_admin_answers_fragments_and_json_alike(self, scene, key):
        check_get(scene, key, ["fragment", "json"])


def of_a_side(keys: list[str]) -> list[str]:
    return [key for key in keys if key in TABLE and TABLE[key].part not in NOT_A_RECORD]


@pytest.mark.usefixtures("unchanged")
class TestForeignRecord:
    """S3 and S4: what one may not see answers exactly like what does not exist, for reads and writes, and changes nothing."""

    @pytest.mark.parametrize("key", of_a_side(OURS))
    def test_answers_exactly_like_a_missing_one(self, scene, key):
        check_alike(scene, key, ["page"])

    @pytest.mark.slow
    @pytest.mark.parametrize("key", of_a_side(OURS))
    def test_fragments_and_json_answer_alike_too(self, scene, key):
        check_alike(scene, key, ["fragment", "json"])


def check_alike(scene, key: str, asks) -> None:
    row = scene.row(key)
    theirs, missing = scene.url(key, "theirs"), scene.url(key, "missing")
    for role in (role for role in scene.people if not sees(row, role, "theirs")):
        for method in (scene.get, scene.post):
            for ask in asks:
                foreign, gone = (method(role, url, ask) for url in (theirs, missing))
                told = (role, method.__name__, ask)
                assert foreign.status_code == gone.status_code, told
                assert strip(foreign.body, theirs) == strip(gone.body, missing), told
                assert headers_of(foreign) == headers_of(gone), told


def strip(content: bytes, url: str) -> bytes:
    """Leave out the address that was asked for, which the page repeats."""
    return content.replace(url.encode(), b"").replace(quote(url, safe="").encode(), b"").replace(quote(url).encode(), b"")


def headers_of(answer: Answer) -> dict[str, str]:
    changing = {"X-Request-ID", "Server-Timing", "Set-Cookie", "Content-Length", "Expires"}
    return {name: value for name, value in answer.headers.items() if name not in changing}


@pytest.mark.usefixtures("unchanged")
class TestPost:
    """S4: without a token, or without the right, no POST changes anything."""

    @pytest.mark.parametrize("key", sorted(ADDRESSES))
    def test_changes_nothing_without_token(self, scene, key):
        row = scene.row(key)
        if row.open_post:
            assert row.why
            return
        for side in ("ours",):
            url = scene.url(key, side)
            for role, client in scene.careful.items():
                answer = client.post(url, {"name": "Changed", "active": "0", "action": "delete_selected", "post": "yes"})
                assert answer.status_code in {302, 403, 404, 405}, (role, answer.status_code)
                if answer.status_code == 302:
                    assert answer["Location"].startswith(("/account/", "/admin/login/")) or key.startswith("unnamed"), (role, answer["Location"])

    @pytest.mark.parametrize("key", OURS)
    def test_changes_nothing_without_the_right(self, scene, key):
        row = scene.row(key)
        for role in scene.people:
            if row.public or role in row.who or (role == OPS and row.part == "upload"):
                continue
            answer = scene.clients[role].post(scene.url(key, "ours"), {"name": "Changed", "active": "0", "role": "administrator"})
            assert answer.status_code in {404, 405}, (role, answer.status_code)
