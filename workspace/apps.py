from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkspaceConfig(AppConfig):
    name = "workspace"

    def ready(self) -> None:
        from django.conf import settings

        from core import kept, settings_rooms
        from core import shell as page
        from teams import rights
        from workspace import keeping, shell

        kept.keep_with(keeping.kept_by)
        page.register_nav(
            "today", _("Today"), "sun", "workspace:today", order=10, count=shell.waiting_count, alert=True, go="t"
        )
        page.register_pinned(shell.pinned)
        page.register_switcher(shell.switcher)
        page.register_notice(shell.demo_notice)
        settings_rooms.register("operations", _("Operations"), _("What waits, what is stuck, and why."), "monitor",
                                "core:operations", order=85, allowed=rights.allowed("see operations"))
        if settings.DEMO:
            settings_rooms.register("demo", _("Demo data"), _("What the demo company consists of, and the button that removes it."),
                                    "sparkles", "demo:demo", order=95, allowed=rights.allowed("remove demo data"))
