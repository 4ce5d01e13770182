"""A lead knows since when it is as warm as it is, and crossing a limit is a line in its story."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0006_leads_by_name")]

    operations = [
        migrations.AddField("lead", "temperature_at", models.DateTimeField(blank=True, null=True, verbose_name="temperature since")),
        migrations.AlterField("leadevent", "kind", models.CharField(max_length=30, choices=[
            ("created", "captured"), ("joined", "wrote again"), ("scored", "scored"), ("temperature", "temperature"),
            ("qualified", "qualification"), ("assigned", "assigned"), ("unassigned", "taken back"),
            ("waiting", "waiting for a free person"), ("changed", "changed"), ("noted", "note"), ("called", "call"),
            ("mailed", "e-mail"), ("planned", "activity planned"), ("did", "activity done"), ("contacted", "first contact"),
            ("converted", "converted"), ("disqualified", "disqualified"), ("archived", "archived"), ("restored", "restored"),
            ("merged", "merged"), ("undone", "taken back"), ("engaged", "engaged"), ("shared", "shared"),
        ])),
    ]  # fmt: skip
