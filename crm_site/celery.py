"""The Celery app. Tasks live beside the verbs they call, in each app's tasks.py."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")
app = Celery("crm_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def worker_has_loaded(**_) -> None:
    """Settle before its processes part from it: they share what was loaded."""
    from crm_site.settling import settle

    settle()


@worker_ready.connect
def worker_is_alive(sender, **_) -> None:
    from core import heartbeat

    heartbeat.keep_beating("bulk" if sender.hostname.startswith("bulk@") else "worker")


@beat_init.connect
def beat_is_alive(**_) -> None:
    from core import heartbeat

    heartbeat.keep_beating("beat")
