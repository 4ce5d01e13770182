"""What changed on a board since a moment is read along an index."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("opportunities", "0008_activity_types")]

    operations = [
        AddIndexConcurrently(
            model_name="opportunity",
            index=models.Index(fields=["pipeline", "changed_at"], name="changed_opportunities"),
        ),
    ]
