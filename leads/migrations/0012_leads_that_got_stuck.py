"""The leads whose steps after capture were set aside, found by the operations page without walking past all the others."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("leads", "0011_answers_to_offers")]

    operations = [
        migrations.RunSQL("SET lock_timeout = 0", "SET lock_timeout = 0"),  # waiting for older transactions holds nobody up
        AddIndexConcurrently(
            "lead",
            models.Index(fields=["qualify_stuck_at"], name="leads_stuck", condition=models.Q(qualify_stuck_at__isnull=False)),
        ),
        migrations.RunSQL("RESET lock_timeout", "RESET lock_timeout"),
    ]
