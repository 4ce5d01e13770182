"""What happens to a company or contact: it is created, changed, handed on. One transaction and one event each."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from core.inserts import insert, insert_all
from core.transactions import joined
from customers import keys

EDITABLE = frozenset({
    "name", "domain", "website", "industry", "size", "phone", "notes", "street", "street2", "postcode", "city", "region",
    "country", "status", "custom", "first_name", "last_name", "job_title", "email", "language", "company",
})  # fmt: skip
TAKEN = {"one_company_per_domain": "domain", "one_contact_per_email": "email_key"}
ONLY_ONE = {"company": "domain", "contact": "email_key"}  # the one column by which another may be in the way


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
        emails: Iterable[tuple[str, str]] = (), phones: Iterable[tuple[str, str, str]] = (), later: list[models.Model] | None = None,
        **columns: Any,
    ):  # fmt: skip
        """Create a company or contact with its keys and first event. Raises CustomerTaken, before anything is written.

        `apart` makes one of its own beside another with the same domain or e-mail, which the person can't see.
        `emails` (address, key) and `phones` (number, E.164, kind) are a contact's further ones. `later` takes the rows that
        go with it; the caller writes them.
        """
        customer = self.model(created_by=by, **columns)
        keys.derive(customer, apart=apart)
        if not insert(customer, unless_taken=True):
            raise CustomerTaken(ONLY_ONE[self.model._meta.model_name])
        mails, numbers = _first_addresses(customer, emails, phones)
        told = customer.events.model(
            **{self.model._meta.model_name: customer}, kind="created", occurred_at=at, actor=by, details=dict(details or {})
        )
        rows = [*mails, *numbers, told]
        if later is None:
            insert_all(rows)
        else:
            later += rows
        return customer

    def add_all(self, many: Iterable[dict[str, Any]], *, at: datetime, by=None) -> list:
        """Create many as `add` does one, each said by what `add` takes, in a few statements.

        The caller has seen to it that nobody has their domains and e-mails: one that is taken is an IntegrityError.
        """
        made, addresses, details = [], [], []
        for columns in many:
            further, said = (columns.pop("emails", ()), columns.pop("phones", ())), columns.pop("details", {})
            customer = self.model(created_by=by, **columns)
            keys.derive(customer)
            made.append(customer)
            details.append(said)
            addresses.append(further)
        self.model._base_manager.bulk_create(made, batch_size=500)
        _keep_addresses([_first_addresses(customer, *further) for customer, further in zip(made, addresses, strict=True)])
        events, subject = self.model._meta.get_field("events").related_model, self.model._meta.model_name
        events._base_manager.bulk_create(
            [events(**{subject: one}, kind="created", occurred_at=at, actor=by, details=said) for one, said in zip(made, details, strict=True)],
            batch_size=1000,
        )
        return made


class CustomerVerbs:
    """The verbs of Company and Contact, apart from their columns."""

    def record(self, kind: str, *, at: datetime, by=None, **details: Any):
        """Add a line to the story. `details` are JSON primitives, enough to word it years later."""
        event = self.events.model(**{self._meta.model_name: self}, kind=kind, occurred_at=at, actor=by, details=details)
        insert(event)
        return event

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


def _first_addresses(customer, emails: Iterable[tuple[str, str]], phones: Iterable[tuple[str, str, str]]) -> tuple[list, list]:
    """Return all addresses and numbers of a new contact as rows, the primary ones first."""
    if not hasattr(customer, "email_key"):
        return [], []
    primary = [(customer.email, key)] if customer.email and (key := keys.rules.email_key(customer.email)) else []
    mails = [customer.emails.model(contact=customer, email=email, key=key) for email, key in [*primary, *emails]]
    first = [(customer.phone, customer.phone_e164, "")] if customer.phone else []
    numbers = [
        customer.phones.model(contact=customer, number=number, e164=e164, kind=kind) for number, e164, kind in [*first, *phones]
    ]
    return _once(mails, "key"), _once(numbers, "number")


def _once(rows: list, name: str) -> list:
    """Return rows without those that say what one before them says."""
    said: dict[str, Any] = {}
    for row in rows:
        said.setdefault(getattr(row, name), row)
    return list(said.values())


def _keep_addresses(found: list[tuple[list, list]]) -> None:
    """Hold what contacts are reached by."""
    for rows in ([row for mails, _numbers in found for row in mails], [row for _mails, numbers in found for row in numbers]):
        if rows:
            type(rows[0])._base_manager.bulk_create(rows, batch_size=1000)


def _store(customer, names: list[str]) -> None:
    try:
        with transaction.atomic():
            customer.save(update_fields=names)
    except IntegrityError as error:
        constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if constraint in TAKEN:
            raise CustomerTaken(TAKEN[constraint]) from error
        raise


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool | float | dict | list):
        return value
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
