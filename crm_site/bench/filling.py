"""A database of the wanted size, filled set-based and kept: 5 teams of 10 reps, N leads, N open opportunities in 6 stages."""

import logging
import os
import secrets
import time
from decimal import Decimal

import psycopg
from django.core.cache import cache

from core import business, clock
from core.models import CustomField, Tag
from crm_site.bench import names
from leads import spelling
from leads.models import Campaign, Lead
from opportunities.models import Opportunity, Pipeline, Stage
from teams.models import Membership, Role, SalesTeam, User

TEAMS, MEMBERS = 5, 10
STAGES = ("Qualified", "Contacted", "Needs agreed", "Quote sent", "Negotiation", "Contract")
REP, ADMINISTRATOR, OPS = "rep@bench.example", "admin@bench.example", "ops@bench.example"
REP_RECORDS = 500
AT_ONCE = 50_000
MANY = 150_000  # so many new leads, and building the indexes anew is quicker than keeping them

log = logging.getLogger(__name__)


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


def made_up():
    """Return the leads that were filled in: their addresses end in `.example`."""
    return Lead.objects.filter(email_domain__endswith=".example")


def set_up() -> Pipeline:
    """Create what records point to: the pipeline, two custom fields, tags and campaigns."""
    business.put("currency", "EUR")
    for position, (key, label, kind, choices) in enumerate(CUSTOM_FIELDS):
        CustomField.objects.get_or_create(
            record="lead", key=key, defaults={"label": label, "type": kind, "choices": choices, "position": position}
        )
    for name in TAGS:
        Tag.objects.get_or_create(name=name)
    for n in range(20):
        Campaign.objects.get_or_create(name=f"Bench campaign {n + 1}")
    return board()


def fill(leads: int) -> int:
    """Bring the database to `leads` leads and as many open opportunities; returns how many were added.

    One transaction of the owner: many at once go in without indexes, which are built anew at its end.
    """
    pipeline = set_up()
    cache.clear()
    there = Opportunity.objects.filter(name__startswith="Deal ", pipeline=pipeline).count()
    if there >= leads:
        return 0
    start = time.monotonic()
    with psycopg.connect(os.environ["CRM_DATABASE_OWNER_URL"]) as owner:
        owner.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; SET LOCAL maintenance_work_mem = '1GB'; SET CONSTRAINTS ALL IMMEDIATE")
        _put_words(owner)
        indexes = _drop_indexes(owner) if leads - there > MANY else []
        for first in range(there + 1, leads + 1, AT_ONCE):
            given = {"first": first, "last": min(first + AT_ONCE - 1, leads), "pipeline": pipeline.pk, "rep": REP, "mine": REP_RECORDS}
            for statement in (LEADS, OPPORTUNITIES):
                owner.execute(statement, given)
            log.warning("filled up to %s after %.0f s", given["last"], time.monotonic() - start)
        for definition in indexes:
            owner.execute(definition)
        owner.execute(LOOKED_THROUGH)
        log.warning("built %s indexes after %.0f s", len(indexes), time.monotonic() - start)
    with psycopg.connect(os.environ["CRM_DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("SET statement_timeout = 0")
        owner.execute(f"VACUUM (ANALYZE) {', '.join((*FILLED, 'opportunities_stagetotal', 'opportunities_monthtotal'))}")
    while spelling.learn(clock.now().date()):
        pass
    log.warning("ready after %.0f s", time.monotonic() - start)
    return leads - there


def _put_words(owner: psycopg.Connection) -> None:
    """Hand the names and companies over as numbered tables that go with the transaction."""
    for table in names.tables():
        columns = ", ".join(table.columns)
        arrays = ", ".join(["%s::text[]"] * len(table.columns))
        owner.execute(f"CREATE TEMP TABLE {table.name} (n int PRIMARY KEY, {columns.replace(',', ' text,')} text) ON COMMIT DROP")
        owner.execute(
            f"INSERT INTO {table.name} SELECT n - 1, {columns} FROM unnest({arrays}) WITH ORDINALITY AS rows({columns}, n)",
            list(table.columns.values()),
        )
        owner.execute(f"ANALYZE {table.name}")


def _drop_indexes(owner: psycopg.Connection) -> list[str]:
    """Drop the indexes that hold no rule; return the statements that build them again."""
    found = owner.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = ANY (%s::regclass[])"
        " AND NOT indisunique AND NOT indisprimary ORDER BY 1",
        [list(FILLED)],
    ).fetchall()
    for name, _definition in found:
        owner.execute(f"DROP INDEX {name}")
    return [definition for _name, definition in found]


LOOKED_THROUGH = """
INSERT INTO customers_lookedthrough (kind, until) SELECT 'lead', coalesce(max(id), 0) FROM leads_lead
ON CONFLICT (kind) DO UPDATE SET until = excluded.until"""  # as if they had come in over years, not today
CUSTOM_FIELDS = (
    ("budget", "Budget", CustomField.Type.NUMBER, []),
    ("segment", "Segment", CustomField.Type.CHOICE, ["small", "middle", "large"]),
)
TAGS = ("fair", "renewal", "key account")
FILLED = (
    "leads_lead", "leads_leadevent", "leads_leademail", "leads_leadphone", "leads_leadactivity", "leads_engagement", "leads_lead_tags",
    "opportunities_opportunity", "opportunities_conversion", "leads_searchtext", "opportunities_dealsearch",
)  # fmt: skip
_OWNERS = """
    reps AS (SELECT m.user_id, m.team_id, row_number() OVER (ORDER BY u.id) - 1 AS n, count(*) OVER () AS total
             FROM teams_membership m JOIN teams_user u ON u.id = m.user_id WHERE u.email LIKE 'rep_%%@bench.example'
             AND u.email <> %(rep)s),
    me AS (SELECT m.user_id, m.team_id FROM teams_membership m JOIN teams_user u ON u.id = m.user_id WHERE u.email = %(rep)s)
"""


def _any(salt: int, among: str) -> str:
    """Return SQL for a number below `among` that hangs on the row's number alone."""
    return f"((hashint8extended(i, {salt}) & 2147483647) %% {among})::int"


def _often_first(salt: int, among: str) -> str:
    """Return SQL for a number below `among`, small ones oftener: a few names are many people's."""
    return f"floor(power((hashint8extended(i, {salt}) & 2147483647) / 2147483648.0, 2) * {among})::int"


def _texts(values: tuple[str, ...]) -> str:
    quoted = ", ".join("'" + value.replace("'", "''").replace("%", "%%") + "'" for value in values)
    return f"(ARRAY[{quoted}])"


def _pick(salt: int, values: tuple[str, ...]) -> str:
    return f"{_texts(values)}[1 + {_any(salt, str(len(values)))}]"


def _place(column: int) -> str:
    return f"{_texts(tuple(place[column] for place in names.PLACES))}[1 + company.n %% {len(names.PLACES)}]"


LEADS = f"""
WITH {_OWNERS},
sizes AS MATERIALIZED (SELECT (SELECT count(*) FROM bench_first) AS firsts, (SELECT count(*) FROM bench_last) AS lasts,
    (SELECT count(*) FROM bench_company) AS companies, (SELECT min(id) FROM leads_source) AS source,
    (SELECT min(id) FROM leads_disqualifyreason) AS reason, (SELECT min(id) FROM leads_campaign WHERE name LIKE 'Bench%%') AS campaign),
drawn AS (
    SELECT i, {_often_first(1, "sizes.firsts")} AS first_n, {_often_first(2, "sizes.lasts")} AS last_n,
        {_often_first(3, "sizes.companies")} AS company_n, now() - {_any(4, "9600")} * interval '90 min' - i * interval '1 s' / 10 AS moment,
        CASE WHEN {_any(5, "100")} >= 3 THEN {_any(6, "101")} END AS score, {_any(7, "100")} AS fate, {_any(8, "100")} AS luck,
        {_pick(9, names.WISHES)} AS title, {_pick(10, names.MESSAGES)} AS message, {_any(11, "90")} AS wait, sizes.*
    FROM sizes, generate_series(%(first)s::bigint, %(last)s::bigint) AS series(i)
),
named AS (
    SELECT drawn.*, first.said AS first_name, last.said AS last_name, company.said AS company_name, company.key AS company_key,
        first.folded || ' ' || last.folded || ' ' || company.folded AS folded, first.key || ' ' || last.key AS name_key,
        CASE WHEN luck < 8 THEN '' ELSE left(first.slug || '.' || last.slug, 50) || i END AS mailbox, luck < 30 AS is_free,
        CASE WHEN luck < 30 THEN {_pick(12, names.FREE_MAIL)} ELSE company.slug END AS domain,
        CASE WHEN luck %% 7 > 0 OR luck < 8 THEN '+' || {_place(3)} || lpad(i::text, 7, '0') ELSE '' END AS phone,
        {_pick(13, tuple(names.INDUSTRIES))} AS industry, {_place(0)} AS country, {_place(1)} AS city, {_place(2)} AS language,
        (luck * 37 + company.n) %% 900 AS size, {_any(14, "10")} AS extra,
        i > %(mine)s::int AND fate < 6 AS is_disqualified, i > %(mine)s::int AND fate BETWEEN 6 AND 11 AS is_archived,
        i > %(mine)s::int AND fate BETWEEN 12 AND 15 AS is_converted, i > %(mine)s::int AND fate BETWEEN 16 AND 19 AS is_free_to_take
    FROM drawn JOIN bench_first AS first ON first.n = drawn.first_n JOIN bench_last AS last ON last.n = drawn.last_n
    JOIN bench_company AS company ON company.n = drawn.company_n
),
new AS (
INSERT INTO leads_lead (title, name, first_name, last_name, salutation, job_title, language, email, email_key, email_domain,
    is_free_mail, email_quality, phone, phone_e164, phone_quality, name_key, company_key, website, company_name, industry,
    company_size, street, street2, postcode, city, region, country, message, currency, expected_revenue, referred_by, channel,
    source_id, campaign_id, visits, pages_viewed, seconds_on_site, emails_opened, emails_clicked, emails_replied, qualify_attempts,
    qualify_error, stars, custom, first_touch, last_touch, team_id, owner_id, score, scored_at, temperature, qualification,
    captured_at, assigned_at, first_assigned_at, response_goal_at, response_limit_at, first_contacted_at, next_activity_at,
    temperature_at, qualified_at, sql_at, converted_at, disqualified_at, disqualify_reason_id, archived_at, disqualify_note, archive_reason, search, version, is_demo)
SELECT title, first_name || ' ' || last_name, first_name, last_name, '', {_pick(15, ("", "Buyer", "Head of IT", "CEO", "Engineer"))}, language,
    CASE WHEN mailbox = '' THEN '' ELSE mailbox || '@' || domain END, CASE WHEN mailbox = '' THEN '' ELSE mailbox || '@' || domain END,
    CASE WHEN mailbox = '' THEN '' ELSE domain END, mailbox <> '' AND is_free, CASE WHEN mailbox = '' THEN '' ELSE 'good' END, phone, phone,
    CASE WHEN phone = '' THEN '' ELSE 'good' END, name_key, company_key, '', company_name, industry, size, '', '', '', city, '', country,
    message, 'EUR', CASE WHEN extra < 4 THEN size * 100 END, '',
    {_pick(16, ("web_form", "web_form", "email", "import", "import", "import", "event", "manual", "chat", "api"))},
    CASE WHEN extra > 0 THEN source + luck %% 7 END, CASE WHEN extra < 3 THEN campaign + luck %% 20 END,
    luck %% 5, luck %% 17, luck * 3, luck %% 4, luck %% 3, 0, 0, '', luck %% 4,
    CASE WHEN extra < 5 THEN jsonb_build_object('budget', size * 50, 'segment', {_pick(17, ("small", "middle", "large"))}) ELSE '{{}}' END,
    '{{}}', '{{}}', owner.team_id, CASE WHEN is_free_to_take AND owner.team_id <> me.team_id THEN NULL ELSE owner.user_id END, score, CASE WHEN score IS NOT NULL THEN now() END,
    CASE WHEN score >= 90 THEN 'hot' WHEN score >= 60 THEN 'warm' WHEN score IS NULL THEN '' ELSE 'cold' END,
    CASE WHEN extra < 6 THEN 'accept' ELSE 'keep' END, moment, CASE WHEN is_free_to_take AND owner.team_id <> me.team_id THEN NULL ELSE moment END,
    CASE WHEN is_free_to_take AND owner.team_id <> me.team_id THEN NULL ELSE moment END, moment + interval '5 min', moment + interval '1 hour',
    CASE WHEN luck %% 20 > 0 THEN moment + wait * interval '1 min' END,
    CASE WHEN fate >= 94 OR i %% 97 = 0 AND fate >= 20 THEN now() + (wait - 30) * interval '1 day' END,
    CASE WHEN score IS NOT NULL THEN moment + interval '1 min' END, moment + interval '1 min',
    CASE WHEN is_converted OR fate >= 90 THEN moment + interval '1 hour' END,
    CASE WHEN is_converted THEN least(now(), moment + wait * interval '1 day') END,
    CASE WHEN is_disqualified THEN least(now(), moment + wait * interval '1 day') END, CASE WHEN is_disqualified THEN reason + luck %% 5 END,
    CASE WHEN is_archived THEN least(now(), moment + wait * interval '1 day') END, '', '',
    concat_ws(' ', folded, CASE WHEN mailbox <> '' THEN mailbox || '@' || domain END, nullif(lower(title), ''), nullif(substr(phone, 2), '')), 1, false
FROM named JOIN LATERAL (SELECT user_id, team_id FROM me WHERE i <= %(mine)s::int
    UNION ALL SELECT user_id, team_id FROM reps WHERE i > %(mine)s::int AND reps.n = i %% reps.total) AS owner ON true
CROSS JOIN me  -- whose team has nothing unassigned, so that the rep sees 500 records
ORDER BY i
RETURNING id, email, email_key, phone, phone_e164, captured_at, next_activity_at, owner_id, converted_at, visits
),
emails AS (INSERT INTO leads_leademail (lead_id, email, key) SELECT id, email, email_key FROM new WHERE email_key <> ''),
phones AS (INSERT INTO leads_leadphone (lead_id, number, e164, kind) SELECT id, phone, phone_e164, '' FROM new WHERE phone <> ''),
planned AS (INSERT INTO leads_leadactivity (lead_id, kind, summary, note, due_at, all_day, assignee_id, outcome)
    SELECT id, 'call', 'Call', '', next_activity_at, false, owner_id, '' FROM new WHERE next_activity_at IS NOT NULL),
tagged AS (INSERT INTO leads_lead_tags (lead_id, tag_id)
    SELECT new.id, tag.id FROM new JOIN core_tag AS tag ON tag.name = {_texts(TAGS)}[1 + new.id %% 40]),
acts AS (INSERT INTO leads_engagement (lead_id, kind, actor, occurred_at, details)
    SELECT id, 'page', 'human', captured_at, '{{"page": "/prices"}}' FROM new WHERE visits = 4 AND id %% 3 = 0),
ended AS (INSERT INTO opportunities_conversion (lead_id, outcome, at, before)
    SELECT id, 'customer', converted_at, '{{}}' FROM new WHERE converted_at IS NOT NULL)
INSERT INTO leads_leadevent (lead_id, kind, occurred_at, details) SELECT id, 'created', captured_at, '{{}}' FROM new
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
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS series(i)
CROSS JOIN LATERAL (SELECT CASE WHEN i %% 5 > 0 THEN now() + ((i * 31) %% 60 - 10) * interval '1 day' END AS due) AS t
JOIN stages ON stages.n = i %% stages.total
JOIN LATERAL (SELECT user_id, team_id FROM me WHERE i <= %(mine)s::int
              UNION ALL SELECT user_id, team_id FROM reps WHERE i > %(mine)s::int AND reps.n = (i / 7) %% reps.total) AS owner ON true
"""
