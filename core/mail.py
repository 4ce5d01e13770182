"""Where apps below the outbox hand their mail in; the outbox registers itself when it is ready."""

from collections.abc import Callable
from typing import Any

_outbox: list[Callable[..., Any]] = []


def register_outbox(post: Callable[..., Any]) -> None:
    _outbox[:] = [post]


def post(key: str, to: str, subject: str, text: str, **more: Any) -> Any:
    """Plan one message in the outbox, inside the caller's transaction. The same key again plans nothing."""
    return _outbox[0](key, to, subject, text, **more)
