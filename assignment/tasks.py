"""Jobs of assignment: leads that found nobody free, again, oldest first; records of what people did by hand; clocks."""

from celery import shared_task

from assignment import clockwork, records, routing
from core import clock
from core.locks import only_one


@shared_task(name="assignment.drain_queue")
def drain_queue(**_) -> int:
    with only_one("assignment.drain_queue") as mine:
        if not mine:
            return 0
        records.catch_up()
        return routing.drain_queue(at=clock.now())


@shared_task(name="assignment.sweep_clocks")
def sweep_clocks(**_) -> int:
    """Act on goals, limits, offers and absences whose time has come."""
    with only_one("assignment.sweep_clocks") as mine:
        return sum(clockwork.sweep(at=clock.now()).values()) if mine else 0
