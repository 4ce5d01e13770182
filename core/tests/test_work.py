"""Claim, work, finish: on correspondence.OutgoingMail, the smallest kind of work there is."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from core import limits
from core.work import Work
from correspondence.models import OutgoingMail


def mail(number: int = 1, **fields) -> OutgoingMail:
    made = OutgoingMail.objects.create(
        key=f"m{number}", to="a@b.example", subject="s", text="t", message_id=f"<{number}@x>", **fields
    )
    made.refresh_from_db()
    return made


def let_the_lease_run_out(row: OutgoingMail) -> None:
    OutgoingMail.objects.filter(pk=row.pk).update(lease_until=Now() - timedelta(seconds=1))


@pytest.mark.django_db
class TestClaim:
    def test_takes_each_row_once(self):
        mail(1), mail(2)
        assert len(OutgoingMail.objects.claim()) == 2
        assert OutgoingMail.objects.claim() == []

    def test_takes_a_row_again_when_its_lease_has_run_out(self):
        row = mail()
        (first,) = OutgoingMail.objects.claim()
        let_the_lease_run_out(row)
        (second,) = OutgoingMail.objects.claim()
        assert second.token != first.token
        assert second.attempts == 2

    def test_leaves_what_is_due_later(self):
        mail(due_at=Now() + timedelta(minutes=1))
        assert OutgoingMail.objects.claim() == []

    def test_sets_aside_what_stopped_its_worker_three_times(self):
        row = mail()
        for _ in range(limits.TRIES):
            assert len(OutgoingMail.objects.claim()) == 1
            let_the_lease_run_out(row)
        assert OutgoingMail.objects.claim() == []
        row.refresh_from_db()
        assert row.state == Work.State.STUCK
        assert "three times" in row.last_error


@pytest.mark.django_db
class TestFinish:
    def test_closes_the_row(self):
        mail()
        (row,) = OutgoingMail.objects.claim()
        assert row.finish(stage="sent")
        row.refresh_from_db()
        assert (row.state, row.stage, row.token) == ("done", "sent", None)

    def test_changes_nothing_once_the_lease_went_to_somebody_else(self):
        made = mail()
        (frozen,) = OutgoingMail.objects.claim()
        let_the_lease_run_out(made)
        (second,) = OutgoingMail.objects.claim()
        assert frozen.finish(stage="sent") is False
        made.refresh_from_db()
        assert (made.stage, made.token) == ("planned", second.token)


@pytest.mark.django_db
class TestGiveBack:
    def test_waits_longer_each_time_and_then_sets_aside(self):
        made = mail()
        waits = []
        for _ in range(limits.TRIES):
            OutgoingMail.objects.filter(pk=made.pk).update(due_at=Now())
            (row,) = OutgoingMail.objects.claim()
            row.give_back("the server said no")
            made.refresh_from_db()
            with connection.cursor() as cursor:
                cursor.execute("SELECT extract(epoch FROM %s - now())", [made.due_at])
                waits.append(round(cursor.fetchone()[0]))
        assert waits == [5, 10, 20]
        assert (made.state, made.last_error) == ("stuck", "the server said no")
