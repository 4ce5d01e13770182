"""What becomes of a lead: an ordered list of rules decides, the first that matches (decision 3).

Outcomes carry themselves out: accept and opportunity go on to assignment, keep leaves it in the pool, nurture brings it
back on a day, archive puts it away with the reason; an opportunity opens through the conversion everybody uses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assignment.decisions import Ledger
from assignment.models import Decision, QualificationRule
from assignment.rules import Rules
from core.conditions.engine import Seen
from leads.bulk import Batch
from leads.models import Channel, Lead, LeadEvent
from opportunities import conversion
from teams import clocks

COME_BACK = timedelta(days=30)
GOES_ON = frozenset({"accept", "opportunity"})


@dataclass(frozen=True)
class Outcome:
    """What the rules said about one lead."""

    kind: str
    rule: QualificationRule | None = None

    @property
    def goes_on(self) -> bool:
        """Tell whether somebody should get the lead now."""
        return self.kind in GOES_ON


def decide_many(leads: Sequence[Lead], *, at: datetime, batch: Batch) -> dict[int, Outcome]:
    """Decide about locked, scored leads into a batch and return each one's outcome. Reads three times, however many.

    Leads somebody owns or has spoken to are left to people: no rule archives what a rep is working on.
    """
    rules = Rules("qualification", at=at)
    rules.prepare(leads)
    ledger = Ledger(Decision.Kind.QUALIFICATION, leads, batch)
    return {lead.pk: _decide(lead, rules, ledger, batch, at) for lead in leads}


def _decide(lead: Lead, rules: Rules, ledger: Ledger, batch: Batch, at: datetime) -> Outcome:
    if lead.owner_id or lead.first_contacted_at or lead.sql_at:
        if lead.pk not in ledger.last:
            ledger.note(lead, "accept", "already_handled", {}, {}, team_id=lead.team_id)
        if lead.is_put_off and lead.come_back_at > at:
            if (wrote_at := _wrote_again_at(lead)) is None:
                return Outcome("nurture")  # somebody put it off: its day stays
            batch.change(lead, come_back_at=wrote_at)
            _bring_back(lead, "wrote_again", ledger, batch, at)
        elif lead.qualification == "nurture":
            _bring_back(lead, "came_back", ledger, batch, at)
        elif not lead.qualification:
            batch.change(lead, qualification="accept", qualified_at=at)
        return Outcome("accept")
    seen = Seen(lead)
    is_back = lead.come_back_at is not None and lead.come_back_at <= at
    rule, tested = rules.first_match(lead, seen, skip=frozenset({"nurture"}) if is_back else frozenset())
    kind = rule.outcome if rule else "keep"
    reason = "no_rule" if rule is None else "everyone_else" if rule.is_everyone_else else "rule"
    values = {"rule": rule.name, "rule_id": rule.pk} if rule else {}
    day = {"until": _day_of(lead, rule, at).isoformat()} if kind == "nurture" else {}
    is_new = ledger.note(lead, kind, reason, values | day, rules.trace(tested, seen), team_id=lead.team_id)
    _carry_out(lead, kind, rule, batch, at)
    if is_back:
        _start_clock(lead, batch)
    if is_new and kind not in {"archive", "opportunity"}:  # these tell their own story
        batch.record(lead, "qualified", outcome=kind, why={"code": reason, "values": values}, **day)
    return Outcome(kind, rule)


def _wrote_again_at(lead: Lead) -> datetime | None:
    """Return when the person first wrote again after their lead was put off; a row of a file is nothing they wrote."""
    again = lead.events.filter(kind=LeadEvent.Kind.JOINED, occurred_at__gt=lead.qualified_at or lead.captured_at).exclude(details__channel=Channel.IMPORT)
    return again.order_by("occurred_at", "pk").values_list("occurred_at", flat=True).first()


def _bring_back(lead: Lead, why: str, ledger: Ledger, batch: Batch, at: datetime) -> None:
    """Let a lead somebody put off be in their list again: its day has come, or the person did not wait for it."""
    ledger.note(lead, "accept", why, {}, {}, team_id=lead.team_id)
    batch.change(lead, qualification="accept", qualified_at=at)
    _start_clock(lead, batch)
    batch.record(lead, "qualified", outcome="accept", why={"code": why, "values": {}})


def _start_clock(lead: Lead, batch: Batch) -> None:
    """Let the response clock of a lead nobody has spoken to start when it comes back; until then nobody had to reply."""
    if lead.first_contacted_at is None:
        batch.change(lead, **clocks.moments(lead.team, lead.temperature, lead.clock_start))


def _day_of(lead: Lead, rule: QualificationRule, at: datetime) -> datetime:
    """Return the moment at which a lead comes back; decided anew before its day, the day stays."""
    waits = lead.come_back_at is not None and lead.come_back_at > at
    return lead.come_back_at if waits else at + (rule.come_back_after or COME_BACK)


def _carry_out(lead: Lead, kind: str, rule: QualificationRule | None, batch: Batch, at: datetime) -> None:
    changes: dict = {"qualification": kind, "qualified_at": at}
    if kind in GOES_ON:
        changes["mql_at"] = lead.mql_at or at
    if kind != "nurture" and lead.come_back_at and lead.come_back_at > at:  # a day that has come stays: it came back then
        changes["come_back_at"] = None
    if kind == "nurture":
        changes["come_back_at"] = _day_of(lead, rule, at)
    elif kind == "archive":
        said = rule.archive_reason or rule.name
        changes |= {"archived_at": at, "archive_reason": said[:300]}
        batch.record(lead, "archived", why={"code": "rule", "values": {"rule": rule.name}}, **({"text": said} if rule.archive_reason else {}))
    batch.change(lead, **changes)


def convert(lead: Lead, outcome: Outcome, *, at: datetime) -> conversion.Conversion:
    """Open the opportunity a rule asked for; a lead that has one keeps it."""
    stage = outcome.rule.stage if outcome.rule else None
    return conversion.convert(lead, at=at, outcome="new", stage=stage)
