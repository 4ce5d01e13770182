"""A lead is found by its whole name, without waiting writers; pairs know how much speaks for them."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('core', '0002_initial'),
        ('customers', '0005_pairs_to_look_at'),
        ('leads', '0005_ended_and_hot_leads'),
        ('teams', '0003_sign_in_and_invitation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='possibleduplicate',
            name='strength',
            field=models.PositiveSmallIntegerField(db_default=70, default=70, help_text='percent'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(condition=models.Q(('name_key', ''), _negated=True), fields=['name_key'], name='leads_by_name'),
        ),
        migrations.AddIndex(
            model_name='possibleduplicate',
            index=models.Index(condition=models.Q(('verdict', '')), fields=['-strength', '-id'], name='lead_pairs_to_look_at'),
        ),
    ]
