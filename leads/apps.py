from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeadsConfig(AppConfig):
    name = "leads"
    verbose_name = _("Leads")

    def ready(self) -> None:
        from core import actions
        from core.shell import register_nav
        from leads import fields, invariants, lists, merging, notices, undoing  # noqa: F401
        from leads.mass import undoing as of_many  # noqa: F401
        from leads.mass import waiting  # noqa: F401

        register_nav("leads", _("Leads"), "users", "leads:leads", order=20, count=lists.count_open, go="l", paths=["/entries/new/"])
        actions.register("new_lead", _("New lead"), "plus", "leads:new", order=10, key="c", in_dialog=True)
        actions.register("acts", _("Done with many leads"), "undo-2", "leads:acts", order=40)
        notices.register()
