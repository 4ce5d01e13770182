"""What is planned rests while a deal is closed: the next-activity columns of those closed before say so too."""

from django.db import migrations

CLEAR = """
UPDATE opportunities_opportunity SET next_activity_at = NULL, next_activity_on = NULL, next_activity_label = ''
WHERE state <> 'open' AND next_activity_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0005_search_deals")]

    operations = [migrations.RunSQL(CLEAR, migrations.RunSQL.noop)]
