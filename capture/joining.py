"""A new enquiry of somebody whose lead is open: said on its timeline, gaps filled, nothing overwritten."""

import json
from collections.abc import Mapping
from typing import Any

from capture.arrivals import Entry
from capture.leads_in_bulk import DERIVED, FACTS, LAST, is_act, origins_of, stage
from capture.lists import Lists
from capture.rows import as_json, ask
from leads import cleaning

FILLABLE = tuple(name for name in FACTS if name != "email")  # the address is the key: only an empty one is filled
_READ = ("id", *FACTS, *DERIVED, *LAST, "custom", "last_touch", "last_engaged_at", "source_id", "medium_id", "campaign_id", "owner_id", "team_id")
_WRITTEN = (*FACTS, *DERIVED, *LAST, "custom", "last_touch", "last_engaged_at", "source_id", "medium_id", "campaign_id")
_JSON = ("custom", "last_touch")
_LOCK = f"SELECT {', '.join(_READ)} FROM leads_lead WHERE id = ANY(%s) AND is_open ORDER BY id FOR NO KEY UPDATE"
_UPDATE = (
    f"UPDATE leads_lead l SET {', '.join(f'{name} = a.{name}' for name in _WRITTEN)}, version = l.version + 1,"
    " changed_at = statement_timestamp(), qualify_due_at = statement_timestamp(), qualify_attempts = 0, qualify_error = '',"
    " qualify_stuck_at = NULL FROM arriving a WHERE a.batch = %s AND a.id = l.id"
)


def lock(leads: list[int]) -> dict[int, dict[str, Any]]:
    """Lock the leads that are still open, in id order, and return their columns."""
    found = {row[0]: dict(zip(_READ, row, strict=True)) for row in ask(_LOCK, [sorted(leads)])} if leads else {}
    for row in found.values():
        row.update({name: json.loads(row[name]) for name in _JSON})
    return found


def join(wanted: dict[int, list[Entry]], rows: dict[int, dict], lists: Lists, policy: Mapping[str, str]) -> None:
    """Fill each locked lead from its entries, in the order they came; `entry.filled` keeps what was before."""
    known = _addresses(list(rows))
    for pk, row in rows.items():
        for entry in wanted[pk]:
            _fill(row, entry, lists, policy)
        emails = known[0].get(pk, []) + [pair for entry in wanted[pk] for pair in entry.cleaned.emails]
        phones = known[1].get(pk, []) + [number for entry in wanted[pk] for number in entry.cleaned.phones]
        row.update(cleaning.derived(row, country=lists.country, emails=dict.fromkeys(emails), phones=dict.fromkeys(phones)))
    staged = ("id", *_WRITTEN)
    values = (tuple(as_json(row[name]) if name in _JSON else row[name] for name in staged) for row in rows.values())
    ask(_UPDATE + " RETURNING l.id", [stage(staged, values)])


def _fill(row: dict, entry: Entry, lists: Lists, policy: Mapping[str, str]) -> None:
    values = entry.cleaned.values
    if not row["email_key"] and values.get("email_key"):
        _set(row, entry, "email", values["email"])
        row["email_key"] = values["email_key"]
    for name in FILLABLE:
        new, old = values.get(name), row[name]
        if new in (None, "") or policy.get(name) == "keep" or new == old:
            continue
        if old in (None, "") or policy.get(name) == "overwrite":
            _set(row, entry, name, new)
    for key, new in entry.cleaned.custom.items():
        rule, old = policy.get(f"custom.{key}"), row["custom"].get(key)
        if new != old and rule != "keep" and (old in (None, "") or rule == "overwrite"):
            entry.filled[f"custom.{key}"] = [old, new]
            row["custom"] = {**row["custom"], key: new}
    _touch(row, entry, lists)


def _set(row: dict, entry: Entry, name: str, new: Any) -> None:
    entry.filled[name] = [row[name] if name in ("company_size",) or isinstance(row[name], str | None) else str(row[name]),
                          new if isinstance(new, str | int) else str(new)]  # fmt: skip
    row[name] = new


def _touch(row: dict, entry: Entry, lists: Lists) -> None:
    """The last touch follows each new visit that left a trace; the first one stays, but a gap in it is filled."""
    ids = origins_of(entry, lists)
    for name, last, pk in zip(("source_id", "medium_id", "campaign_id"), LAST, ids, strict=True):
        if pk:
            row[last] = pk
            row[name] = row[name] or pk
    if touch := entry.arrival.context.get("last_touch"):
        row["last_touch"] = touch
    if is_act(entry):
        row["last_engaged_at"] = max(filter(None, [row["last_engaged_at"], entry.arrival.captured_at]))


def _addresses(leads: list[int]) -> tuple[dict[int, list], dict[int, list]]:
    """Return further e-mails and phones of leads, for the text that search reads."""
    emails: dict[int, list] = {}
    phones: dict[int, list] = {}
    for pk, email, key in ask("SELECT lead_id, email, key FROM leads_leademail WHERE lead_id = ANY(%s) ORDER BY id", [leads]):
        emails.setdefault(pk, []).append((email, key))
    for pk, number, e164, kind in ask("SELECT lead_id, number, e164, kind FROM leads_leadphone WHERE lead_id = ANY(%s) ORDER BY id", [leads]):
        phones.setdefault(pk, []).append((number, e164, kind))
    return emails, phones
