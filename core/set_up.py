"""Names our own admin site to Django."""

from django.contrib.admin.apps import AdminConfig


class SetUpConfig(AdminConfig):
    default_site = "core.set_up_site.SetUpSite"
