"""What a rep does next: who waits for a first reply, what is overdue or due today, who is hot, and one's own numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from assignment.models import Offer
from core.counting import Count, count_all
from customers.models import Company, Contact
from leads.activities import GOES_ON
from leads.models import Lead, LeadActivity
from opportunities.models import Opportunity, OpportunityActivity
from teams.models import User

ICONS = {"call": "phone", "email": "mail", "meeting": "video"}
WAITING_SHOWN, ACTIVITIES_SHOWN, HOT_SHOWN, BACK_SHOWN, DAYS = 8, 20, 5, 5, 14


@dataclass(frozen=True)
class Task:
    """One planned activity as a row of Today, whatever it hangs on."""

    kind_of_record: str
    activity: Any
    subject: Any
    company: str

    @property
    def icon(self) -> str:
        return self.activity.type.icon if self.activity.type else ICONS.get(self.activity.kind, "check")

    @property
    def due_at(self) -> datetime:
        return self.activity.due_at


@dataclass(frozen=True)
class Replies:
    """A person's first replies of the last 14 days."""

    median: timedelta | None
    within_goal: float | None
    per_day: list[tuple[datetime, float | None]]


def mine_or_team(user: User, *, team: bool) -> Q:
    """Whose leads Today shows: one's own, or all that lie in one's teams and may be seen."""
    if not team:
        return Q(owner=user)
    chosen = [user.current_team_id] if user.current_team_id in user.team_ids else user.team_ids
    if user.is_administrator:
        return Q(team=user.current_team_id) if user.current_team_id else Q()
    return Q(team__in=chosen)


def waiting(user: User, *, team: bool) -> QuerySet[Lead]:
    """Open leads nobody has tried to reach, those with the least time left first, then the best."""
    leads = Lead.objects.visible_to(user).waiting_for_first_reply().filter(mine_or_team(user, team=team))
    return leads.select_related("team", "owner", "source").order_by("response_goal_at", "-score", "pk")


def first_waiting(user: User, *, team: bool, at: datetime, most: int) -> list[Lead]:
    """Return the first of those who wait: whose goal can still be reached, the nearest first, then the others by their time."""
    leads = with_offers(waiting(user, team=team))
    in_time = list(leads.filter(response_goal_at__gte=at)[:most])
    return [*in_time, *leads.exclude(response_goal_at__gte=at)[: most - len(in_time)]]


def with_offers(leads: QuerySet[Lead]) -> QuerySet[Lead]:
    """Say by when the owner of each has to accept it, where they have not answered yet."""
    open_offers = Offer.objects.filter(lead=OuterRef("pk"), owner=OuterRef("owner"), answer="").order_by("-pk")
    return leads.annotate(accept_by=Subquery(open_offers.values("accept_by")[:1]))


def hot(user: User, *, team: bool) -> QuerySet[Lead]:
    hot = Lead.objects.visible_to(user).hot().filter(mine_or_team(user, team=team))
    return hot.select_related("team").hottest_first()


def came_back(user: User, *, team: bool, at: datetime) -> QuerySet[Lead]:
    """Open leads that were put off and have come back, for which nothing is planned yet; the latest first."""
    leads = Lead.objects.visible_to(user).open().filter(mine_or_team(user, team=team), next_activity_at__isnull=True)
    back = leads.filter(come_back_at__lte=at, come_back_at__gt=at - timedelta(days=DAYS))
    return back.select_related("team").order_by("-come_back_at", "-pk")


def tasks(user: User, *, team: bool, at: datetime, most: int = ACTIVITIES_SHOWN) -> tuple[list[Task], list[Task]]:
    """Return the first of what is overdue, and of what is due today, in order of their moments; the day is the person's."""
    late, due = (
        [_task(name, activity) for name, rows in _planned(user, team=team, at=at) for activity in _first(rows, window, most)]
        for window in _windows(user, at=at)
    )
    in_order = [sorted(found, key=lambda task: (task.due_at, task.activity.pk))[:most] for found in (late, due)]
    named = iter(_with_customers([*in_order[0], *in_order[1]], user))
    return [next(named) for _task in in_order[0]], list(named)


def count_tasks(user: User, *, team: bool, at: datetime) -> tuple[Count, Count]:
    """Count what is overdue and what is due today. One query, for lists that don't hold all of it."""
    sets = {
        (place, name, n): rows.filter(window)
        for place, window in enumerate(_windows(user, at=at)) for name, all_rows in _planned(user, team=team, at=at) for n, rows in enumerate(all_rows)
    }  # fmt: skip
    found = {key: int(count) for key, count in count_all(sets).items()}
    late, due = (Count(sum(count for key, count in found.items() if key[0] == place)) for place in (0, 1))
    return late, due


def _windows(user: User, *, at: datetime) -> tuple[Q, Q]:
    """Return what makes a planned activity overdue (Activity.is_late), and what makes it due today."""
    day_before = at - timedelta(days=1)
    late = Q(due_at__lt=at) & (Q(all_day=False) | Q(due_at__lte=day_before))
    return late, Q(due_at__gt=day_before, due_at__lt=_midnight(user, at=at)) & (Q(all_day=True) | Q(due_at__gte=at))


def _midnight(user: User, *, at: datetime) -> datetime:
    return timezone.localtime(at, user.zone).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _planned(user: User, *, team: bool, at: datetime) -> Iterator[tuple[str, list[QuerySet]]]:
    """Return what is planned for leads and for deals, in sets that share nothing: either has its index, both at once would read all."""
    for model, name, going_on in (
        (LeadActivity, "lead", GOES_ON),
        (OpportunityActivity, "opportunity", Q(opportunity__state=Opportunity.State.OPEN)),
    ):
        rows = model.objects.planned().filter(going_on)
        if not team:
            yield name, [rows.filter(assignee=user)]
        elif user.is_administrator and not user.current_team_id:
            yield name, [rows]
        else:
            seen = Lead.objects.visible_to(user).going_on() if name == "lead" else Opportunity.objects.visible_to(user).open()
            theirs = seen.filter(mine_or_team(user, team=True), next_activity_at__lt=_midnight(user, at=at))
            yield name, [rows.filter(assignee=user), rows.filter(**{f"{name}__in": theirs}).exclude(assignee=user)]


def _first(sets: list[QuerySet], window: Q, most: int) -> list[Any]:
    return [activity for rows in sets for activity in rows.filter(window).select_related(*_named(rows)).in_order()[:most]]


def _named(rows: QuerySet) -> tuple[str, ...]:
    return ("lead", "assignee", "type") if rows.model is LeadActivity else ("opportunity__company", "assignee", "type")


def _task(name: str, activity: Any) -> Task:
    subject = getattr(activity, name)
    return Task(name, activity, subject, subject.company_name if name == "lead" else getattr(subject.company, "name", ""))


def _with_customers(tasks: list[Task], user: User) -> list[Task]:
    """Let what stayed planned with a customer name the contact or company its lead became, where one may see it."""
    ended = [task for task in tasks if task.kind_of_record == "lead" and not task.subject.is_open]
    known: dict[tuple[str, int], Any] = {}
    for kind, seen in (("company", Company.objects.visible_to(user)), ("contact", Contact.objects.visible_to(user).select_related("company"))):
        pks = {getattr(task.subject, f"{kind}_id") for task in ended} - {None}
        known |= {(kind, row.pk): row for row in (seen.filter(pk__in=pks) if pks else ())}
    return [_with_customer(task, known) if task in ended else task for task in tasks]


def _with_customer(task: Task, known: dict[tuple[str, int], Any]) -> Task:
    lead = task.subject
    contact, company = known.get(("contact", lead.contact_id)), known.get(("company", lead.company_id))
    if contact is None and company is None:
        return task
    return replace(task, subject=contact or company, company=str(contact.company or "") if contact else "")


def done_today(user: User, *, at: datetime) -> int:
    start = timezone.localtime(at, user.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return sum(
        model.objects.filter(done_by=user, done_at__gte=start).count() for model in (LeadActivity, OpportunityActivity)
    )


def replies(user: User, *, at: datetime) -> Replies:
    """Return median and share within the goal of one's first replies in the last 14 days, and the median per day."""
    start = timezone.localtime(at, user.zone).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(
        days=DAYS - 1
    )
    rows = list(
        Lead.objects.filter(first_contacted_by=user, first_contacted_at__gte=start)
        .values_list("first_contacted_at", "response_time", "response_goal_at")
        .order_by("first_contacted_at", "pk")[:5000]
    )
    days: dict[datetime, list[float]] = {start + timedelta(days=n): [] for n in range(DAYS)}
    for contacted_at, took, _goal_at in rows:
        day = timezone.localtime(contacted_at, user.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        days.setdefault(day, []).append(took.total_seconds())
    times = [took for _, took, _ in rows]
    return Replies(
        median=median(times) if times else None,
        within_goal=sum(goal_at is None or contacted_at <= goal_at for contacted_at, _, goal_at in rows) / len(rows) if rows else None,
        per_day=[(day, median(values) if values else None) for day, values in sorted(days.items())],
    )


@dataclass(frozen=True)
class Chart:
    """The reply times as points of an SVG (viewBox 288 x 92): y is logarithmic from 1 min at the bottom to 24 h on top."""

    points: str
    last: tuple[float, float] | None
    target: float
    target_height: float
    first_day: datetime
    target_words: float
    limit: timedelta


def reply_chart(found: Replies, *, limit: timedelta) -> Chart | None:
    """Lay the per-day medians out for the template, which does no arithmetic."""
    from math import log

    known = [(n, seconds) for n, (_, seconds) in enumerate(found.per_day) if seconds is not None]
    if len(known) < 2:
        return None

    def y(seconds: float) -> float:
        share = log(max(seconds, 60) / 60) / log(24 * 60)
        return round(76 - 68 * min(share, 1), 1)

    target = y(limit.total_seconds())
    points = [(round(4 + n * 280 / (DAYS - 1), 1), y(seconds)) for n, seconds in known]
    return Chart(
        " ".join(f"{px},{py}" for px, py in points), points[-1], target, round(76 - target, 1), found.per_day[0][0],
        round(target - 5, 1), limit,
    )  # fmt: skip
