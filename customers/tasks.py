"""Jobs about customers and the leads that may be the same."""

from celery import shared_task

from core.locks import only_one
from customers import searching


@shared_task(name="customers.bulk_find_duplicates")
def bulk_find_duplicates(**_) -> int:
    """Put down the possible duplicates among what came in, for the review queue."""
    with only_one("customers.bulk_find_duplicates") as mine:
        return searching.find_pairs() if mine else 0
