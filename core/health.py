"""Is it alive, is it ready: two addresses for machines, without secrets and without names."""

from django.contrib.auth.decorators import login_not_required
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import heartbeat, operations


@login_not_required
@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Say that this process answers. Touches nothing else."""
    return HttpResponse("alive\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Say what works: database, broker, both workers, beat, and how long the oldest work has waited (s)."""
    found, waiting = _ask_database()
    state = {"database": found.pop("database"), "broker": operations.broker_answers(), **found}
    is_ready = all(state.values())
    return JsonResponse({"ready": is_ready, **state, "oldest_waiting_seconds": waiting}, status=200 if is_ready else 503)


def _ask_database() -> tuple[dict[str, bool], int | None]:
    """Return what it says of itself and the processes, and the oldest wait; one without our tables is not ready either."""
    try:
        return {"database": True, **heartbeat.alive()}, operations.oldest_waiting_seconds()
    except (Error, OSError):
        pass
    except Exception as error:  # the pool has its own way to say that it waited in vain
        if type(error).__name__ != "PoolTimeout":
            raise
    return dict.fromkeys(("database", *heartbeat.PROCESSES), False), None
