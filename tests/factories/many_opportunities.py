"""Very many open opportunities at once, by SQL alone: what the board is measured with.

fill(100_000, owners=people, pipeline=pipeline)      # about 20 s for 100,000
"""

from collections.abc import Sequence

from django.db import connection

from opportunities.models import Pipeline
from teams.models import User

COMPANIES = """
INSERT INTO customers_company (name, name_key, domain, website, industry, phone, phone_e164, status, notes, owner_id, team_id, custom,
    street, street2, postcode, city, region, country, is_demo)
SELECT 'Company ' || n, 'company ' || n, '', '', '', '', '', 'prospect', '', o.owner_id, o.team_id, '{}', '', '', '', '', '', '', false
FROM generate_series(1, %(companies)s) AS n
JOIN unnest(%(owners)s::bigint[], %(teams)s::bigint[]) WITH ORDINALITY AS o(owner_id, team_id, place) ON o.place = 1 + n %% %(people)s
RETURNING id
"""
DEALS = """
INSERT INTO opportunities_opportunity (name, company_id, pipeline_id, stage_id, stage_since, owner_id, team_id, expected, currency,
    amount_open, amount_won, amount_lost, amount_moved, probability, probability_by_hand, recurring_plan, close_date, state, opened_at,
    lost_note, score, stars, notes, custom, next_activity_at, next_activity_on, next_activity_label, version, is_demo)
SELECT 'Deal number ' || n, %(first)s + (n %% %(companies)s), %(pipeline)s, s.id, now() - (n %% 40) * interval '1 day',
    CASE WHEN n %% 50 = 0 THEN NULL ELSE o.owner_id END, o.team_id, 100 + n %% 5000, CASE WHEN n %% 10 = 0 THEN 'SEK' ELSE 'EUR' END,
    100 + n %% 5000, 0, 0, 0, s.probability, false, '', current_date + (n %% 90), 'open', now() - (n %% 90) * interval '1 day',
    '', n %% 101, 0, '', '{}',
    CASE WHEN n %% 5 = 0 THEN NULL ELSE now() + ((n %% 28) - 7) * interval '1 day' + (n %% 600) * interval '1 minute' END,
    CASE WHEN n %% 5 = 0 THEN NULL ELSE (now() + ((n %% 28) - 7) * interval '1 day' + (n %% 600) * interval '1 minute')::date END,
    CASE WHEN n %% 5 = 0 THEN '' ELSE 'Call' END, 1, false
FROM generate_series(1, %(count)s) AS n
JOIN unnest(%(stages)s::bigint[], %(chances)s::numeric[]) WITH ORDINALITY AS s(id, probability, place) ON s.place = 1 + n %% %(steps)s
JOIN unnest(%(owners)s::bigint[], %(teams)s::bigint[]) WITH ORDINALITY AS o(owner_id, team_id, place) ON o.place = 1 + (n / %(steps)s) %% %(people)s
"""


def fill(count: int, *, owners: Sequence[tuple[User, int]], pipeline: Pipeline, companies: int = 500) -> None:
    """Insert `count` open opportunities over the pipeline's stages and the owners, given as (person, key of the team).

    One in fifty belongs to nobody, one in five has nothing planned, one in ten is in Swedish kronor.
    """
    stages = list(pipeline.stages.active().in_order())
    words = {
        "count": count, "companies": companies, "pipeline": pipeline.pk, "owners": [person.pk for person, _team in owners],
        "teams": [team for _person, team in owners], "people": len(owners), "stages": [stage.pk for stage in stages],
        "chances": [stage.probability for stage in stages], "steps": len(stages),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(COMPANIES, words)
        words["first"] = min(row[0] for row in cursor.fetchall())
        cursor.execute(DEALS, words)
        cursor.execute("ANALYZE opportunities_opportunity, opportunities_stagetotal, customers_company")
