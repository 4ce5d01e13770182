"""Acts over many leads know one more verb: qualify."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("leads", "0002_first_lists")]
    operations = [
        migrations.AlterField(
            "massact", "verb",
            models.CharField(choices=[
                ("assign", "assign"), ("qualify", "qualify"), ("disqualify", "disqualify"), ("archive", "archive"), ("tag", "tag"),
            ], max_length=12),
        )
    ]  # fmt: skip
