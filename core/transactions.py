"""Transactions that cost no savepoint where there is one already."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def joined() -> Iterator[None]:
    """Work in the transaction that is open, else in one of its own; also a decorator.

    Unlike transaction.atomic() it puts nothing back when the caller catches what comes out: for acts whose refusals come
    before their first write, or undo that write themselves.
    """
    if connection.in_atomic_block:
        yield
    else:
        with transaction.atomic():
            yield
