"""What somebody did with many leads at once in the last 30 days, each of it to be taken back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from core import clock, limits, undo
from core.models import Change, ChangeRow
from leads.mass import acts
from leads.mass.models import MassAct
from teams.models import User

SHOWN = 50


@dataclass(frozen=True)
class Done:
    """One act in the list: `url` is its own page where it has one, `undo_url` takes it back while that is possible."""

    words: str
    at: datetime
    until: datetime
    state: str
    kept: int = 0
    url: str = ""
    undo_url: str = ""

    @property
    def is_open(self) -> bool:
        return self.state == Change.Undo.OPEN


@require_safe
def recent(request: HttpRequest) -> HttpResponse:
    """List one's own acts on many leads, the newest first."""
    return TemplateResponse(request, "leads/acts.html", {"acts": acts_of(request.user, clock.now())})


def acts_of(user: User, at: datetime) -> list[Done]:
    """Return the acts on many leads somebody did and may take back or did take back. Three queries."""
    since = at - timedelta(days=limits.UNDO_DAYS)
    many = Q(verb__in=[act.undo_as for act in acts.ACTS.values()]) | Q(details__has_key="act")
    found = list(Change.objects.filter(many, by=user, at__gt=since).order_by("-at", "-pk")[:SHOWN])
    large = {act.change_id: act for act in MassAct.objects.filter(change__in=found)}
    small = ChangeRow.objects.filter(change__in=[each for each in found if each.pk not in large])
    numbers = dict(small.order_by().values_list("change").annotate(n=Count("pk")))
    shown = [each for each in found if each.pk in numbers or each.pk in large and _did_something(large[each.pk])]
    return [_large(large[each.pk], each, at) if each.pk in large else _small(each, numbers[each.pk], at) for each in shown]


def _did_something(act: MassAct) -> bool:
    return bool(act.done_count) or act.step == MassAct.Step.RUNNING


def _small(change: Change, n: int, at: datetime) -> Done:
    words = acts.ACTS[change.details["act"]].words(n, change.details)
    url = undo.address(change) if change.undo == Change.Undo.OPEN and change.until > at else ""
    return Done(words, change.at, change.until, change.undo, len(change.kept), undo_url=url)


def _large(act: MassAct, change: Change, at: datetime) -> Done:
    moving = {MassAct.Step.RUNNING: "running", MassAct.Step.UNDOING: Change.Undo.ASKED}
    can = act.step in {MassAct.Step.RUNNING, MassAct.Step.FINISHED} and act.done_count and change.until > at
    url = reverse("leads:undo_act", args=[act.pk]) if can else ""
    state = moving.get(act.step, change.undo)
    return Done(acts.words(act), change.at, change.until, state, act.kept_count, act.get_absolute_url(), url)
