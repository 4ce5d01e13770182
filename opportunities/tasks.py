"""What the background does for the board."""

from celery import shared_task

from core.locks import only_one
from opportunities.models import StageTotal


@shared_task(name="opportunities.bulk_tidy_totals")
def bulk_tidy_totals(**_) -> int:
    """Drop totals of days and people that nothing counts for any more; safe at any moment and twice."""
    with only_one("opportunities.bulk_tidy_totals") as mine:
        return StageTotal.objects.filter(count=0, amount=0, weighted=0).delete()[0] if mine else 0
