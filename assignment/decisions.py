"""Decision records: new only when outcome or reason changes, else a try is counted on the last one (decision 29)."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection

from assignment.models import Decision
from core.arrays import numbers_array
from core.written import Written
from leads.bulk import Batch
from leads.models import Lead

LATEST = """
SELECT decision.* FROM unnest(%s::bigint[]) AS lead(id) CROSS JOIN LATERAL (
    SELECT lead_id, id, outcome, reason, "values" -> 'rule_id', team_id, owner_id, tries FROM assignment_decision
    WHERE lead_id = lead.id AND kind = %s ORDER BY at DESC, id DESC LIMIT 1
) AS decision"""  # one step into the index for each lead, however many decisions it has


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
        self.last: dict[int, Last] = _latest(kind, [lead.pk for lead in leads])

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


def _latest(kind: str, keys: list[int]) -> dict[int, Last]:
    with connection.cursor() as cursor:
        cursor.execute(LATEST, [numbers_array(keys), kind])
        rows = [Last(*row) for row in cursor.fetchall()]
    return {last.lead_id: last._replace(rule_id=json.loads(last.rule_id)) if last.rule_id else last for last in rows}
