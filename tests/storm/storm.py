"""A storm: people fill in the public form while processes are killed at random; then quiet, then the books are checked."""

import json
import random
import secrets
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import psycopg

from crm_site.bench.asking import form_of
from crm_site.run.tree import Tree

VICTIMS = ("web", "worker", "bulk", "beat", "postgres", "valkey")
PATIENCE = 90  # seconds a person goes on pressing «Send» while the site is away


@dataclass
class Log:
    """What the people saw: whose entry was acknowledged, who gave up, and who was killed when."""

    acknowledged: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)


def prepare(crm: Tree, members: int = 3) -> str:
    """Give the team people with room, and let one address post as often as a storm does; return the form's path."""
    script = f"""
from core import business
from teams.models import *
team = SalesTeam.objects.get(is_default=True)
for n in range({members}):
    user = User.objects.create_user(f"rep{{n}}@storm.example", "", name=f"Rep {{n}}")
    Membership.objects.create(user=user, team=team, capacity=100000)
business.put("form_posts_per_minute", 1000000)
from capture.models import WebForm
print(WebForm.objects.first().get_absolute_url())
"""
    return run(crm, "shell", "-c", script).split()[-1]


def run(crm: Tree, *words: str) -> str:
    """Run a command beside the product and return what it printed."""
    done = crm.manage(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"{words[0]} failed: {done.stdout[-2000:]} {done.stderr[-2000:]}")
    return done.stdout


def rage(crm: Tree, path: str, *, leads: int, kills: int, seed: int, seconds: float) -> Log:
    """Send `leads` entries over about `seconds` while `kills` processes die by kill -9."""
    rng, log = random.Random(seed), Log()
    with ThreadPoolExecutor(8) as people, httpx.Client(base_url=crm.address, timeout=10, verify=False) as http:
        forms = [form_of(http.get(path).text, path) for _ in range(leads)]
        time.sleep(4)  # what is sent faster than a person types is set aside
        start = time.monotonic()
        killer = threading.Thread(target=_kill, args=(crm, log, rng, kills, seconds), daemon=True)
        killer.start()
        for number, form in enumerate(forms):
            wait = start + number * seconds / leads - time.monotonic()
            time.sleep(max(wait, 0))
            people.submit(
                _send, crm.address, path, form, f"storm{seed}-{number}-{secrets.token_hex(3)}@storm.example", log
            )
    killer.join(timeout=seconds + 120)
    return log


def _send(address: str, path: str, form: dict[str, str], email: str, log: Log) -> None:
    """Send one entry and press the button again until an answer comes, as people do."""
    values = form | {"name": f"Storm {email.split('@')[0]}", "email": email, "message": "We need desks."}
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with httpx.Client(base_url=address, timeout=10, verify=False) as http:  # no certificates to read
                answer = http.post(path, data=values)
        except httpx.HTTPError:
            time.sleep(0.5)
            continue
        if answer.status_code < 400:
            log.acknowledged.add(email)
            return
        if answer.status_code != 503:
            log.refused.append(f"{answer.status_code} for {email}")
            return
        time.sleep(0.5)
    log.unanswered.add(email)


def _kill(crm: Tree, log: Log, rng: random.Random, kills: int, seconds: float) -> None:
    victims = [*VICTIMS, *rng.choices(VICTIMS, k=max(kills - len(VICTIMS), 0))][:kills]
    rng.shuffle(victims)
    for victim in victims:
        time.sleep(seconds / (kills + 1))
        try:
            crm.kill(victim)
            log.killed.append(victim)
        except (KeyError, ProcessLookupError):
            log.killed.append(f"{victim} (down already)")


def exported(crm: Tree) -> Iterator[dict]:
    for line in run(crm, "export_leads", "--json").splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def wait_until_owned(crm: Tree, emails: set[str], *, seconds: float) -> list[dict]:
    """Return the leads once every one of `emails` has an owner, or as they are when the time is over."""
    end = time.monotonic() + seconds
    while not emails <= _owned(crm) and time.monotonic() < end:
        time.sleep(1)
    return list(exported(crm))


def _owned(crm: Tree) -> set[str]:
    """Ask the database itself whose leads have an owner: the export starts a process, and that takes seconds."""
    try:
        with psycopg.connect(crm.env["CRM_DATABASE_URL"]) as server:
            rows = server.execute("SELECT email FROM leads_lead WHERE owner_id IS NOT NULL").fetchall()
    except psycopg.OperationalError:  # it was killed last and is not up again
        return set()
    return {email for (email,) in rows}


def losses(log: Log, leads: list[dict]) -> dict[str, list[str]]:
    """Return what should not be: {kind of loss: addresses}, empty when all is well."""
    there = Counter(lead["email"] for lead in leads)
    mine = {lead["email"]: lead for lead in leads}
    found = {
        "lost": sorted(log.acknowledged - set(there)),
        "double": sorted(email for email, times in there.items() if times > 1),
        "unowned": sorted(email for email in log.acknowledged if email in mine and not mine[email]["owner"]),
        "not one created entry": sorted(e for e, lead in mine.items() if lead["timeline_created"] != 1),
        "not one assignment": sorted(e for e in log.acknowledged if e in mine and mine[e]["assignments"] != 1),
        "refused": log.refused,
    }
    return {kind: rows for kind, rows in found.items() if rows}
