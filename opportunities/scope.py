"""What a board shows: whose opportunities of which pipeline, as far as the person may see them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from core import conditions
from core.listing import Listing, Shown
from core.prepared import Prepared
from opportunities import filters
from opportunities.fields import KEPT
from opportunities.models import MonthTotal, Opportunity, Pipeline, Stage, StageTotal
from opportunities.opening import stages_of
from teams.models import Role, SalesTeam, User
from teams.visibility import Sight

ME, NOBODY = "me", "nobody"
GROUPED = ("owner", "month", "source")


def ways_to_see(user: User | Sight) -> list[Q] | None:
    """Return conditions on owner and team of which any one shows an opportunity to this person; None means all of them.

    Each is one range of an index, where the one condition of visible_to would make the database read everything. What is
    shared with a person is not in here, and what operations brought in neither: `Scope.beside` is those. A test compares
    both with visible_to.
    """
    if user.role == Role.ADMINISTRATOR:
        return None
    if user.role == Role.OPS:
        return []
    unowned = [Q(team=team, owner__isnull=True) for team in user.team_ids if team not in user.open_team_ids]
    return [Q(owner=user.pk), *unowned, *(Q(team=team) for team in user.open_team_ids)]


@dataclass
class Scope:
    """A pipeline as one person looks at it, perhaps narrowed to a team and an owner."""

    user: User
    pipeline: Pipeline
    pipelines: list[Pipeline]
    team: SalesTeam | None = None
    owner: str = ""  # "", "me", "nobody" or a person's key
    sort: str = "next"
    by: str = "stage"  # what the columns are: stages, owners, close months or sources
    shown: Shown | None = None  # the conditions of the address, with their chips

    @classmethod
    def read(cls, user: User, query: QueryDict, listing: Listing = filters.BOARD, path: str = "") -> "Scope | None":
        """Read what the address asks for; what it names wrongly is left out. None when there is no pipeline at all.

        `listing` and `path` say what is read instead of the board: the list, the forecast.
        """
        pipelines = _PIPELINES.rows()
        if not pipelines:
            return None
        by_key = {str(pipeline.pk): pipeline for pipeline in pipelines}
        teams = {str(team.pk): team for team in teams_of(user)}
        current = str(user.current_team_id or "")
        owner, shown = query.get("owner", ""), filters.read(user, query, listing, path)
        return cls(
            user=user, pipelines=pipelines, pipeline=by_key.get(query.get("pipeline", ""), pipelines[0]),
            team=teams.get(query.get("team", current)), owner=owner if owner in {ME, NOBODY} or is_key(owner) else "",
            sort=shown.sort, by=query.get("by") if query.get("by") in GROUPED else "stage", shown=shown,
        )  # fmt: skip

    @classmethod
    def like(
        cls, person: int, teams: tuple[int, ...], open_teams: tuple[int, ...], pipeline: int, *, role: str, team: int, owner: str, sort: str
    ) -> "Scope":
        """Return the scope that `keys` and `words` tell of, for query sets that are compiled once."""
        sight = Sight.of(person, teams, open_teams, role=role)
        return cls(user=sight, pipeline=pipeline, pipelines=[], team=team or None, owner=owner, sort=sort)

    @property
    def keys(self) -> tuple[int, tuple[int, ...], tuple[int, ...], int]:
        """Return the keys in the conditions of an unnarrowed board."""
        return *self.user.sight_keys, self.pipeline.pk

    @property
    def words(self) -> dict[str, Any]:
        """Return what else decides about the conditions of an unnarrowed board."""
        return {"role": self.user.role, "team": self.team.pk if self.team else 0, "owner": self.owner, "sort": self.sort}

    @cached_property
    def stages(self) -> list[Stage]:
        """Return the stages in use, in order."""
        return stages_of(self.pipeline)

    @cached_property
    def narrowing(self) -> conditions.Conditions | None:
        """Return the conditions of the address that can be read; None when it has none."""
        return self.shown.book.read(conditions.from_address(self.shown.pairs)) if self.shown and self.shown.chips else None

    @property
    def is_kept(self) -> bool:
        """Tell whether the kept totals know all that the board is narrowed by."""
        return self.narrowing is None or all(leaf.field and leaf.field.key in KEPT for leaf in self.narrowing.leaves)

    @cached_property
    def filters(self) -> Q:
        """Return the narrowing as a condition: the conditions of the address, owner and team."""
        return (self.narrowing.q if self.narrowing else Q()) & self.chosen

    @cached_property
    def chosen(self) -> Q:
        """Return the owner and the team that were chosen, as a condition."""
        wanted = Q()
        if self.team:
            wanted &= Q(team=self.team)
        if self.owner == ME:
            wanted &= Q(owner=self.user.pk)
        elif self.owner == NOBODY:
            wanted &= Q(owner__isnull=True)
        elif self.owner:
            wanted &= Q(owner_id=int(self.owner))
        return wanted

    @property
    def is_narrowed(self) -> bool:
        return bool(self.owner or self.team or self.narrowing)

    @cached_property
    def ways(self) -> list[Q] | None:
        return ways_to_see(self.user)

    def rows(self) -> QuerySet[Opportunity]:
        """Return every opportunity of the board, open and closed, that the person may see."""
        return Opportunity.objects.visible_to(self.user).filter(self.filters, pipeline=self.pipeline)

    def holds(self, deal: Opportunity) -> bool:
        """Tell whether an opportunity that was moved just now still belongs on a board that conditions narrow."""
        return self.narrowing is None or self.rows().filter(pk=deal.pk).exists()

    def totals(self) -> QuerySet[StageTotal]:
        """Return the kept totals of what the person sees by owner and team; only while `is_kept`."""
        return self._of_mine(StageTotal.objects.all())

    def month_totals(self) -> QuerySet[MonthTotal]:
        """Return the same by the month of the expected close."""
        return self._of_mine(MonthTotal.objects.all())

    def _of_mine[T: QuerySet](self, totals: T) -> T:
        kept = totals.filter(self.filters, pipeline=self.pipeline)
        return kept if self.ways is None else kept.filter(_any(self.ways))

    @cached_property
    def has_shared(self) -> bool:
        """Tell whether anything is shared with the person: for most nothing is, and one short look saves three long ones."""
        return bool(_SHARED.rows(self.user.pk))

    def beside(self) -> QuerySet[Opportunity] | None:
        """Return the open opportunities one sees by another way than owner and team; None when there are none such."""
        if self.ways is None or not (self.user.is_ops or self.has_shared):
            return None
        if self.user.is_ops:
            return self.rows().open()
        shared = Opportunity.shared_with.through.objects.filter(user_id=self.user.pk).values("opportunity_id")
        rows = Opportunity.objects.open().filter(self.filters, pipeline=self.pipeline, pk__in=shared)
        return rows.exclude(_any(self.ways))

    def branches(self) -> list[QuerySet[Opportunity]]:
        """Return sets of open opportunities that together are all one sees, each to be read along an index."""
        beside = self.beside()
        return [*self.ranges(), *([beside] if beside is not None else [])]

    def ranges(self) -> list[QuerySet[Opportunity]]:
        """Return the branches by owner and team."""
        rows = Opportunity.objects.open().filter(self.filters)
        return [rows] if self.ways is None else [rows.filter(way) for way in self.ways]


_PIPELINES = Prepared(lambda: Pipeline.objects.in_order())
_SHARED = Prepared(lambda person: Opportunity.shared_with.through.objects.filter(user_id=person).values_list("pk")[:1])


def teams_of(user: User) -> list[SalesTeam]:
    """Return the teams one may narrow to: one's own, for administrators all."""
    if user.is_administrator:
        return list(SalesTeam.objects.order_by("name", "pk"))
    return [seat.team for seat in user.seats]


def _any(ways: list[Q]) -> Q:
    """Join conditions by or; none of them means nothing."""
    joined = Q(pk__in=[])
    for way in ways:
        joined |= way
    return joined


def is_key(text: str) -> bool:
    """Tell whether a text of the address can be a row's key."""
    return text.isascii() and text.isdigit() and len(text) < 16
