"""The best of the leads nobody has, found without walking past everybody's."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0004_orders_of_the_list")]
    operations = [
        migrations.RunSQL("SET lock_timeout = 0", "SET lock_timeout = 0"),  # waiting for older transactions holds nobody up
        AddIndexConcurrently("lead", models.Index(
            F("score").desc(nulls_last=True), F("id").desc(), name="unassigned_leads_by_score",
            condition=Q(is_open=True, owner__isnull=True),
        )),
        migrations.RunSQL("RESET lock_timeout", "RESET lock_timeout"),
    ]  # fmt: skip
