from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core import grants

        post_migrate.connect(grants.grant_to_app_role, dispatch_uid="grants")
