from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssignmentConfig(AppConfig):
    name = "assignment"
    verbose_name = _("Rules")

    def ready(self) -> None:
        from assignment import invariants, news, panels, words  # noqa: F401
        from core import settings_rooms
        from core.panels import register
        from teams import rights

        news.register()
        register("lead", panels.why, order=20, place="aside", parts=[panels.DECISIONS])
        register("lead", panels.fit, order=30, place="aside", parts=[panels.CRITERIA])
        register("lead", panels.offer, order=5, place="top", parts=[panels.OFFERS])
        settings_rooms.register(
            "ideal", _("Ideal customer"), _("What a good customer of each team is, and what to ask."), "badge-check",
            "assignment:ideal_customers", order=29, allowed=rights.allowed("set up rules"),
        )  # fmt: skip
        settings_rooms.register(
            "queue", _("Waiting leads"), _("Who has no owner yet, and why; oldest first."), "inbox", "assignment:queue", order=32,
            allowed=rights.allowed("hand out leads"),
        )  # fmt: skip
        settings_rooms.register(
            "rules", _("Rules"), _("What becomes of a lead, and who gets it."), "route", "assignment:rules", order=30,
            allowed=rights.allowed("set up rules"),
        )  # fmt: skip
