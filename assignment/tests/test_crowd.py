"""Fifty runs at once on the real engine (R5): one owner and one record each, a fair rotation, no cap passed."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections, transaction
from django.db.models import Count, F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assignment import clockwork, routing
from assignment.desks import TURN, Desk, Load, Seat
from assignment.models import ClockStep, Decision
from capture import qualifying
from core import invariants
from leads.models import Lead
from teams.models import Membership, SalesTeam, User
from tests.factories import assignment as factories
from tests.factories import teams

AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
RUNS = 50


def crowd(*work, number: int = RUNS) -> None:
    """Do the work in many threads, in turn where there are several kinds; what one of them raises is raised here.

    They wait for one another as long as it takes: how quick the machine is decides nothing.
    """
    errors, begin = [], threading.Barrier(number)

    def run(mine):
        try:
            begin.wait(timeout=300)
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = 0")
            try:
                mine()
            finally:
                with connection.cursor() as cursor:
                    cursor.execute("RESET lock_timeout")
        except Exception as problem:
            errors.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[work[n % len(work)]]) for n in range(number)]
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
        crowd(lambda: routing.drain_queue(at=AT, size=5, seconds=600))
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
        crowd(lambda: routing.drain_queue(at=AT, size=3, seconds=600), number=20)
        loads = Counter(Lead.objects.filter(owner__isnull=False).values_list("owner__name", flat=True))
        assert max(loads.values()) == 6
        assert sum(loads.values()) == 7 * 6  # of eight people one is paused; North 0 sits in both teams

    def test_leads_deleted_or_merged_meanwhile_hold_nobody_up(self, desks):
        north, south = desks
        kept = factories.waiting_leads(1, south)[0]
        pks = [lead.pk for lead in factories.waiting_leads(60, north)]
        gone, merged, others = pks[::3], pks[1::3], pks[2::3]

        def delete():
            for pk in gone:
                with transaction.atomic():
                    for lead in Lead.objects.select_for_update().filter(pk=pk):
                        lead.delete()

        def merge():
            for pk in merged:
                Lead.objects.filter(pk=pk, merged_at=None).update(merged_at=AT, merged_into=kept, version=F("version") + 1)

        crowd(lambda: routing.drain_queue(at=AT, size=3, seconds=600), delete, merge, number=12)
        routing.drain_queue(at=AT)
        records = Counter(Decision.objects.filter(outcome="assigned").values_list("lead", flat=True))
        owned = set(Lead.objects.filter(owner__isnull=False).values_list("pk", flat=True))
        assert set(records.values()) == {1} and records.keys() == owned, "one owner and one record each, none for what is gone"
        assert owned >= {*others, kept.pk} and not owned & set(gone)
        assert not Lead.objects.filter(pk__in=gone).exists() and Lead.objects.filter(pk__in=merged, is_open=False).count() == 20

    def test_the_steps_after_capture_the_queue_and_the_clock_beside_one_another(self, desks):
        north, south = desks
        north.after_limit = "reroute"
        north.save()
        late_owner = User.objects.get(name="North 1")
        waiting, fresh = factories.waiting_leads(30, north), [factories.due_lead(team=south) for _ in range(12)]
        since = AT - timedelta(hours=3)
        late = factories.waiting_leads(
            12, north, owner=late_owner, assigned_at=since, first_assigned_at=since, response_limit_at=AT - timedelta(hours=1)
        )

        def qualify():
            while qualifying.qualify_due(limit=3, at=AT):
                pass

        crowd(lambda: routing.drain_queue(at=AT, size=5, seconds=600), qualify, lambda: clockwork.sweep(at=AT), number=18)
        routing.drain_queue(at=AT)
        clockwork.sweep(at=AT)
        pks = [lead.pk for lead in [*waiting, *fresh, *late]]
        given = Decision.objects.filter(kind="assignment", lead__in=pks, outcome="assigned")
        assert dict(given.values_list("lead").annotate(n=Count("pk"))) == dict.fromkeys(pks, 1)
        assert dict(Lead.objects.filter(pk__in=pks).values_list("pk", "owner")) == dict(given.values_list("lead", "owner"))
        assert ClockStep.objects.filter(lead__in=[lead.pk for lead in late], kind="rerouted").count() == len(late)
        assert not Lead.objects.filter(pk__in=[lead.pk for lead in late], owner=late_owner).exists()
        assert Lead.objects.filter(owner__name="South 3").count() <= 7
        assert not list(invariants._checks["lead assigned twice"]())


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
        turns = [seat.load.open / seat.member.weight for seat in desk.seats if not seat.why_not]
        assert not turns or max(turns) - min(turns) <= 1, "who always had room got as many turns as the others with room"

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(seats=SEATS, began=st.lists(st.integers(0, 10), min_size=6, max_size=6), number=st.integers(0, 120))
    def test_by_load_evens_out_and_never_passes_a_cap(self, seats, began, number):
        desk = desk_of(seats)
        for seat, load in zip(desk.seats, began, strict=False):
            seat.load.open = min(load, seat.member.capacity)
        room = sum(seat.room for seat in desk.seats)
        given = 0
        while given < number and (seat := desk.by_load()):
            others = [other.load.open / other.member.weight for other in desk.seats if not other.why_not]
            assert not seat.why_not and seat.load.open / seat.member.weight == min(others)
            desk.give(seat, takes_turn=True)
            given += 1
        assert given == min(number, room) and all(seat.load.open <= seat.member.capacity for seat in desk.seats)

    @settings(max_examples=100, deadline=None)
    @given(weights=st.lists(st.integers(1, 4), min_size=1, max_size=6), number=st.integers(0, 200))
    def test_differs_by_one_turn_at_most(self, weights, number):
        desk = desk_of([(weight, 1000, False) for weight in weights])
        for _ in range(number):
            desk.give(desk.by_turn(), takes_turn=True)
        turns = [seat.load.open / seat.member.weight for seat in desk.seats]
        assert max(turns) - min(turns) <= 1
        assert all(TURN % weight == 0 for weight in weights)
