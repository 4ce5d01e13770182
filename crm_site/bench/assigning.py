"""How fast leads are handed out: ten thousand at once by thirty rules, and a steady stream from capture to owner."""

import os
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import psutil
import psycopg
from django.db.models import Count, Max

from assignment import routing
from assignment.models import AssignmentRule, Decision
from capture.models import WebForm
from core import business
from core.locks import only_one
from crm_site.bench.asking import Bench, form_of
from crm_site.bench.measures import times
from crm_site.bench.workers import assign_some, workers
from leads.models import Lead
from teams.models import Membership, SalesTeam

RULES, AT_ONCE, WORKERS = 30, routing.AT_ONCE, 2  # as the product's interactive worker has
GOAL_PER_S, PER_S, SECONDS, GOAL_MS = 2000, 20, 60, 5000
WARM, AT_A_TIME, PATIENCE_S = 100, 48, 60  # posts on their way; how long the last leads are waited for


def assign(bench: Bench, count: int = 10_000) -> dict:
    """Assign leads nobody owns over 5 teams of 10 by 30 rules, in the workers' own batches, decision records included.

    As in the product there are two workers. Batches more go before: a worker that has assigned before has everything
    loaded. `passes` is more than one when another worker held some of the leads; these are looked at again, as the queue does.
    """
    set_up_rules()
    world, more = world_of(), 2 * WORKERS * WARM
    with instead_of_the_queue(), workers(WORKERS) as pool:
        pks = nobodys(count + more)
        hand_out(pks[count:], pool, at_once=WARM)
        pks = pks[:count]
        before = Decision.objects.filter(lead__in=pks, outcome="assigned").count()
        start, cpu = time.perf_counter(), cpu_of_workers()
        passes = hand_out(pks, pool)
        seconds, cpu = time.perf_counter() - start, cpu_of_workers() - cpu
    owned = Lead.objects.filter(pk__in=pks, owner__isnull=False).count()
    records = Decision.objects.filter(lead__in=pks, outcome="assigned").count() - before
    per_s = len(pks) / seconds
    is_whole = world == {"teams": 5, "members": 50, "rules": RULES} and len(pks) == count and owned == records == count
    return {
        "n": len(pks), **world, "per_s": round(per_s), "cpu_s": round(cpu, 2), "records": records, "passes": passes,
        "ok": int(is_whole and per_s >= GOAL_PER_S),
    }  # fmt: skip


@contextmanager
def instead_of_the_queue() -> Iterator[None]:
    """Keep the product's own queue from handing out the same leads meanwhile."""
    while True:
        with only_one("assignment.drain_queue") as is_mine:
            if is_mine:
                yield
                return
        time.sleep(0.1)


def nobodys(count: int) -> list[int]:
    """Take leads that were filled in from whoever had them, as if they had just come in; return their keys, the oldest first."""
    newest = list(Lead.objects.open().filter(email_domain__endswith=".example").order_by("-pk").values_list("pk", flat=True)[:count])
    taken = Lead.objects.filter(pk__in=newest)
    taken.update(owner=None, assigned_at=None, first_assigned_at=None)
    with psycopg.connect(os.environ["CRM_DATABASE_OWNER_URL"], autocommit=True) as owner:
        owner.execute("VACUUM (ANALYZE) leads_lead")  # what taking them left behind is no part of assigning them
    return list(taken.unassigned().order_by("captured_at", "pk").values_list("pk", flat=True))


def hand_out(pks: list[int], pool: Executor, *, at_once: int = AT_ONCE) -> int:
    """Assign leads until each has an owner, and return how often it took to go through those left."""
    passes, end = 0, time.monotonic() + PATIENCE_S
    while pks and time.monotonic() < end:
        list(pool.map(assign_some, [pks[first : first + at_once] for first in range(0, len(pks), at_once)]))
        passes += 1
        pks = list(Lead.objects.unassigned().filter(pk__in=pks).order_by("captured_at", "pk").values_list("pk", flat=True))
    return passes


def cpu_of_workers() -> float:
    """Return the seconds of processor time the workers have used."""
    return sum(sum(child.cpu_times()[:2]) for child in psutil.Process().children())


def set_up_rules() -> None:
    """Make 29 rules before «everyone else»; each sends a part of the leads, by who they are, to one of the five teams."""
    teams = list(SalesTeam.objects.filter(name__startswith="Bench ").order_by("name"))
    AssignmentRule.objects.filter(is_everyone_else=False).delete()
    AssignmentRule.objects.bulk_create(
        AssignmentRule(name=f"Bench rule {n + 1}", position=n, to_team=teams[n % len(teams)], conditions=_asked(n)) for n in range(RULES - 1)
    )


def _asked(n: int) -> dict:
    """Return the n-th rule's conditions: a band of company sizes, and every third asks something else besides."""
    size = [{"field": "company_size", "op": "gte", "value": 30 * n}, {"field": "company_size", "op": "lt", "value": 30 * n + 30}]
    beside: dict[int, list[dict]] = {
        0: [], 1: [{"field": "message", "op": "not_contains", "value": f"nothing {n}"}],
        2: [{"any": [{"field": "score", "op": "gte", "value": 50}, {"field": "country", "op": "is", "value": ["DE", "NO"]}]}],
    }  # fmt: skip
    return {"all": size + beside[n % 3]}


def world_of() -> dict[str, int]:
    """Return how many teams, members who take leads and rules there are."""
    seats = Membership.objects.filter(team__name__startswith="Bench ", takes_leads=True, is_paused=False)
    found = seats.aggregate(teams=Count("team", distinct=True), members=Count("pk"))
    return found | {"rules": AssignmentRule.objects.in_order().count()}


def flow(bench: Bench, per_s: int = PER_S, seconds: int = SECONDS) -> dict:
    """Post the public form so many times a second for a minute; time each lead from its post's beginning to its owner.

    An owner counts from when it can be read by others: the leads are looked at ten times a second while the posts go on.
    """
    set_up_rules()
    before = business.get("form_posts_per_minute")
    business.put("form_posts_per_minute", 1_000_000)  # all visitors of this minute come from one address
    try:
        return _flow_figures(*_flow(bench.base, per_s, per_s * seconds), seconds=seconds)
    finally:
        business.put("form_posts_per_minute", before)


def _flow(base: str, per_s: int, count: int) -> tuple[list[tuple[int, float, float]], dict[str, float], str]:
    """Return status, beginning and end of each post, when each address was first seen to have an owner, and how they begin."""
    path = WebForm.objects.filter(is_active=True).order_by("pk").first().get_absolute_url()
    mark, last = secrets.token_hex(4), Lead.objects.aggregate(last=Max("pk"))["last"] or 0
    with httpx.Client(base_url=base, timeout=60) as http:
        sheet = form_of(http.get(path).text, path)
        time.sleep(3)  # the form sets aside what is sent faster than a person types
        start = time.monotonic()

        def post(n: int) -> tuple[int, float, float]:
            time.sleep(max(start + n / per_s - time.monotonic(), 0))
            begun = time.monotonic()
            words = {"name": f"Flow Person {n}", "email": address(mark, n), "message": "Please call me"}
            return http.post(path, data=sheet | words).status_code, begun, time.monotonic()

        with ThreadPoolExecutor(max_workers=AT_A_TIME) as pool:
            posts, owned = [pool.submit(post, n) for n in range(count)], {}
            while len(owned) < count and time.monotonic() < start + count / per_s + PATIENCE_S:
                rows = Lead.objects.filter(pk__gt=last, email_domain=f"{mark}.example", owner__isnull=False).values_list("email_key", flat=True)
                for email in list(rows):
                    owned.setdefault(email, time.monotonic())
                time.sleep(0.1)
            return [one.result() for one in posts], owned, mark


def address(mark: str, n: int) -> str:
    return f"flow{n}@{mark}.example"


def _flow_figures(posts: list[tuple[int, float, float]], owned: dict[str, float], mark: str, *, seconds: int) -> dict:
    begun = [begin for _status, begin, _end in posts]
    waits = [(owned[address(mark, n)] - begin) * 1000 for n, begin in enumerate(begun) if address(mark, n) in owned]
    late = [(begin - begun[0] - n * seconds / len(posts)) for n, begin in enumerate(begun)]
    answers = times([(end - begin) * 1000 for _status, begin, end in posts])
    pks = Lead.objects.filter(email_domain=f"{mark}.example").values_list("pk", flat=True)
    records = Decision.objects.filter(lead__in=list(pks), kind="assignment", outcome="assigned").count()
    found = times(waits) if waits else {"p99_ms": float("inf")}
    fine = len(waits) == len(posts) == records and all(status < 400 for status, *_ in posts) and max(late) < 1
    return {
        "n": len(posts), "owned": len(waits), "records": records, "per_s": round(len(posts) / (begun[-1] - begun[0] + 1e-9), 1),
        **found, "post_p95_ms": answers["p95_ms"], "ok": int(fine and found["p99_ms"] <= GOAL_MS),
    }  # fmt: skip
