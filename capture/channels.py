"""The front door. receive() stores one raw submission and answers; receive_many() brings in many rows at once.

Whatever happens later (cleaning, scoring, assignment) is work on stored rows: nothing that was acknowledged can be lost.
"""

import hashlib
import json
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from kombu import pools

from capture import entering
from capture.arrivals import SKIPPED, Arrival, Entry, Fate
from capture.lists import Lists
from capture.models import ImportRun, Submission, WebForm
from capture.rows import alone, as_json, ask, copy_rows, next_ids
from core import clock
from core.arrays import texts_array
from leads.figures import DAY_FIRST

log = logging.getLogger(__name__)
LONGEST_ID = 200


def receive(
    channel: str, raw: Mapping[str, Any], *, external_id: str | None = None, occurred_at: datetime | None = None, by=None, team=None,
    web_form: WebForm | None = None, context: Mapping[str, Any] | None = None, set_aside: str = "",
    ask_workers: bool = True,
) -> Submission:  # fmt: skip
    """Store one entry as it came, once per (channel, external_id), and ask for it to be taken in.

    The same id again returns the stored submission and changes nothing. `set_aside` is the code of why it goes to quarantine
    instead. One insert, committed before this returns (or with the surrounding transaction). Who takes the entry in at once
    does not ask the workers.
    """
    external_id = str(external_id or uuid.uuid4())
    if len(external_id) > LONGEST_ID:  # cut, two long ids could become one
        external_id = f"sha256:{hashlib.sha256(external_id.encode()).hexdigest()}"
    state, result, why = ("done", "quarantined", {"code": set_aside, "values": {}}) if set_aside else ("waiting", "", {})
    said, about = as_json(dict(raw)), as_json(dict(context or {}))
    stored = Submission(
        channel=str(channel), external_id=external_id, captured_at=clock.now(), occurred_at=occurred_at, by=by, team=team, web_form=web_form,
        state=state, result=result, why=why, raw=json.loads(said), context=json.loads(about),
    )  # fmt: skip
    columns = {
        "channel": stored.channel, "external_id": external_id, "raw": said, "context": about, "captured_at": stored.captured_at,
        "occurred_at": occurred_at, "by_id": stored.by_id, "team_id": stored.team_id, "web_form_id": stored.web_form_id, "state": state,
        "result": result, "why": as_json(why), "attempts": 0, "last_error": "", "is_demo": False,
    }  # fmt: skip
    rows = ask(
        f"INSERT INTO capture_submission ({', '.join(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"
        " ON CONFLICT (channel, external_id) DO NOTHING RETURNING id, received_at, due_at",
        list(columns.values()),
    )
    if not rows:
        return Submission.objects.get(channel=channel, external_id=external_id)
    stored.pk, stored.received_at, stored.due_at = rows[0]
    stored._state.adding = False
    if ask_workers and not set_aside:
        transaction.on_commit(hint)
    return stored


@dataclass(slots=True)
class Row:
    """One row for receive_many: `external_id` is its key of «once», `line` where it stands in its file."""

    external_id: str
    raw: dict[str, Any]
    line: int | None = None
    occurred_at: datetime | None = None
    context: dict[str, Any] = field(default_factory=dict)
    ready: str = ""  # the row as entering.ready() kept it when it was checked: it is not cleaned again


@dataclass(slots=True)
class Received:
    """What receive_many did: one fate per row in their order, and how many of each result."""

    fates: list[Fate]

    @property
    def counts(self) -> Counter:
        return Counter(fate.result for fate in self.fates)


SUBMISSION = (
    "id", "channel", "external_id", "raw", "context", "captured_at", "occurred_at", "by_id", "team_id", "import_run_id", "import_line",
    "state", "attempts", "last_error", "result", "why", "lead_id", "is_demo",
)  # fmt: skip


def receive_many(
    channel: str, rows: Iterable[Row], *, at: datetime, by=None, team=None, import_run: ImportRun | None = None,
    origins: Mapping[str, int | None] | None = None, policy: Mapping[str, str] | None = None, order: str = DAY_FIRST,
    tags: Iterable[str] = (), strict: bool = True, lists: Lists | None = None,
    before_matching: Callable[[Sequence[Entry]], None] | None = None,
) -> Received:  # fmt: skip
    """Bring in many rows in one transaction: stored, cleaned, deduped and entered, as receive() and take_in() would.

    Rows whose external id came in before are skipped. Refused rows (`strict`) are not stored: their file keeps them.
    `origins` are ids of source, medium and campaign for rows that name none; `lists` may be kept between calls of one run.
    `before_matching` hears the cleaned entries before open leads are looked up for them.
    """
    rows, lists = list(rows), lists or Lists.load()
    batch = Batch(str(channel), at, by, team, import_run, dict(origins or {}), policy, order, list(tags), strict, lists, before_matching)
    for _try in range(3):
        try:
            with transaction.atomic():
                alone()
                return Received(batch.enter(rows, batch.read(rows)))
        except IntegrityError as error:
            if "one_submission_per_external_id" not in str(error):
                raise
    raise entering.Contended


@dataclass(slots=True)
class Batch:
    """What the rows of one receive_many share."""

    channel: str
    at: datetime
    by: Any
    team: Any
    import_run: ImportRun | None
    origins: dict[str, int | None]
    policy: Mapping[str, str] | None
    order: str
    tags: list[str]
    strict: bool
    lists: Lists
    before_matching: Callable[[Sequence[Entry]], None] | None

    def read(self, rows: list[Row]) -> list[Entry]:
        """Clean rows; touches no database."""
        told = {"import": self.import_run.name} if self.import_run else {}
        by, team = (self.by.pk if self.by else None), (self.team.pk if self.team else None)
        run, entries = (self.import_run.pk if self.import_run else None), []
        for row in rows:
            said, cleaned = entering.made_ready(row.ready) if row.ready else ("", None)
            arrival = Arrival(
                0, self.channel, row.raw, self.at, row.occurred_at, by, team, self.origins, row.context,
                {**told, "line": row.line} if row.line is not None else told, said, run,
            )  # fmt: skip
            if cleaned is None:
                entries += entering.read([arrival], self.lists, order=self.order, strict=self.strict)
            else:
                entries.append(Entry(arrival, cleaned))
        return entries

    def enter(self, rows: list[Row], entries: list[Entry]) -> list[Fate]:
        """Enter the rows that are not in yet, store their submissions, and return one fate per row."""
        known = _known(self.channel, [row.external_id for row in rows])
        fresh: dict[str, tuple[Row, Entry]] = {}
        for row, entry in zip(rows, entries, strict=True):
            if row.external_id not in known:
                fresh.setdefault(row.external_id, (row, entry))
        for (_row, entry), number in zip(fresh.values(), next_ids("capture_submission", len(fresh)), strict=True):
            entry.arrival.submission = number
        if self.before_matching:
            self.before_matching([entry for _row, entry in fresh.values()])
        entering.enter_read([entry for _row, entry in fresh.values()], self.lists, policy=self.policy, tags=self.tags)
        self._store([(row, entry) for row, entry in fresh.values() if entry.fate.lead or not self.strict])
        fates = {external_id: entry.fate for external_id, (_row, entry) in fresh.items()}
        return [fates.pop(row.external_id, None) or _again(known.get(row.external_id)) for row in rows]

    def _store(self, entered: list[tuple[Row, Entry]]) -> None:
        run = self.import_run.pk if self.import_run else None
        copy_rows("capture_submission", SUBMISSION, (
            (entry.arrival.submission, self.channel, row.external_id, entry.arrival.raw_json, as_json(row.context), self.at, row.occurred_at,
             entry.arrival.by, entry.arrival.team, run, row.line, "done", 1, "", entry.fate.result, as_json(entry.fate.why),
             entry.fate.lead, False)
            for row, entry in entered
        ))  # fmt: skip


def _known(channel: str, external_ids: Sequence[str]) -> dict[str, int | None]:
    found = ask("SELECT external_id, lead_id FROM capture_submission WHERE channel = %s AND external_id = ANY(%s::text[])", [channel, texts_array(external_ids)])
    return dict(found)


def _again(lead: int | None) -> Fate:
    return Fate(SKIPPED, why={"code": "already_here", "values": {"lead": lead}})


# ------------------------------------------------------------------ the hint

_quiet_until = 0.0
QUIET = 3.0  # seconds without hints after the broker did not answer: the sweep finds everything anyway


def hint() -> None:
    """Say «there is work» to the workers. Costs at most a second, fails silently: the sweep comes every few seconds."""
    global _quiet_until
    if time.monotonic() < _quiet_until:
        return
    start = time.monotonic()
    try:
        publish("capture.sweep")
    except Exception as error:  # kombu wraps what the broker says in errors of its own
        log.warning("hint not sent", extra={"error": type(error).__name__})
        _quiet_until = time.monotonic() + QUIET
    else:
        if time.monotonic() - start > QUIET / 6:
            _quiet_until = time.monotonic() + QUIET


def publish(task: str) -> None:
    """Send a task's name to the broker, waiting for it less than a second."""
    app = import_string(settings.TASKS_APP)
    options = {**app.conf.broker_transport_options, "socket_timeout": 0.8, "socket_connect_timeout": 0.8, "max_retries": 0}
    producers = pools.producers[app.connection_for_write(transport_options=options)]  # kept open between hints
    with producers.acquire(block=True, timeout=0.8) as producer:
        app.send_task(task, producer=producer, retry=False, ignore_result=True)
