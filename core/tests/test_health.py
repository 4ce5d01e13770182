import json

import pytest
from django.db import connection

from core import heartbeat
from core.heartbeat import PROCESSES


@pytest.mark.django_db
class TestReady:
    def test_says_what_is_missing(self, client):
        heartbeat.beat("worker")
        answer = client.get("/readyz")
        found = json.loads(answer.content)
        assert answer.status_code == 503
        assert (found["ready"], found["database"], found["worker"], found["bulk"]) == (False, True, True, False)

    def test_is_ready_once_everybody_was_heard_of(self, client):
        for process in PROCESSES:
            heartbeat.beat(process)
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert json.loads(answer.content)["oldest_waiting_seconds"] is None

    def test_is_not_ready_before_the_database_is_prepared(self, client):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE core_heartbeat RENAME TO not_made_yet")
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert json.loads(answer.content)["database"] is False

    def test_tells_no_secrets(self, client):
        assert set(json.loads(client.get("/readyz").content)) == {
            "ready", "database", "broker", "worker", "bulk", "beat", "oldest_waiting_seconds"}  # fmt: skip


class TestAlive:
    def test_answers_without_the_database(self, client):
        # no database mark: a query would fail the test
        assert client.get("/healthz").content == b"alive\n"


class TestHeaders:
    def test_stand_on_every_page(self, client):
        answer = client.get("/healthz")
        assert answer["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Referrer-Policy"] == "same-origin"
        assert len(answer["X-Request-ID"]) == 36

    def test_time_the_answer(self, client):
        assert answer_has_timing(client.get("/healthz")["Server-Timing"])


def answer_has_timing(header: str) -> bool:
    return header.startswith("app;dur=") and header.endswith('desc="0 queries"')
