"""Many leads that became customers, opened again at once: what `undo_conversion` does to each where nothing would stay."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, ProtectedError, RestrictedError

from customers.models import Company, Contact
from leads.bulk import Batch
from leads.models import Lead, LeadEvent
from opportunities import lifecycle
from opportunities.conversion import IMAGE, same_facts
from opportunities.models import Conversion

KINDS = (Contact, Company)  # in the order they go: a contact holds on to its company


def take_back_customers(pks: Iterable[int], *, at: datetime, by, told_at: Callable[[Lead], datetime]) -> set[int]:
    """Take back standing conversions into customers only, with the customers they made; return those that were.

    All of them go or none: where a customer was edited, is used elsewhere or an address is taken, nothing is touched and
    the caller goes on one by one, newest first. `told_at` says when the line of a lead's story stands.
    """
    try:
        with transaction.atomic():
            held = _hold(pks)
            made = _made_by(held)
            if not _are_untouched(made):
                return set()
            _open_again(held, made, at=at, by=by, told_at=told_at)
            for model in KINDS:
                model.objects.filter(pk__in=made[model]).delete()
            lifecycle.follow(*{(type(one), one.pk): one for row in held for one in _linked(row, made)}.values())
    except (IntegrityError, ProtectedError, RestrictedError):
        return set()
    return {row.pk for row in held}


def _hold(pks: Iterable[int]) -> list[Conversion]:
    """Lock leads, conversions and customers, in the order undo_conversion takes them; leave out what is not so plain."""
    rows = Conversion.objects.filter(pk__in=pks, outcome=Conversion.Outcome.CUSTOMER, undone_at=None)
    leads = Lead.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=rows.values("lead")).order_by("pk")
    by_pk = {lead.pk: lead for lead in leads}
    held = list(rows.select_for_update(no_key=True, of=("self",)).select_related("company", "contact").order_by("pk"))
    held = [row for row in held if _is_plain(row, by_pk.get(row.lead_id))]
    for row in held:
        row.lead = by_pk[row.lead_id]
    lifecycle.hold(*(one for row in held for one in (row.company, row.contact)))
    return held


def _is_plain(row: Conversion, lead: Lead | None) -> bool:
    """Tell whether nothing but the lead's end and new customers came of a conversion."""
    was_more = row.before.get("activities") or row.before.get("company") or row.before.get("contact")
    return lead is not None and lead.converted_at is not None and lead.merged_at is None and not was_more


def _made_by(held: list[Conversion]) -> dict[type, dict[int, dict]]:
    """Return {model: {customer: its facts right after it was made}} of what these conversions made."""
    made: dict[type, dict[int, dict]] = {model: {} for model in KINDS}
    for row in held:
        for model in KINDS:
            kind = model._meta.model_name
            if kind in row.before["made"]:
                made[model][row.before["made"][kind]] = row.before["seen"][kind]
    return made


def _are_untouched(made: dict[type, dict[int, dict]]) -> bool:
    """Tell whether every customer is as it was made, with no line in its story but that one."""
    for model, seen in made.items():
        names = [name for name in IMAGE if hasattr(model, name)]
        now = {row.pop("pk"): row for row in model._base_manager.filter(pk__in=seen).values("pk", *names)}
        told = model._base_manager.filter(pk__in=seen).annotate(lines=Count("events")).exclude(lines=1)
        if now.keys() != seen.keys() or told.exists() or not all(same_facts(now[pk], facts) for pk, facts in seen.items()):
            return False
    return True


def _linked(row: Conversion, made: dict[type, dict[int, dict]]) -> Iterable[Company | Contact]:
    """Return the customers of a conversion that stay."""
    return (one for one in (row.company, row.contact) if one and one.pk not in made[type(one)])


def _open_again(held: list[Conversion], made, *, at: datetime, by, told_at: Callable[[Lead], datetime]) -> None:
    batch, loose = Batch(at=at, by=by, only_open=False), defaultdict(list)
    for row in held:
        lead = row.lead
        before = {
            f"{name}_id": row.before["lead"][name] for name in ("contact", "company")
            if getattr(lead, f"{name}_id") == getattr(row, f"{name}_id")
        }  # fmt: skip
        batch.change(lead, converted_at=None, **before)
        details = {"verb": "converted", "name": str(row.company or row.contact or "")}
        batch.add(LeadEvent, lead, kind="undone", actor_id=by.pk if by else None, occurred_at=told_at(lead), details=details)
        gone = tuple(kind._meta.model_name for kind in KINDS if getattr(row, f"{kind._meta.model_name}_id") in made[kind])
        loose[gone].append(row.pk)
    batch.flush()
    for gone, rows in loose.items():
        Conversion.objects.filter(pk__in=rows).update(undone_at=at, **dict.fromkeys(gone))
