"""Who wants to hear at once that somebody changed a lead: apps above say so, and find by themselves what they missed."""

from collections.abc import Callable

from django.db import transaction

_listeners: list[Callable[[], None]] = []


def add(listener: Callable[[], None]) -> None:
    """Call this function after the commit of every change a person makes to a lead; once, however often it is added."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell() -> None:
    for listener in _listeners:
        transaction.on_commit(listener, robust=True)
