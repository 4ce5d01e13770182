"""Why leads stayed as they were when something was done with a whole list."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("leads", "0005_unassigned_by_score"),
    ]

    operations = [
        migrations.AddField(
            model_name="massact",
            name="left",
            field=models.JSONField(db_default={}, default=dict, help_text="why leads stayed as they were: numbers by reason, and the first of them"),
        ),
    ]
