"""Saved views and chosen columns of one person, read for every list page and so remembered for a minute."""

from collections.abc import Iterable

from django.core.cache import cache
from django.db.models import Exists, OuterRef

from core import shell
from core.kept import Kept, KeptView
from leads import lists
from teams.models import SalesTeam, User
from workspace.models import ListColumns, PinnedView, SavedView

REMEMBERED = 60  # seconds; what the person changes shows at once, what a manager shares within this time


def kept_by(user: User, record: str) -> Kept:
    """Return what somebody keeps of a kind of list: two queries, or none within a minute."""
    found = cache.get(_key(user, record))
    if found is None:
        pinned = Exists(PinnedView.objects.filter(owner=user, view=OuterRef("pk")))
        rows = SavedView.objects.seen_by(user).filter(record=record).select_related("team").annotate(is_pinned=pinned)
        views = [
            KeptView(row.pk, row.name, row.query, row.may_change(user), row.team.name if row.team else "", row.is_pinned) for row in rows
        ]
        chosen = ListColumns.objects.filter(owner=user, record=record).first()
        found = Kept(views, chosen.names if chosen else None)
        cache.set(_key(user, record), found, REMEMBERED)
    return found


def pinned_by(user: User, record: str) -> list[KeptView]:
    """Return the views somebody pinned: of what is kept when that was read a moment ago, else by one query."""
    known = cache.get(_key(user, record))
    if known is not None:
        return [view for view in known.views if view.is_pinned]
    rows = SavedView.objects.seen_by(user).filter(record=record, pins__owner=user).select_related("team")
    return [KeptView(row.pk, row.name, row.query, row.may_change(user), row.team.name if row.team else "", True) for row in rows]


def keep_view(user: User, record: str, name: str, query: str, *, team: SalesTeam | None) -> SavedView:
    """Keep a list's address under a name; the same name again means the new address."""
    view, _new = SavedView.objects.update_or_create(
        owner=user, record=record, name=name, defaults={"query": query, "team": team}, create_defaults={
            "query": query, "team": team, "position": SavedView.objects.filter(owner=user, record=record).count(),
        },
    )  # fmt: skip
    forget(user, record)
    return view


def pin(user: User, view: SavedView, *, is_pinned: bool) -> None:
    """Put a kept view beside the rooms of one's navigation, or take it from there. Twice is once."""
    if is_pinned:
        PinnedView.objects.get_or_create(owner=user, view=view)
    else:
        PinnedView.objects.filter(owner=user, view=view).delete()
    forget(user, view.record)


def choose_columns(user: User, record: str, names: Iterable[str]) -> None:
    ListColumns.objects.update_or_create(owner=user, record=record, defaults={"names": list(names)})
    forget(user, record)


def forget(user: User, record: str) -> None:
    """Let the next list read anew what is kept, and count it."""
    cache.delete(_key(user, record))
    shell.forget_counts(user)
    if record == "lead":
        lists.forget_counts(user)


def _key(user: User, record: str) -> str:
    return f"kept:{record}:{user.pk}:{user.role}"
