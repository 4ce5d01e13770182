"""What people keep of their desk: views of lists under a name, and the columns they like to see."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from teams import rights
from teams.models import User


class SavedViewQuerySet(models.QuerySet):
    def seen_by(self, user: User):
        """One's own, and what managers share with one's teams; in the order of the tabs."""
        shared = Q(team__isnull=False) if user.is_administrator else Q(team__in=user.team_ids)
        return self.filter(Q(owner=user) | shared).order_by("position", "pk")


class SavedView(models.Model):
    """The address of a list under a name: filters, search and sort, own or a team's."""

    record = models.CharField(max_length=20, editable=False)
    name = models.CharField(_("name"), max_length=60)
    query = models.TextField(blank=True, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views")
    team = models.ForeignKey("teams.SalesTeam", models.CASCADE, null=True, blank=True, related_name="saved_views")
    position = models.PositiveSmallIntegerField(default=0)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("saved view"), _("saved views")
        constraints = [
            models.UniqueConstraint(fields=["owner", "record", "name"], name="saved_view_named_once"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def may_change(self, user: User) -> bool:
        """Its owner may, and who manages the team it is shared with."""
        return self.owner_id == user.pk or (self.team_id is not None and rights.manages_team(user, self.team_id))


class PinnedView(models.Model):
    """A kept view that somebody wants beside the rooms of the navigation: their own, or one of their team's."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="pinned_views")
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="pins")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "view"], name="view_pinned_once")]

    def __str__(self) -> str:
        return f"{self.owner} {self.view}"


class ListColumns(models.Model):
    """The columns somebody chose for a kind of list, in the list's own order."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="list_columns")
    record = models.CharField(max_length=20)
    names = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "record"], name="list_columns_once")]

    def __str__(self) -> str:
        return f"{self.owner} {self.record}"

