"""A message that there is something to do: it only makes it sooner, the beat finds it anyway (reliability rules 1 and 11)."""

import logging
import time

from django.conf import settings
from django.utils.module_loading import import_string
from kombu import pools

log = logging.getLogger(__name__)


QUIET = 3.0  # seconds without hints after the broker did not answer
_quiet_until = 0.0


def refresh() -> None:
    """Say that leads changed."""
    hint("scoring.refresh")


def hint(task: str) -> None:
    """Send a task's name to the broker, waiting for it less than a second; when it is away nobody waits again for a while."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    app = import_string(settings.TASKS_APP)
    options = {**app.conf.broker_transport_options, "socket_timeout": 0.8, "socket_connect_timeout": 0.8, "max_retries": 0}
    try:
        with pools.producers[app.connection_for_write(transport_options=options)].acquire(block=True, timeout=0.8) as producer:
            app.send_task(task, producer=producer, retry=False, ignore_result=True)
    except Exception as error:  # the row is there
        _quiet_until = time.monotonic() + QUIET
        log.warning("hint not sent", extra={"task": task, "error": type(error).__name__})
