"""Where a company or contact stands with us follows what becomes of its leads and opportunities."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from customers.models import Company, Contact, Status
from leads.models import Lead


def hold(*customers: Any) -> None:
    """Lock companies, then contacts, each in id order; anything else given (keys of neither, None) is left out.

    Verbs call this before they hold the opportunity: everybody takes the locks in the same order.
    """
    companies = sorted({one.pk for one in customers if isinstance(one, Company)})
    contacts = sorted({one.pk for one in customers if isinstance(one, Contact)})
    for model, keys in ((Company, companies), (Contact, contacts)):
        if keys:
            list(model.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))


def follow(*customers: Company | Contact | None) -> None:
    """Set the status of each: customer after a win, in talks with an open deal, lead with an open lead, else none.

    A former customer stays one until the next win.
    """
    for model in (Company, Contact):
        rows = [one for one in customers if isinstance(one, model)]
        standing = _follow(model, {row.pk for row in rows}) if rows else {}
        for row in rows:
            row.status = standing.get(row.pk, "")


def _follow(model: type[Company] | type[Contact], pks: set[int]) -> dict[int, str]:
    from opportunities.models import Opportunity

    key = model._meta.model_name
    deals = Opportunity.objects.filter(**{key: OuterRef("pk")})
    now = (
        model._base_manager.filter(pk__in=pks)
        .annotate(
            has_won=Exists(deals.filter(amount_won__gt=0)), has_deal=Exists(deals.open()),
            has_lead=Exists(Lead.objects.filter(**{key: OuterRef("pk")}, is_open=True)),
        )
        .values("pk", "status", "has_won", "has_deal", "has_lead")
    )  # fmt: skip
    found, moved = {}, {}
    for row in now:
        pk = row.pop("pk")
        found[pk] = _status(**row)
        if found[pk] != row["status"]:
            moved.setdefault(found[pk], []).append(pk)
    for status, those in sorted(moved.items()):
        model._base_manager.filter(pk__in=those).update(status=status)
    return found


def _status(*, status: str, has_won: bool, has_deal: bool, has_lead: bool) -> str:
    if has_won:
        return Status.FORMER if status == Status.FORMER else Status.CUSTOMER
    if has_deal:
        return Status.PROSPECT
    return Status.LEAD if has_lead else Status.NONE


def won(*customers: Company | Contact | None) -> None:
    """A win makes a customer of anybody, also of a former one."""
    for customer in customers:
        if customer is not None:
            _rows(type(customer), customer.pk).exclude(status=Status.CUSTOMER).update(status=Status.CUSTOMER)
            customer.status = Status.CUSTOMER


def _rows(model: type[Company] | type[Contact], pk: int) -> QuerySet:
    return model._base_manager.filter(pk=pk)
