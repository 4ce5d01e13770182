"""Call several entries of the audit what they are."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0002_activity_types")]

    operations = [
        migrations.AlterModelOptions(name="auditentry", options={"verbose_name_plural": "audit entries"}),
    ]
