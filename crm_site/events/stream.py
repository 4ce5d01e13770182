"""GET /events/: a stream of server-sent events for as long as the session, the process and the browser last."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable
from weakref import WeakKeyDictionary

from crm_site.events.hub import Hub, Listener
from crm_site.events.visitors import Door, session_key

log = logging.getLogger(__name__)
PATH = "/events/"
PULSE = 15  # seconds between signs of life; each also looks whether the session still holds
GAP = 0.25  # seconds between two messages: what happens in between goes into one
MOST_OF_ONE = 10  # streams of one person in one process
MOST = 2000
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"),
    (b"connection", b"close"), (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"), (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]  # fmt: skip

is_stopping: Callable[[], bool] = lambda: False  # noqa: E731 - the server puts its own question here


class Streams:
    """The streams of one event loop."""

    def __init__(self) -> None:
        self.hub, self.door, self.of = Hub(), Door(), Counter()
        self.watch: asyncio.Task | None = None

    async def serve(self, scope, receive, send) -> None:
        key = session_key(scope["headers"])
        person = await self.door.ask(key)
        if person is None:
            return await refuse(send, 401)
        if self.of[person] >= MOST_OF_ONE or self.of.total() >= MOST:
            return await refuse(send, 429)
        self.of[person] += 1
        try:
            async with self.hub.listen(person) as listener:
                if listener is None:
                    return await refuse(send, 503)
                self._watch()
                await self._stream(key, listener, receive, send)
        finally:
            self.of[person] -= 1
            if not self.of[person]:
                del self.of[person]

    async def _stream(self, key: str, listener: Listener, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await say(send, "retry: 2000\n\n")
        gone = asyncio.ensure_future(_left(receive, listener))
        try:
            while not listener.is_over:
                await self._tell(key, listener, send)
        finally:
            gone.cancel()
        if not gone.done() or not gone.result():
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, key: str, listener: Listener, send) -> None:
        """Wait for something to say, or for the next sign of life, and say it."""
        try:
            await asyncio.wait_for(listener.news.wait(), PULSE)
        except TimeoutError:
            listener.changed.add("session")
        changed = listener.take()
        if listener.is_over:
            return
        name = "changed" if changed != ["session"] else "alive"
        if "session" in changed:
            changed.remove("session")
            if await self.door.ask(key) != listener.person:
                name, changed = "ended", []
                listener.end()
        await say(send, f"event: {name}\ndata: {json.dumps(changed)}\n\n")
        await asyncio.sleep(GAP)

    def _watch(self) -> None:
        if self.watch is None or self.watch.done():
            self.watch = asyncio.get_running_loop().create_task(self._end_with_the_process())

    async def _end_with_the_process(self) -> None:
        while not is_stopping():
            await asyncio.sleep(0.5)
        self.hub.end_all()


async def _left(receive, listener: Listener) -> bool:
    """Wait until the browser goes, and end its stream."""
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()
    return True


async def say(send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def refuse(send, status: int) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS[1:]]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


_streams: "WeakKeyDictionary[asyncio.AbstractEventLoop, Streams]" = WeakKeyDictionary()


def with_events(application: Callable) -> Callable:
    """Wrap an ASGI application: GET /events/ is answered here, everything else by it."""

    async def wrapped(scope, receive, send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
            return await application(scope, receive, send)
        streams = _streams.setdefault(asyncio.get_running_loop(), Streams())
        return await streams.serve(scope, receive, send)

    return wrapped
