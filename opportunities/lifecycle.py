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
    for customer in customers:
        if customer is not None:
            customer.status = _follow(type(customer), customer.pk)


def _follow(model: type[Company] | type[Contact], pk: int) -> str:
    from opportunities.models import Opportunity

    key = model._meta.model_name
    deals = Opportunity.objects.filter(**{key: OuterRef("pk")})
    now = (
        _rows(model, pk)
        .annotate(
            has_won=Exists(deals.filter(amount_won__gt=0)), has_deal=Exists(deals.open()),
            has_lead=Exists(Lead.objects.filter(**{key: OuterRef("pk")}, is_open=True)),
        )
        .values("status", "has_won", "has_deal", "has_lead")
        .first()
    )  # fmt: skip
    status = _status(**now) if now else ""
    if now and status != now["status"]:
        _rows(model, pk).update(status=status)
    return status


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
