from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OpportunitiesConfig(AppConfig):
    name = "opportunities"
    verbose_name = _("Deals")

    def ready(self) -> None:
        from core import actions, story
        from core import panels as pages
        from core.shell import register_nav
        from customers import figures
        from opportunities import customer_story, invariants, notices, panels, undoing  # noqa: F401  undoing registers how its verbs are taken back

        register_nav("pipeline", _("Pipeline"), "square-kanban", "opportunities:board", order=30, go="p")
        actions.register("new_deal", _("New deal"), "square-kanban", "opportunities:new", order=20, in_dialog=True)
        for kind in ("company", "contact"):
            story.register(kind, customer_story.events_of)
            pages.register(kind, panels.deals, order=10, place="main")
            pages.register(kind, panels.leads, order=20, place="main")
            pages.register(kind, panels.activities, order=30, place="main")
        pages.register("lead", panels.converted, order=5, place="top")
        figures.register(panels.figures)
        invariants.register_all()
        notices.register()
        self._hand_over_cleaning()

    @staticmethod
    def _hand_over_cleaning() -> None:
        """Customers have the same keys as leads, though their app stands below and can't ask leads itself."""
        from customers import keys
        from leads import cleaning

        keys.use(
            email_key=cleaning.email_key, phone=lambda text, country: cleaning.phone(text, country)[0],
            fold_company=cleaning.fold_company, fold_name=cleaning.fold_name, domain_of=cleaning.domain_of,
            is_free_mail=cleaning.is_free_mail,
        )  # fmt: skip
