"""The ASGI entry of the web processes."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_site.settings")
os.environ.setdefault("CRM_PROCESS", "web")

from django.core.asgi import get_asgi_application  # noqa: E402 - settings first

from crm_site.disconnects import patient  # noqa: E402

application = patient(get_asgi_application())

from crm_site.celery import app as celery_app  # noqa: E402,F401 - tasks are published by this process too
