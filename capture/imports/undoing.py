"""Taking an import back: exactly its own, a chunk a transaction; what somebody worked on since is kept and listed."""

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from capture.imports.leases import Held
from capture.leads_in_bulk import LAST
from capture.models import ImportRow, ImportRun, Submission
from capture.rows import ask
from core import clock, live, reasons, undo
from core.models import Change, ChangeRow
from leads.cleaning import derived
from leads.models import Lead, LeadEmail, LeadEvent, LeadPhone
from opportunities.models import Conversion, Opportunity
from opportunities.news import tell_boards
from opportunities.unconverting import take_back_customers
from opportunities.undoing import undo_conversion

CHUNK = 500
CHILDREN = {"leads.leademail": LeadEmail, "leads.leadphone": LeadPhone, "leads.lead_tags": Lead.tags.through}

reasons.register(
    {
        "import_lead_touched": _("Somebody has worked on this lead since, so it stays."),
        "import_lead_used": _("This lead is part of something else now, so it stays."),
        "import_join_edited": _("What the import had filled in was changed since, so it stays as it is."),
        "import_deal_touched": _("Somebody has worked on this deal since, so it stays."),
    }
)


# ------------------------------------------------------- before a chunk enters


def look(whys: Iterable[list[dict[str, Any]]]) -> dict[str, Any]:
    """Note what a join would change without saying so: the last touch of the leads foreseen, where the lists end."""
    leads = [reason["lead"] for why in whys for reason in why if reason.get("lead")]
    if not leads:
        return {}
    marks = {label: ask(f"SELECT coalesce(max(id), 0) FROM {model._meta.db_table}")[0][0] for label, model in CHILDREN.items()}
    rows = ask(f"SELECT id, {', '.join(LAST)} FROM leads_lead WHERE id = ANY(%s)", [leads])
    return {"marks": marks, "last": {pk: dict(zip(LAST, values, strict=True)) for pk, *values in rows}}


def remember_joins(run: ImportRun, fates: dict[int, tuple], before: dict[str, Any], *, at: datetime) -> None:
    """Keep, per lead that was joined, what each column was and became, and the rows that were added to it."""
    joined = {pk for fate, _why, pk in fates.values() if fate == "joined"}
    made = {pk for fate, _why, pk in fates.values() if fate == "created"}
    joined -= made | set(ImportRow.objects.filter(import_run=run, fate="created", lead__in=joined).values_list("lead", flat=True))
    if not joined or not run.change_id:
        return
    rows = []
    now = {pk: dict(zip(LAST, values, strict=True)) for pk, *values in _last_of(joined)}
    for pk, filled in _filled(joined, run, at).items():
        last = before.get("last", {}).get(pk, {})
        moved = {name: [value, now[pk][name]] for name, value in last.items() if value != now[pk][name]}
        changed = {**filled, **moved}
        rows.append(ChangeRow(
            change_id=run.change_id, model="leads.lead", row=pk,
            before={name: pair[0] for name, pair in changed.items()}, after={name: pair[1] for name, pair in changed.items()},
        ))  # fmt: skip
    for label, mark in before.get("marks", {}).items():
        added = CHILDREN[label].objects.filter(lead_id__in=joined, pk__gt=mark).values_list("pk", "lead_id")
        rows += [ChangeRow(change_id=run.change_id, model=label, row=pk, before=None, after={"lead": lead}) for pk, lead in added]
    ChangeRow.objects.bulk_create(rows, batch_size=1000)


def _last_of(leads: set[int]) -> list[tuple]:
    return ask(f"SELECT id, {', '.join(LAST)} FROM leads_lead WHERE id = ANY(%s)", [list(leads)])


def _filled(leads: set[int], run: ImportRun, at: datetime) -> dict[int, dict[str, list]]:
    """Return {lead: {column: [before, after]}} from the joining events of this chunk, the first before and last after."""
    found: dict[int, dict[str, list]] = {pk: {} for pk in leads}
    events = LeadEvent.objects.filter(lead__in=leads, kind="joined", occurred_at=at, actor=run.by)
    for lead, filled in events.order_by("pk").values_list("lead_id", "details__filled"):
        for name, (old, new) in (filled or {}).items():
            known = found[lead].get(name)
            found[lead][name] = [known[0] if known else old, new]
    return found


# ------------------------------------------------------------------- taking back


def take_back(held: Held) -> None:
    """Go through the rows twice: leads and deals the import made, then joins; from where the last worker stopped."""
    run = held.run
    while run.next_line < 2 * run.rows:
        with transaction.atomic():
            at = clock.now()
            if run.next_line < run.rows:  # the last rows first: what a row made, later ones may have used
                last = min(run.next_line + CHUNK, run.rows)
                _take_back_made(run, run.rows - last, run.rows - run.next_line, at=at)
            else:
                last = min(run.next_line + CHUNK, 2 * run.rows)
                _take_back_joins(run, run.next_line - run.rows, last - run.rows, at=at)
            held.keep(next_line=last)
        if not held.has_time:
            held.pause()
            return
    with transaction.atomic():
        close_change(run, at=clock.now())
        held.end(ImportRun.Step.UNDONE)


def _take_back_made(run: ImportRun, after: int, last: int, *, at: datetime) -> None:
    rows = ImportRow.objects.filter(import_run=run, fate="created", back="", number__gt=after, number__lte=last)
    if run.kind == ImportRun.Kind.DEALS:
        _take_back_deals(run, list(rows.exclude(opportunity=None).values_list("opportunity_id", flat=True)))
        return
    leads = list(rows.exclude(lead=None).values_list("lead_id", flat=True))
    _undo_own_conversions(run, leads, at=at)
    touched = {row[0] for row in ask(_TOUCHED, {"leads": leads, "run": run.pk, "by": run.by_id})}
    wanted = [pk for pk in leads if pk not in touched]
    owners = set(Lead.objects.filter(pk__in=wanted, owner__isnull=False).values_list("owner_id", flat=True))
    gone = [row[0] for row in ask("SELECT capture_remove_imported_leads(%s, %s, %s)", [run.pk, wanted, run.by_id])] if wanted else []
    used = set(wanted) - set(gone)
    live.tell_people(*owners)
    ImportRow.objects.filter(import_run=run, fate="created", number__gt=after, number__lte=last, lead=None).update(back="taken")
    Submission.objects.filter(import_run=run, lead=None).delete()
    for codes, pks in (("import_lead_touched", touched), ("import_lead_used", used)):
        if pks:
            _keep(rows.filter(lead__in=pks), codes)


def _keep(rows, code: str) -> None:
    rows.update(back="kept", why=[{"code": code, "values": {}, "column": None}])


# Touched: anything beyond what the door and the rules do by themselves. What the import itself did bears its moment.
_TOUCHED = """
SELECT l.id FROM leads_lead l WHERE l.id = ANY(%(leads)s) AND (
    l.first_contacted_at IS NOT NULL OR l.merged_at IS NOT NULL OR l.contact_id IS NOT NULL OR l.stars > 0
    OR EXISTS (SELECT FROM leads_leadactivity a WHERE a.lead_id = l.id)
    OR EXISTS (SELECT FROM leads_lead_shared_with s WHERE s.lead_id = l.id)
    OR EXISTS (SELECT FROM opportunities_conversion c WHERE c.lead_id = l.id AND c.undone_at IS NULL)
    OR EXISTS (SELECT FROM leads_leadevent e WHERE e.lead_id = l.id
        AND NOT (e.kind IN ('created', 'scored', 'temperature', 'qualified', 'waiting', 'escalated', 'archived')
            AND (e.actor_id IS NULL OR e.kind = 'created'))
        AND NOT (e.kind IN ('assigned', 'unassigned') AND e.actor_id IS NULL)
        AND NOT (e.actor_id IS NOT DISTINCT FROM %(by)s AND e.occurred_at = l.captured_at AND e.kind <> 'joined')
        AND NOT (e.kind IN ('undone', 'restored') AND e.details->>'import' = %(run)s::text)
        AND NOT (e.kind = 'joined' AND EXISTS (SELECT FROM capture_submission s
            WHERE s.id = (e.details->>'submission')::bigint AND s.import_run_id = %(run)s))))
"""


def _undo_own_conversions(run: ImportRun, leads: list[int], *, at: datetime) -> None:
    """Take back the conversions an outcome column asked for, unless something hangs on them by now."""
    if not run.change_id:
        return
    rows = ChangeRow.objects.filter(change=run.change_id, model="opportunities.conversion").values("row")
    own = Conversion.objects.filter(pk__in=rows, lead__in=leads, undone_at=None)
    take_back_customers(own.values_list("pk", flat=True), at=at, by=run.by, told_at=attrgetter("captured_at"))
    for conversion in own.select_related("lead").order_by("-pk"):
        with transaction.atomic():
            if undo_conversion(conversion, at=conversion.lead.captured_at, by=run.by):
                transaction.set_rollback(True)


def _take_back_deals(run: ImportRun, deals: list[int]) -> None:
    """Delete deals nobody has touched; their rows may come in again."""
    touched = {row[0] for row in ask(_TOUCHED_DEALS, {"deals": deals, "run": run.pk})}
    gone = [pk for pk in deals if pk not in touched]
    own = ImportRow.objects.filter(import_run=run)
    own.filter(opportunity__in=gone).update(back="taken", opportunity=None, entered_as=None)
    tell_boards(*Opportunity.objects.filter(pk__in=gone).values_list("pipeline_id", flat=True).distinct())
    Opportunity.objects.filter(pk__in=gone).delete()
    _keep(own.filter(opportunity__in=touched), "import_deal_touched")


_TOUCHED_DEALS = """
SELECT o.id FROM opportunities_opportunity o WHERE o.id = ANY(%(deals)s) AND (o.version > 1
    OR EXISTS (SELECT FROM opportunities_opportunityactivity a WHERE a.opportunity_id = o.id)
    OR EXISTS (SELECT FROM opportunities_conversion c WHERE c.opportunity_id = o.id)
    OR EXISTS (SELECT FROM opportunities_opportunity f WHERE f.followed_id = o.id)
    OR EXISTS (SELECT FROM opportunities_opportunityevent e WHERE e.opportunity_id = o.id
        AND e.details->>'import' IS DISTINCT FROM %(run)s::text))
"""


# --------------------------------------------------------------------- joins


def _take_back_joins(run: ImportRun, after: int, last: int, *, at: datetime) -> None:
    rows = ImportRow.objects.filter(import_run=run, fate="joined", back="", number__gt=after, number__lte=last)
    rows.filter(lead=None).update(back="taken")
    leads = sorted(set(rows.exclude(lead=None).values_list("lead_id", flat=True)))
    made = set(ImportRow.objects.filter(import_run=run, fate="created", lead__in=leads).values_list("lead", flat=True))
    if made:  # the lead it joined was made by this import and is kept
        _keep(rows.filter(lead__in=made), "import_lead_touched")
    for lead in Lead.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=set(leads) - made).order_by("pk"):
        own = ImportRow.objects.filter(import_run=run, fate="joined", lead=lead)
        if _put_back(run, lead, at=at):
            Submission.objects.filter(import_run=run, lead=lead).delete()
            own.update(back="taken")
        else:
            _keep(own, "import_join_edited")


def _put_back(run: ImportRun, lead: Lead, *, at: datetime) -> bool:
    """Give the columns their earlier values, unless one was edited since; False means that nothing was changed."""
    own = ChangeRow.objects.filter(change=run.change_id, undone_at=None)
    changes = list(own.filter(model="leads.lead", row=lead.pk).order_by("-pk"))
    # what the newest chunk left must still stand; an older chunk's «after» is the newer one's «before»
    standing: dict[str, Any] = {}
    for change in changes:
        for name, value in change.after.items():
            standing.setdefault(name, value)
    if any(_value(lead, name) != value for name, value in standing.items()):
        return False
    for change in changes:
        for name, value in change.before.items():
            _set(lead, name, value)
    for label, model in CHILDREN.items():
        added = own.filter(model=label, after__lead=lead.pk)
        model.objects.filter(pk__in=list(added.values_list("row", flat=True)), lead_id=lead.pk).delete()
        added.update(undone_at=at)
    _save(lead, standing, at=at)
    lead.record("undone", at=at, by=run.by, verb="import", name=run.name)
    own.filter(pk__in=[change.pk for change in changes]).update(undone_at=at)
    return True


def _save(lead: Lead, names: Iterable[str], *, at: datetime) -> None:
    columns = {name.removesuffix("_id") for name in names if not name.startswith("custom.")} | {"custom"}
    facts = {name: getattr(lead, name) for name in ("name", "email", "phone", "company_name", "title", "country")}
    emails = list(lead.emails.order_by("pk").values_list("email", "key"))
    phones = list(lead.phones.order_by("pk").values_list("number", "e164", "kind"))
    for name, value in derived(facts, emails=emails, phones=phones).items():
        setattr(lead, name, value)
        columns.add(name)
    lead.version += 1
    lead.changed_at = at
    lead.save(update_fields=[*columns, "version", "changed_at"])


def _value(lead: Lead, name: str) -> Any:
    """Return a column as the joining event wrote it down: numbers and texts as they are, all else as text."""
    if name.startswith("custom."):
        return lead.custom.get(name.removeprefix("custom."))
    value = getattr(lead, name)
    return value if isinstance(value, str | int | None) else str(value)


def _set(lead: Lead, name: str, value: Any) -> None:
    if name.startswith("custom."):
        key = name.removeprefix("custom.")
        lead.custom = {k: v for k, v in lead.custom.items() if k != key} | ({} if value is None else {key: value})
    elif name.endswith("_id"):
        setattr(lead, name, value)
    else:
        setattr(lead, name, lead._meta.get_field(name).to_python(value))


# ------------------------------------------------------------------ core.undo


def close_change(run: ImportRun, *, at: datetime) -> None:
    kept = run.import_rows.filter(back="kept").count()
    state = Change.Undo.KEPT if kept else Change.Undo.UNDONE
    Change.objects.filter(pk=run.change_id).update(undo=state, undone_at=at, undone_by=run.by)


@undo.undoer("import")
def _take_back_at_once(change: Change, *, by, at: datetime) -> list[dict]:
    """Undo asked for elsewhere: hand the import to the bulk worker, which goes on in chunks."""
    from capture.imports import running

    run = ImportRun.objects.get(pk=change.details["import"])
    running.begin_undo(run)
    return []
