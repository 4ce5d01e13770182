"""Beside the score: who they are, A to C, and what they did, 1 to 3."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0008_escalated")]

    operations = [
        migrations.AddField("lead", "engagement", models.PositiveSmallIntegerField(
            blank=True, editable=False, null=True, verbose_name="engagement")),
        migrations.AddField("lead", "fit", models.CharField(
            blank=True, choices=[("A", "A, good"), ("B", "B, middling"), ("C", "C, poor")], db_default="", default="",
            editable=False, max_length=1, verbose_name="fit")),
        migrations.AddIndex("lead", models.Index(
            fields=["scored_at"], name="engaged_leads_by_score_time", condition=models.Q(is_open=True, engagement__lt=3))),
    ]  # fmt: skip
