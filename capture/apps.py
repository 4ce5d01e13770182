from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class CaptureConfig(AppConfig):
    name = "capture"
    verbose_name = _("Web forms")

    def ready(self) -> None:
        from capture import invariants as ours
        from capture import notices, waiting  # noqa: F401  what waits here shows on the operations page
        from capture.imports import invariants as _of_imports  # noqa: F401  registers its own checks
        from capture.imports import judging, undoing  # noqa: F401  their sentences, and how an import is taken back
        from capture.web_form import guards  # noqa: F401  declares its business setting
        from core import invariants, settings_rooms
        from core.shell import register_nav
        from teams import rights

        if settings.PROCESS == "web":
            import kombu.transport.redis  # noqa: F401  slow to import: not while the first visitor waits

        notices.register()
        invariants.register("submissions overdue", ours.overdue_submissions)
        invariants.register("submissions without their lead", ours.submissions_without_lead)
        invariants.register("leads created twice", ours.leads_created_twice)
        invariants.register("open leads sharing an address", ours.leads_sharing_an_address)
        register_nav("imports", _("Import"), "upload", "imports:imports", order=50, allowed=rights.allowed("import"), go="i")
        settings_rooms.register("forms", _("Web forms"), _("Public pages whose answers become leads."), "globe", "capture:forms",
                                order=40, allowed=rights.allowed("set up forms"))  # fmt: skip
        settings_rooms.register("capture", _("Capture log"), _("Everything that came in, what was set aside and why."), "inbox",
                                "capture:submissions", order=45, allowed=rights.allowed("see capture"))  # fmt: skip
