"""The event stream: for who is signed in, told what changed, ended with the session and the process."""

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from core import live
from crm_site.events import stream, visitors, with_events
from crm_site.events.hub import Listener
from teams import people
from tests.harness.sessions import session_of

PATIENCE = 60  # seconds: the machine may be busy


def run(coroutine: Coroutine):
    """Run it in a thread of its own: a browser test before this one may have left its loop in the main thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(coroutine, PATIENCE)).result()


class Browser:
    """One that asks for the stream, reads what it is told and may leave."""

    def __init__(self, key: str = "", path: str = stream.PATH, method: str = "GET"):
        cookie = f"{settings.SESSION_COOKIE_NAME}={key}".encode()
        self.scope = {"type": "http", "path": path, "method": method, "headers": [(b"cookie", cookie)] if key else []}
        self.told: asyncio.Queue = asyncio.Queue()
        self.left = asyncio.Event()
        self.status: int | None = None

    async def receive(self) -> dict:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = dict(message["headers"])
        elif message.get("body"):
            await self.told.put(message["body"].decode())

    async def open(self) -> asyncio.Task:
        """Ask, and wait for the first words."""
        serving = asyncio.create_task(with_events(elsewhere)(self.scope, self.receive, self.send))
        first = asyncio.create_task(self.told.get())
        await asyncio.wait({serving, first}, return_when=asyncio.FIRST_COMPLETED)
        first.cancel()
        return serving

    async def next(self, name: str) -> list:
        """Read on to the next message of a name."""
        while True:
            said = dict(line.split(": ", 1) for line in (await self.told.get()).splitlines() if ": " in line)
            if said.get("event") == name:
                return json.loads(said["data"])


async def elsewhere(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})


async def publish(*topics: str) -> None:
    assert await asyncio.to_thread(live.publish, *topics)


@pytest.mark.django_db(transaction=True)
class TestStream:
    @pytest.mark.parametrize("key", ["", "no-such-session"])
    def test_is_refused_to_strangers(self, key):
        async def ask() -> int | None:
            browser = Browser(key)
            await browser.open()
            return browser.status

        assert run(ask()) == 401

    @pytest.mark.parametrize(("path", "method"), [("/healthz", "GET"), ("/events/", "POST"), ("/events", "GET")])
    def test_leaves_every_other_address_alone(self, path, method):
        async def ask() -> int | None:
            browser = Browser("", path, method)
            await (await browser.open())
            return browser.status

        assert run(ask()) == 418

    def test_tells_its_person_and_nobody_else(self, nora, omar):
        keys = [session_of(nora), session_of(omar)]

        async def ask() -> tuple:
            browsers = [Browser(key) for key in keys]
            serving = [await browser.open() for browser in browsers]
            await publish(f"person:{nora.pk}", "board:7")
            heard = [await browser.next("changed") for browser in browsers]
            for browser in browsers:
                browser.left.set()
            await asyncio.gather(*serving)
            return browsers[0].status, heard, browsers[0].headers[b"cache-control"]

        assert run(ask()) == (200, [["board:7", "notices"], ["board:7"]], b"no-store")

    @pytest.mark.parametrize("end", ["signed out", "left", "role"])
    def test_ends_with_the_session(self, nora, end):
        key = session_of(nora)
        ends = {
            "signed out": lambda: (people.sign_out_everywhere(nora), Session.objects.all().delete()),
            "left": lambda: people.deactivate(nora),
            "role": lambda: people.change_role(nora, "manager"),
        }

        def stop() -> None:
            from django.db import connections

            ends[end]()
            connections.close_all()

        async def ask() -> list:
            browser = Browser(key)
            serving = await browser.open()
            await asyncio.to_thread(stop)
            said = await browser.next("ended")
            await serving
            return said

        assert run(ask()) == []

    def test_ends_with_its_process(self, nora, monkeypatch):
        key = session_of(nora)

        async def ask() -> bool:
            serving = await Browser(key).open()
            monkeypatch.setattr(stream, "is_stopping", lambda: True)
            await serving
            return True

        assert run(ask())

    def test_is_refused_while_the_broker_is_away(self, nora, settings):
        settings.LIVE_URL = "unix:///nowhere/valkey.sock"
        key = session_of(nora)

        async def ask() -> int | None:
            browser = Browser(key)
            await (await browser.open())
            return browser.status

        assert run(ask()) == 503

    def test_one_person_has_a_few_at_most(self, nora, monkeypatch):
        monkeypatch.setattr(stream, "MOST_OF_ONE", 1)
        key = session_of(nora)

        async def ask() -> list:
            first, second = Browser(key), Browser(key)
            serving = await first.open()
            await second.open()
            first.left.set()
            await serving
            return [first.status, second.status]

        assert run(ask()) == [200, 429]


class TestListener:
    def test_gathers_what_it_did_not_tell(self):
        async def hear() -> list:
            listener = Listener(7)
            for topic in ("person:7", "person:70", "board:2", "board:2", "session:8", "session:7"):
                listener.hear(topic)
            return [listener.take(), listener.take()]

        assert run(hear()) == [["board:2", "notices", "session"], []]


class TestSessionKey:
    @pytest.mark.parametrize(
        ("cookies", "key"),
        [([], ""), ([b"a=b; crm_session=xyz"], "xyz"), ([b"crm_session=a", b"x=y"], "a"), ([b"\xff\xfe;;;=="], ""),
         ([b'crm_session="unclosed'], "")],
    )  # fmt: skip
    def test_comes_from_any_bytes(self, cookies, key):
        found = visitors.session_key([(b"cookie", cookie) for cookie in cookies])
        assert found == key or not key


class TestBroker:
    def test_that_is_away_costs_the_teller_nothing(self, settings):
        settings.LIVE_URL = "unix:///nowhere/valkey.sock"
        assert live.publish("person:1") is False
