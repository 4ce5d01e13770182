"""Teams, memberships, territories and accounts in the admin; and the base of tables that belong to a team."""

from django.contrib import admin
from django.db.models import Q
from django.utils.translation import gettext_lazy

from core.currencies import CurrencyField
from core.set_up_site import SetUpTable
from teams import people, rights
from teams.models import Membership, SalesTeam, Territory, User


class TeamTable(SetUpTable):
    """A table whose rows belong to a team: managers see and change those of their teams only (decision 26).

    `team_path` leads from a row to its team. Rows of no team belong to every team: whoever manages all may change them,
    other managers read them.
    """

    team_path = "team"

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if request.user.is_administrator:
            return rows
        return rows.filter(self.own(request.user) | Q(**{f"{self.team_path}__isnull": True})).distinct()

    def own(self, user: User) -> Q:
        return Q(**{f"{self.team_path}__in": user.team_ids})

    def team_ids_of(self, obj) -> list[int | None]:
        """Return the teams a row belongs to; [None] for a row of every team."""
        return [getattr(obj, f"{self.team_path}_id")]

    def manages(self, request, obj) -> bool:
        return all(rights.manages_team(request.user, team_id) for team_id in self.team_ids_of(obj))

    def has_change_permission(self, request, obj=None) -> bool:
        return super().has_change_permission(request, obj) and (obj is None or self.manages(request, obj))

    def has_delete_permission(self, request, obj=None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or self.manages(request, obj))

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.related_model is SalesTeam:
            kwargs["queryset"] = self.teams(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.related_model is SalesTeam:
            kwargs["queryset"] = self.teams(request)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def teams(self, request):
        teams = SalesTeam.objects.order_by("name", "pk")
        return teams if request.user.is_administrator else teams.filter(pk__in=request.user.team_ids)

    def get_form(self, request, obj=None, change=False, **kwargs):
        """A manager who does not manage every team has to name one."""
        form = super().get_form(request, obj, change=change, **kwargs)
        field = form.base_fields.get(self.team_path.partition("__")[0])
        if field is not None and not rights.manages_every_team(request.user):
            field.required = True
        return form


@admin.register(SalesTeam)
class SalesTeamTable(TeamTable):
    list_display = ["name", "strategy", "is_default", "sees_whole_team", "time_zone", "currency"]
    ordering = ["name", "pk"]
    fields = ["name", "is_default", "sees_whole_team", "strategy", "time_zone", "currency", "response_goal", "response_limit",
              "hot_from", "warm_from"]  # fmt: skip
    team_path = "pk"

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "currency":
            return CurrencyField()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def team_ids_of(self, obj) -> list[int | None]:
        return [obj.pk]

    def get_queryset(self, request):
        rows = SetUpTable.get_queryset(self, request)
        return rows if request.user.is_administrator else rows.filter(pk__in=request.user.team_ids)

    def get_readonly_fields(self, request, obj=None):
        return [] if request.user.is_administrator else ["is_default"]

    def has_add_permission(self, request) -> bool:
        return request.user.is_administrator

    def has_delete_permission(self, request, obj=None) -> bool:
        return request.user.is_administrator and (obj is None or not obj.is_default)

    actions = None  # no deleting of many: the default team stays


@admin.register(Membership)
class MembershipTable(TeamTable):
    list_display = ["user", "team", "takes_leads", "capacity", "daily_cap", "weight", "is_paused", "away_from", "away_until"]
    list_filter = [("team", admin.RelatedOnlyFieldListFilter), "is_paused"]
    list_select_related = ["user", "team"]
    search_fields = ["user__name"]
    ordering = ["team__name", "user__name", "pk"]
    fields = ["user", "team", "takes_leads", "capacity", "daily_cap", "weight", "is_paused", "away_from", "away_until"]

    def get_readonly_fields(self, request, obj=None):
        return ["user", "person", "team"] if obj else []

    def get_fields(self, request, obj=None):
        """A manager reads who it is without the link to a table only administrators have."""
        plain = obj and not request.user.is_administrator
        return ["person" if plain and name == "user" else name for name in self.fields]

    @admin.display(description=gettext_lazy("person"))
    def person(self, seat: Membership) -> str:
        return str(seat.user)


@admin.register(Territory)
class TerritoryTable(TeamTable):
    list_display = ["name", "team", "owner"]
    list_filter = [("team", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["team", "owner"]
    search_fields = ["name"]
    ordering = ["name", "pk"]
    fields = ["name", "team", "owner", "conditions"]


@admin.register(User)
class PersonTable(SetUpTable):
    """Accounts, for administrators. People come in by an invitation and leave by being deactivated."""

    list_display = ["name", "email", "role", "job_title", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    search_fields = ["name", "email"]
    ordering = ["name", "pk"]
    fields = ["email", "name", "job_title", "role", "hue", "time_zone", "language", "is_active", "last_login", "joined_at"]
    readonly_fields = ["last_login", "joined_at"]

    def has_add_permission(self, request) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change=change, form=PersonAdminForm, **kwargs)

    def save_model(self, request, obj, form, change) -> None:
        """Role and access go through their verbs, which audit them and end sessions; the rest is saved as it is."""
        wanted_role, wanted_access = obj.role, obj.is_active
        before = User.objects.get(pk=obj.pk)
        plain = [name for name in form.changed_data if name not in {"role", "is_active"}]
        obj.role, obj.is_active = before.role, before.is_active
        if plain:
            obj.save(update_fields=plain)
        people.change_role(before, wanted_role, by=request.user)
        (people.reactivate if wanted_access else people.deactivate)(before, by=request.user)
        obj.refresh_from_db()


class PersonAdminForm(PersonTable.form):
    def clean(self):
        """Refuse what would leave nobody who can let others in."""
        from django.core.exceptions import ValidationError
        from django.utils.translation import gettext as _

        cleaned = super().clean()
        before = User.objects.get(pk=self.instance.pk)
        stays = cleaned.get("role") == "administrator" and cleaned.get("is_active")
        others = User.objects.filter(role="administrator", is_active=True).exclude(pk=before.pk)
        if before.role == "administrator" and before.is_active and not stays and not others.exists():
            raise ValidationError(_("Somebody has to remain administrator."))
        return cleaned
