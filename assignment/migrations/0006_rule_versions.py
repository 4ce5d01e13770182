"""Every list of rules remembers how it stood after each change, who changed it and why."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assignment", "0005_offers_and_territories"),
        ("teams", "0004_hours_and_clocks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RuleVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=14)),
                ("number", models.PositiveIntegerField()),
                ("rules", models.JSONField()),
                ("what", models.CharField(max_length=10, choices=[
                    ("begun", "as it was found"), ("added", "added “%(name)s”"), ("changed", "changed “%(name)s”"),
                    ("moved", "moved “%(name)s”"), ("on", "turned “%(name)s” on"), ("off", "turned “%(name)s” off"),
                    ("removed", "deleted “%(name)s”"), ("restored", "went back to version %(number)s"),
                ])),
                ("values", models.JSONField(default=dict)),
                ("why", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                ("by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                                         to=settings.AUTH_USER_MODEL)),
                ("team", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+",
                                           to="teams.salesteam")),
            ],
            options={
                "constraints": [models.UniqueConstraint(
                    models.F("kind"), models.F("team"), models.F("number"), name="one_rule_version_per_number", nulls_distinct=False,
                )],
            },
        ),
    ]  # fmt: skip
