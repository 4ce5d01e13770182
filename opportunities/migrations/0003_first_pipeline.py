"""One pipeline with four stages to begin with, and the reasons a deal is lost."""

from decimal import Decimal

from django.db import migrations

STAGES = [("Qualified", "0.2", 14), ("Needs agreed", "0.4", 14), ("Quote sent", "0.6", 10), ("Negotiation", "0.8", 14)]
REASONS = ["Price", "Chose a competitor", "No decision", "Timing", "Missing feature", "No answer", "Other"]


def forwards(apps, schema_editor):
    alias = schema_editor.connection.alias
    pipeline, created = apps.get_model("opportunities", "Pipeline").objects.using(alias).get_or_create(
        name="Sales", defaults={"is_default": True}
    )
    stage = apps.get_model("opportunities", "Stage")
    if created:
        for position, (name, probability, days) in enumerate(STAGES):
            stage.objects.using(alias).create(
                pipeline=pipeline, name=name, position=position, probability=Decimal(probability), rots_after=days
            )
    reason = apps.get_model("opportunities", "LostReason")
    for position, name in enumerate(REASONS):
        reason.objects.using(alias).get_or_create(name=name, defaults={"position": position, "needs_note": name == "Other"})


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0002_stage_totals")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
