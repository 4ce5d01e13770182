"""Decision records: new only when outcome or reason changes, else a try is counted on the last one (decision 29)."""

from collections.abc import Iterable
from typing import Any

from assignment.models import Decision
from leads.bulk import Batch
from leads.models import Lead


class Ledger:
    """Writes the decisions of one batch; the latest of each lead is read at once. Leads must be locked."""

    def __init__(self, kind: str, leads: Iterable[Lead], batch: Batch):
        self.kind, self.batch = kind, batch
        rows = Decision.objects.filter(kind=kind, lead__in=[lead.pk for lead in leads])
        rows = rows.order_by("lead_id", "-at", "-id").distinct("lead_id").defer("details")
        self.last: dict[int, Decision] = {row.lead_id: row for row in rows}

    def note(
        self, lead: Lead, outcome: str, reason: str, values: dict[str, Any], details: dict[str, Any], *, team_id: int | None = None,
        owner_id: int | None = None, by=None,
    ) -> bool:  # fmt: skip
        """Keep a decision; returns whether it says something new."""
        last = self.last.get(lead.pk)
        same = (outcome, reason, values.get("rule_id"), team_id, owner_id)
        if last and same == (last.outcome, last.reason, last.values.get("rule_id"), last.team_id, last.owner_id) and outcome != "assigned":
            self.batch.update(Decision, lead, last.pk, tries=last.tries + 1, last_tried_at=self.batch.at)
            return False
        self.batch.add(
            Decision, lead, kind=self.kind, outcome=outcome, reason=reason, values=values, details=details, team_id=team_id,
            owner_id=owner_id, by_id=by.pk if by else None, tries=1, at=self.batch.at, last_tried_at=self.batch.at,
        )  # fmt: skip
        return True
