"""The list as it is shown, as a file: its filters, its order, its columns."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import exporting, kept
from core.conditions.kinds import countries
from core.listing import Shown
from core.timeline import ActivityKind
from leads import lists
from leads.models import Lead
from leads.templatetags.lead_tags import STATUS
from teams import rights

ALWAYS = ("name", "company_name", "email", "phone")  # who it is, whatever columns are shown


@rights.requires("export")
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Give the leads the address describes as CSV or, with ?format=xlsx, as a spreadsheet."""
    kind, query = exporting.asked(request.GET)
    view = lists.view_of(query)
    columns = {name: column for name, column in lists.columns_of(kept.of(request.user, "lead").columns).items() if name not in {"email", "phone"}}
    reads = [name for column in columns.values() for name in column.reads]
    rows = lists.narrowed(view, request.user).for_list(also=reads)
    shown = lists.LEADS.read_query(query.urlencode(), rows, user=request.user, path=reverse("leads:leads"))
    shown.count()
    too_many = _("A file holds %(n)s leads. Narrow the list with filters, then export it in parts.")
    name = _("Leads %(day)s") % {"day": timezone.localdate().isoformat()}
    return exporting.of_list(request, shown, _rows(shown, columns), kind=kind, name=name, done_as="leads exported", too_many=too_many)


def _rows(shown: Shown, columns: dict[str, lists.Column]) -> Iterable[list[Any]]:
    yield [_("Name"), _("Company"), _("E-mail"), _("Phone"), *(str(column.label) for column in columns.values())]
    kinds = dict(ActivityKind.choices)
    batch: list[Lead] = []
    for lead in shown.ordered.iterator(chunk_size=1000):
        batch.append(lead)
        if len(batch) == 1000:
            yield from _written(batch, columns, kinds)
            batch = []
    yield from _written(batch, columns, kinds)


def _written(leads: list[Lead], columns: dict[str, lists.Column], kinds: dict) -> Iterable[list[Any]]:
    if "next" in columns:
        lists.with_next_activity(leads)
    for lead in leads:
        yield [getattr(lead, name) for name in ALWAYS] + [CELLS[name](lead, kinds) for name in columns]


def _moment(value):
    return timezone.localtime(value) if value else None


def _next(lead: Lead, kinds: dict) -> str:
    if not lead.next_activity:
        return ""
    return f"{kinds[lead.next_activity.kind]} {_moment(lead.next_activity.due_at):%Y-%m-%d %H:%M}"


def _reply(lead: Lead, kinds: dict) -> int | None:
    """Return the minutes until the first reply."""
    return int((lead.first_contacted_at - lead.captured_at).total_seconds() // 60) if lead.first_contacted_at else None


CELLS = {
    "score": lambda lead, kinds: lead.score, "reply": _reply,
    "source": lambda lead, kinds: str(lead.source) if lead.source else lead.get_channel_display(),
    "status": lambda lead, kinds: str(STATUS[lead.status][0]), "next": _next,
    "owner": lambda lead, kinds: str(lead.owner or ""), "captured": lambda lead, kinds: _moment(lead.captured_at),
    "wants": lambda lead, kinds: lead.title, "country": lambda lead, kinds: str(dict(countries()).get(lead.country, lead.country)),
    "industry": lambda lead, kinds: lead.industry, "size": lambda lead, kinds: lead.company_size,
    "fit": lambda lead, kinds: f"{lead.fit}{lead.engagement or ''}", "revenue": lambda lead, kinds: lead.expected_revenue, "campaign": lambda lead, kinds: str(lead.campaign or ""),
    "team": lambda lead, kinds: str(lead.team),
}  # fmt: skip
