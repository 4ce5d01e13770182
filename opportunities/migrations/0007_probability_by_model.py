from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("opportunities", "0006_events_go_along")]

    operations = [
        migrations.AddField(
            model_name="opportunity",
            name="probability_by_model",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddConstraint(
            model_name="opportunity",
            constraint=models.CheckConstraint(
                condition=~Q(probability_by_hand=True, probability_by_model=True), name="probability_is_one_word"
            ),
        ),
    ]
