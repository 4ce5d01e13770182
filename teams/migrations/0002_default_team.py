"""A fresh installation has one team, which takes what no other team was chosen for."""

from django.db import migrations


def forwards(apps, schema_editor):
    team = apps.get_model("teams", "SalesTeam")
    if not team.objects.using(schema_editor.connection.alias).filter(is_default=True).exists():
        team.objects.using(schema_editor.connection.alias).create(name="Sales", is_default=True)


class Migration(migrations.Migration):
    dependencies = [("teams", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
