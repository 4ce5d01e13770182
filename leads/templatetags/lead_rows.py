"""{% lead_rows shown columns from_here owner_url %}: the rows of the list of leads.

In Python, as a page has fifty of them: their words and addresses are made once and only filled in for each.
"""

from collections.abc import Mapping
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core import components
from core.listing import Shown
from core.markup import escaped
from core.templatetags.lists import to
from leads.models import Lead
from leads.templatetags.lead_tags import Cells

register = template.Library()
ANY = 999_999_999_999_999  # stands for a lead's key in an address
BUTTON = "btn btn-icon btn-ghost btn-sm"


@register.simple_tag
def lead_rows(shown: Shown, columns: Mapping[str, Any], from_here: str, owner_url: str) -> SafeString:
    frame, cells = Frame(shown, from_here, owner_url), Cells(columns)
    return mark_safe("\n".join([frame.row(lead, cells.of(lead)) for lead in shown.page.rows]))


class Frame:
    """What all rows share: words with a place for the name, addresses with a place for the key."""

    def __init__(self, shown: Shown, from_here: str, owner_url: str):
        self.peeked, self.from_here = shown.peek, escaped(from_here)
        self.select, self.peek = _("Select %(lead)s"), _("Preview %(lead)s")
        self.call, self.hand = _("Log a call with %(lead)s"), _("Assign %(lead)s")
        self.href, self.owner_href = reverse("leads:lead", args=[ANY]), escaped(reverse(owner_url, args=[ANY]))
        self.peek_link = str(to(shown.peek_url(ANY)))
        titles = [escaped(_("Preview")), escaped(_("Log call")), escaped(_("Assign"))]
        self.eye, self.phone, self.user = (
            f' title="{title}">{components.icon(icon)}</a>' for title, icon in zip(titles, ("eye", "phone", "user-plus"), strict=True)
        )

    def row(self, lead: Lead, cells: str) -> str:
        pk, name = str(lead.pk), str(lead)
        under = (lead.company_name or lead.email) if lead.name else lead.email
        href = self.href.replace(str(ANY), pk)
        current = ' aria-current="true"' if lead.pk == self.peeked else ""
        return (
            f'<tr data-row id="lead-{pk}"{current}><td class="c-check"><input type="checkbox" class="check row-check" form="bulk" name="lead"'
            f' value="{pk}" aria-label="{_said(self.select, name)}"></td>\n<td class="c-name"><span class="line">{components.avatar(lead)}'
            f'<span class="name-cell"><a class="truncate" href="{href}{self.from_here}">{escaped(name)}</a>'
            f'<small class="truncate">{escaped(under)}</small></span></span></td>\n{cells}\n'
            f'<td class="c-acts"><span class="row-acts">{self._acts(lead, pk, name, href)}</span></td></tr>'
        )

    def _acts(self, lead: Lead, pk: str, name: str, href: str) -> str:
        acts = (
            f'<a class="{BUTTON} hide-phone" {self.peek_link.replace(str(ANY), pk)} data-peek aria-label="{_said(self.peek, name)}"{self.eye}'
        )
        if not lead.is_open:
            return acts
        owner = self.owner_href.replace(str(ANY), pk)
        return (
            f'{acts}<a class="{BUTTON}" href="{href}?compose=call" aria-label="{_said(self.call, name)}"{self.phone}'
            f'<a class="{BUTTON}" href="{owner}" hx-get="{owner}" hx-target="#dialog" data-dialog aria-label="{_said(self.hand, name)}"{self.user}'
        )


def _said(words: str, name: str) -> str:
    return escaped(words % {"lead": name})
