"""Sums of open opportunities that triggers keep (docs/decisions/0002), so that no page adds up all of them."""

from decimal import Decimal

from django.conf import settings
from django.db import models


class Total(models.Model):
    """How many open opportunities of an owner in a team, and what they come to. Never read-modify-write (decision 38)."""

    pipeline = models.ForeignKey("opportunities.Pipeline", models.CASCADE, related_name="+")
    team = models.ForeignKey("teams.SalesTeam", models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    currency = models.CharField(max_length=3)
    count = models.IntegerField(default=0)
    amount = models.DecimalField(max_digits=20, decimal_places=2, default=Decimal(0))
    weighted = models.DecimalField(max_digits=20, decimal_places=2, default=Decimal(0))

    class Meta:
        abstract = True


class StageTotal(Total):
    """Heads of the board's columns: one row per stage, team, owner, currency and day of the next activity."""

    stage = models.ForeignKey("opportunities.Stage", models.CASCADE, related_name="+")
    next_activity_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "pipeline", "stage", "team", "owner", "currency", "next_activity_on", name="one_total_per_key", nulls_distinct=False
            ),
        ]


class MonthTotal(Total):
    """What the forecast adds up: one row per team, owner, currency and month of the expected close, named by its first day."""

    month = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("pipeline", "team", "owner", "currency", "month", name="one_total_per_month", nulls_distinct=False),
        ]
