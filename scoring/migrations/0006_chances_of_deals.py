import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0007_probability_by_model"), ("scoring", "0005_leads_graded_again")]

    operations = [
        migrations.AddField("watermark", "deal", models.BigIntegerField(db_default=0, default=0)),
        migrations.CreateModel(
            name="DealScore",
            fields=[
                (
                    "opportunity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="deal_score",
                        serialize=False, to="opportunities.opportunity",
                    ),
                ),
                ("fields", models.JSONField(help_text="the facts when it was first graded: what training reads")),
                ("taken_at", models.DateTimeField()),
                ("facts", models.JSONField(help_text="the facts of the latest grade, without the stage")),
                ("probability", models.FloatField()),
                ("reasons", models.JSONField(default=dict)),
                ("scored_at", models.DateTimeField()),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="scoring.scoringmodel"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(probability__gte=0, probability__lte=1), name="deal_score_in_range"
                    )
                ]
            },
        ),
    ]  # fmt: skip
