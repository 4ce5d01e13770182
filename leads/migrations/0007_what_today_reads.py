"""What Today reads, found without looking through everybody's: one's own first replies, and what is due of a whole team."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("leads", "0006_why_leads_stayed")]
    operations = [
        migrations.RunSQL("SET lock_timeout = 0", "SET lock_timeout = 0"),  # waiting for older transactions holds nobody up
        AddIndexConcurrently("lead", models.Index(
            fields=["first_contacted_by", "first_contacted_at"], name="first_replies_of_person",
            condition=Q(first_contacted_by__isnull=False),
        )),
        AddIndexConcurrently("leadactivity", models.Index(
            fields=["due_at", "id"], name="lead_activities_due", condition=Q(done_at__isnull=True, cancelled_at__isnull=True),
        )),
        migrations.RunSQL("RESET lock_timeout", "RESET lock_timeout"),
    ]  # fmt: skip
