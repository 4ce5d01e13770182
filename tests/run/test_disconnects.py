"""Impatient clients cost no database connection: their requests run to the end, and give back what they took."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished

from crm_site.disconnects import patient

SCOPE = {
    "type": "http", "http_version": "1.1", "method": "GET", "path": "/healthz", "raw_path": b"/healthz", "query_string": b"",
    "root_path": "", "scheme": "http", "headers": [(b"host", b"localhost")], "server": ("localhost", 80), "client": ("127.0.0.1", 1),
}  # fmt: skip


def client(*messages: dict):
    """Return receive and send of a client that says `messages`, and the list of what it was told."""
    waiting, told = list(messages), []

    async def receive() -> dict:
        return waiting.pop(0) if waiting else await asyncio.Future()

    async def send(message: dict) -> None:
        told.append(message["type"])

    return receive, send, told


def run(coroutine: Coroutine):
    """Run it in a thread of its own: a browser test before this one may have left its loop in the main thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


WHOLE, GONE = {"type": "http.request", "body": b""}, {"type": "http.disconnect"}


class TestPatient:
    def test_tells_of_the_lost_client_once_the_answer_begins(self):
        order = []

        async def view(scope, receive, send):
            await receive()
            listening = asyncio.create_task(receive())
            await asyncio.sleep(0.01)
            order.append("worked" if not listening.done() else "heard too early")
            await send({"type": "http.response.start"})
            order.append((await listening)["type"])

        run(patient(view)(SCOPE, *client(WHOLE, GONE)[:2]))
        assert order == ["worked", "http.disconnect"]

    def test_tells_at_once_while_the_body_is_read(self):
        heard = []

        async def view(scope, receive, send):
            heard.extend([(await receive())["type"], (await receive())["type"]])

        run(patient(view)(SCOPE, *client({**WHOLE, "more_body": True}, GONE)[:2]))
        assert heard == ["http.request", "http.disconnect"]

    @pytest.mark.django_db(transaction=True)
    def test_lets_every_request_of_impatient_clients_finish(self):
        finished = []

        def count(**_):
            finished.append(1)

        async def many():
            application = patient(ASGIHandler())
            clients = [client(WHOLE, GONE) for _ in range(20)]
            await asyncio.gather(*(application(SCOPE, receive, send) for receive, send, _told in clients))
            return [told[:1] for *_ends, told in clients]

        request_finished.connect(count)
        try:
            began = run(many())
        finally:
            request_finished.disconnect(count)
        assert began == [["http.response.start"]] * 20
        assert len(finished) == 20
