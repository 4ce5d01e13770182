"""`alive worker|bulk|beat`: the health check of a container that serves no pages. Says nothing when all is well."""

import socket
import time

from crm_site.run.config import Config
from crm_site.run.say import Problem

ANSWER_WITHIN = 5.0
BEAT_WRITES_WITHIN = 600.0  # it saves its schedule every three minutes
NODES = {"worker": "interactive", "bulk": "bulk"}


def check(name: str, settings: Config) -> None:
    """Raise Problem when the process of that name on this host is stuck."""
    if name in NODES:
        _check_worker(f"{NODES[name]}@{socket.gethostname()}", settings)
    else:
        _check_beat(settings)


def _check_worker(node: str, settings: Config) -> None:
    from celery import Celery

    with Celery(broker=broker_of(settings)) as app:
        app.conf.broker_transport_options = {"socket_connect_timeout": 2, "socket_timeout": ANSWER_WITHIN}
        if not app.control.ping(destination=[node], timeout=ANSWER_WITHIN):
            raise Problem(f"The worker {node} does not answer.")


def _check_beat(settings: Config) -> None:
    newest = max((path.stat().st_mtime for path in settings.places.run.glob("beat-schedule*")), default=0.0)
    if time.time() - newest > BEAT_WRITES_WITHIN:
        raise Problem("The scheduler has not saved its schedule for ten minutes.")


def broker_of(settings: Config) -> str:
    """Return the broker's URL in the words of Celery."""
    url = settings.env("manage")["CRM_REDIS_URL"]
    return url.replace("unix://", "redis+socket://") if url.startswith("unix://") else url
