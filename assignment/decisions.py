"""Decision records: new only when outcome or reason changes, else a try is counted on the last one (decision 29)."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from assignment.models import Decision
from core.arrays import Among
from core.written import Written
from leads.bulk import Batch
from leads.models import Lead

COLUMNS = ("lead_id", "pk", "outcome", "reason", "values__rule_id", "team_id", "owner_id", "tries")


class Last(NamedTuple):
    """What was decided about one lead last."""

    lead_id: int
    pk: int
    outcome: str
    reason: str
    rule_id: int | None
    team_id: int | None
    owner_id: int | None
    tries: int


class Ledger:
    """Writes the decisions of one batch; the latest of each lead is read at once. Leads must be locked."""

    def __init__(self, kind: str, leads: Iterable[Lead], batch: Batch):
        self.kind, self.batch = kind, batch
        rows = Decision.objects.filter(Among("lead_id", [lead.pk for lead in leads]), kind=kind)
        rows = rows.order_by("lead_id", "-at", "-id").distinct("lead_id")
        self.last: dict[int, Last] = {row[0]: Last(*row) for row in rows.values_list(*COLUMNS)}

    def note(
        self, lead: Lead, outcome: str, reason: str, values: dict[str, Any], details: Written | dict[str, Any], *, team_id: int | None = None,
        owner_id: int | None = None, by=None,
    ) -> bool:  # fmt: skip
        """Keep a decision; returns whether it says something new."""
        last = self.last.get(lead.pk)
        same = (outcome, reason, values.get("rule_id"), team_id, owner_id)
        if outcome != "assigned" and last and same == (last.outcome, last.reason, last.rule_id, last.team_id, last.owner_id):
            self.batch.update(Decision, lead, last.pk, tries=last.tries + 1, last_tried_at=self.batch.at)
            return False
        self.batch.add(
            Decision, lead, kind=self.kind, outcome=outcome, reason=reason, values=values, details=details, team_id=team_id,
            owner_id=owner_id, by_id=by.pk if by else None, tries=1, at=self.batch.at, last_tried_at=self.batch.at,
        )  # fmt: skip
        return True
