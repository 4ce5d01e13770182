"""What happens to a company or contact: it is created, changed, handed on. One transaction and one event each."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from core.transactions import joined
from customers import keys

EDITABLE = frozenset({
    "name", "domain", "website", "industry", "size", "phone", "notes", "street", "street2", "postcode", "city", "region",
    "country", "status", "custom", "first_name", "last_name", "job_title", "email", "language", "company",
})  # fmt: skip
TAKEN = {"one_company_per_domain": "domain", "one_contact_per_email": "email_key"}


class CustomerTaken(Exception):
    """There is already a company with this domain, or a contact with this e-mail; `field` says which."""

    def __init__(self, field: str):
        self.field = "email" if field == "email_key" else field
        super().__init__(field)


class OpeningVerbs:
    """The verb of Company.objects and Contact.objects."""

    @joined()
    def add(
        self, *, at: datetime, by=None, apart: bool = False, details: Mapping[str, Any] | None = None,
        emails: Iterable[tuple[str, str]] = (), phones: Iterable[tuple[str, str, str]] = (), **columns: Any,
    ):  # fmt: skip
        """Create a company or contact with its keys and first event. Raises CustomerTaken.

        `apart` makes one of its own beside another with the same domain or e-mail, which the person can't see.
        `emails` (address, key) and `phones` (number, E.164, kind) are a contact's further ones.
        """
        customer = self.model(created_by=by, **columns)
        keys.derive(customer, apart=apart)
        _store(customer)
        _first_addresses(customer, emails, phones)
        customer.record("created", at=at, by=by, **(details or {}))
        return customer


class CustomerVerbs:
    """The verbs of Company and Contact, apart from their columns."""

    def record(self, kind: str, *, at: datetime, by=None, **details: Any):
        """Add a line to the story. `details` are JSON primitives, enough to word it years later."""
        return self.events.create(kind=kind, occurred_at=at, actor=by, details=details)

    def note(self, text: str, *, at: datetime, by):
        """Keep what somebody has to say about the customer; nothing when the text is empty."""
        return self.record("noted", at=at, by=by, text=text.strip()) if text.strip() else None

    @transaction.atomic
    def edit(self, changes: Mapping[str, Any], *, at: datetime, by=None, apart: bool = False) -> tuple[str, ...]:
        """Change facts and return the names of those that really changed. Raises CustomerTaken; `apart` as for `add`."""
        if unknown := set(changes) - EDITABLE:
            raise ValueError(f"not editable: {', '.join(sorted(unknown))}")
        self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update(no_key=True, of=("self",)))
        changed = {name: value for name, value in changes.items() if getattr(self, name) != value}
        if not changed:
            return ()
        lines = {name: [_plain(getattr(self, name)), _plain(value)] for name, value in changed.items()}
        for name, value in changed.items():
            setattr(self, name, value)
        _store(self, [*changed, *keys.derive(self, apart=apart)])
        self.keep_addresses()
        self.record("changed", at=at, by=by, fields=lines)
        return tuple(changed)

    @transaction.atomic
    def assign_to(self, rep, *, at: datetime, by=None) -> bool:
        """Hand the customer to a sales rep, or to nobody. The same one again changes nothing."""
        self.refresh_from_db(from_queryset=type(self)._base_manager.select_for_update(no_key=True, of=("self",)))
        if rep == self.owner:
            return False
        before, self.owner = self.owner, rep
        self.save(update_fields=["owner"])
        self.record("assigned", at=at, by=by, to=rep.pk if rep else None, name=str(rep or ""), before=str(before or ""))
        return True

    def keep_addresses(self) -> None:
        """Hold the primary e-mail and phone of a contact among all of its addresses too."""
        if not hasattr(self, "email_key"):
            return
        if self.email and (key := keys.rules.email_key(self.email)):
            self.emails.get_or_create(key=key, defaults={"email": self.email})
        if self.phone:
            self.phones.get_or_create(number=self.phone, defaults={"e164": self.phone_e164})


def _first_addresses(customer, emails: Iterable[tuple[str, str]], phones: Iterable[tuple[str, str, str]]) -> None:
    """Hold all addresses of a new contact, the primary ones first; what is said twice is held once."""
    if not hasattr(customer, "email_key"):
        return
    primary = [(customer.email, key)] if customer.email and (key := keys.rules.email_key(customer.email)) else []
    mails = [customer.emails.model(contact=customer, email=email, key=key) for email, key in [*primary, *emails]]
    first = [(customer.phone, customer.phone_e164, "")] if customer.phone else []
    numbers = [
        customer.phones.model(contact=customer, number=number, e164=e164, kind=kind) for number, e164, kind in [*first, *phones]
    ]
    for rows in (mails, numbers):
        if rows:
            type(rows[0])._base_manager.bulk_create(rows, ignore_conflicts=True)


def _store(customer, names: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            customer.save(update_fields=names) if names else customer.save(force_insert=True)
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if constraint in TAKEN:
            raise CustomerTaken(TAKEN[constraint]) from error
        raise


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool | float | dict | list):
        return value
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
