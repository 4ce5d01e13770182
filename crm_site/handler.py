"""Django's ASGI handler for a product whose views are plain functions: a request stays in one thread from its first middleware
to its answer.

Django's own way goes back to the event loop between the middleware and the view, and from there into the thread again.
"""

from typing import Any

from asgiref.sync import sync_to_async
from django import setup
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest


class OneThreadHandler(ASGIHandler):
    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> Any:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)


def get_application() -> OneThreadHandler:
    """Return the application, as Django's get_asgi_application does."""
    setup(set_prefix=False)
    return OneThreadHandler()
