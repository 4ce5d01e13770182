from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        from core.shell import register_nav
        from customers import fields, merging  # noqa: F401  the lists' filters, what must hold, how they are merged

        register_nav("customers", _("Customers"), "building-2", "customers:companies", order=40, go="u")
