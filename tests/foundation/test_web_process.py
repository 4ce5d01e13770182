"""The entry of the web processes, and how the measurements sum up what it answers."""

import subprocess
import sys
import threading
from inspect import iscoroutinefunction
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from django.test import AsyncRequestFactory

from crm_site.bench.client import Answer
from crm_site.bench.items import in_batches
from crm_site.handler import OneThreadHandler

ROOT = Path(__file__).resolve().parents[2]


class TestOneThread:
    def test_no_middleware_goes_back_to_the_event_loop(self):
        assert not iscoroutinefunction(OneThreadHandler()._middleware_chain)

    def test_a_request_is_answered_by_the_sync_chain_beside_the_loop(self):
        handler, seen = OneThreadHandler(), []

        def chain(request):
            seen.append(threading.get_ident())
            return HttpResponse("well")

        handler._middleware_chain = chain

        def ask() -> None:
            async def from_the_loop():
                seen.append(threading.get_ident())
                return await handler.get_response_async(AsyncRequestFactory().get("/"))

            seen.append(async_to_sync(from_the_loop)().content)

        worker = threading.Thread(target=ask)
        worker.start()
        worker.join()
        loop, view, content = seen
        assert (content, loop != view) == (b"well", True)


def answer(ms: float, *, status: int = 200, queries: int = 9) -> Answer:
    return Answer(status, ms + 3, ms, queries, 10.0, "", None)


class TestBatches:
    def test_the_quietest_counts(self):
        found = in_batches([answer(ms) for ms in (90, 90, 20, 20, 50, 50)], n=1, goal_ms=25)
        assert (found["server_p95_ms"], found["ok"]) == (20, 1)

    @pytest.mark.parametrize("bad", [answer(90, status=500), answer(90, queries=16)])
    def test_all_must_be_sound(self, bad):
        found = in_batches([bad, answer(90), answer(20), answer(20)] + [answer(50)] * 2, n=1, goal_ms=25, most_queries=15)
        assert found["ok"] == 0

    def test_over_the_goal_is_not_reached(self):
        assert in_batches([answer(26)] * 6, n=1, goal_ms=25)["ok"] == 0


class TestSettling:
    def test_the_collector_leaves_alone_what_was_loaded_and_still_finds_cycles(self):
        """In a process of its own: what is frozen there stays so."""
        code = (
            "import gc, weakref\n"
            "from crm_site.settling import settle\n"
            "class Knot: pass\n"
            "settle()\n"
            "knot = Knot(); knot.itself = knot; seen = weakref.ref(knot); del knot\n"
            "gc.collect()\n"
            "print(gc.get_freeze_count() > 1000, seen() is None, gc.isenabled())\n"
        )
        said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        assert said.split() == ["True", "True", "True"]
