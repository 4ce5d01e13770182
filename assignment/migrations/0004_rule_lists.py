"""Rule lists as they stood when they decided something."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assignment", "0003_everyone_else")]

    operations = [
        migrations.CreateModel(
            name="RuleList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=14)),
                ("digest", models.CharField(max_length=64)),
                ("rules", models.JSONField()),
                ("since", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("kind", "digest"), name="one_row_per_rule_list")],
            },
        ),
    ]
