"""Open boards hear that something on them changed; what it is each asks with its own rights (decision 38)."""

from django.db import transaction

from core import live


def tell_boards(*pipelines: int | None) -> None:
    """Tell the boards of these pipelines after the commit."""
    topics = sorted({f"board:{pipeline}" for pipeline in pipelines if pipeline})
    transaction.on_commit(lambda: live.publish(*topics), robust=True)
