"""Django's ASGI handler for a product whose views are plain functions: a request is answered in one thread, from the signal
that it began to the one that it ended.

Django's own way makes a thread for every request and goes back to the event loop between signals, middleware and view: in a
crowd this took more of the processor than the answers did.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import copy_context
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django import setup
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponseBase
from django.urls import set_script_prefix

THREADS = 16  # requests a process works on at once; twice the connections it may have to the database


class OneThreadHandler(ASGIHandler):
    """Answers in threads that stay. What a request sets for its own (language, zone, request id) goes with it."""

    def __init__(self) -> None:
        super().__init__()
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="request")

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def __call__(self, scope: dict, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"Only HTTP is answered here, not {scope['type']}.")
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with closing(body):
            answered = asyncio.get_running_loop().run_in_executor(self.threads, copy_context().run, self.answer, scope, body)
            response = await answered
            if not response.streaming:
                await self.send_response(response, send)
                return
            async with ThreadSensitiveContext():
                await self.send_response(response, send)
                await sync_to_async(response.close)()

    def answer(self, scope: dict, body: Any) -> HttpResponseBase:
        """Answer a request. What is not sent piece by piece is closed, and with it the request has ended."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response = refusal or self.get_response(request)
        response._handler_class = self.__class__
        if not response.streaming:
            response.close()
        return response


def get_application() -> OneThreadHandler:
    """Return the application, as Django's get_asgi_application does."""
    setup(set_prefix=False)
    return OneThreadHandler()
