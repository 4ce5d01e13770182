"""How long a dry run takes: thirty rules of every kind, tried beside thirty others on every lead."""

import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import psutil
from django.db import connection

from assignment.dry_run import try_rules
from assignment.models import QualificationRule
from core import clock
from leads.models import Lead, Source

DAYS = 620  # the leads that are filled in are up to 600 days old
RULES, ROUNDS = 30, 3
GOAL_S, PER_LEADS = 10, 100_000


def rules(bench: Any) -> dict:
    """Try a changed list on all leads; the goal is ten seconds for 100,000. CPU seconds count this process and the database's."""
    at = clock.now()
    now, then = _list(at, 0), _list(at, 7)
    leads, walls, cpus, found = Lead.objects.all(), [], [], None
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # what helpers spend would be seen nowhere
    for _ in range(ROUNDS):
        before, start = _cpu(), time.perf_counter()
        found = try_rules(now, then, leads, since=at - timedelta(days=DAYS), at=at)
        walls.append(time.perf_counter() - start)
        cpus.append(_cpu() - before)
    seconds = min(walls)
    share = max(found.total / PER_LEADS, 1e-9)
    return {
        "n": bench.leads, "leads": found.total, "rules": RULES, "moved": found.moved, "seconds": round(seconds, 2),
        "cpu_seconds": round(min(cpus), 2), "cpu_seconds_per_100k": round(min(cpus) / share, 2),
        "ok": int(found.total > 0 and found.moved > 0 and min(cpus) / share <= GOAL_S),
    }  # fmt: skip


def _list(at: Any, turn: int) -> list[QualificationRule]:
    """Return rules that ask about everything rules can ask; `turn` moves the limits, so that leads go elsewhere."""
    source = Source.objects.order_by("pk").values_list("pk", flat=True).first()
    asked: list[dict] = [
        {"all": [{"field": "score", "op": "lt", "value": 3 + turn}, {"field": "industry", "op": "is", "value": "Retail"}]},
        {"all": [{"field": "source", "op": "is", "value": source}, {"field": "company_size", "op": "gt", "value": 870 - turn}]},
        {"any": [{"field": "email_domain", "op": "contains", "value": "nowhere"}, {"field": "city", "op": "starts", "value": "Ber" * (turn + 1)}]},
        {"field": "postcode", "op": "between", "value": "69000 to 69999"},
        {"field": "did.page", "op": "did", "value": f"pricing within {30 + turn}d"},
        {"field": "captured_at", "op": "within", "value": f"{1 + turn}h"},
    ]
    rows = [
        QualificationRule(pk=n, name=f"Rule {n}", position=n, outcome=("accept", "keep", "nurture")[n % 3], conditions=_other(n, asked))
        for n in range(1, RULES)
    ]
    return [*rows, QualificationRule(pk=RULES, name="Everyone else", outcome="keep", is_everyone_else=True)]


def _other(n: int, asked: list[dict]) -> dict:
    """Return the n-th rule's conditions: the kinds in turn, each also about a place that is another one every time."""
    return {"all": [{"field": "message", "op": "not_contains", "value": f"no rule {n}"}, asked[n % len(asked)]]}


def _cpu() -> float:
    """Return the seconds of processor time spent so far, here and by this connection's own database process."""
    spent = time.process_time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with suppress(psutil.Error):
        times = psutil.Process(pid).cpu_times()
        spent += times.user + times.system
    return spent
