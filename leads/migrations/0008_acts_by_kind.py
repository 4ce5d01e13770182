"""Acts of one kind since a moment, found without looking through all acts; the leads' own are found by the other index alone."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0007_what_today_reads")]
    operations = [
        migrations.RunSQL("SET lock_timeout = 0", "SET lock_timeout = 0"),  # waiting for older transactions holds nobody up
        AddIndexConcurrently("engagement", models.Index(
            fields=["kind", "occurred_at"], name="acts_by_kind", include=["lead"], condition=Q(actor="human"),
        )),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS leads_engagement_lead_id_c9502ec1",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS leads_engagement_lead_id_c9502ec1 ON leads_engagement (lead_id)",
            state_operations=[migrations.AlterField("engagement", "lead", models.ForeignKey(
                "leads.lead", models.CASCADE, related_name="engagements", db_index=False,
            ))],
        ),
        migrations.RunSQL("RESET lock_timeout", "RESET lock_timeout"),
    ]  # fmt: skip
