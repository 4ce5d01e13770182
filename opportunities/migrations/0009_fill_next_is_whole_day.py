"""Of the open deals, those whose next activity is a whole day."""

from django.db import migrations

FILL = """
UPDATE opportunities_opportunity AS deal SET next_is_whole_day = true
FROM opportunities_opportunityactivity AS planned
WHERE planned.opportunity_id = deal.id AND planned.all_day AND planned.done_at IS NULL AND planned.cancelled_at IS NULL
  AND planned.due_at = deal.next_activity_at AND deal.state = 'open'
"""


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0008_next_is_whole_day")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
