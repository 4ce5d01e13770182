from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from django.utils.module_loading import autodiscover_modules

        from core import grants

        autodiscover_modules("personal")
        post_migrate.connect(grants.grant_to_app_role, dispatch_uid="grants")
