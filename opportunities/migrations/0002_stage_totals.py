"""Keep the board's column heads by statement triggers, so that COPY, bulk writes and cascades count too."""

from django.db import migrations

def trigger(event: str) -> str:
    tables = {
        "insert": "REFERENCING NEW TABLE AS now_rows",
        "delete": "REFERENCING OLD TABLE AS then_rows",
        "update": "REFERENCING OLD TABLE AS then_rows NEW TABLE AS now_rows",
    }[event]
    parts = []
    if event != "delete":
        parts.append(("1", "now_rows"))
    if event != "insert":
        parts.append(("-1", "then_rows"))
    union = " UNION ALL ".join(
        f"""SELECT {sign} AS sign, pipeline_id, stage_id, team_id, owner_id, currency, next_activity_on,
            amount_open, weighted FROM {table} WHERE state = 'open'"""
        for sign, table in parts
    )
    return f"""
CREATE FUNCTION opportunities_totals_{event}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO opportunities_stagetotal AS total
        (pipeline_id, stage_id, team_id, owner_id, currency, next_activity_on, count, amount, weighted)
    SELECT pipeline_id, stage_id, team_id, owner_id, currency, next_activity_on,
           sum(sign), sum(sign * amount_open), sum(sign * weighted)
    FROM ({union}) AS moved
    GROUP BY 1, 2, 3, 4, 5, 6
    HAVING sum(sign) <> 0 OR sum(sign * amount_open) <> 0 OR sum(sign * weighted) <> 0
    ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (pipeline_id, stage_id, team_id, owner_id, currency, next_activity_on) DO UPDATE
    SET count = total.count + excluded.count, amount = total.amount + excluded.amount,
        weighted = total.weighted + excluded.weighted;
    RETURN NULL;
END $$;
CREATE TRIGGER stage_totals_{event} AFTER {event.upper()} ON opportunities_opportunity
    {tables} FOR EACH STATEMENT EXECUTE FUNCTION opportunities_totals_{event}();
"""


def undo(event: str) -> str:
    return (
        f"DROP TRIGGER stage_totals_{event} ON opportunities_opportunity; "
        f"DROP FUNCTION opportunities_totals_{event}();"
    )


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0001_initial")]
    operations = [migrations.RunSQL(trigger(event), undo(event)) for event in ("insert", "update", "delete")]
