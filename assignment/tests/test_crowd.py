"""Fifty runs at once on the real engine (R5): one owner and one record each, a fair rotation, no cap passed."""

import threading
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.db import connections
from django.db.models import Count
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assignment import routing
from assignment.desks import TURN, Desk, Load, Seat
from assignment.models import Decision
from core import invariants
from leads.models import Lead
from teams.models import Membership, SalesTeam, User
from tests.factories import assignment as factories
from tests.factories import teams

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
RUNS = 50


def crowd(work, number: int = RUNS) -> None:
    """Do the work in many threads, begun together; what one of them raises is raised here."""
    errors, begin = [], threading.Barrier(number)

    def run():
        try:
            begin.wait(timeout=60)
            work()
        except Exception as problem:
            errors.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.django_db(transaction=True)
class TestFiftyRuns:
    @pytest.fixture
    def desks(self, transactional_db):
        north, south = teams.team("North"), teams.team("South")
        for team in (north, south):
            for number in range(4):
                teams.person(f"{team} {number}", team)
        teams.member(User.objects.get(name="North 0"), south)
        Membership.objects.update(capacity=1000)
        Membership.objects.filter(user__name="South 3").update(capacity=7)
        Membership.objects.filter(user__name="North 3").update(is_paused=True)
        return north, south

    def test_give_each_lead_one_owner_and_one_record(self, desks):
        north, south = desks
        rows = factories.waiting_leads(150, north) + factories.waiting_leads(60, south)
        crowd(lambda: routing.drain_queue(at=AT, size=5, seconds=120))
        routing.drain_queue(at=AT)  # what the last of them still held
        pks = [lead.pk for lead in rows]
        assert not Lead.objects.filter(pk__in=pks, owner=None).exists()
        records = Decision.objects.filter(lead__in=pks, outcome="assigned").values("lead").annotate(n=Count("pk"))
        assert (len(records), {row["n"] for row in records}) == (210, {1})
        assert {lead.owner_id for lead in Lead.objects.filter(pk__in=pks)} == set(
            Decision.objects.filter(lead__in=pks, outcome="assigned").values_list("owner", flat=True))
        got = Counter(Lead.objects.filter(pk__in=pks, team=north).values_list("owner__name", flat=True))
        assert sum(got.values()) == 150 and max(got.values()) - min(got.values()) <= 1 and "North 3" not in got
        assert Lead.objects.filter(owner__name="South 3").count() == 7
        assert not list(invariants._checks["lead assigned twice"]())

    def test_the_same_leads_by_fifty_hands(self, desks):
        rows = [lead.pk for lead in factories.waiting_leads(20, desks[0])]
        crowd(lambda: routing.assign_by_ids(rows, at=AT))
        routing.assign_by_ids(rows, at=AT)
        assert Decision.objects.filter(lead__in=rows, outcome="assigned").count() == 20
        got = Counter(Lead.objects.filter(pk__in=rows).values_list("owner__name", flat=True))
        assert max(got.values()) - min(got.values()) <= 1

    def test_nobody_passes_the_capacity(self, desks):
        north, south = desks
        Membership.objects.update(capacity=6)
        factories.waiting_leads(60, north)
        factories.waiting_leads(60, south)
        crowd(lambda: routing.drain_queue(at=AT, size=3, seconds=120), 20)
        loads = Counter(Lead.objects.filter(owner__isnull=False).values_list("owner__name", flat=True))
        assert max(loads.values()) == 6
        assert sum(loads.values()) == 7 * 6  # of eight people one is paused; North 0 sits in both teams


SEATS = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 30), st.booleans()), min_size=1, max_size=6)


def desk_of(seats) -> Desk:
    """A desk of its own, without a database: (weight, capacity, is paused) for each seat."""
    desk = Desk(SalesTeam(pk=1, name="North"))
    for number, (weight, capacity, is_paused) in enumerate(seats):
        member = Membership(pk=number, user=User(pk=number, name=str(number)), team=desk.team, weight=weight, capacity=capacity, is_paused=is_paused)
        desk.seats.append(Seat(member, Load(), 0, AT))
    return desk


class TestRotation:
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(seats=SEATS, number=st.integers(0, 120))
    def test_is_fair_and_never_passes_a_cap(self, seats, number):
        desk = desk_of(seats)
        for _ in range(number):
            seat = desk.by_turn()
            if seat is None:
                break
            assert not seat.why_not
            desk.give(seat, takes_turn=True)
        got = [seat.load.open for seat in desk.seats]
        assert all(load <= capacity and not (load and paused) for load, (_, capacity, paused) in zip(got, seats, strict=True))
        assert sum(got) == min(number, sum(capacity for _, capacity, paused in seats if not paused))

    @settings(max_examples=100, deadline=None)
    @given(weights=st.lists(st.integers(1, 4), min_size=1, max_size=6), number=st.integers(0, 200))
    def test_differs_by_one_turn_at_most(self, weights, number):
        desk = desk_of([(weight, 1000, False) for weight in weights])
        for _ in range(number):
            desk.give(desk.by_turn(), takes_turn=True)
        turns = [seat.load.open / seat.member.weight for seat in desk.seats]
        assert max(turns) - min(turns) <= 1
        assert all(TURN % weight == 0 for weight in weights)
