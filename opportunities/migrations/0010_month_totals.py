"""Keep what the open deals come to by month of their expected close, by statement triggers as the column heads are."""

from decimal import Decimal

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

KEY = "pipeline_id, team_id, owner_id, currency, month"
MONTH = "date_trunc('month', close_date)::date"


def trigger(event: str) -> str:
    then, now = "OLD TABLE AS then_rows", "NEW TABLE AS now_rows"
    tables = {"insert": now, "delete": then, "update": f"{then} {now}"}[event]
    parts = [("1", "now_rows")] * (event != "delete") + [("-1", "then_rows")] * (event != "insert")
    union = " UNION ALL ".join(
        f"SELECT {sign} AS sign, pipeline_id, team_id, owner_id, currency, {MONTH} AS month, amount_open, weighted FROM {table} WHERE state = 'open'"
        for sign, table in parts
    )
    return f"""
CREATE FUNCTION opportunities_months_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO opportunities_monthtotal AS total ({KEY}, count, amount, weighted)
    SELECT {KEY}, sum(sign), sum(sign * amount_open), sum(sign * weighted) FROM ({union}) AS moved GROUP BY {KEY}
    HAVING sum(sign) <> 0 OR sum(sign * amount_open) <> 0 OR sum(sign * weighted) <> 0
    ORDER BY {KEY}
    ON CONFLICT ({KEY}) DO UPDATE
    SET count = total.count + excluded.count, amount = total.amount + excluded.amount, weighted = total.weighted + excluded.weighted;
    RETURN NULL;
END $$;
CREATE TRIGGER month_totals_{event} AFTER {event.upper()} ON opportunities_opportunity
    REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION opportunities_months_{event}();
"""


def undo(event: str) -> str:
    return f"DROP TRIGGER month_totals_{event} ON opportunities_opportunity; DROP FUNCTION opportunities_months_{event}();"


# no deal changes meanwhile: making a trigger keeps writers out until the end
FILL = f"""
INSERT INTO opportunities_monthtotal ({KEY}, count, amount, weighted)
SELECT pipeline_id, team_id, owner_id, currency, {MONTH}, count(*), sum(amount_open), sum(weighted)
FROM opportunities_opportunity WHERE state = 'open' GROUP BY 1, 2, 3, 4, 5
"""


class Migration(migrations.Migration):
    dependencies = [
        ("opportunities", "0009_fill_next_is_whole_day"),
        ("teams", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MonthTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                ("count", models.IntegerField(default=0)),
                ("amount", models.DecimalField(decimal_places=2, default=Decimal(0), max_digits=20)),
                ("weighted", models.DecimalField(decimal_places=2, default=Decimal(0), max_digits=20)),
                ("month", models.DateField(null=True)),
                ("owner", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("pipeline", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="opportunities.pipeline")),
                ("team", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="teams.salesteam")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        "pipeline", "team", "owner", "currency", "month", name="one_total_per_month", nulls_distinct=False
                    ),
                ],
            },
        ),
        *(migrations.RunSQL(trigger(event), undo(event)) for event in ("insert", "update", "delete")),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
