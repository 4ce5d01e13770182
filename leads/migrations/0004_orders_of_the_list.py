"""The list of leads in every order it offers and by what its filters ask, at a million leads; built beside the work that goes on."""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Lower


def by(column: str, name: str, **condition):
    """Return an index that gives the first rows of the column's order, either way round."""
    return models.Index(F(column).desc(nulls_last=True), F("id").desc(), name=name, **condition)


RANGES = [
    "assigned_at", "first_contacted_at", "temperature_at", "qualified_at", "mql_at", "sql_at", "occurred_at", "last_engaged_at",
    "come_back_at", "converted_at", "disqualified_at", "archived_at", "stars", "visits", "pages_viewed", "seconds_on_site",
    "emails_opened", "emails_clicked", "emails_replied", "company_size", "expected_revenue", "medium", "last_source", "last_medium",
    "last_campaign", "qualification",
]  # fmt: skip
INDEXES = [
    by("score", "leads_by_score"),
    models.Index(Lower("name"), F("id"), name="leads_by_name_shown"),
    models.Index(fields=["fit", "id"], name="leads_by_fit", condition=~Q(fit="")),
    by("engagement", "leads_by_engagement", condition=Q(engagement__isnull=False)),
    by("next_activity_at", "leads_by_next_activity", condition=Q(next_activity_at__isnull=False)),
    by("response_goal_at", "leads_by_response_goal"),
    models.Index(
        F("temperature"), F("score").desc(nulls_last=True), F("id").desc(), name="open_leads_by_temperature", condition=Q(is_open=True)
    ),
    BrinIndex(fields=RANGES, name="leads_ranges", pages_per_range=64, autosummarize=True),
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0003_qualify_many")]
    operations = [
        migrations.RunSQL("SET lock_timeout = 0", "SET lock_timeout = 0"),  # waiting for older transactions holds nobody up
        *(AddIndexConcurrently("lead", index) for index in INDEXES),
        migrations.RunSQL("RESET lock_timeout", "RESET lock_timeout"),
    ]
