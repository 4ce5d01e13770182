"""A cache whose absence is an ordinary day: reads miss, writes are dropped, pages go on."""

import logging

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def _forgiving(name: str, fallback):
    def method(self, *args, **kwargs):
        try:
            return getattr(super(ForgivingRedisCache, self), name)(*args, **kwargs)
        except (RedisError, OSError) as error:
            log.warning("cache away", extra={"error": type(error).__name__})
            return fallback(*args, **kwargs)

    method.__name__ = name
    return method


_pools: dict[tuple[str, ...], dict] = {}


class _KeptClient(RedisCacheClient):
    """Connects once a process and keeps its client: Django makes a cache anew for every request, and each would connect."""

    def __init__(self, servers, *args, **options):
        super().__init__(servers, *args, **options)
        self._pools = _pools.setdefault(tuple(servers), self._pools)

    def get_client(self, key=None, *, write=False):
        pool = self._get_connection_pool(write)
        client = pool.__dict__.get("kept_client")
        if client is None:
            client = pool.kept_client = super().get_client(key, write=write)
        return client


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache that treats an unreachable server as an empty one."""

    def __init__(self, server, params):
        super().__init__(server, params)
        self._class = _KeptClient

    get = _forgiving("get", lambda key, default=None, version=None: default)
    get_many = _forgiving("get_many", lambda keys, version=None: {})
    set = _forgiving("set", lambda *args, **kwargs: None)
    set_many = _forgiving("set_many", lambda data, *args, **kwargs: list(data))
    add = _forgiving("add", lambda *args, **kwargs: True)
    delete = _forgiving("delete", lambda *args, **kwargs: False)
    delete_many = _forgiving("delete_many", lambda *args, **kwargs: None)
    touch = _forgiving("touch", lambda *args, **kwargs: False)
    has_key = _forgiving("has_key", lambda *args, **kwargs: False)
    clear = _forgiving("clear", lambda *args, **kwargs: False)
