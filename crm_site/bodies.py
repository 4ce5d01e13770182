"""What somebody sends is taken up to a limit, whoever it is and whatever the address.

Django writes all of a body to disk before it looks who asks: a stranger could fill it. A body that says that it is too large
is not written at all, one that grows too large no further; the rest is read and dropped for a while, because a browser
shows an answer only when it may send to the end.
"""

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.csp import build_policy

from core import limits

AROUND = 2 * 1024 * 1024  # what a form says beside its file
DROPPED = 4 * limits.IMPORT_FILE  # read of one that is too large, before the line is cut


class TooLarge(Exception):
    """A body beyond what its address takes."""


def bounded(application: Callable) -> Callable:
    """Wrap an ASGI application so that no body beyond the limit reaches it."""

    async def wrapped(scope, receive, send) -> None:
        if scope["type"] != "http":
            return await application(scope, receive, send)
        most, read, is_answered = _most(scope["path"]), 0, False
        if _said(scope) > most:
            await _drop(receive, DROPPED)
            return await _refuse(scope, send)

        async def hear() -> dict:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise TooLarge
            return message

        async def say(message) -> None:
            nonlocal is_answered
            is_answered = True
            await send(message)

        try:
            await application(scope, hear, say)
        except TooLarge:
            await _drop(receive, DROPPED)
            if not is_answered:
                await _refuse(scope, send)

    return wrapped


def _most(path: str) -> int:
    return (limits.IMPORT_FILE if path == _imports() else limits.UPLOAD_FILE) + AROUND


@cache
def _imports() -> str:
    return reverse("imports:imports")


def _said(scope) -> int:
    said = dict(scope["headers"]).get(b"content-length", b"")
    return int(said) if said.isdigit() and len(said) < 20 else 0


async def _drop(receive: Callable, most: int) -> None:
    read = 0
    while read <= most:
        message = await receive()
        read += len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return


async def _refuse(scope, send: Callable) -> None:
    page = render_to_string("413.html", {"most": (_most(scope["path"]) - AROUND) // 2**20, "back": scope["path"]}).encode()
    headers = {
        "content-type": "text/html; charset=utf-8", "content-length": str(len(page)), "connection": "close",
        "content-security-policy": build_policy(settings.SECURE_CSP), "x-content-type-options": "nosniff", "cache-control": "no-store",
    }  # fmt: skip
    await send({"type": "http.response.start", "status": 413, "headers": [(name.encode(), value.encode()) for name, value in headers.items()]})
    await send({"type": "http.response.body", "body": page})
