"""The types of activities a fresh installation begins with; a manager edits them."""

from django.db import migrations

TYPES = (("call", "Call", "phone", 1), ("email", "E-mail", "mail", 2), ("meeting", "Meeting", "video", 5), ("todo", "To-do", "check", 1))


def add_types(apps, schema_editor):
    ActivityType = apps.get_model("core", "ActivityType")
    for position, (code, name, icon, days) in enumerate(TYPES):
        ActivityType.objects.get_or_create(
            code=code, defaults={"name": name, "kind": code, "icon": icon, "default_days": days, "position": position}
        )


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(add_types, migrations.RunPython.noop)]
