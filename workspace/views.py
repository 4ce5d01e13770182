"""The rep's desk."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock, limits, wording
from core.counting import Count, count_all
from core.htmx import page_or_fragment
from leads.lists import own_times, seconds
from teams.models import SalesTeam
from workspace import today as desk
from workspace.forgotten import without_next_step


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    user, at = request.user, clock.now()
    team = request.GET.get("who") == "team"
    waiting = desk.waiting(user, team=team)
    more = request.GET.get("more") == "1"
    most = limits.MAX_PAGE_ROWS if more else desk.ACTIVITIES_SHOWN
    overdue, due = desk.tasks(user, team=team, at=at, most=most)
    overdue_count, due_count = Count(len(overdue)), Count(len(due))
    if len(overdue) == most or len(due) == most:
        overdue_count, due_count = desk.count_tasks(user, team=team, at=at)
    replies = desk.replies(user, at=at)
    shown = desk.first_waiting(user, team=team, at=at, most=desk.WAITING_SHOWN + 1)
    own = own_times(shown)
    for lead in shown:
        lead.clock = seconds(lead, at)
        lead.answer_by = wording.today_or_moment(lead.accept_by, now=at) if lead.accept_by else ""
        lead.own_time = [wording.today_or_moment(moment, now=at) for moment in own.get(lead.pk, ())]
    limit = max((seat.team.response_limit for seat in user.seats), default=timedelta(hours=1))
    done_today = desk.done_today(user, at=at)
    context = {
        "at": timezone.localtime(at, user.zone),
        "greeting": _greeting(timezone.localtime(at, user.zone).hour),
        "team": team,
        "waiting": shown[: desk.WAITING_SHOWN],
        "waiting_count": count_all({"": waiting})[""] if len(shown) > desk.WAITING_SHOWN else Count(len(shown)),
        "overdue": overdue,
        "overdue_count": overdue_count,
        "due": due,
        "due_count": due_count,
        "more": more,
        "hot": list(desk.hot(user, team=team)[: desk.HOT_SHOWN]),
        "forgotten": without_next_step(user, team=team),
        "back": list(desk.came_back(user, team=team, at=at)[: desk.BACK_SHOWN]),
        "replies": replies,
        "within_percent": round(replies.within_goal * 100) if replies.within_goal is not None else None,
        "chart": desk.reply_chart(replies, limit=limit),
        "done_today": done_today,
        "of_today": Count(done_today + int(overdue_count) + int(due_count)),
        "goal_team": user.seats[0].team if user.seats else None,
    }
    return page_or_fragment(request, "workspace/today.html", context, fragment="work")


def _greeting(hour: int) -> str:
    if hour < 12:
        return _("Good morning")
    return _("Good afternoon") if hour < 18 else _("Good evening")


@require_POST
def team(request: HttpRequest) -> HttpResponse:
    """Switch the team shown in the navigation: a filter, never a right (decision 25)."""
    chosen = request.POST.get("team", "")
    teams = (
        SalesTeam.objects.all()
        if request.user.is_administrator
        else SalesTeam.objects.filter(pk__in=request.user.team_ids)
    )
    if chosen and not (chosen.isdecimal() and teams.filter(pk=chosen).exists()):
        raise Http404
    request.user.current_team_id = int(chosen) if chosen else None
    request.user.save(update_fields=["current_team"])
    came_from = request.headers.get("Referer", "")
    safe = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure())
    return redirect(came_from if safe else "workspace:today")
