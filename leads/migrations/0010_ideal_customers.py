"""What each team's ideal customer is, criterion by criterion."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0009_fit_and_engagement"), ("teams", "0004_hours_and_clocks")]

    operations = [
        migrations.CreateModel(
            name="Criterion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("conditions", models.JSONField(blank=True, default=dict, verbose_name="conditions")),
                ("weight", models.PositiveSmallIntegerField(
                    default=1, help_text="1 to 5: how much it matters", verbose_name="weight",
                    validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)],
                )),
                ("question", models.CharField(blank=True, help_text="shown while a lead doesn't say", max_length=300, verbose_name="what to ask")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("team", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="ideal", to="teams.salesteam",
                                           verbose_name="team")),
            ],
            options={
                "verbose_name": "criterion", "verbose_name_plural": "criteria",
                "indexes": [models.Index(fields=["team", "position", "id"], name="criteria_of_team")],
            },
        ),
    ]  # fmt: skip
