"""Taking the demo away again: one database function, because history may not be deleted by the application's role."""

import json

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from core import business
from core.models import AuditEntry, Change, Notice


@transaction.atomic
def remove(*, by) -> dict[str, int]:
    """Remove every demo record with its history and return {table: rows}.

    Demo customers and deals that real records were built on stay and become real.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT remove_demo_data()")
        removed = json.loads(cursor.fetchone()[0])
    Change.objects.filter(details__demo=True).delete()
    _forget_notices()
    business.put("demo_loaded", False, by=by)
    AuditEntry.objects.create(action="demo removed", actor=by, details=removed)
    return removed


def _forget_notices() -> None:
    """Let go of what real people were told about records that are gone."""
    for subject in Notice.objects.exclude(subject="").order_by().values_list("subject", flat=True).distinct():
        there = apps.get_model(subject)._base_manager.filter(pk=OuterRef("row"))
        Notice.objects.filter(~Exists(there), subject=subject).delete()
