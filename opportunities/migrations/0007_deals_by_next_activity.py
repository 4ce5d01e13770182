"""The list of deals in its order for those who see all of them; what only found a pipeline's deals goes, two others begin with it."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("opportunities", "0006_closed_deals_have_no_next_activity")]

    operations = [
        migrations.RunSQL("SET lock_timeout = 0", "SET lock_timeout = 0"),  # waiting for older transactions holds nobody up
        AddIndexConcurrently(
            "opportunity",
            models.Index(
                "pipeline", models.F("next_activity_at").asc(nulls_first=True), "id",
                name="deals_by_next_activity", condition=models.Q(state="open"),
            ),
        ),
        migrations.RunSQL("RESET lock_timeout", "RESET lock_timeout"),
        migrations.AlterField(
            "opportunity", "pipeline",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="opportunities",
                to="opportunities.pipeline", verbose_name="pipeline",
            ),
        ),
    ]
