"""What the background does for the board."""

from celery import shared_task

from core import clock
from core.locks import only_one
from core.notices.reminders import remind
from opportunities.models import MonthTotal, OpportunityActivity, StageTotal


@shared_task(name="opportunities.bulk_tidy_totals")
def bulk_tidy_totals(**_) -> int:
    """Drop totals of days, months and people that nothing counts for any more; safe at any moment and twice."""
    with only_one("opportunities.bulk_tidy_totals") as mine:
        return sum(kept.objects.filter(count=0, amount=0, weighted=0).delete()[0] for kept in (StageTotal, MonthTotal)) if mine else 0


@shared_task(name="opportunities.remind")
def remind_of_activities(**_) -> int:
    """Remind of activities that are due; a second one at once does nothing."""
    with only_one("opportunities.remind") as mine:
        return remind(OpportunityActivity, "opportunity", at=clock.now()) if mine else 0
