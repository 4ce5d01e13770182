"""What happens to a lead, as a salesperson would say it. One guard, one transaction, one event each.

States move by compare-and-set: the UPDATE itself carries the guard, so of two people doing the same at once one wins and
the other is told. `version` grows with every change of facts, owner or state; a new score leaves it alone.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Greatest, Now

from core import notices
from core.activities.models import due_where_done, planned_by
from core.inserts import insert, insert_all
from core.transactions import joined
from leads import warmth
from leads.exceptions import (
    TAKEN,
    AddressTaken,
    ChangedMeanwhile,
    LeadNotOpen,
    NoteNeeded,
    NothingSaid,
    NotRestorable,
    constraint_of,
)
from teams import clocks

if TYPE_CHECKING:
    from leads.models import LeadActivity, LeadEvent

OUTGOING = frozenset({"call", "email", "meeting"})  # activities that count as reaching out to the lead
FRESH = ("version", "changed_at", "is_open", "owner", "team", "converted_at", "disqualified_at", "archived_at", "merged_at")
_AFTER_END = ("version", "changed_at", "is_open", "owner_id", "team_id", "converted_at", "sql_at", "next_activity_at")
_END_CONVERTED = f"""
    UPDATE leads_lead SET version = version + 1, changed_at = statement_timestamp(), converted_at = %s, sql_at = coalesce(sql_at, %s),
        contact_id = %s, company_id = %s, next_activity_at = CASE WHEN %s THEN NULL ELSE next_activity_at END
    WHERE id = %s AND is_open RETURNING {", ".join(_AFTER_END)}
"""  # noqa: S608  our own columns' names


class LeadVerbs:
    """The verbs of Lead, apart from its columns."""

    # ------------------------------------------------------------------ story

    def record(self, kind: str, *, at: datetime, by=None, **details: Any) -> "LeadEvent":
        """Add a line to the lead's story. `details` are JSON primitives, enough to word it years later."""
        event = self.events.model(lead=self, kind=kind, occurred_at=at, actor=by, details=details)
        insert(event)
        return event

    def note(self, text: str, *, at: datetime, by) -> "LeadEvent":
        """Keep what somebody has to say about the lead; ended ones too. Raises NothingSaid."""
        if not (text := text.strip()):
            raise NothingSaid(self)
        return self.record("noted", at=at, by=by, text=text)

    # -------------------------------------------------------------- ownership

    @transaction.atomic
    def assign_to(self, rep, *, at: datetime, by=None, why: Mapping | None = None, team=None) -> bool:
        """Hand the lead to a sales rep, and to another team when one is given. The same one again changes nothing.

        Raises LeadNotOpen, and ChangedMeanwhile when somebody else handed it around since it was read. Returns whether
        anything changed. The response clock keeps running from the capture, with the goals of the lead's team.
        """
        team = team or self.team
        if self.owner_id == rep.pk and self.team_id == team.pk and self._still(owner=rep):
            return False
        before = self.owner
        changes = {
            "owner": rep, "team": team, "assigned_at": at, "first_assigned_at": Coalesce(F("first_assigned_at"), at),
            **self._clock(team),
        }  # fmt: skip
        self._move(Q(is_open=True, owner=before), refuse=self._why_not_handed, **changes)
        event = self.record(
            "assigned", at=at, by=by, to=rep.pk, name=str(rep), team=str(team),
            **({"before": str(before)} if before else {}), **({"why": dict(why)} if why else {}),
        )  # fmt: skip
        notices.notify(rep, "lead_assigned", about=self, key=f"lead_assigned:{event.pk}", at=at, by=by)
        if before and before.pk != rep.pk:
            notices.notify(before, "lead_taken", about=self, key=f"lead_taken:{event.pk}", at=at, by=by, name=str(rep))
        return True

    @transaction.atomic
    def give_tag(self, tag, *, at: datetime, by=None):
        """Put a tag on the lead; return the new link, or None when it had the tag already. Raises nothing: ended ones may have tags."""
        names = [each.name for each in self.tags.all()]
        link, is_new = self.tags.through.objects.get_or_create(lead=self, tag=tag)
        if not is_new:
            return None
        self.record("changed", at=at, by=by, fields={"tags": [", ".join(names), ", ".join(sorted([*names, tag.name]))]})
        return link

    @transaction.atomic
    def release(self, *, at: datetime, by=None, why: Mapping | str = "") -> bool:
        """Give the lead back to its team's pool. Raises LeadNotOpen, ChangedMeanwhile; returns whether it had an owner."""
        if self.owner_id is None and self._still(owner=None):
            return False
        before = self.owner
        self._move(Q(is_open=True, owner=before), refuse=self._why_not_handed, owner=None, assigned_at=None)
        event = self.record("unassigned", at=at, by=by, before=str(before), **_worded(why))
        notices.notify(before, "lead_taken", about=self, key=f"lead_taken:{event.pk}", at=at, by=by)
        return True

    # ------------------------------------------------------- reaching out to it

    @transaction.atomic
    def contacted(self, *, at: datetime, by, reached: bool = False) -> bool:
        """Note a human attempt to reach the lead; the first one stops its response clock.

        Returns whether it was the first. Unanswered attempts count; `reached` says that they spoke.
        """
        rows = type(self)._base_manager.filter(pk=self.pk)
        moment = Greatest(F("captured_at"), models.Value(at, output_field=models.DateTimeField()))
        first = rows.filter(first_contacted_at__isnull=True).update(first_contacted_at=moment, first_contacted_by=by) == 1
        if reached:
            rows.filter(reached_at__isnull=True).update(reached_at=moment)
        self.refresh_from_db(fields=["first_contacted_at", "first_contacted_by", "reached_at", "response_time"])
        if first:
            self.record("contacted", at=at, by=by, seconds=int(self.response_time.total_seconds()), reached=reached)
        return first

    @transaction.atomic
    def log_call(self, outcome: str, note: str = "", *, at: datetime, by) -> "LeadEvent":
        """Note a call that was made; `outcome` is one of CallOutcome."""
        event = self.record("called", at=at, by=by, outcome=str(outcome), note=note.strip())
        self.contacted(at=at, by=by, reached=outcome == "reached")
        return event

    @transaction.atomic
    def plan(
        self, kind: str, due_at: datetime, *, at: datetime, by=None, summary: str = "", note: str = "", assignee=None,
        all_day: bool = False, with_customer: bool = False,
    ) -> "LeadActivity":  # fmt: skip
        """Plan an activity, for oneself unless somebody else is named; `with_customer`: also when it became one. Raises LeadNotOpen."""
        if not self._held(with_customer=with_customer):
            raise LeadNotOpen(self)
        person = assignee or by or self.owner
        activity = self.activities.create(
            **planned_by(kind, summary), due_at=due_where_done(due_at, person, all_day=all_day), all_day=all_day, note=note.strip(),
            assignee=person, created_by=by,
        )  # fmt: skip
        self.record("planned", at=at, by=by, **activity.told, due_at=activity.due.isoformat(), assignee=str(activity.assignee or ""))
        self.follow_activities()
        notices.notify(activity.assignee, "activity_planned", about=self, key=f"{activity._meta.label_lower}:{activity.pk}", at=at,
                       by=by or activity.assignee, what=activity.title)  # fmt: skip
        return activity

    def follow_activities(self) -> None:
        """Let `next_activity_at` be the first planned activity's moment."""
        planned = self.activities.model.objects.filter(lead=OuterRef("pk")).planned()
        first = planned.order_by().values("lead").annotate(first=Min("due_at")).values("first")
        type(self)._base_manager.filter(pk=self.pk).update(next_activity_at=Subquery(first))
        self.refresh_from_db(fields=["next_activity_at"])

    # ------------------------------------------------------- what people say of it

    @transaction.atomic
    def qualify(self, *, at: datetime, by, then_assign: bool = False) -> bool:
        """Note that a person finds the lead worth selling to: its SQL moment. Said again it changes nothing. Raises LeadNotOpen.

        `then_assign` leaves one that nobody has to the rules, which find somebody for it.
        """
        if self.sql_at and self.qualification == "accept" and self._still():
            return False
        self._move(
            Q(is_open=True), sql_at=Coalesce(F("sql_at"), at), mql_at=Coalesce(F("mql_at"), at), qualification="accept",
            qualified_at=at, come_back_at=None, qualify_due_at=at if then_assign and self.owner_id is None else None,
        )  # fmt: skip
        self.record("qualified", at=at, by=by, outcome="accept")
        return True

    @transaction.atomic
    def put_off(self, until: datetime, *, at: datetime, by) -> None:
        """Let the lead come back by itself at a moment. Raises LeadNotOpen."""
        self._move(Q(is_open=True), qualification="nurture", come_back_at=until, qualify_due_at=until, qualified_at=at)
        self.record("qualified", at=at, by=by, outcome="nurture", until=until.isoformat())

    # ------------------------------------------------------------- how it ends

    @transaction.atomic
    def disqualify(self, reason, *, note: str = "", at: datetime, by) -> None:
        """End the lead: a person says that it won't buy, and why. Raises LeadNotOpen, NoteNeeded."""
        note = note.strip()
        if reason.needs_note and not note:
            raise NoteNeeded(self)
        self._move(Q(is_open=True), disqualified_at=at, disqualify_reason=reason, disqualify_note=note)
        self.record("disqualified", at=at, by=by, reason=reason.name, note=note)

    @transaction.atomic
    def archive(self, why: Mapping | str = "", *, at: datetime, by=None) -> None:
        """Put the lead away without judgement. `why` is a sentence, or {"code", "values"}. Raises LeadNotOpen."""
        details = _worded(why)
        text = details.get("text") or details.get("why", {}).get("code", "")
        self._move(Q(is_open=True), archived_at=at, archive_reason=text[:300])
        self.record("archived", at=at, by=by, **details)

    @transaction.atomic
    def restore(self, *, at: datetime, by=None) -> bool:
        """Open an archived or disqualified lead again; an open one stays as it is.

        Raises NotRestorable for converted and merged ones, AddressTaken when another open lead has its e-mail by now.
        """
        if self._still():
            return False
        self._move(
            Q(is_open=False, converted_at__isnull=True, merged_at__isnull=True), refuse=self._why_not_restored, may_clash=True,
            archived_at=None, archive_reason="", disqualified_at=None, disqualify_reason=None, disqualify_note="",
        )  # fmt: skip
        self.record("restored", at=at, by=by)
        return True

    @joined()
    def mark_converted(
        self, *, at: datetime, by=None, customer: tuple = (None, None), nothing_planned: bool = False,
        later: list[models.Model] | None = None, **details: Any,
    ) -> None:  # fmt: skip
        """End the lead as converted; opportunities.conversion says into what, and who the company and contact are. Raises LeadNotOpen.

        nothing_planned: what was planned goes on elsewhere. `later` takes the line of its story; the caller writes it.
        """
        company, contact = customer
        links = {"contact": contact or self.contact, "company": company or self.company}
        self._end_converted(at, {name: customer and customer.pk for name, customer in links.items()}, nothing_planned)
        for name, customer in links.items():
            setattr(self, name, customer)
        line = self.events.model(lead=self, kind="converted", occurred_at=at, actor=by, details=details)
        if later is None:
            insert_all([line])
        else:
            later.append(line)

    def _end_converted(self, at: datetime, links: dict[str, int | None], nothing_planned: bool) -> None:
        """Do what `_move` would, and read what became of the lead, by one statement that is written already."""
        with connection.cursor() as cursor:
            cursor.execute(_END_CONVERTED, [at, at, links["contact"], links["company"], nothing_planned, self.pk])
            found = cursor.fetchone()
        if found is None:
            self.refresh_from_db(fields=FRESH)
            raise LeadNotOpen(self)
        for name, value in zip(_AFTER_END, found, strict=True):
            setattr(self, name, value)

    @transaction.atomic
    def unmark_converted(self, *, at: datetime, by=None, tell: bool = True, **details: Any) -> bool:
        """Open a converted lead again, when its conversion is taken back. Raises AddressTaken, NotRestorable.

        tell: False leaves the line in the story to the caller, who knows only later what stayed.
        """
        if self._still():
            return False
        ended = Q(converted_at__isnull=False, merged_at__isnull=True)
        self._move(ended, refuse=self._why_not_restored, may_clash=True, converted_at=None)
        if tell:
            self.record("undone", at=at, by=by, verb="converted", **details)
        return True

    # ------------------------------------------------------------------ grades

    @transaction.atomic
    def set_score(self, value: int, *, at: datetime, **details: Any) -> None:
        """Keep a new score and the temperature it means in the lead's team; a line in the story when it moved."""
        before, was = self.score, self.temperature
        changes = {"score": value, "scored_at": at, **warmth.columns(self, value, at=at)}
        type(self)._base_manager.filter(pk=self.pk).update(**changes)
        for name, changed in changes.items():
            setattr(self, name, changed)
        if value != before:
            self.record("scored", at=at, before=before, after=value, **details)
        if warmth.has_crossed(was, self.temperature):
            self.record("temperature", at=at, before=was, after=self.temperature)

    # ------------------------------------------------------------------- inner

    def _clock(self, team) -> dict[str, Any]:
        """Return the response clock's two moments: the team's goals for its temperature."""
        return clocks.moments(team, self.temperature, self.clock_start)

    def _still(self, **also: Any) -> bool:
        """Ask the database whether the lead is open (and so on) this moment."""
        return type(self)._base_manager.filter(pk=self.pk, is_open=True, **also).exists()

    def _held(self, *, with_customer: bool = False) -> bool:
        """Lock the lead until the transaction ends if it is open: nothing is planned on one that ends in between."""
        ended = Q(converted_at__isnull=False, merged_at__isnull=True) if with_customer else Q()
        mine = type(self)._base_manager.select_for_update(no_key=True).filter(Q(is_open=True) | ended, pk=self.pk)
        return bool(list(mine.values_list("pk")))

    def _move(self, guard: Q, *, refuse=None, may_clash: bool = False, **changes: Any) -> None:
        """Change columns where the guard holds, in one statement; else raise what `refuse` says (LeadNotOpen).

        `may_clash`: it opens the lead, and another open one may have its address by now.
        """
        mine = type(self)._base_manager.filter(guard, pk=self.pk)
        try:
            with transaction.atomic() if may_clash else nullcontext():
                moved = mine.update(version=F("version") + 1, changed_at=Now(), **changes)
        except IntegrityError as error:
            if constraint_of(error) in TAKEN:
                raise AddressTaken(self) from error
            raise
        self.refresh_from_db(fields=list(dict.fromkeys([*FRESH, *changes])))
        if not moved:
            raise (refuse() if refuse else LeadNotOpen(self))

    def _why_not_handed(self) -> Exception:
        return ChangedMeanwhile(self, ("owner",)) if self.is_open else LeadNotOpen(self)

    def _why_not_restored(self) -> Exception:
        return ChangedMeanwhile(self) if self.is_open else NotRestorable(self)


def _worded(why: Mapping | str) -> dict[str, Any]:
    """Return event details for a reason given as a sentence or as a code with values."""
    if isinstance(why, Mapping):
        return {"why": dict(why)}
    return {"text": why.strip()} if why.strip() else {}
