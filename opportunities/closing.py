"""How an opportunity ends: won, lost, in parts, and how it comes back (decision 16).

expected = open + won + lost + moved, always; each act adds one Closing row, which is never changed.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction

from opportunities import lifecycle, notices
from opportunities.activities import next_columns
from opportunities.exceptions import AmountTooLarge, NoteNeeded, OpportunityClosed, OpportunityOpen

if TYPE_CHECKING:
    from opportunities.models import Closing, LostReason, Opportunity

ZERO = Decimal(0)


class ClosingVerbs:
    """The verbs of Opportunity that end it or a part of it."""

    @transaction.atomic
    def win(self, *, amount: Decimal | None = None, note: str = "", at: datetime, by=None) -> "Closing":
        """Close what is open as won. Another `amount` than expected corrects the expectation. Raises OpportunityClosed."""
        self._hold_open()
        if amount is not None and amount != self.amount_open:
            if amount < 0:
                raise AmountTooLarge(self)
            self.expected += amount - self.amount_open
            self.amount_open = amount
        return self._close("won", self.amount_open, note=note, at=at, by=by)

    @transaction.atomic
    def lose(self, reason: "LostReason", *, note: str = "", at: datetime, by=None) -> "Closing":
        """Close what is open as lost, with the reason. Raises OpportunityClosed, NoteNeeded."""
        self._hold_open()
        self._check_note(reason, note)
        return self._close("lost", self.amount_open, reason=reason, note=note, at=at, by=by)

    @transaction.atomic
    def close_part(
        self, kind: str, amount: Decimal, *, reason: "LostReason | None" = None, note: str = "", to: "Opportunity | None" = None,
        at: datetime, by=None,
    ) -> "Closing":  # fmt: skip
        """Close a part of the open amount as won or lost, or move it to another opportunity.

        Closing all that is open as won or lost closes the opportunity. Moving leaves something behind; without `to` a
        follow-up opens that takes the amount over. Raises OpportunityClosed, AmountTooLarge, NoteNeeded.
        """
        if to is not None:
            to.hold()
        self._hold_open()
        if amount <= 0 or amount > self.amount_open or (kind == "moved" and amount == self.amount_open):
            raise AmountTooLarge(self)
        if kind == "lost":
            self._check_note(reason, note)
        if kind == "moved":
            to = self._take_over(to, amount, at=at, by=by)
        return self._close(kind, amount, reason=reason, note=note, to=to, at=at, by=by)

    @transaction.atomic
    def reopen(self, *, at: datetime, by=None, note: str = "") -> "Closing":
        """Open a won or lost opportunity again: the part that closed it is open once more. Raises OpportunityOpen."""
        lifecycle.hold(self.company, self.contact)
        self.hold()
        if self.is_open:
            raise OpportunityOpen(self)
        last = self.closings.filter(kind__in=["won", "lost"]).order_by("-pk").first()
        kind = last.kind if last else self.state
        part = last.amount if last else self.amount_won + self.amount_lost
        changes: dict[str, Any] = {
            f"amount_{kind}": getattr(self, f"amount_{kind}") - part, "amount_open": self.amount_open + part,
            "state": self.State.OPEN, "closed_at": None, "lost_reason": None, "lost_note": "",
        }  # fmt: skip
        self.keep(**changes)
        self.follow_activities()
        closing = self._row("reopened", part, note=note, at=at, by=by)
        self.record("reopened", at=at, by=by, amount=f"{part}", currency=self.currency, was=kind, note=note)
        lifecycle.follow(self.company, self.contact)
        return closing

    # ------------------------------------------------------------------ inner

    def _hold_open(self) -> None:
        lifecycle.hold(self.company, self.contact)
        self.hold()
        if not self.is_open:
            raise OpportunityClosed(self)

    def _check_note(self, reason: "LostReason", note: str) -> None:
        if reason.needs_note and not note.strip():
            raise NoteNeeded(self)

    def _close(
        self, kind: str, amount: Decimal, *, at: datetime, by, reason=None, note: str = "", to=None
    ) -> "Closing":
        """Write a part as closed: columns, row, event, and what it means for the customer."""
        rest = self.amount_open - amount
        ends = kind != "moved" and rest == 0
        changes: dict[str, Any] = {
            "amount_open": rest, f"amount_{kind}": getattr(self, f"amount_{kind}") + amount, "expected": self.expected,
        }  # fmt: skip
        if ends:
            changes |= self._ending(kind, changes["amount_won"] if kind == "won" else self.amount_won, reason, note, at)
            changes |= next_columns([], self.team)
        self.keep(**changes)
        closing = self._row(kind, amount, reason=reason if kind == "lost" else None, note=note, to=to, at=at, by=by)
        self.record(
            kind if ends else "partly", at=at, by=by, part=kind, amount=f"{amount}", currency=self.currency, rest=f"{rest}",
            reason=reason.name if reason else "", note=note.strip(), **({"to": to.pk, "to_name": to.name} if to else {}),
        )  # fmt: skip
        if kind == "won":
            lifecycle.won(self.company, self.contact)
            notices.tell_of_win(self, closing, at=at, by=by)
        else:
            lifecycle.follow(self.company, self.contact)
        return closing

    def _ending(self, kind: str, won: Decimal, reason, note: str, at: datetime) -> dict[str, Any]:
        """Return how the whole stands when nothing is open any more: won when any part was."""
        if kind == "won" or won > 0:
            return {"state": self.State.WON, "closed_at": at}
        return {"state": self.State.LOST, "closed_at": at, "lost_reason": reason, "lost_note": note.strip()}

    def _row(self, kind: str, amount: Decimal, *, at: datetime, by, note: str = "", reason=None, to=None) -> "Closing":
        return self.closings.create(
            kind=kind, amount=amount, currency=self.currency, reason=reason, note=note.strip(), to=to, at=at, by=by
        )

    def _take_over(self, to: "Opportunity | None", amount: Decimal, *, at: datetime, by) -> "Opportunity":
        """Return the opportunity that carries on with a moved part: a follow-up, or the given one grown by it."""
        if to is None:
            return type(self).objects.open_new(
                name=self.name, company=self.company, contact=self.contact, owner=self.owner, team=self.team, stage=self.stage,
                expected=amount, currency=self.currency, followed=self, at=at, by=by,
            )  # fmt: skip
        if not to.is_open or to.currency != self.currency:
            raise OpportunityClosed(to)
        to.keep(expected=to.expected + amount, amount_open=to.amount_open + amount)
        to.record("changed", at=at, by=by, fields={"expected": [f"{to.expected - amount}", f"{to.expected}"]})
        return to
