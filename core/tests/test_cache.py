"""The cache: what is not there is only missed, and a process connects to it once."""

from threading import Thread

import pytest
from django.core.cache import caches


def fresh():
    """Return the cache as a request gets it: made anew."""
    return caches.create_connection("default")


def test_a_cache_made_anew_uses_the_connections_that_are_there():
    one, other = fresh(), fresh()
    one.set("said", "once", 600)
    assert other.get("said") == "once"
    assert one is not other and one._cache.get_client() is other._cache.get_client()


def test_threads_share_them_and_read_their_own():
    read = {}

    def work(n: int) -> None:
        mine = fresh()
        for turn in range(20):
            mine.set(f"turn:{n}", turn, 600)
            read[n, turn] = mine.get(f"turn:{n}")

    threads = [Thread(target=work, args=[n]) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == {(n, turn): turn for n in range(6) for turn in range(20)}


@pytest.mark.parametrize("address", ["unix:///nowhere/valkey.sock", "redis://127.0.0.1:1/0"])
def test_a_server_that_is_away_is_an_empty_cache_and_no_other_one(address):
    away = type(fresh())(address, {})
    fresh().set("said", "once", 600)
    away.set("said", "twice", 600)
    assert away.get("said", "nothing") == "nothing" and away.get_many(["said"]) == {} and away.add("said", 1) and fresh().get("said") == "once"
