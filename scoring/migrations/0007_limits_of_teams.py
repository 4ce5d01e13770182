import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scoring", "0006_chances_of_deals"), ("teams", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="TeamLimits",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hot_from", models.PositiveSmallIntegerField()),
                ("warm_from", models.PositiveSmallIntegerField()),
                ("proposed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "follows",
                    models.BooleanField(
                        default=True, help_text="the team's limits are those proposed; off when somebody sets others"
                    ),
                ),
                ("in_force_hot", models.PositiveSmallIntegerField()),
                ("in_force_warm", models.PositiveSmallIntegerField()),
                (
                    "team",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="score_limits", to="teams.salesteam"
                    ),
                ),
            ],
        ),
    ]
