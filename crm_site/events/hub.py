"""One subscription at the broker for each web process, fanned out to the streams that are open here."""

import asyncio
import logging
from contextlib import asynccontextmanager, suppress

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from core import live

log = logging.getLogger(__name__)
PAUSE = 2  # seconds before the next try to reach the broker
QUIET = 15  # seconds after which a silent connection is asked whether it is still there


class Listener:
    """What one stream has not told its browser yet: a set, so it can't grow without end."""

    def __init__(self, person: int):
        self.person, self.changed, self.news = person, set(), asyncio.Event()
        self.is_over = False

    def hear(self, topic: str) -> None:
        noun, _, key = topic.partition(":")
        if noun in {"person", "session"}:
            if key != str(self.person):
                return
            topic = "notices" if noun == "person" else "session"
        self.changed.add(topic)
        self.news.set()

    def end(self) -> None:
        self.is_over = True
        self.news.set()

    def take(self) -> list[str]:
        found, self.changed = sorted(self.changed), set()
        self.news.clear()
        return found


class Hub:
    """The listeners of one event loop. `ready` is set while the broker tells us things."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.ready, self.tried = asyncio.Event(), asyncio.Event()
        self.task: asyncio.Task | None = None

    @asynccontextmanager
    async def listen(self, person: int):
        """Yield a listener that misses nothing said from now on, or None while the broker is away."""
        if self.task is None or self.task.done():
            self.tried.clear()
            self.task = asyncio.get_running_loop().create_task(self._run())
        await self.tried.wait()
        if not self.ready.is_set():
            yield None
            return
        listener = Listener(person)
        self.listeners.add(listener)
        try:
            yield listener
        finally:
            self.listeners.discard(listener)

    def end_all(self) -> None:
        for listener in self.listeners:
            listener.end()

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            except (RedisError, OSError) as error:
                log.warning("the broker is away; streams end", extra={"error": type(error).__name__})
            self.ready.clear()
            self.tried.set()
            self.end_all()
            await asyncio.sleep(PAUSE)

    async def _follow(self) -> None:
        """Subscribe and hand on what is said, until the connection breaks."""
        prefix = live.channel("")
        broker = redis.asyncio.Redis.from_url(settings.LIVE_URL, socket_connect_timeout=1, health_check_interval=QUIET)
        subscription = broker.pubsub()
        try:
            await subscription.psubscribe(live.channel("*"))
            while True:
                message = await subscription.get_message(timeout=QUIET)
                if message is None:
                    continue
                if message["type"] == "psubscribe":
                    self.ready.set()
                    self.tried.set()
                elif message["type"] == "pmessage":
                    topic = message["channel"].decode().removeprefix(prefix)
                    for listener in tuple(self.listeners):
                        listener.hear(topic)
        finally:
            with suppress(RedisError, OSError):
                await subscription.aclose()
                await broker.aclose()
