"""A lead among the others of the list it was opened from: the preview beside the list, the one before and the one after."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from core import panels
from core.listing import Shown
from leads import lists
from leads.models import Lead, LeadActivity
from leads.views.common import address_of, owner_url


@dataclass(frozen=True)
class Peek:
    """What the drawer shows of one lead."""

    lead: Lead
    href: str
    previous_url: str
    next_url: str
    next: LeadActivity | None
    convert_url: str
    owner_url: str
    panels: list[dict[str, Any]] = field(default_factory=list)

    @property
    def who(self) -> str:
        """Return role and company in one line."""
        return ", ".join(part for part in (self.lead.job_title, self.lead.company_name) if part)


@dataclass(frozen=True)
class Around:
    """Where the page of a lead leads back to, and on to."""

    list_url: str
    previous_url: str = ""
    next_url: str = ""


def peek(request: HttpRequest, shown: Shown) -> Peek | None:
    """Return the preview the list's address asks for; None when it asks for none or one may not see it."""
    if not shown.peek:
        return None
    rows = Lead.objects.visible_to(request.user).select_related("owner", "source", "team", "campaign")
    lead = rows.filter(pk=shown.peek).first()
    if lead is None:
        return None
    keys = [row.pk for row in shown.page.rows]
    place = keys.index(lead.pk) if lead.pk in keys else -1
    before = keys[place - 1] if place > 0 else None
    after = keys[place + 1] if 0 <= place < len(keys) - 1 else None
    return Peek(
        lead, href=lead.get_absolute_url() + suffix(shown), next=lead.activities.planned().select_related("type").in_order().first(),
        previous_url=shown.peek_url(before) if before else "", next_url=shown.peek_url(after) if after else "",
        convert_url=address_of("opportunities:conversion", lead.pk), owner_url=address_of(owner_url(), lead.pk),
        panels=panels.of("lead", request, lead)["aside"],
    )  # fmt: skip


def suffix(shown: Shown) -> str:
    """Return what a link to a lead carries so that its page knows the list: "?list=…", or nothing for the plain list."""
    return f"?{urlencode({'list': shown.query})}" if shown.query else "?list="


def around(request: HttpRequest, lead: Lead) -> Around:
    """Return the neighbours in the list the page was opened from. One query, none when it was opened from elsewhere."""
    path = reverse("leads:leads")
    query = request.GET.get("list")
    if query is None:
        return Around(path)
    view = lists.view_of(QueryDict(query))
    shown = lists.LEADS.read_query(query, lists.narrowed(view, request.user), user=request.user, path=path)
    here = f"{path}?{shown.query}" if shown.query else path
    urls = [f"{reverse('leads:lead', args=[key])}{suffix(shown)}" if key else "" for key in shown.beside(lead.pk)]
    return Around(here, *urls)
