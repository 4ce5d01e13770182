"""Who signed in, changed rights or set something up: one line each, only ever added (S19)."""

from typing import Any

from core.models import AuditEntry


def note(action: str, *, target: str = "", by=None, request=None, **details: Any) -> AuditEntry:
    """Write one line. `details` are JSON primitives; never a password, a code or a link."""
    identifier = getattr(request, "request_id", "") if request is not None else ""
    return AuditEntry.objects.create(action=action, actor=by, target=target, details=details, request_id=identifier)
