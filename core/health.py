"""Is it alive, is it ready: two addresses for machines, without secrets and without names."""

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
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
    state = {"database": _database_answers(), "broker": operations.broker_answers()}
    waiting = None
    if state["database"]:
        state |= heartbeat.alive()
        waiting = operations.oldest_waiting_seconds()
    else:
        state |= dict.fromkeys(heartbeat.PROCESSES, False)
    is_ready = all(state.values())
    return JsonResponse({"ready": is_ready, **state, "oldest_waiting_seconds": waiting}, status=200 if is_ready else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except (Error, OSError):
        return False
    except Exception as error:  # the pool has its own way to say that it waited in vain
        if type(error).__name__ == "PoolTimeout":
            return False
        raise
