"""A territory that a rule names can't be deleted: the rule would mean something else. Changes nothing in the database."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assignment", "0002_everyone_else"), ("teams", "0002_default_team")]

    operations = [
        migrations.AlterField(
            model_name="assignmentrule",
            name="to_territory",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="teams.territory",
                verbose_name="to the territory",
            ),
        ),
    ]  # fmt: skip
