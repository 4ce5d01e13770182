from django.apps import AppConfig


class OpportunitiesConfig(AppConfig):
    name = "opportunities"

    def ready(self) -> None:
        from customers import keys
        from leads import cleaning
        from opportunities import undoing  # noqa: F401  registers how its verbs are taken back

        keys.use(
            email_key=cleaning.email_key, phone=lambda text, country: cleaning.phone(text, country)[0],
            fold_company=cleaning.fold_company, fold_name=cleaning.fold_name, domain_of=cleaning.domain_of,
            is_free_mail=cleaning.is_free_mail,
        )  # fmt: skip
