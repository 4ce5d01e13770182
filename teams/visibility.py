"""Who sees which record, in one place (decision 25). Not visible means: does not exist.

Everybody sees what they own, what is shared with them, what lies unowned in their teams, and everything in
teams that are open to all members; managers everything of their teams; operations only what they brought in;
administrators everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Func, Q

from teams.models import Role, User


class AnyOf(Func):
    """Compare with the keys of an array that is read once, so that every way of seeing can use its own index."""

    template, arg_joiner = "(%(expressions)s))", " = ANY("
    output_field = models.BooleanField()


@dataclass(frozen=True)
class Sight:
    """Of a person just what decides which records they see. Stands for the person where query sets are compiled once."""

    pk: int
    role: str
    team_ids: Sequence[int] = ()
    open_team_ids: Sequence[int] = ()
    is_authenticated: bool = True
    is_active: bool = True

    @classmethod
    def of(cls, person: int, teams: tuple[int, ...], open_teams: tuple[int, ...], *, role: str) -> "Sight":
        """Return the sight that a person's `sight_keys` and role tell of."""
        return cls(person, role, (*teams, *open_teams), open_teams)


class VisibleQuerySet(models.QuerySet):
    """For records with `owner`, `team`, and optionally `created_by` and `shared_with`."""

    def visible_to(self, user: User | Sight):
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        if user.role == Role.ADMINISTRATOR:
            return self
        fields = {field.name for field in self.model._meta.get_fields()}
        if user.role == Role.OPS:
            return self.filter(created_by=user.pk) if "created_by" in fields else self.none()
        seen = Q(owner=user.pk)
        if user.team_ids:
            seen |= Q(team__in=user.team_ids, owner__isnull=True)
        if user.open_team_ids:
            seen |= Q(team__in=user.open_team_ids)
        if "shared_with" in fields:
            through = self.model.shared_with.through._base_manager
            column = f"{self.model._meta.model_name}_id"
            seen |= Q(AnyOf(F("pk"), ArraySubquery(through.filter(user_id=user.pk).values(column))))
        return self.filter(seen)
