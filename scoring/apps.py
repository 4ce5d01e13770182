from django.apps import AppConfig


class ScoringConfig(AppConfig):
    name = "scoring"

    def ready(self) -> None:
        from core.panels import register
        from scoring import invariants, panels  # noqa: F401

        register("lead", panels.why, order=10, place="aside")
