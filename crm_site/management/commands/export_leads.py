"""Stream every lead as one JSON object a line, for checks from outside.

`assignments` counts its decision records with an owner, `timeline_created` its «created» events.
"""

import json

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from leads.models import LeadEvent

COLUMNS = (
    "email", "id", "owner", "created_at", "assigned_at", "assignments", "timeline_created", "captured_at", "team", "score",
    "status", "channel", "name", "phone", "company", "first_contacted_at", "converted_at", "merged_into",
)  # fmt: skip
QUERY = """
    SELECT lead.email, lead.id, owner.email, lead.created_at, lead.assigned_at,
           (SELECT count(*) FROM assignment_decision AS d
             WHERE d.lead_id = lead.id AND d.kind = 'assignment' AND d.owner_id IS NOT NULL),
           (SELECT count(*) FROM leads_leadevent AS e WHERE e.lead_id = lead.id AND e.kind = %s),
           lead.captured_at, team.name, lead.score,
           CASE WHEN lead.merged_at IS NOT NULL THEN 'merged' WHEN lead.converted_at IS NOT NULL THEN 'converted'
                WHEN lead.disqualified_at IS NOT NULL THEN 'disqualified'
                WHEN lead.archived_at IS NOT NULL THEN 'archived' ELSE 'open' END,
           lead.channel, lead.name, lead.phone, lead.company_name, lead.first_contacted_at, lead.converted_at,
           lead.merged_into_id
    FROM leads_lead AS lead
    JOIN teams_salesteam AS team ON team.id = lead.team_id
    LEFT JOIN teams_user AS owner ON owner.id = lead.owner_id
    ORDER BY lead.id
"""


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="one JSON object a line (the only form there is)")

    def handle(self, *args, **options):
        if not options["json"]:
            raise CommandError("Say --json: one JSON object a line is the only form.")
        connection.ensure_connection()
        # a server-side cursor: a million leads never stand in memory at once
        with transaction.atomic(), connection.connection.cursor(name="export_leads") as cursor:
            cursor.itersize = 2000
            cursor.execute(QUERY, [LeadEvent.Kind.CREATED.value])
            for row in cursor:
                self.stdout.write(json.dumps(dict(zip(COLUMNS, row, strict=True)), default=_plain, ensure_ascii=False))


def _plain(value) -> str:
    return value.isoformat()
