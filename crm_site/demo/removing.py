"""Taking the demo away again: one database function, because history may not be deleted by the application's role."""

from django.db import connection, transaction

from core import business
from core.models import AuditEntry, Change


@transaction.atomic
def remove(*, by) -> dict[str, int]:
    """Remove every demo record with its history and return {table: rows}.

    Demo customers and deals that real records were built on stay and become real.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT remove_demo_data()")
        removed = cursor.fetchone()[0]
    Change.objects.filter(details__demo=True).delete()
    business.put("demo_loaded", False, by=by)
    AuditEntry.objects.create(action="demo removed", actor=by, details=removed)
    return removed
