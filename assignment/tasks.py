"""Jobs of assignment: leads that found nobody free, again, oldest first."""

from celery import shared_task

from assignment import routing
from core import clock
from core.locks import only_one


@shared_task(name="assignment.drain_queue")
def drain_queue(**_) -> int:
    with only_one("assignment.drain_queue") as mine:
        return routing.drain_queue(at=clock.now()) if mine else 0
