"""Leads that were put off are found when they come back, without waiting writers."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("leads", "0012_activity_types")]

    operations = [
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("come_back_at__isnull", False), ("is_open", True)), fields=["come_back_at"], name="leads_that_come_back"
            ),
        ),
    ]
