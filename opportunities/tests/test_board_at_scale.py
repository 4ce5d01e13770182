"""The board with 100,000 open opportunities: how much it asks, reads and sends. Its speed is printed, and measured by the bench."""

import re
import statistics

import pytest
from django.urls import reverse
from django.utils import timezone

from opportunities import board
from opportunities.models import Opportunity, Pipeline
from opportunities.scope import Scope
from tests.factories import opportunities as make
from tests.factories import teams as make_teams
from tests.factories.many_opportunities import fill

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
STAGES = tuple((f"Stage {n}", f"0.{n}") for n in range(1, 7))


@pytest.fixture
def filled(nora, tess, ada, north, south):
    Pipeline.objects.update(is_default=False)
    pipeline = make.pipeline("Large", stages=STAGES, is_default=True)
    others = [make_teams.person(f"Rep {n}", south) for n in range(199)]
    fill(100_000, owners=[(nora, north.pk), *((person, south.pk) for person in others)], pipeline=pipeline)
    return pipeline


def took(response) -> tuple[float, int]:
    found = re.search(r'app;dur=([\d.]+).*desc="(\d+) queries', response.headers["Server-Timing"])
    return float(found[1]), int(found[2])


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


@pytest.mark.parametrize("who", ["nora", "ada"])
def test_the_board_asks_little_and_reads_little(filled, client_of, request, who, capsys):
    person = request.getfixturevalue(who)
    client = client_of(person)
    client.get("/opportunities/")
    seen = [client.get("/opportunities/") for _n in range(40)]
    times, queries = [took(one)[0] for one in seen], max(took(one)[1] for one in seen)
    kilobytes = len(seen[-1].content) / 1024
    deal = Opportunity.objects.visible_to(person).first()
    stages = make.stages(filled)
    moves = []
    for n in range(40):
        moved = client.post(
            reverse("opportunities:stage", args=[deal.pk]), {"stage": stages[n % 6].pk},
            headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/opportunities/"},
        )  # fmt: skip
        assert moved.status_code == 200
        moves.append(took(moved)[0])
    with capsys.disabled():
        print(f"\n{who}: board p50 {statistics.median(times):.1f} p95 {p95(times):.1f} ms, {queries} queries, {kilobytes:.0f} KB; "
              f"move p50 {statistics.median(moves):.1f} p95 {p95(moves):.1f} ms")  # fmt: skip
    assert queries <= 15 and kilobytes <= 150
    assert seen[-1].content.decode().count('id="card-') == 60


@pytest.mark.parametrize("who", ["nora", "ada", "tess"])
def test_first_cards_read_along_an_index(filled, request, who):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    scope = Scope(request.getfixturevalue(who), filled, [filled])
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = board.first_cards(scope, scope.stages)
    assert all(len(keys) == 10 for keys in found.values()) and len(found) == 6
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {asked.captured_queries[-1]['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan on opportunities_opportunity" not in plan, plan
    buffers = int(re.search(r"shared hit=(\d+)", plan)[1])
    assert buffers < 2_000, plan


def test_the_heads_are_those_of_a_recount(filled, nora, ada):
    for person in (nora, ada):
        scope = Scope(person, filled, [filled])
        found = board.heads(scope, scope.stages, today=timezone.localdate())
        assert sum(head.count for head in found.values()) == scope.rows().open().count()
