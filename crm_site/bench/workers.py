"""What the bench's own worker processes run. Nothing here may import models: a process loads it before Django is set up."""

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context


@contextmanager
def workers(count: int) -> Iterator[Executor]:
    """Yield processes with Django loaded, as the product's workers have."""
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_load) as pool:
        yield pool


def _load() -> None:
    import django

    django.setup()


def assign_some(pks: list[int]) -> int:
    from assignment import routing
    from core import clock

    return routing.assign_by_ids(pks, at=clock.now())
