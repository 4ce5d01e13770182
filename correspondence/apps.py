from django.apps import AppConfig


class CorrespondenceConfig(AppConfig):
    name = "correspondence"

    def ready(self) -> None:
        from core import mail
        from correspondence import invariants, outbox, stuck  # noqa: F401 - they register themselves

        mail.register_outbox(outbox.post)
