"""The reasons a fresh installation can choose from; a manager edits them in the admin."""

from django.db import migrations

REASONS = ["No budget", "No need", "Not a fit", "No answer", "Not the right person", "Spam or test", "Other"]
SOURCES = ["Website", "Referral", "Trade show", "Webinar", "Newsletter", "Phone", "Partner"]


def forwards(apps, schema_editor):
    alias = schema_editor.connection.alias
    reason = apps.get_model("leads", "DisqualifyReason")
    for position, name in enumerate(REASONS):
        reason.objects.using(alias).get_or_create(name=name, defaults={"position": position, "needs_note": name == "Other"})
    for name in SOURCES:
        apps.get_model("leads", "Source").objects.using(alias).get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("leads", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
