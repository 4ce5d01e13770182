"""What has no next step: leads somebody has spoken to and open deals for which nothing is planned, each counted with its list."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import ngettext

from core.counting import Count, count_all
from leads import lists
from opportunities.models import Opportunity, Pipeline
from opportunities.scope import ME
from teams.models import User

NOTHING = {"next_activity_at.empty": "1"}


@dataclass(frozen=True)
class Forgotten:
    """One list of records without a next step."""

    count: Count
    words: str
    url: str
    icon: str


def without_next_step(user: User, *, team: bool) -> list[Forgotten]:
    """Return the lists that hold any, as long as the lists themselves are: one's own, or all one sees of the chosen team."""
    view = "open" if team else "mine"
    leads = lists.narrowed(lists.VIEWS[view], user).filter(next_activity_at__isnull=True, first_contacted_at__isnull=False)
    pipelines = list(Pipeline.objects.in_order())
    counts = count_all({"leads": leads, **{f"deals {each.pk}": _deals(user, each, team=team) for each in pipelines}})
    found = [Forgotten(counts["leads"], _leads_said(counts["leads"]), _address("leads:leads", view=view, **{"first_contacted_at.filled": "1"}), "users")]
    for each in pipelines:
        name, count = each.name if len(pipelines) > 1 else "", counts[f"deals {each.pk}"]
        whose = {} if team else {"owner": ME}
        found.append(Forgotten(count, _deals_said(count, name), _address("opportunities:deals", pipeline=each.pk, **whose), "square-kanban"))
    return [one for one in found if one.count]


def _deals(user: User, pipeline: Pipeline, *, team: bool):
    deals = Opportunity.objects.visible_to(user).filter(pipeline=pipeline, state=Opportunity.State.OPEN, next_activity_at__isnull=True)
    if user.current_team_id:
        deals = deals.filter(team=user.current_team_id)
    return deals if team else deals.filter(owner=user)


def _leads_said(count: Count) -> str:
    return ngettext("%(n)s lead", "%(n)s leads", int(count)) % {"n": count}


def _deals_said(count: Count, pipeline: str) -> str:
    if pipeline:
        return ngettext("%(n)s deal in %(pipeline)s", "%(n)s deals in %(pipeline)s", int(count)) % {"n": count, "pipeline": pipeline}
    return ngettext("%(n)s deal", "%(n)s deals", int(count)) % {"n": count}


def _address(name: str, **query: Any) -> str:
    return f"{reverse(name)}?{urlencode(query | NOTHING)}"
