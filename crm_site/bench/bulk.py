"""How long an act over a whole list takes: every open lead handed to one person in the background, and taken back."""

import time

from crm_site.bench import filling
from crm_site.bench.asking import Bench, wait_for
from leads.mass.models import MassAct
from leads.models import Lead
from teams.models import User

GOAL_S = 60
PATIENCE_S = 900


def bulk(bench: Bench) -> dict:
    """Ask for it through the list's own form and wait until the worker is done; then undo and wait again."""
    person = bench.person(filling.ADMINISTRATOR)
    rep = User.objects.get(email=filling.REP)
    start = time.perf_counter()
    answer = person.post("/leads/selection/", {"do": "assign", "every": "1", "query": "", "chosen": "1", "owner": rep.pk, "next": "/leads/"})
    act = MassAct.objects.latest("pk")
    wait_for(lambda: _is(act, MassAct.Step.FINISHED), seconds=PATIENCE_S)
    seconds = time.perf_counter() - start
    changed, told = act.done_count, Lead.objects.filter(events__kind="assigned", events__occurred_at=act.at).count()
    start = time.perf_counter()
    person.post(f"{act.get_absolute_url()}undo/", {})
    wait_for(lambda: _is(act, MassAct.Step.UNDONE), seconds=PATIENCE_S)
    undone = time.perf_counter() - start
    fine = answer.status == 302 and changed == told == act.back_count and seconds <= GOAL_S
    return {
        "n": bench.leads, "leads": changed, "seconds": round(seconds, 1), "per_s": round(changed / seconds), "undo_s": round(undone, 1),
        "ok": int(fine),
    }  # fmt: skip


def _is(act: MassAct, step: str) -> bool:
    act.refresh_from_db()
    return act.step == step
