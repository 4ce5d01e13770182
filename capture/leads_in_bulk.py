"""New leads, many in one statement: staged by COPY, inserted where no open lead stands in the way."""

import uuid
from collections.abc import Iterable

from django.db import connection

from capture.arrivals import Entry
from capture.lists import Lists
from capture.rows import as_json, ask, copy_rows
from leads.cleaning import COUNTS
from leads.models import Channel, Facts

FACTS = tuple(column.name for column in Facts._meta.get_fields())
NULLABLE = {"company_size", "expected_revenue"}
DERIVED = (
    "email_key", "email_domain", "is_free_mail", "email_quality", "phone_e164", "phone_quality", "name_key", "company_key",
    "search",
)  # fmt: skip
ORIGIN = ("source_id", "medium_id", "campaign_id")
REST = (
    "channel", "custom", "first_touch", "last_touch", "captured_at", "occurred_at", "response_goal_at", "response_limit_at",
    "assigned_at", "owner_id", "created_by_id", "team_id", "apart_from_id", *ORIGIN,
)  # fmt: skip
STAGED = ("id", *FACTS, *DERIVED, *REST, *COUNTS, "last_engaged_at")
LAST = ("last_source_id", "last_medium_id", "last_campaign_id")
CONSTANTS = {
    "qualify_due_at": "statement_timestamp() + %s", "qualify_attempts": "0", "qualify_error": "''", "stars": "0", "temperature": "''",
    "qualification": "''", "disqualify_note": "''", "archive_reason": "''", "version": "1", "is_demo": "false",
    "first_assigned_at": "assigned_at",
}  # fmt: skip
_STAGE = (
    f"CREATE TEMP TABLE IF NOT EXISTS arriving ON COMMIT DELETE ROWS AS SELECT NULL::uuid AS batch, {', '.join((*STAGED, *LAST))}"
    " FROM leads_lead WITH NO DATA"
)
_INSERT = (
    f"INSERT INTO leads_lead ({', '.join((*STAGED, *LAST, *CONSTANTS))})"
    f" SELECT {', '.join((*STAGED, *ORIGIN, *CONSTANTS.values()))} FROM arriving WHERE batch = %s"
    # everybody inserts in the same order, so that two batches wait for each other in one direction only
    " ORDER BY email_key, phone_e164, name_key, id ON CONFLICT DO NOTHING RETURNING id"
)


def stage(columns: Iterable[str], rows: Iterable[tuple]) -> uuid.UUID:
    """Copy rows into this session's staging table and return the batch they are marked with."""
    batch = uuid.uuid4()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL client_min_messages = warning")  # «already exists» is the usual case
        cursor.execute(_STAGE)
    copy_rows("arriving", ("batch", *columns), ((batch, *row) for row in rows))
    return batch


def insert(entries: list[Entry], lists: Lists) -> set[int]:
    """Insert the entries' leads under the ids they were given; return the ids that found no other in their way."""
    if not entries:
        return set()
    batch = stage(STAGED, (lead_row(entry, lists) for entry in entries))
    return {row[0] for row in ask(_INSERT, [lists.qualify_after, batch])}


def lead_row(entry: Entry, lists: Lists) -> tuple:
    """Return the values of STAGED for a new lead."""
    arrival, values = entry.arrival, entry.cleaned.values
    team = lists.teams[arrival.team if arrival.team in lists.teams else lists.default_team]
    get, context = values.get, arrival.context
    if values.get("expected_revenue") is not None and "currency" not in values:
        values["currency"] = team.currency
    owner = arrival.by if context.get("keep") else None
    facts = [get(name) if name in NULLABLE else get(name, "") for name in FACTS]
    origins = origins_of(entry, lists)
    touch = as_json(context.get("last_touch"))
    clock = lists.clocks[team.pk].columns("", arrival.captured_at)  # its temperature is known once it is scored
    return (
        entry.lead, *facts, *[values[name] for name in DERIVED],
        arrival.channel, as_json(get("custom")), as_json(context.get("first_touch")) if context.get("first_touch") else touch, touch,
        arrival.captured_at, get("occurred_at") or arrival.occurred_at, clock["response_goal_at"],
        clock["response_limit_at"], arrival.captured_at if owner else None, owner, arrival.by, team.pk,
        entry.apart_from, *origins, *engaged_of(entry),
    )  # fmt: skip


def engaged_of(entry: Entry) -> list:
    """Return what they did as the file says or the form's page has seen: the counts, and when last."""
    said = {**entry.arrival.context.get("engaged", {}), **entry.cleaned.values}
    last = said.get("last_engaged_at") or (entry.arrival.captured_at if is_act(entry) else None)
    return [*(said.get(name) or 0 for name in COUNTS), last]


def is_act(entry: Entry) -> bool:
    """Tell whether the entry is itself something a person did: they sent a form."""
    return entry.arrival.channel == Channel.WEB_FORM


def origins_of(entry: Entry, lists: Lists) -> list[int | None]:
    """Return the ids of source, medium and campaign: as named by the entry, else as its form or file says."""
    named, given = entry.cleaned.origins, entry.arrival.origins
    return [lists.ids.get((kind, named.get(kind, ""))) or given.get(kind) for kind in ("source", "medium", "campaign")]
