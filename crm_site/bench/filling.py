"""A database of the wanted size, filled set-based and kept: 5 teams of 10 reps, N leads, N open opportunities in 6 stages."""

import secrets
from decimal import Decimal

from django.core.cache import cache
from django.db import connection, transaction

from core import business
from opportunities.models import Opportunity, Pipeline, Stage
from teams.models import Membership, Role, SalesTeam, User

TEAMS, MEMBERS = 5, 10
STAGES = ("Qualified", "Contacted", "Needs agreed", "Quote sent", "Negotiation", "Contract")
REP, ADMINISTRATOR, OPS = "rep@bench.example", "admin@bench.example", "ops@bench.example"
REP_RECORDS = 500


def people(password: str) -> None:
    """Create (or give a new password to) the rep with 500 records, the administrator, ops and 50 further reps."""
    everyone = {REP: Role.REP, ADMINISTRATOR: Role.ADMINISTRATOR, OPS: Role.OPS}
    for email, role in everyone.items():
        user = User.objects.filter(email=email).first() or User.objects.create_user(
            email, role=role, name=email.split("@")[0]
        )
        user.set_password(password)
        user.save(update_fields=["password"])
    for team_number in range(TEAMS):
        team, _ = SalesTeam.objects.get_or_create(name=f"Bench {team_number + 1}")
        for member in range(MEMBERS):
            email = f"rep{team_number * MEMBERS + member}@bench.example"
            user = User.objects.filter(email=email).first() or User.objects.create_user(
                email, name=f"Rep {team_number}-{member}"
            )
            Membership.objects.get_or_create(user=user, team=team, defaults={"capacity": 10_000_000})
    SalesTeam.objects.filter(is_default=True).exclude(name="Bench 1").update(is_default=False)
    SalesTeam.objects.filter(name="Bench 1").update(is_default=True)  # so that what the form brings finds people
    rep = User.objects.get(email=REP)
    Membership.objects.get_or_create(
        user=rep, team=SalesTeam.objects.get(name="Bench 1"), defaults={"takes_leads": False}
    )


def board() -> Pipeline:
    """Create the pipeline of six stages."""
    pipeline, created = Pipeline.objects.get_or_create(name="Bench", defaults={"position": 1})
    if created:
        Pipeline.objects.exclude(pk=pipeline.pk).update(is_default=False)
        Pipeline.objects.filter(pk=pipeline.pk).update(is_default=True)
        Stage.objects.bulk_create(
            Stage(pipeline=pipeline, name=name, position=n, probability=Decimal(n + 1) / 10)
            for n, name in enumerate(STAGES)
        )
    return pipeline


def new_password() -> str:
    return secrets.token_urlsafe(18)


def fill(leads: int) -> int:
    """Bring the database to `leads` leads and as many open opportunities; returns how many were added."""
    business.put("currency", "EUR")
    pipeline = board()
    cache.clear()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM leads_lead WHERE email_domain = 'filler.example'")
        there = cursor.fetchone()[0]
        for start in range(there, leads, 50_000):
            end = min(start + 50_000, leads)
            with transaction.atomic():
                cursor.execute(LEADS, {"start": start, "end": end - 1, "rep": REP, "mine": REP_RECORDS})
                cursor.execute(EMAILS, {"start": start, "end": end - 1})
                cursor.execute(EVENTS, {"start": start, "end": end - 1})
                cursor.execute(
                    OPPORTUNITIES,
                    {"start": start, "end": end - 1, "pipeline": pipeline.pk, "rep": REP, "mine": REP_RECORDS},
                )
        if there < leads:
            for table in (
                "leads_lead",
                "leads_leadevent",
                "leads_leademail",
                "opportunities_opportunity",
                "opportunities_stagetotal",
            ):
                cursor.execute(f"VACUUM (ANALYZE) {table}")
    return max(leads - there, 0)


def is_filled(leads: int) -> bool:
    return Opportunity.objects.filter(name=f"Deal {leads}").exists()


_OWNERS = """
    reps AS (SELECT m.user_id, m.team_id, row_number() OVER (ORDER BY u.id) - 1 AS n, count(*) OVER () AS total
             FROM teams_membership m JOIN teams_user u ON u.id = m.user_id WHERE u.email LIKE 'rep_%%@bench.example'
             AND u.email <> %(rep)s),
    me AS (SELECT m.user_id, m.team_id FROM teams_membership m JOIN teams_user u ON u.id = m.user_id WHERE u.email = %(rep)s)
"""
LEADS = f"""
WITH {_OWNERS}
INSERT INTO leads_lead (title, name, first_name, last_name, salutation, job_title, language, email, email_key, email_domain,
    is_free_mail, email_quality, phone, phone_e164, phone_quality, name_key, company_key, website, company_name, industry,
    company_size, street, street2, postcode, city, region, country, message, currency, referred_by, channel, source_id,
    visits, pages_viewed, seconds_on_site, emails_opened, emails_clicked, emails_replied, qualify_attempts, qualify_error,
    stars, custom, first_touch, last_touch, team_id, owner_id, score, scored_at, temperature, qualification, captured_at,
    assigned_at, first_assigned_at, response_goal_at, response_limit_at, first_contacted_at, disqualify_note, archive_reason,
    search, version, is_demo)
SELECT '', 'Filler ' || i, 'Filler', i::text, '', '', 'en', 'filler' || i || '@filler.example', 'filler' || i || '@filler.example',
    'filler.example', false, 'good', '+49301' || lpad(i::text, 7, '0'), '+49301' || lpad(i::text, 7, '0'), 'good', 'filler ' || i,
    'company ' || i %% 5000, '', 'Company ' || i %% 5000, (ARRAY['Energy','Retail','Health','Logistics'])[1 + i %% 4], i %% 900,
    '', '', '', 'Berlin', '', 'DE', 'Message ' || i, 'EUR', '', 'import', (SELECT min(id) FROM leads_source) + i %% 3,
    0, 0, 0, 0, 0, 0, 0, '', 0, '{{}}', '{{}}', '{{}}', owner.team_id, owner.user_id, (i * 7919) %% 101, now(),
    CASE WHEN (i * 7919) %% 101 >= 70 THEN 'hot' WHEN (i * 7919) %% 101 >= 40 THEN 'warm' ELSE 'cold' END, 'accept',
    moment, moment, moment, moment + interval '5 min', moment + interval '1 hour',
    CASE WHEN i %% 20 > 0 THEN moment + (i %% 90) * interval '1 min' END, '', '',
    'filler ' || i || ' company ' || i %% 5000 || ' filler' || i || '@filler.example 49301' || lpad(i::text, 7, '0'), 1, false
FROM generate_series(%(start)s + 1, %(end)s + 1) AS series(i)
CROSS JOIN LATERAL (SELECT now() - (i %% 400) * interval '6 hours' - i * interval '1 s' / 10 AS moment) AS t
JOIN LATERAL (SELECT user_id, team_id FROM me WHERE i <= %(mine)s
              UNION ALL SELECT user_id, team_id FROM reps WHERE i > %(mine)s AND reps.n = i %% reps.total) AS owner ON true
"""
EMAILS = """
INSERT INTO leads_leademail (lead_id, email, key) SELECT id, email, email_key FROM leads_lead
WHERE email_key = ANY (SELECT 'filler' || n || '@filler.example' FROM generate_series(%(start)s + 1, %(end)s + 1) AS n)
"""
EVENTS = """
INSERT INTO leads_leadevent (lead_id, kind, occurred_at, details) SELECT id, 'created', captured_at, '{}' FROM leads_lead
WHERE email_key = ANY (SELECT 'filler' || n || '@filler.example' FROM generate_series(%(start)s + 1, %(end)s + 1) AS n)
"""
OPPORTUNITIES = f"""
WITH {_OWNERS},
    stages AS (SELECT id, probability, row_number() OVER (ORDER BY position) - 1 AS n, count(*) OVER () AS total
               FROM opportunities_stage WHERE pipeline_id = %(pipeline)s)
INSERT INTO opportunities_opportunity (name, pipeline_id, stage_id, stage_since, owner_id, team_id, expected, currency,
    amount_open, amount_won, amount_lost, amount_moved, probability, probability_by_hand, recurring_plan, state, opened_at,
    lost_note, score, stars, notes, custom, next_activity_at, next_activity_on, next_activity_label, version, is_demo)
SELECT 'Deal ' || i, %(pipeline)s, stages.id, now() - (i %% 60) * interval '1 day', owner.user_id, owner.team_id,
    (i %% 500) * 100, 'EUR', (i %% 500) * 100, 0, 0, 0, stages.probability, false, '', 'open', now() - (i %% 90) * interval '1 day',
    '', (i * 7919) %% 101, 0, '', '{{}}', due, due::date, 'Call', 1, false
FROM generate_series(%(start)s + 1, %(end)s + 1) AS series(i)
CROSS JOIN LATERAL (SELECT CASE WHEN i %% 5 > 0 THEN now() + ((i * 31) %% 60 - 10) * interval '1 day' END AS due) AS t
JOIN stages ON stages.n = i %% stages.total
JOIN LATERAL (SELECT user_id, team_id FROM me WHERE i <= %(mine)s
              UNION ALL SELECT user_id, team_id FROM reps WHERE i > %(mine)s AND reps.n = (i / 7) %% reps.total) AS owner ON true
"""
