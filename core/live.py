"""Saying to open pages that something changed: what, never the data; each page asks again with its own rights.

Messages go through the broker's publish and subscribe, after the commit. They are hints: without the broker nobody is
told, and pages ask by themselves now and then.
"""

import logging
from functools import cache

import redis
from django.conf import settings
from django.db import connection, transaction

log = logging.getLogger(__name__)


def channel(topic: str = "*") -> str:
    """Return the broker's channel of a topic; installations and test databases that share a broker don't hear each other."""
    return f"crm:live:{connection.settings_dict['NAME']}:{topic}"


@cache
def _broker(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=settings.BROKER_PATIENCE, socket_connect_timeout=settings.BROKER_PATIENCE)


def publish(*topics: str) -> bool:
    """Tell open pages that these topics changed: "person:7", "board:2". Returns whether the broker took it."""
    try:
        with _broker(settings.LIVE_URL).pipeline(transaction=False) as pipe:
            for topic in topics:
                pipe.publish(channel(topic), b"")
            pipe.execute()
    except (redis.RedisError, OSError) as error:
        log.warning("open pages were not told", extra={"error": type(error).__name__})
        return False
    return True


def tell_people(*keys: int) -> None:
    """Tell the open pages of these people after the commit that something of theirs changed."""
    topics = [f"person:{key}" for key in sorted(set(keys))]
    if topics:
        transaction.on_commit(lambda: publish(*topics), robust=True)
