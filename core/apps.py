from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Lists")

    def ready(self) -> None:
        from django.utils.module_loading import autodiscover_modules

        from core import grants

        autodiscover_modules("personal")
        post_migrate.connect(grants.grant_to_app_role, dispatch_uid="grants")
