"""A merged company still finds its survivor by the domain it had."""

from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('core', '0002_initial'),
        ('customers', '0005_pairs_to_look_at'),
        ('teams', '0003_sign_in_and_invitation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='company',
            index=models.Index(condition=models.Q(('merged_into__isnull', False), models.Q(('domain', ''), _negated=True)), fields=['domain'], name='merged_company_by_domain'),
        ),
    ]
