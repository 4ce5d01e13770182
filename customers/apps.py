from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        from core import actions
        from core.shell import register_nav
        from customers import fields, merging  # noqa: F401  the lists' filters, what must hold, how they are merged

        register_nav("customers", _("Customers"), "building-2", "customers:companies", order=40, go="u")
        actions.register("new_company", _("New company"), "building-2", "customers:new_company", order=30, in_dialog=True)
        actions.register("new_contact", _("New contact"), "user-round", "customers:new_contact", order=31, in_dialog=True)
