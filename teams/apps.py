from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TeamsConfig(AppConfig):
    name = "teams"
    verbose_name = _("People and teams")

    def ready(self) -> None:
        from core import actions, settings_rooms
        from core.shell import register_nav
        from teams import rights

        register_nav("settings", _("Settings"), "settings", "settings:index", order=90, keys=["teams"], go="s",
                     paths=["/account/", "/entries/", "/operations/"])
        actions.register("profile", _("Your profile"), "user-round", "teams:profile", order=50, menu="account")
        actions.register("password", _("Change password"), "lock", "account_change_password", order=51, menu="account")
        actions.register("second_factor", _("Second factor"), "key-round", "mfa_index", order=52, menu="account")
        settings_rooms.register("profile", _("Your profile"), _("Name, zone, looks, password and second factor."),
                                "user-round", "teams:profile", order=10)
        settings_rooms.register("people", _("People"), _("Who works here and what they may do."), "users",
                                "teams:people", order=20, allowed=rights.allowed("set up teams"))
        settings_rooms.register("teams", _("Teams"), _("Members, capacity, absence, and how leads are shared out."),
                                "building-2", "teams:teams", order=30, allowed=rights.allowed("set up teams"))
        settings_rooms.register("organisation", _("Organisation"), _("Name, currency, country and report days."),
                                "globe", "settings:organisation", order=80, allowed=rights.allowed("set up organisation"))
        settings_rooms.register("tables", _("Set-up tables"), _("Stages, reasons, sources, tags and further lists."),
                                "layers", "admin:index", order=90, allowed=rights.allowed("set up teams"))
