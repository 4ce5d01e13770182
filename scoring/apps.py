from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScoringConfig(AppConfig):
    name = "scoring"

    def ready(self) -> None:
        from core import settings_rooms
        from core.panels import register
        from leads import listeners
        from opportunities import chances
        from scoring import deals, hints, invariants, panels  # noqa: F401
        from teams import rights

        register("lead", panels.why, order=10, place="aside", parts=[panels.SCORES, panels.BY_HAND])
        register("opportunity", panels.chance, order=10, place="aside")
        chances.use(deals.rate)
        listeners.add(hints.refresh)
        settings_rooms.register(
            "scores", _("Scores"), _("Are they true, and what do they learn from?"), "trending-up", "scoring:proof", order=35,
            allowed=rights.allowed("set up rules"),
        )  # fmt: skip
