from django.apps import AppConfig


class CorrespondenceConfig(AppConfig):
    name = "correspondence"

    def ready(self) -> None:
        from core import mail
        from correspondence import invariants, outbox  # noqa: F401 - registers its checks

        mail.register_outbox(outbox.post)
