"""Once, whatever breaks: repeated, half done, frozen, killed, crowded."""

import threading
import time

import pytest
from django.db import connection, connections
from django.db.models import Count

from capture import channels, intake
from capture.models import Submission
from core import limits
from leads.models import Lead, LeadEvent
from tests import faults
from tests.factories import capture as entries
from tests.factories import leads

pytestmark = pytest.mark.django_db(transaction=True)


def due_again() -> None:
    """Let leases and waiting times run out without waiting."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE capture_submission SET due_at = now() - interval '1 s', lease_until = lease_until - interval '1 h'")


def story() -> dict:
    """Count what there must be one of: leads by address, created lines by lead."""
    return {
        "leads": dict(Lead.objects.values_list("email_key").annotate(n=Count("pk"))),
        "created": set(LeadEvent.objects.filter(kind="created").values_list("lead").annotate(n=Count("pk")).values_list("n", flat=True)),
        "open": Submission.objects.exclude(state="done").count(),
    }


class TestReceive:
    def test_stores_once_per_external_id(self):
        first = entries.submission(external_id="x", email="a@x.example")
        again = entries.submission(external_id="x", email="b@x.example")
        assert first.pk == again.pk and again.raw == {"email": "a@x.example"}

    def test_two_long_ids_stay_two(self):
        for end in "ab":
            entries.submission(external_id="x" * 300 + end, email="a@x.example")
        assert Submission.objects.count() == 2

    def test_is_there_once_or_not_at_all_wherever_it_breaks(self):
        def work():
            entries.submission(external_id="x", email="a@x.example")

        total = faults.statements_of(work)
        for number in range(1, total + 1):
            Submission.objects.all().delete()
            with faults.crash_after(number):
                work()
            work()
            assert Submission.objects.count() == 1

    def test_answers_without_a_broker(self, settings, monkeypatch):
        from crm_site.celery import app

        monkeypatch.setattr(channels, "_quiet_until", 0.0)
        monkeypatch.setattr(app.conf, "broker_url", "redis+socket:///nowhere/valkey.sock?virtual_host=0")
        monkeypatch.setattr(app.conf, "broker_write_url", "redis+socket:///nowhere/valkey.sock?virtual_host=0")
        made = entries.submission(email="a@x.example")
        assert made.state == "waiting"
        assert channels._quiet_until > time.monotonic()

    def test_a_broker_that_hangs_is_left_alone_after_one_try(self, monkeypatch):
        import socket
        import tempfile

        from crm_site.celery import app

        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as mute:
            mute.bind(f"{folder}/s")
            mute.listen(5)
            address = f"redis+socket://{folder}/s?virtual_host=0"
            monkeypatch.setattr(channels, "_quiet_until", 0.0)
            monkeypatch.setattr(app.conf, "broker_url", address)
            monkeypatch.setattr(app.conf, "broker_write_url", address)
            monkeypatch.setattr(channels, "QUIET", 600.0)
            tried, publish = [], channels.publish
            monkeypatch.setattr(channels, "publish", lambda task: (tried.append(task), publish(task)))
            for name in "abc":
                entries.submission(email=f"{name}@x.example")
            assert tried == ["capture.sweep"]
            assert Submission.objects.count() == 3

    def test_asks_the_workers_to_come(self, monkeypatch):
        asked = []
        monkeypatch.setattr(channels, "publish", asked.append)
        monkeypatch.setattr(channels, "_quiet_until", 0.0)
        entries.submission(email="a@x.example")
        assert asked == ["capture.sweep"]


class TestTakeIn:
    def test_twice_is_once(self):
        entries.submission(email="a@x.example")
        assert (intake.take_in(), intake.take_in()) == (1, 0)
        assert story() == {"leads": {"a@x.example": 1}, "created": {1}, "open": 0}

    def test_whole_again_after_a_crash_behind_each_statement(self):
        def prepare():
            for model in (Submission, Lead):
                model.objects.all().delete()
            leads.lead("Known", email="known@x.example")
            for email in ("a@x.example", "b@x.example", "A@x.example", "known@x.example"):
                entries.submission(email=email, phone="+4930901820", source="Website")

        prepare()
        total = faults.statements_of(intake.take_in)
        assert total > 10
        for number in range(1, total + 1):
            prepare()
            with faults.crash_after(number) as crash:
                intake.take_in()
            assert crash.happened
            due_again()
            intake.take_in()
            assert story() == {"leads": {"known@x.example": 1, "a@x.example": 1, "b@x.example": 1}, "created": {1}, "open": 0}, number
            assert LeadEvent.objects.filter(kind="joined").count() == 2, number

    def test_survives_kill_minus_nine(self):
        for number in (2, 8, 14, 20):
            made = entries.submission(email=f"k{number}@x.example")
            assert faults.killed_after(number, intake.take_in)
            due_again()
            intake.take_in()
            made.refresh_from_db()
            assert made.state == "done" and Lead.objects.filter(email_key=f"k{number}@x.example").count() == 1

    def test_one_bad_row_stops_no_other_and_is_set_aside_after_three_tries(self, monkeypatch):
        whole = [entries.submission(email=f"p{number}@x.example") for number in range(7)]
        bad = entries.submission(email="bad@x.example")
        enter = intake.enter

        def breaks(arrivals, **options):
            if any(arrival.submission == bad.pk for arrival in arrivals):
                raise ValueError("unheard of")
            return enter(arrivals, **options)

        monkeypatch.setattr(intake, "enter", breaks)
        assert intake.take_in() == 7
        assert Submission.objects.filter(pk__in=[one.pk for one in whole], state="done").count() == 7
        for _try in range(limits.TRIES):
            due_again()
            intake.take_in()
        bad.refresh_from_db()
        assert bad.state == "stuck" and "unheard of" in bad.last_error

    def test_a_row_that_kills_its_worker_is_set_aside_and_its_neighbours_are_not(self):
        neighbours = [entries.submission(email=f"n{number}@x.example") for number in range(3)]
        killer = entries.submission(email="killer@x.example")
        neighbours += [entries.submission(email=f"m{number}@x.example") for number in range(3)]

        def worker_that_dies_of_it():
            enter = intake.enter

            def deadly(arrivals, **options):
                if any(arrival.submission == killer.pk for arrival in arrivals):
                    raise faults.Crash
                return enter(arrivals, **options)

            intake.enter = deadly
            try:
                intake.take_in()
            except faults.Crash:
                faults._lose_connection()
            finally:
                intake.enter = enter

        for _death in range(limits.TRIES + 2):
            worker_that_dies_of_it()
            due_again()
        killer.refresh_from_db()
        assert killer.state == "stuck" and killer.last_error
        assert Submission.objects.filter(pk__in=[one.pk for one in neighbours], state="done").count() == 6

    def test_a_dead_workers_neighbours_wait_five_seconds_at_most(self):
        assert intake.LEASE <= 5

    def test_a_frozen_worker_that_wakes_up_changes_nothing(self):
        made = entries.submission(email="a@x.example")

        def another_takes_over():
            due_again()
            thread = threading.Thread(target=_in_thread, args=(intake.take_in,))
            thread.start()
            thread.join()

        claim = 4  # after the claim is committed and before the row is locked
        with faults.at_statement(claim, another_takes_over) as frozen:
            intake.take_in()
        assert frozen.happened
        made.refresh_from_db()
        assert made.state == "done" and made.attempts == 2
        assert story() == {"leads": {"a@x.example": 1}, "created": {1}, "open": 0}

    def test_a_worker_frozen_in_the_middle_is_cut_off_by_the_database(self):
        with connection.cursor() as cursor:
            from django.db import transaction

            made = entries.submission(email="a@x.example")
            [row] = Submission.objects.claim(pk=made.pk)
            with transaction.atomic():
                intake._settle([row])
                cursor.execute("SHOW idle_in_transaction_session_timeout")
                assert cursor.fetchone()[0] == "5s"

    def test_the_applications_own_role_may_do_it_all(self):
        from django.conf import settings

        role = settings.APP_ROLE
        entries.submission(email="a@x.example", source="Website")
        entries.submission(email="a@x.example")
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}")
        try:
            assert intake.take_in() == 2
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")
        assert Lead.objects.count() == 1


class TestCrowd:
    def test_fifty_at_once_make_one_lead(self):
        for _number in range(50):
            entries.submission(email="same@x.example")
        errors = _all_at_once(50, lambda: intake.take_in(limit=1))
        for _time in range(3):
            due_again()
            intake.take_in()
        assert not errors
        assert story() == {"leads": {"same@x.example": 1}, "created": {1}, "open": 0}
        assert LeadEvent.objects.filter(kind="joined").count() == 49

    def test_batches_with_the_same_people_in_other_orders_do_not_hang(self):
        from django.utils import timezone

        people = [f"p{number}@x.example" for number in range(40)]
        orders = [people, people[::-1], people[20:] + people[:20], people[::2] + people[1::2]]
        turn = iter(range(len(orders)))

        def bring():
            mine = next(turn)
            rows = [channels.Row(f"{mine}:{email}", {"email": email, "city": "Oslo"}) for email in orders[mine]]
            channels.receive_many("import", rows, at=timezone.now())

        errors = _all_at_once(4, bring)
        assert not errors
        assert Lead.objects.count() == 40 and LeadEvent.objects.filter(kind="joined").count() == 120


def _in_thread(work, errors: list | None = None) -> None:
    try:
        work()
    except Exception as error:
        if errors is None:
            raise
        errors.append(error)
    finally:
        connections.close_all()


def _all_at_once(count: int, work) -> list:
    errors: list = []
    threads = [threading.Thread(target=_in_thread, args=(work, errors)) for _number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors
