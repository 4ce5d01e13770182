"""What must never be among opportunities and conversions."""

from collections.abc import Iterable

from django.db import connection

from core import invariants

CHECKS = {
    "the board's totals are those of a recount": """
        WITH counted AS (
            SELECT pipeline_id, stage_id, team_id, owner_id, currency, next_activity_on,
                   count(*) AS count, sum(amount_open) AS amount, sum(weighted) AS weighted
            FROM opportunities_opportunity WHERE state = 'open' GROUP BY 1, 2, 3, 4, 5, 6)
        SELECT coalesce(kept.stage_id, counted.stage_id) AS stage, coalesce(kept.owner_id, counted.owner_id) AS owner,
               coalesce(kept.currency, counted.currency) AS currency, coalesce(kept.count, 0) AS kept, coalesce(counted.count, 0) AS counted
        FROM counted FULL JOIN opportunities_stagetotal AS kept
          ON (kept.pipeline_id, kept.stage_id, kept.team_id, kept.currency) = (counted.pipeline_id, counted.stage_id, counted.team_id, counted.currency)
         AND coalesce(kept.owner_id, 0) = coalesce(counted.owner_id, 0)
         AND coalesce(kept.next_activity_on, DATE '0001-01-01') = coalesce(counted.next_activity_on, DATE '0001-01-01')
        WHERE (coalesce(kept.count, 0), coalesce(kept.amount, 0), coalesce(kept.weighted, 0))
              IS DISTINCT FROM (coalesce(counted.count, 0), coalesce(counted.amount, 0), coalesce(counted.weighted, 0))
        LIMIT 100""",
    "the forecast's totals are those of a recount": """
        WITH counted AS (
            SELECT pipeline_id, team_id, owner_id, currency, date_trunc('month', close_date)::date AS month,
                   count(*) AS count, sum(amount_open) AS amount, sum(weighted) AS weighted
            FROM opportunities_opportunity WHERE state = 'open' GROUP BY 1, 2, 3, 4, 5)
        SELECT coalesce(kept.month, counted.month) AS month, coalesce(kept.owner_id, counted.owner_id) AS owner,
               coalesce(kept.currency, counted.currency) AS currency, coalesce(kept.count, 0) AS kept, coalesce(counted.count, 0) AS counted
        FROM counted FULL JOIN opportunities_monthtotal AS kept
          ON (kept.pipeline_id, kept.team_id, kept.currency) = (counted.pipeline_id, counted.team_id, counted.currency)
         AND coalesce(kept.owner_id, 0) = coalesce(counted.owner_id, 0)
         AND coalesce(kept.month, DATE '0001-01-01') = coalesce(counted.month, DATE '0001-01-01')
        WHERE (coalesce(kept.count, 0), coalesce(kept.amount, 0), coalesce(kept.weighted, 0))
              IS DISTINCT FROM (coalesce(counted.count, 0), coalesce(counted.amount, 0), coalesce(counted.weighted, 0))
        LIMIT 100""",
    "parts of an opportunity add up to what was expected": """
        SELECT id AS opportunity, expected, amount_open + amount_won + amount_lost + amount_moved AS parts FROM opportunities_opportunity
        WHERE expected <> amount_open + amount_won + amount_lost + amount_moved
           OR (state <> 'open' AND amount_open <> 0) LIMIT 100""",
    "closings are what an opportunity's columns say": """
        SELECT opportunity_id AS opportunity FROM opportunities_closing AS part JOIN opportunities_opportunity AS deal ON deal.id = opportunity_id
        GROUP BY opportunity_id, deal.amount_won, deal.amount_lost, deal.amount_moved
        HAVING coalesce(sum(part.amount) FILTER (WHERE part.kind IN ('won', 'lost')), 0)
             - coalesce(sum(part.amount) FILTER (WHERE part.kind = 'reopened'), 0) <> deal.amount_won + deal.amount_lost
            OR coalesce(sum(part.amount) FILTER (WHERE part.kind = 'moved'), 0) <> deal.amount_moved LIMIT 100""",
    "a deal is found by the names it has": """
        SELECT coalesce(deal.id, kept.opportunity_id) AS opportunity
        FROM (SELECT o.id, folded(concat_ws(' ', o.name, company.name, contact.name)) AS said FROM opportunities_opportunity AS o
              LEFT JOIN customers_company AS company ON company.id = o.company_id
              LEFT JOIN customers_contact AS contact ON contact.id = o.contact_id) AS deal
        FULL JOIN opportunities_dealsearch AS kept ON kept.opportunity_id = deal.id
        WHERE kept.search IS DISTINCT FROM deal.said LIMIT 100""",
    "a lead has one standing conversion at most": """
        SELECT lead_id AS lead, count(*) AS standing FROM opportunities_conversion WHERE undone_at IS NULL
        GROUP BY lead_id HAVING count(*) > 1 LIMIT 100""",
    "a converted lead has its conversion": """
        SELECT lead.id AS lead FROM leads_lead AS lead WHERE lead.converted_at IS NOT NULL AND lead.merged_at IS NULL
          AND NOT EXISTS (SELECT FROM opportunities_conversion WHERE lead_id = lead.id AND undone_at IS NULL) LIMIT 100""",
    "a standing conversion has a converted lead": """
        SELECT conversion.lead_id AS lead FROM opportunities_conversion AS conversion JOIN leads_lead AS lead ON lead.id = conversion.lead_id
        WHERE conversion.undone_at IS NULL AND lead.converted_at IS NULL LIMIT 100""",
}  # fmt: skip


def _finder(sql: str):
    def find() -> Iterable[dict]:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            names = [column.name for column in cursor.description]
            return [dict(zip(names, (str(value) for value in row), strict=True)) for row in cursor.fetchall()]

    return find


def register_all() -> None:
    for name, sql in CHECKS.items():
        invariants.register(name, _finder(sql))
