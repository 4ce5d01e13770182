"""Changing a lead's facts by hand: cleaned again, and never over somebody else's change."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now

from core import custom_fields
from leads.exceptions import TAKEN, AddressTaken, ChangedMeanwhile, NothingSaid, constraint_of

EDITABLE = (
    "title", "name", "first_name", "last_name", "salutation", "job_title", "language", "email", "phone", "website",
    "company_name", "industry", "company_size", "street", "street2", "postcode", "city", "region", "country", "message",
    "expected_revenue", "currency", "referred_by", "stars", "source", "medium", "campaign", "custom",
)  # fmt: skip
DERIVED = (
    "email_key", "email_domain", "is_free_mail", "email_quality", "phone_e164", "phone_quality", "name_key", "company_key",
    "search",
)  # fmt: skip


class LeadEditing:
    """The verb `edit` of Lead."""

    @transaction.atomic
    def edit(
        self, changes: Mapping[str, Any], *, at: datetime, by=None, seen: Mapping[str, Any] | None = None,
        version: int | None = None,
    ) -> tuple[str, ...]:  # fmt: skip
        """Change facts and return the names of those that really changed; the steps after capture run again.

        Only fields of EDITABLE are taken; another name raises ValueError (owner, score and team have verbs of their
        own). `seen` holds what the person had before their eyes: ChangedMeanwhile when such a field reads otherwise by
        now; with `version` any change since refuses. Keys of `custom` are merged one by one. Raises AddressTaken,
        NothingSaid.
        """
        from leads import cleaning

        if unknown := set(changes) - set(EDITABLE):
            raise ValueError(f"not editable: {', '.join(sorted(unknown))}")
        fresh = type(self)._base_manager.select_for_update(of=("self",)).get(pk=self.pk)
        if version is not None and fresh.version != version:
            raise ChangedMeanwhile(fresh)
        if moved := [name for name, value in (seen or {}).items() if name in changes and _differs(fresh, name, value)]:
            raise ChangedMeanwhile(fresh, tuple(moved))
        before = {name: getattr(fresh, name) for name in changes}
        for name, value in changes.items():
            setattr(fresh, name, _merged(fresh, name, value))
        cleaning.derive(fresh)
        changed = tuple(name for name in changes if getattr(fresh, name) != before[name])
        if changed:
            fresh._keep(changed)
            fresh.record("changed", at=at, by=by, fields=_lines(fresh, changed, before))
        for name in (*EDITABLE, *DERIVED, "version", "changed_at", "qualify_due_at"):
            setattr(self, name, getattr(fresh, name))
        return changed

    def _keep(self, changed: tuple[str, ...]) -> None:
        columns = {name: getattr(self, name) for name in (*changed, *DERIVED)}
        if self.is_open:
            columns |= {"qualify_due_at": Now(), "qualify_attempts": 0, "qualify_stuck_at": None, "qualify_error": ""}
        try:
            with transaction.atomic():
                type(self)._base_manager.filter(pk=self.pk).update(version=F("version") + 1, changed_at=Now(), **columns)
        except IntegrityError as error:
            if constraint_of(error) in TAKEN:
                raise AddressTaken(self) from error
            if constraint_of(error) == "lead_says_something":
                raise NothingSaid(self) from error
            raise
        if "email" in changed and self.email_key:
            self.emails.get_or_create(key=self.email_key, defaults={"email": self.email})
        if "phone" in changed and self.phone:
            self.phones.get_or_create(number=self.phone, defaults={"e164": self.phone_e164})
        self.refresh_from_db(fields=["version", "changed_at", "qualify_due_at"])


def _differs(lead, name: str, seen: Any) -> bool:
    current = getattr(lead, name)
    if name == "custom":
        return any(current.get(key) != value for key, value in seen.items())
    return (current or None) != (seen or None)


def _merged(lead, name: str, value: Any) -> Any:
    """Custom values are typed and merged key by key; an empty one takes the key away."""
    if name != "custom":
        return value
    typed, problems = custom_fields.coerce("lead", value)
    if problems:
        raise ValueError(f"custom fields: {', '.join(problem['field'] for problem in problems)}")
    both = {**lead.custom, **typed}
    return {key: kept for key, kept in both.items() if kept not in (None, "")}


def _lines(lead, changed: tuple[str, ...], before: Mapping[str, Any]) -> dict[str, list]:
    """Return {field: [before, after]} as JSON primitives; custom fields stand under their own key."""
    lines = {name: [_plain(before[name]), _plain(getattr(lead, name))] for name in changed if name != "custom"}
    if "custom" in changed:
        old, new = before["custom"], lead.custom
        lines |= {f"custom.{key}": [old.get(key), new.get(key)] for key in {*old, *new} if old.get(key) != new.get(key)}
    return lines


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | bool | float):
        return value
    return value.isoformat() if isinstance(value, date | datetime) else str(value) if not isinstance(value, Decimal) else f"{value}"
