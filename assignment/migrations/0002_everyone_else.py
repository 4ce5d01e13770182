"""The last rule of both lists, which can't be deleted: so no lead falls through."""

from django.db import migrations


def forwards(apps, schema_editor):
    alias = schema_editor.connection.alias
    for model, extra in (("QualificationRule", {"outcome": "accept"}), ("AssignmentRule", {})):
        apps.get_model("assignment", model).objects.using(alias).get_or_create(
            is_everyone_else=True, team=None, defaults={"name": "Everyone else", "position": 10_000, **extra}
        )


class Migration(migrations.Migration):
    dependencies = [("assignment", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
