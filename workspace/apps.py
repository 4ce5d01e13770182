from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkspaceConfig(AppConfig):
    name = "workspace"

    def ready(self) -> None:
        from core import kept
        from core import shell as page
        from workspace import keeping, shell

        kept.keep_with(keeping.kept_by)
        page.register_nav(
            "today", _("Today"), "sun", "workspace:today", order=10, count=shell.waiting_count, alert=True, go="t"
        )
        page.register_switcher(shell.switcher)
        page.register_notice(shell.demo_notice)
