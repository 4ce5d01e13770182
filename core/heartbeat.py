"""Signs of life of the processes, by the database's clock.

Each worker and the beat write theirs from a thread of their own, so a long job does not look like death,
while a frozen or killed process does.
"""

import logging
import threading
from datetime import timedelta

from django.db import Error, connection, models
from django.db.models.functions import Now

from core.models import Heartbeat

log = logging.getLogger(__name__)

PROCESSES = ("worker", "bulk", "beat")
FRESH = timedelta(seconds=45)
EVERY = 10  # seconds


def beat(process: str, **details) -> None:
    """Say that a process is alive."""
    Heartbeat.objects.update_or_create(process=process, defaults={"at": Now(), "details": details})


def alive() -> dict[str, bool]:
    """Return {process: has it been heard of within 45 s}."""
    fresh = set(Heartbeat.objects.filter(at__gte=Now() - models.Value(FRESH)).values_list("process", flat=True))
    return {process: process in fresh for process in PROCESSES}


def keep_beating(process: str) -> None:
    """Write a sign of life every 10 s from now on; the database may come and go."""
    stop = threading.Event()

    def run() -> None:
        while True:
            try:
                beat(process)
            except Error as error:
                log.warning("no heartbeat written", extra={"process_name": process, "error": type(error).__name__})
            finally:
                connection.close()
            if stop.wait(EVERY):
                return

    threading.Thread(target=run, name=f"heartbeat-{process}", daemon=True).start()
