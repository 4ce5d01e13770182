"""Whose stream it is, asked of the session as every page does."""

import asyncio
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connections
from django.http import HttpRequest

AT_ONCE = 4  # sessions looked up at the same moment: a reconnecting crowd takes no connections from pages


def session_key(headers: list[tuple[bytes, bytes]]) -> str:
    """Return the key in the session's cookie, or nothing."""
    text = "; ".join(value.decode("latin-1") for name, value in headers if name.lower() == b"cookie")
    try:
        found = SimpleCookie(text).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return found.value if found else ""


def who(key: str) -> int | None:
    """Return the person a session belongs to, when it still holds and they may use the product."""
    if not key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    user = get_user(request)
    if not user.is_authenticated or (user.needs_second_factor and not request.session.get("second_factor")):
        return None
    return user.pk


class Door:
    """Asks in a thread, a few at a time."""

    def __init__(self) -> None:
        self.room = asyncio.Semaphore(AT_ONCE)

    async def ask(self, key: str, question: Callable[[str], int | None] = who) -> int | None:
        async with self.room:
            return await asyncio.to_thread(self._answer, question, key)

    @staticmethod
    def _answer(question: Callable[[str], int | None], key: str) -> int | None:
        try:
            return question(key)
        finally:
            connections.close_all()
