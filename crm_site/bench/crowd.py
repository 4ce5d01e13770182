"""Many people on one board at once: fifty who move cards and follow each other, and eight who open it again and again."""

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password

from crm_site.bench import filling, product
from crm_site.bench.client import Answer, Person
from crm_site.bench.measures import percentile, times
from opportunities.models import Opportunity, Stage
from teams.models import User

PEOPLE, EVERY, SECONDS = 50, 2.0, 60  # each a move every two seconds, for a minute
FOLLOW = 1.0  # a board that hears of changes asks at most once a second
GOAL_MS = 150
CLIENTS, PAGES_SECONDS, GOAL_PAGES = 8, 20, 60
BOARD = "/opportunities/"
SINCE = re.compile(r'data-since="([\d.]+)"')
CARD = re.compile(r'data-key="(\d+)"[^>]*data-version="(\d+)"')
SHOWN = re.compile(r'<section class="col" data-stage="(\d+)".*?data-count="(\d+)"(.*?)</section>', re.S)


@dataclass
class Mover:
    """One of the crowd: their open board, their cards, and what they waited for."""

    person: Person
    cards: list[tuple[int, int]]
    stages: list[int]
    since: str = ""
    shown: str = ""
    have: dict[str, str] = field(default_factory=dict)
    moves: list[Answer] = field(default_factory=list)
    looks: list[Answer] = field(default_factory=list)

    def open(self) -> None:
        answer = self.person.get(BOARD)
        if answer.status != 200:
            raise RuntimeError(f"The board did not open: {answer.status}")
        page = answer.text
        self.since = SINCE.search(page)[1]
        self.have = dict(CARD.findall(page))
        self.shown = ",".join(f"{stage}:{cards.count('data-card ')}:{count}" for stage, count, cards in SHOWN.findall(page))

    def move(self) -> None:
        """Move the next card to the next stage, as dropping it there does."""
        place = len(self.moves) % len(self.cards)
        key, stage = self.cards[place]
        target = self.stages[(self.stages.index(stage) + 1) % len(self.stages)]
        headers = {"HX-Request": "true", "HX-Current-URL": str(self.person.http.base_url.join(BOARD))}
        self.moves.append(self.person.post(f"{BOARD}{key}/stage/", {"stage": target, "seen": stage}, headers=headers))
        self.cards[place] = (key, target)

    def look(self) -> None:
        """Ask what the others did, as an open board does when it hears of it."""
        have = ",".join(f"{key}.{version}" for key, version in self.have.items())
        answer = self.person.get(f"{BOARD}changes/?since={self.since}&shown={self.shown}&have={have}", **{"HX-Request": "true"})
        self.looks.append(answer)
        if answer.status == 200:
            self._show(json.loads(answer.text))

    def _show(self, told: dict) -> None:
        """Take over what a board would show now."""
        self.since = told["since"]
        if told["again"]:
            self.open()
            return
        counts = dict(part.split(":", 1) for part in self.shown.split(","))
        for column in told.get("columns", []):
            head = re.search(r'data-count="(\d+)"', column["head"])[1]
            counts[str(column["stage"])] = f"{len(column['keys'])}:{head}"
            for html in column["cards"].values():
                self.have.update(CARD.findall(html))
        self.shown = ",".join(f"{stage}:{numbers}" for stage, numbers in counts.items())


def crowd(bench: Any) -> dict:
    """Let fifty reps move a card every two seconds and follow the board every second; `p95_ms` is what a mover waits."""
    movers = [_mover(bench, n) for n in range(PEOPLE)]
    for mover in movers:
        mover.open()
    with ThreadPoolExecutor(PEOPLE) as pool:
        start, cpu = time.monotonic() + 1, product.cpu()
        list(pool.map(lambda n: _work(movers[n], start + n * EVERY / PEOPLE, start + SECONDS), range(PEOPLE)))
    cpu = product.cpu() - cpu
    moves = [answer for mover in movers for answer in mover.moves]
    looks = [answer for mover in movers for answer in mover.looks]
    found = times([answer.ms for answer in moves])
    fine = all(answer.status == 200 for answer in (*moves, *looks))
    return {
        "n": bench.leads, "people": PEOPLE, "moves": len(moves), **found,
        "server_p95_ms": round(percentile([answer.server_ms for answer in moves], 0.95), 1),
        "queries": max(answer.queries for answer in moves), "looks": len(looks),
        "look_p95_ms": times([answer.ms for answer in looks])["p95_ms"], "look_queries": max(answer.queries for answer in looks),
        "look_kb": round(max(answer.kb for answer in looks), 1), "cpu_ms_each": round(1000 * cpu / (len(moves) + len(looks)), 1),
        "ok": int(fine and found["p95_ms"] <= GOAL_MS and len(moves) >= 0.9 * PEOPLE * SECONDS / EVERY),
    }  # fmt: skip


def _mover(bench: Any, n: int) -> Mover:
    """Sign one of the filled reps in and give them the first of their cards."""
    email = f"rep{n}@bench.example"
    if n == 0:
        emails = [f"rep{number}@bench.example" for number in range(PEOPLE)]
        User.objects.filter(email__in=emails).update(password=make_password(bench.password))
    mine = Opportunity.objects.open().filter(pipeline__name="Bench", owner__email=email).order_by("pk")
    stages = Stage.objects.filter(pipeline__name="Bench", is_active=True).in_order()
    return Mover(bench.person(email), list(mine.values_list("pk", "stage_id")[:20]), list(stages.values_list("pk", flat=True)))


def _work(mover: Mover, start: float, end: float) -> None:
    """Move and look, each at its times; what is late is not made up for."""
    due: list[tuple[float, Callable[[], None]]] = [(start, mover.move), (start + FOLLOW / 2, mover.look)]
    gap = {mover.move: EVERY, mover.look: FOLLOW}
    while True:
        at, act = min(due, key=lambda one: one[0])
        if at >= end:
            return
        time.sleep(max(0, at - time.monotonic()))
        act()
        due = [(max(at + gap[each], time.monotonic()), each) if each == act else (when, each) for when, each in due]


def board_rate(bench: Any) -> dict:
    """Open the board from eight clients at once, again and again, and count the pages a second."""
    people = [bench.person(filling.REP if n % 2 else filling.ADMINISTRATOR) for n in range(CLIENTS)]
    for person in people:
        person.get(BOARD)
    start, cpu = time.monotonic(), product.cpu()
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [answer for some in pool.map(lambda person: _open_until(person, start + PAGES_SECONDS), people) for answer in some]
    per_s = len(answers) / (time.monotonic() - start)
    cpu = product.cpu() - cpu
    fine = all(answer.status == 200 for answer in answers)
    return {
        "n": bench.leads, "clients": CLIENTS, "pages": len(answers), "per_s": round(per_s, 1), **times([answer.ms for answer in answers]),
        "kb": round(max(answer.kb for answer in answers), 1), "cpu_ms_each": round(1000 * cpu / len(answers), 1),
        "ok": int(fine and per_s >= GOAL_PAGES),
    }  # fmt: skip


def _open_until(person: Person, end: float) -> list[Answer]:
    answers = []
    while time.monotonic() < end:
        answers.append(person.get(BOARD))
    return answers
