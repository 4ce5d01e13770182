"""A lead that is read, or read and locked, by one query, and what hangs on it, by one more."""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from core.prepared import Prepared
from leads.models import Lead, LeadActivity, LeadEmail, LeadPhone
from teams.models import User
from teams.visibility import Sight


def _seen(*keys: Any, role: str) -> QuerySet[Lead]:
    return Lead.objects.visible_to(Sight.of(*keys[:-1], role=role)).filter(pk=keys[-1]).select_related("team", "owner").defer("search")


_SEEN = Prepared(_seen)
_HELD = Prepared(lambda *keys, role: _seen(*keys, role=role).select_for_update(no_key=True, of=("self",)))


def get_seen(pk: int, user: User) -> Lead:
    """Return one this person may see, with team and owner. Raises DoesNotExist."""
    return _known(_SEEN.first(*user.sight_keys, pk, role=user.role))


def get_held(pk: int, user: User) -> Lead:
    """Return one this person may see, locked until the transaction ends, with team and owner. Raises DoesNotExist."""
    found = _known(_HELD.first(*user.sight_keys, pk, role=user.role))
    found.is_held = True
    return found


def _known(found: Lead | None) -> Lead:
    if found is None:
        raise Lead.DoesNotExist
    return found


@dataclass
class Belongings:
    """What else there is of a lead: addresses, numbers, tags, and what is planned."""

    emails: list[tuple[str, str]]
    phones: list[tuple[str, str, str]]
    tags: list[int]
    planned: list[LeadActivity]


def belongings(lead: Lead) -> Belongings:
    """Read what hangs on a lead, what is planned locked until the transaction ends. One query, and one more when something is planned."""
    emails, phones, tags, is_planned = _HANGING.first(lead.pk)
    return Belongings(
        [(one["email"], one["key"]) for one in emails], [(one["number"], one["e164"], one["kind"]) for one in phones],
        tags, _PLANNED.rows(lead.pk) if is_planned else [],
    )  # fmt: skip


def _hanging(pk: int) -> QuerySet[Lead]:
    def those(model: Any, **columns: str) -> QuerySet:
        return model._base_manager.filter(lead=OuterRef("pk")).order_by("pk").values(said=JSONObject(**columns))

    links = Lead.tags.through._base_manager.filter(lead=OuterRef("pk")).order_by("tag_id").values("tag_id")
    return Lead._base_manager.filter(pk=pk).values_list(
        ArraySubquery(those(LeadEmail, email="email", key="key")),
        ArraySubquery(those(LeadPhone, number="number", e164="e164", kind="kind")),
        ArraySubquery(links),
        ArraySubquery(LeadActivity.objects.filter(lead=OuterRef("pk")).planned().order_by().values("pk")[:1]),
    )


_HANGING = Prepared(_hanging)
_PLANNED = Prepared(lambda lead: LeadActivity.objects.filter(lead=lead).planned().in_order().select_for_update(no_key=True))
