"""The ASGI entry of the web processes."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")
os.environ.setdefault("CRM_PROCESS", "web")

from django.urls import get_resolver  # noqa: E402 - settings first

from crm_site.bodies import bounded  # noqa: E402
from crm_site.disconnects import patient  # noqa: E402
from crm_site.handler import get_application  # noqa: E402

application = get_application()  # sets Django up, which the events need

from crm_site.events import with_events  # noqa: E402

application = bounded(with_events(patient(application)))

from crm_site.celery import app as celery_app  # noqa: E402,F401 - tasks are published by this process too
from crm_site.settling import settle  # noqa: E402

get_resolver().url_patterns  # noqa: B018 - reading it loads every view: the first person to come doesn't wait for them
settle()
