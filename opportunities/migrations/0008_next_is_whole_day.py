"""A deal knows whether its next activity is a whole day: its card names that day on every clock."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0007_deals_by_next_activity")]

    operations = [migrations.AddField("opportunity", "next_is_whole_day", models.BooleanField(default=False, db_default=False))]
