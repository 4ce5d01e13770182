"""The lists of leads: which views there are, how they are searched and sorted, and what a row shows."""

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial, reduce
from operator import and_, or_
from typing import Any

from django.core.cache import cache
from django.db.models import FETCH_PEERS, F, Q, QuerySet, Value
from django.db.models.functions import Lower, StrIndex
from django.db.models.lookups import GreaterThan
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import kept, limits
from core.counting import Count, count_all, keys_of
from core.listing import Listing, Shown, Sort
from leads import spelling
from leads.models import Lead, LeadActivity
from leads.querysets import LeadQuerySet
from leads.texts import unaccented
from teams import clocks
from teams.models import User

MIN_DIGITS = 4
LETTERS, LEAST_INDEXED, MOST_INDEXED, AROUND_NUMBER = re.compile(r"[^\W_]+"), 3, 12, 8
FEW_SEEN = 5_000  # leads are sooner read through for a word than the index is asked for it
REMEMBERED = 10  # seconds
SLOW = 0.25  # seconds


def search(leads: QuerySet, text: str) -> QuerySet:
    """Find each word anywhere in name, company, e-mail, phone or title; accents and case don't matter."""
    return leads.filter(sought(text, holds))


def search_few(leads: QuerySet, text: str) -> QuerySet:
    """Find what `search` finds by reading through the leads: for those who see few of them."""
    return leads.filter(sought(text, stands_in))


def sought(text: str, holds: Callable[[str], Q]) -> Q:
    """Return what finds each word of a text, where `holds` says how one is found."""
    digits = _digits(text)
    words = [digits] if digits else _words(text)
    return reduce(and_, map(holds, words)) if words else Q(pk__in=[])


def _without_longer(words: list[str]) -> list[str]:
    """Leave out words that hold another one: what has them has the shorter one too."""
    return [word for word in words if not any(other != word and other in word for other in words)]


def holds(word: str) -> Q:
    """Return what finds a word or a part of one by the index. Of one or two letters only beginnings: it knows no less than three."""
    part = _telling_part(word)
    if part == word or is_short(word):
        return stands_in(word, by_index=True)
    return Q(words__text__contains=part) & stands_in(word)


def stands_in(word: str, *, by_index: bool = False) -> Q:
    """Return what finds the word in leads that are read anyway; no index serves it unless it is asked to."""
    if by_index or is_short(word):
        return stands_by_index("words__text" if by_index else "search", word)
    return Q(GreaterThan(StrIndex(F("search"), Value(word)), 0))


def stands_by_index(column: str, word: str) -> Q:
    """Return what finds the word in a column of folded words that has an index of three letters; of a short one only beginnings."""
    if is_short(word):
        return Q(**{f"{column}__startswith": word}) | Q(**{f"{column}__contains": f" {word}"})
    return Q(**{f"{column}__contains": word})


def is_short(word: str) -> bool:
    return max(map(len, LETTERS.findall(word)), default=0) < LEAST_INDEXED


def _telling_part(word: str) -> str:
    """Return the part of a word the index is asked for, the rarest by its looks: of an address the mailbox, a number up to its end.

    The more letters it is asked for, the longer it takes; the rows it gives are few enough to be read for the rest.
    What stands behind the last point says least: half of all addresses end alike.
    """
    mailbox, at, _domain = word.partition("@")
    part = mailbox + at if len(mailbox) >= MOST_INDEXED // 2 else word
    last_digit = max((place for place, letter in enumerate(part, 1) if letter.isdigit()), default=0)
    if last_digit:
        sign = part[last_digit : last_digit + 1]
        end = last_digit + int(sign != "" and not sign.isalnum())
        part = part[max(0, end - AROUND_NUMBER) : end]
    elif "." in part:
        part = part[: part.rindex(".") + 1]
    return (word if is_short(part) else part)[:MOST_INDEXED]


def _words(text: str) -> list[str]:
    """Return the folded words, without those that are signs alone."""
    return [word for word in unaccented(text).split() if LETTERS.search(word)][:10]


def search_near(leads: QuerySet, text: str, holds: Callable[[str], Q] = holds) -> tuple[QuerySet, list[str]]:
    """Find each word or what is spelled like it; return the leads and the words that were put beside what was typed.

    Only words of these leads (those the person may see): another team's names are not told.
    """
    if _digits(text):
        return leads, []
    words = _words(text)
    alike = spelling.near(words)
    seen = list(dict.fromkeys(each for word in words for each in alike[word]))
    there = keys_of(*(leads.order_by().filter(holds(each))[:1] for each in seen))
    meant = [each for each, found in zip(seen, there, strict=True) if found]
    for word in words:
        beside = [each for each in alike[word] if each in meant]
        leads = leads.filter(reduce(or_, map(holds, _without_longer([word, *beside]))))
    return leads, meant


def _digits(text: str) -> str:
    """Return the digits of what looks like a phone number, without the zero or plus in front, else nothing."""
    if any(letter not in "+0123456789 ()-./" for letter in text):
        return ""
    digits = "".join(letter for letter in text if letter.isdigit()).lstrip("0")
    return digits if len(digits) >= MIN_DIGITS else ""


SORTS = {
    "score": Sort(_("Score"), "score", descending=True),
    "fit": Sort(_("Fit"), "fit", is_text=True),
    "engagement": Sort(_("Engagement"), "engagement"),
    "captured": Sort(_("Captured"), "captured_at", descending=True),
    "name": Sort(_("Name"), Lower("name"), is_filled=True),
    "next": Sort(_("Next activity"), "next_activity_at"),
    "waiting": Sort(_("Waiting time"), "response_goal_at"),
}
LEADS = Listing("lead", sorts=SORTS, default="-score", search=search, near=search_near, also=["view"])
ALL_LEADS, VERY_MANY_LEADS = (
    Listing("lead", sorts=SORTS, default="-score", search=search, near=search_near, sought=partial(sought, holds=stands_in), also=["view"], is_vast=is_vast)
    for is_vast in (False, True)
)
FEW_LEADS = Listing("lead", sorts=SORTS, default="-score", search=search_few, near=partial(search_near, holds=stands_in), also=["view"])


def listing_for(user: User, counts: Mapping[str, Count], view: "View") -> Listing:
    """Return how a person's list is searched: who sees few of a view's leads has them read through, else the index is asked.

    Where somebody sees all leads, the first of many are met by walking along their order.
    """
    shown = counts["open"].number + counts["ended"].number if view.key == "all" else counts[view.key].number
    if user.is_administrator and not user.current_team_id:
        return VERY_MANY_LEADS if shown > limits.EXACT_COUNT else ALL_LEADS
    return FEW_LEADS if shown <= FEW_SEEN else LEADS


@dataclass(frozen=True)
class Column:
    """A column one may show or hide. `reads` names what its cells need beyond a plain row."""

    label: Any
    is_shown: bool = False  # unless somebody chose otherwise
    reads: tuple[str, ...] = ()


COLUMNS = {
    "score": Column(_("Score"), True), "reply": Column(_("First reply"), True), "source": Column(_("Source"), True),
    "status": Column(_("Status"), True), "next": Column(_("Next activity"), True), "owner": Column(_("Owner"), True),
    "captured": Column(_("Captured"), True), "wants": Column(_("Wants")), "email": Column(_("E-mail")),
    "phone": Column(_("Phone")), "country": Column(_("Country")), "industry": Column(_("Industry"), reads=("industry",)),
    "size": Column(_("Employees"), reads=("company_size",)),
    "fit": Column(_("Fit and engagement"), reads=("fit", "engagement")),
    "revenue": Column(_("Expected revenue"), reads=("expected_revenue", "currency", "team__currency")),
    "campaign": Column(_("Campaign"), reads=("campaign__name",)), "team": Column(_("Team")),
}  # fmt: skip


def columns_of(chosen: list[str] | None) -> dict[str, Column]:
    """Return the columns to show: those chosen that are still there, else the usual ones."""
    if chosen is None:
        return {name: column for name, column in COLUMNS.items() if column.is_shown}
    return {name: column for name, column in COLUMNS.items() if name in chosen}


@dataclass(frozen=True)
class View:
    """One of the tabs over the list."""

    key: str
    label: Any
    narrow: Callable[[LeadQuerySet, User], QuerySet]
    empty: Any


VIEWS = {view.key: view for view in [
    View("open", _("All open"), lambda leads, user: leads.open(), _("No open leads.")),
    View("hot", _("Hot"), lambda leads, user: leads.hot(), _("No hot leads now.")),
    View("waiting", pgettext_lazy("leads", "Waiting"), lambda leads, user: leads.waiting_for_first_reply(),
         _("Every new lead has had a first reply.")),
    View("mine", _("Mine"), lambda leads, user: leads.open().filter(owner=user), _("You have no open leads.")),
    View("unassigned", _("Unassigned"), lambda leads, user: leads.unassigned(), _("Every open lead has an owner.")),
    View("ended", pgettext_lazy("leads", "Ended"), lambda leads, user: leads.filter(is_open=False), _("No lead has ended yet.")),
    View("all", pgettext_lazy("leads", "All"), lambda leads, user: leads, _("No leads yet.")),
]}  # fmt: skip

def view_of(query: QueryDict) -> View:
    """Return the view an address asks for; a filter on the status looks in all leads unless a view is named."""
    asked = query.get("view", "")
    by_status = any(key.startswith("status.") for key in query)
    return VIEWS.get(asked) or VIEWS["all" if by_status and not asked else "open"]


TABS = [view for key, view in VIEWS.items() if key != "all"]  # "all" shows up when it is asked for


@dataclass(frozen=True)
class Tab:
    label: Any
    url: str
    count: Count
    is_current: bool
    change_url: str = ""  # of a view the person keeps
    team: str = ""  # with whom a kept view is shared
    pin_url: str = ""
    is_pinned: bool = False


def seen_by(user: User) -> LeadQuerySet:
    """Return the leads the person may see, in the team chosen in the navigation when one is chosen."""
    leads = Lead.objects.visible_to(user)
    return leads.filter(team=user.current_team_id) if user.current_team_id else leads


def narrowed(view: View, user: User) -> QuerySet:
    """Return a view's leads; one's own are shown whichever team is chosen."""
    leads = Lead.objects.visible_to(user) if view.key == "mine" else seen_by(user)
    return view.narrow(leads, user)


def read_kept(view: kept.KeptView, user: User) -> Shown:
    """Return the list a kept view describes."""
    rows = narrowed(view_of(QueryDict(view.query)), user)
    return LEADS.read_query(view.query, rows, user=user, path=reverse("leads:leads"))


def count_tabs(user: User, *, fresh: bool = False) -> dict[str, Count]:
    """Count each tab's leads in one query, and remember it for a moment: a list is read far more often than it changes.

    One's own acts forget the numbers (forget_counts), and a list that was told of a change asks for `fresh` ones.
    """
    known = None if fresh else cache.get(_key(user))
    if known is None:
        known = _count(user)
        cache.set(_key(user), known, REMEMBERED)
    return {name: Count(number) for name, number in known.items()}


def _count(user: User) -> dict[str, int]:
    """Count the tabs. Kept views that took long are remembered a hundred times as long as it took, whatever happens meanwhile."""
    slow_key = f"{_key(user)}:slow"
    slow: dict[tuple[int, str], int] = cache.get(slow_key) or {}
    views = kept.of(user, "lead").views
    asked = [view for view in views if (view.pk, view.query) not in slow]
    start = time.monotonic()
    wanted = {f"kept {view.pk}": read_kept(view, user).rows for view in asked} | {view.key: narrowed(view, user) for view in TABS}
    found = {name: int(count) for name, count in count_all(wanted).items()}
    if asked and (took := time.monotonic() - start) > SLOW:
        slow |= {(view.pk, view.query): found[f"kept {view.pk}"] for view in asked}
        cache.set(slow_key, slow, int(100 * took))
    return {f"kept {view.pk}": slow[view.pk, view.query] for view in views if (view.pk, view.query) in slow} | found


def forget_counts(user: User) -> None:
    cache.delete(_key(user))


def _key(user: User) -> str:
    return f"lead-tabs:{user.pk}:{user.role}:{user.current_team_id or 0}"


def count_open(user: User) -> str:
    """Count the open leads a person sees, for the navigation; at most one query."""
    known = cache.get(_key(user))
    return str(Count(known["open"]) if known else count_all({"open": narrowed(VIEWS["open"], user)})["open"])


def with_next_activity(leads: list[Lead]) -> list[Lead]:
    """Put each lead's first planned activity at `lead.next_activity`; one query for all."""
    wanted = [lead.pk for lead in leads if lead.next_activity_at]
    planned = LeadActivity.objects.planned().select_related("type").fetch_mode(FETCH_PEERS)
    first = planned.filter(lead__in=wanted).order_by("lead", "due_at", "pk").distinct("lead")
    found = {activity.lead_id: activity for activity in first} if wanted else {}
    for lead in leads:
        lead.next_activity = found.get(lead.pk)
    return leads


def seconds(lead: Lead, at: datetime) -> dict[str, int]:
    """Return the numbers of a lead's response clock: how long it waits (or waited), its goal and its limit."""
    team, start = lead.team, lead.captured_at if lead.first_contacted_at else lead.clock_start
    goal = lead.response_goal_at - start if lead.response_goal_at else team.response_goal
    limit = lead.response_limit_at - start if lead.response_limit_at else team.response_limit
    waited = (lead.first_contacted_at or at) - start
    return {
        "waited": max(0, int(waited.total_seconds())), "goal": int(goal.total_seconds()),
        "limit": int(limit.total_seconds()),
    }  # fmt: skip


def own_times(leads: Iterable[Lead]) -> dict[int, tuple[datetime, datetime]]:
    """Return since when, and until when, people have waiting leads that came to them after the goal had passed.

    The lead's own clock goes on, its customer waits; but whoever got it late has the limit's length from then on.
    """
    waiting = (lead for lead in leads if lead.is_waiting and lead.owner_id and lead.assigned_at and lead.response_goal_at)
    late = [lead for lead in waiting if lead.assigned_at >= lead.response_goal_at]
    ticking = clocks.of({lead.team_id: lead.team for lead in late}.values()) if late else {}
    return {lead.pk: (lead.assigned_at, ticking[lead.team_id].own_limit(lead.temperature, lead.assigned_at)) for lead in late}
