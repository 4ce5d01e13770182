"""Other open leads of the same person, merged into a lead as it is converted; undoing the conversion parts them again."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from core import undo
from core.likeness import Facts
from core.merging import KINDS, merge
from core.merging.exceptions import CantBeMerged
from core.models import Change
from leads import matching
from leads.models import Lead

if TYPE_CHECKING:
    from opportunities.models import Conversion

MOST = 5  # shown of one lead


def twins_of(lead: Lead, user, facts: Facts | None = None) -> list[matching.Match]:
    """Return open leads the person may see that may be the same as this one, what speaks loudest first."""
    return [match for match in matching.matches_of_lead(lead, user=user, facts=facts) if match.lead.is_open][:MOST]


def hold(leads: Iterable[int]) -> None:
    """Lock leads in id order, before one of them is held by itself."""
    rows = Lead.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=set(leads))
    list(rows.order_by("pk").values_list("pk"))


def merge_into(lead: Lead, keys: Collection[int], *, at: datetime, by) -> tuple[Lead, Change]:
    """Merge other leads into this one, which keeps its facts and learns what it lacks; return it as it is then.

    Raises MergeRefused, also when one of them is no longer open or can't be seen any more.
    """
    others = set(keys) - {lead.pk}
    if Lead.objects.visible_to(by).open().filter(pk__in=others).count() < len(others):
        raise CantBeMerged(_("One of the leads to be merged was ended or handed on meanwhile. Look again, then convert."))
    change = merge(KINDS["lead"], lead.pk, [lead.pk, *others], at=at, by=by)
    return Lead.objects.select_related("team", "owner").get(pk=lead.pk), change


def kept_of(change: Change | None) -> dict[str, Any]:
    """Return what undoing a conversion needs to part the leads that were merged along."""
    return {"merged": {"change": change.pk, "leads": change.details["others"]}} if change else {}


def leads_of(conversion: "Conversion") -> list[int]:
    """Return the lead of a conversion and those that were merged into it along."""
    return [conversion.lead_id, *conversion.before.get("merged", {}).get("leads", [])]


def part(conversion: "Conversion", *, at: datetime, by) -> list[dict[str, Any]]:
    """Let leads that were merged along stand by themselves again, unless somebody did that already. Returns what stayed."""
    if not (told := conversion.before.get("merged")):
        return []
    change = Change.objects.get(pk=told["change"])
    return undo.take_back(change, by=by, at=at).kept if change.undo == Change.Undo.OPEN else []
