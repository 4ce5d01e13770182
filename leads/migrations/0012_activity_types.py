import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False  # indexes are built beside the work

    dependencies = [
        ('core', '0004_activity_types'),
        ('leads', '0011_acts_over_many_leads'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='leadactivity',
            name='type',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='core.activitytype', verbose_name='type'),
        ),
        AddIndexConcurrently(
            model_name='leadactivity',
            index=models.Index(condition=models.Q(('cancelled_at__isnull', True), ('done_at__isnull', True), ('reminded_at__isnull', True)), fields=['due_at'], name='lead_activities_to_remind'),
        ),
    ]
