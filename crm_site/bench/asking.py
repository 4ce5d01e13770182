"""How the items ask the running product as a person's browser does, and sum up its answers."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from crm_site.bench import filling
from crm_site.bench.client import Answer, Person
from crm_site.bench.measures import percentile, times

BATCHES = 3
FIELD = re.compile(r"<(input|select|textarea)\b([^>]*)>(.*?)(?=<(?:input|select|textarea|/form|button)\b)", re.S)
ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


@dataclass
class Bench:
    """What an item works with."""

    base: str
    password: str
    leads: int

    def person(self, email: str) -> Person:
        return Person(self.base, email, self.password)


def figures(answers: list[Answer], *, n: int, goal_ms: float | None = None, most_queries: int | None = None) -> dict:
    """Sum up answers of one kind of request: times, server p95, queries, size; `ok` is 1 when the goals hold."""
    server = [answer.server_ms for answer in answers]
    found = {
        "n": n,
        **times([answer.ms for answer in answers]),
        "server_p95_ms": round(percentile(server, 0.95), 1),
        "queries": max(answer.queries for answer in answers),
        "kb": round(max(answer.kb for answer in answers), 1),
    }
    sound = all(answer.status in {200, 204} for answer in answers)
    sound &= most_queries is None or found["queries"] <= most_queries
    return {**found, "ok": int(sound and (goal_ms is None or found["server_p95_ms"] <= goal_ms)), "sound": sound}


def worse(first: dict, second: dict) -> dict:
    """Of the rep's and the administrator's figures the slower ones count (decision 45)."""
    chosen = max(first, second, key=lambda found: found["server_p95_ms"])
    return {**chosen, "queries": max(first["queries"], second["queries"]), "ok": first["ok"] * second["ok"]}


def quietest(batches: list[dict]) -> dict:
    """Of several batches of one kind of request the one counts that its machine disturbed least; all must be sound.

    A shared machine stands still for tenths of a second now and then, whatever runs on it.
    """
    best = min(batches, key=lambda found: found["server_p95_ms"])
    sound = all(found["sound"] for found in batches)
    return {**best, "queries": max(found["queries"] for found in batches), "ok": int(best["ok"] and sound), "sound": sound}


def in_batches(answers: list[Answer], **goals) -> dict:
    """Sum up answers that came one after the other by the quietest of `BATCHES` parts of them."""
    each = len(answers) // BATCHES
    return quietest([figures(answers[n * each : (n + 1) * each], **goals) for n in range(BATCHES)])


def pages(bench: Bench, path: str, *, rounds: int = 60, **goals) -> dict:
    found = []
    for email in (filling.REP, filling.ADMINISTRATOR):
        person = bench.person(email)
        for _ in range(5):
            person.get(path)
        found.append(in_batches([person.get(path) for _ in range(rounds * BATCHES)], n=bench.leads, **goals))
    return worse(*found)


def form_of(html: str, action: str) -> dict[str, str]:
    """Return the values a browser would send for the form that posts to `action`."""
    import html as entities

    start = html.find(f'action="{action}"')
    start = html.rfind("<form", 0, start) if start >= 0 else html.find("<form")
    part = html[start : html.find("</form>", start) + 7]
    values: dict[str, str] = {}
    for kind, attributes, rest in FIELD.findall(part):
        given = dict(ATTRIBUTE.findall(attributes))
        name = given.get("name")
        if not name or "disabled" in given:
            continue
        if kind == "select":
            options = re.findall(r"<option([^>]*)>", rest)
            chosen = [o for o in options if "selected" in o] or options[:1]
            values[name] = dict(ATTRIBUTE.findall(chosen[0])).get("value", "") if chosen else ""
        elif kind == "textarea":
            values[name] = rest.split("</textarea>")[0].strip()
        elif given.get("type") in {"checkbox", "radio"}:
            if "checked" in given:
                values[name] = given.get("value", "on")
        elif given.get("type") not in {"submit", "button", "file"}:
            values[name] = given.get("value", "")
    if not values.keys() & {"csrfmiddlewaretoken", "token"}:  # the public form has a token of its own
        raise RuntimeError(f"The page has no form for {action}.")
    return {name: entities.unescape(value) for name, value in values.items()}


def wait_for(answer: Callable[[], bool], *, seconds: float) -> None:
    """Poll until the product has done its work. Raises TimeoutError."""
    end = time.monotonic() + seconds
    while not answer():
        if time.monotonic() > end:
            raise TimeoutError(f"nothing after {seconds:.0f} s")
        time.sleep(0.1)
