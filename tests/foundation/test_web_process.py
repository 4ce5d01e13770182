"""The entry of the web processes, and how the measurements sum up what it answers."""

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from inspect import iscoroutinefunction
from pathlib import Path

import pytest
from django.core.signals import request_finished, request_started
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.translation import activate, get_language

from crm_site.bench.asking import in_batches
from crm_site.bench.client import Answer
from crm_site.handler import OneThreadHandler

ROOT = Path(__file__).resolve().parents[2]


COUNT = ContextVar("count", default=0)


def ask(handler: OneThreadHandler, *paths: str) -> list[list[dict]]:
    """Ask for addresses one after the other, as a server does; return the messages of each answer, and end the threads."""

    async def whole() -> list[list[dict]]:
        found = []
        for path in paths:
            said: list[dict] = []
            incoming = iter([{"type": "http.request", "body": b"a=1"}])

            async def receive(incoming=incoming) -> dict:
                return next(incoming)

            async def send(message, said=said) -> None:
                said.append(message)

            scope = {"type": "http", "method": "POST", "path": path, "headers": [], "query_string": b""}
            await handler(scope, receive, send)
            found.append(said)
        return found

    said: list[list[dict]] = []
    worker = threading.Thread(target=lambda: said.extend(asyncio.run(whole())))
    worker.start()
    worker.join()
    handler.threads.shutdown()
    return said


class TestOneThread:
    def handler(self, view) -> OneThreadHandler:
        handler = OneThreadHandler()
        handler._middleware_chain = view
        return handler

    def test_no_middleware_goes_back_to_the_event_loop(self):
        assert not iscoroutinefunction(OneThreadHandler()._middleware_chain)

    def test_a_request_begins_is_answered_and_ends_in_one_thread(self):
        seen = []

        def note(**_):
            seen.append(threading.current_thread().name)

        def view(request):
            note()
            return HttpResponse(request.body)

        for signal in (request_started, request_finished):
            signal.connect(note)
        try:
            answers = ask(self.handler(view), "/")
        finally:
            for signal in (request_started, request_finished):
                signal.disconnect(note)
        assert len(seen) == 3 and len(set(seen)) == 1 and seen[0].startswith("request")
        assert [(message["type"], message.get("status"), message.get("body")) for message in answers[0]] == [
            ("http.response.start", 200, None), ("http.response.body", None, b"a=1"),
        ]  # fmt: skip

    def test_nothing_a_request_sets_is_there_for_the_next(self):
        def view(_request):
            before = (COUNT.get(), get_language(), threading.current_thread().name)
            COUNT.set(COUNT.get() + 1)
            activate("de")
            return HttpResponse(repr(before))

        handler = self.handler(view)
        handler.threads = ThreadPoolExecutor(1)  # the second is answered where the first was
        first, second = (message[1]["body"].decode() for message in ask(handler, "/", "/"))
        assert first == second and first.startswith("(0, 'en")

    def test_what_comes_piece_by_piece_is_sent_whole_and_closed(self):
        closed = []

        def view(_request):
            response = StreamingHttpResponse([b"one ", b"two"])
            response._resource_closers.append(lambda: closed.append(True))
            return response

        handler = self.handler(view)
        with pytest.warns(Warning, match="synchronous iterators"):
            messages = ask(handler, "/")[0]
        assert b"".join(message.get("body", b"") for message in messages) == b"one two" and closed == [True]

    def test_an_address_that_is_no_text_is_refused(self):
        def refuse(*_args, **_kwargs):
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no text")

        handler = self.handler(lambda _request: HttpResponse())
        handler.request_class = refuse
        assert ask(handler, "/")[0][0]["status"] == 400


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


class TestTurns:
    def test_a_thread_that_comes_back_from_the_database_soon_has_its_turn(self):
        """In a process of its own, whose parent stands for the master: gunicorn reads its settings and calls their hook."""
        code = (
            "import os, sys\n"
            "from types import SimpleNamespace\n"
            "from gunicorn.app.wsgiapp import WSGIApplication\n"
            "from crm_site.run import commands\n"
            "before = sys.getswitchinterval()\n"
            "sys.argv = ['gunicorn', '--config', str(commands.GUNICORN_CONFIG), 'crm_site.asgi:application']\n"
            "cfg = WSGIApplication().cfg\n"
            "cfg.post_fork(SimpleNamespace(pid=os.getppid()), SimpleNamespace(alive=True))\n"
            "print(before, sys.getswitchinterval(), cfg.preload_app)\n"
        )
        said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        before, now, is_forked = said.split()
        assert float(now) <= 0.0005 < float(before) and is_forked == "True", "5 ms a turn: 50 people on one board wait three times as long"
