"""The outbox against a real SMTP server on the loopback address."""

import email
import email.policy
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as django_settings
from django.db import connection

from core import invariants
from correspondence import outbox, stuck
from correspondence.models import OutgoingMail


class Postman:
    """What the mail server does with each message: takes it, refuses it, hangs up, or never answers."""

    def __init__(self):
        self.taken: list[bytes] = []
        self.answers: list[str] = []
        self.to_rcpt: list[str] = []
        self.arrived = threading.Event()
        self.hold = threading.Event()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.to_rcpt:
            return self.to_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 taken"
        self.taken.append(envelope.content)
        self.arrived.set()
        if answer == "hang up":
            server.transport.abort()
            return "250 never said"
        if answer == "never":
            import asyncio

            while not self.hold.is_set():
                await asyncio.sleep(0.05)
        return answer


@pytest.fixture
def postman(settings):
    postman = Postman()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(postman, hostname="127.0.0.1", port=port)
    server.start()
    settings.MAILERS = {"default": smtp(port)}
    yield postman
    postman.hold.set()
    server.stop()


def smtp(port: int) -> dict:
    options = {"host": "127.0.0.1", "port": port, "use_tls": False, "timeout": 60}
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


def plan(key: str = "k", to: str = "eva@example.com", **words) -> OutgoingMail:
    return outbox.post(key, to, words.pop("subject", "Grüße"), words.pop("text", "Hello Eva"), **words)


def now_due() -> None:
    OutgoingMail.objects.filter(stage="planned").update(due_at=outbox.Now())


pytestmark = pytest.mark.django_db


class TestPost:
    def test_plans_once_per_key(self):
        assert plan() == plan(text="another")
        assert OutgoingMail.objects.get().text == "Hello Eva"

    @pytest.mark.parametrize("to", ["", "eva", "a@example.com, b@example.com", "a@example.com\nBcc: b@example.com", "Eva <a@b.c>",
                                    "a@b@c", "x" * 320 + "@example.com"])  # fmt: skip
    def test_refuses_what_is_not_exactly_one_address(self, to):
        with pytest.raises(outbox.NotAnAddress):
            plan(to=to)
        assert not OutgoingMail.objects.exists()

    def test_folds_line_breaks_so_that_nothing_adds_a_header(self, postman):
        plan(subject="Hi\r\nBcc: all@example.com", headers={"X-Lead": "1\r\nBcc: all@example.com"})
        outbox.send_due_mail()
        message = email.message_from_bytes(postman.taken[0], policy=email.policy.default)
        assert message["Bcc"] is None and message["To"] == "eva@example.com"


class TestSend:
    def test_hands_it_over_once_however_often_it_is_swept(self, postman):
        mail = plan()
        assert [outbox.send_due_mail() for _ in range(3)] == [1, 0, 0]
        mail.refresh_from_db()
        message = email.message_from_bytes(postman.taken[0], policy=email.policy.default)
        assert (mail.stage, len(postman.taken)) == ("sent", 1)
        assert message["Message-ID"] == mail.message_id and message["Subject"] == "Grüße"
        assert message["Auto-Submitted"] == "auto-generated"

    def test_keeps_long_header_tokens_whole(self, postman):
        tokens = dict.fromkeys(("In-Reply-To", "References", "List-Unsubscribe"), f"<{'a' * 120}@outlook.example>")
        plan(headers=tokens)
        outbox.send_due_mail()
        for token in tokens.values():
            assert token.encode() in postman.taken[0]

    @pytest.mark.parametrize("where", ["to_rcpt", "answers"])
    def test_writes_down_a_refusal_and_does_not_try_again(self, postman, where):
        getattr(postman, where).append("550 no such person")
        mail = plan()
        outbox.send_due_mail()
        now_due()
        outbox.send_due_mail()
        mail.refresh_from_db()
        assert mail.stage == "refused" and "no such person" in mail.answer

    def test_tries_again_after_a_temporary_refusal(self, postman):
        postman.to_rcpt.append("451 come back later")
        mail = plan()
        assert outbox.send_due_mail() == 0
        mail.refresh_from_db()
        assert (mail.stage, mail.deferrals) == ("planned", 1) and mail.due_at > mail.created_at
        now_due()
        assert outbox.send_due_mail() == 1

    def test_waits_for_a_server_that_is_away(self, postman, settings):
        there = settings.MAILERS
        settings.MAILERS = {"default": smtp(1)}
        mail = plan()
        for _ in range(5):
            outbox.send_due_mail()
            now_due()
        mail.refresh_from_db()
        assert (mail.stage, mail.deferrals) == ("planned", 5)
        settings.MAILERS = there
        assert outbox.send_due_mail() == 1

    def test_gives_up_after_three_days(self, settings):
        settings.MAILERS = {"default": smtp(1)}
        mail = plan()
        OutgoingMail.objects.update(created_at=mail.created_at - outbox.GIVE_UP_AFTER)
        outbox.send_due_mail()
        mail.refresh_from_db()
        assert mail.stage == "refused"

    def test_calls_an_answer_that_never_came_uncertain_and_never_resends(self, postman):
        postman.answers.append("hang up")
        mail = plan()
        outbox.send_due_mail()
        mail.refresh_from_db()
        assert mail.stage == "uncertain"
        now_due()
        assert outbox.send_due_mail() == 0 and len(postman.taken) == 1

    def test_one_bad_message_stops_no_other(self, postman):
        postman.to_rcpt.append("550 no")
        plan("bad")
        plan("good")
        assert outbox.send_due_mail() == 1

    def test_asks_for_tls_by_default_and_sends_nothing_without(self, postman, settings):
        port = settings.MAILERS["default"]["OPTIONS"]["port"]
        settings.MAILERS = {"default": {**smtp(port), "OPTIONS": {**smtp(port)["OPTIONS"], "use_tls": True}}}
        mail = plan()
        outbox.send_due_mail()
        mail.refresh_from_db()
        assert mail.stage == "planned" and not postman.taken


class TestUncertain:
    def test_a_person_says_what_became_of_it(self, postman):
        postman.answers.append("hang up")
        mail = plan()
        outbox.send_due_mail()
        assert outbox.settle(mail, "planned") and not outbox.settle(mail, "sent")
        assert outbox.send_due_mail() == 1

    def test_a_frozen_sender_that_wakes_up_changes_nothing(self, postman):
        mail = plan()
        [held] = OutgoingMail.objects.claim(limit=1, stage="planned")
        assert outbox._mark_sending(held)
        OutgoingMail.objects.update(lease_until=held.created_at, sending_at=held.created_at - outbox.GIVE_UP_AFTER)
        assert any("sending" in name for name in invariants.check_all())
        assert outbox.mark_uncertain() == 1
        assert not held.finish(stage="sent")
        mail.refresh_from_db()
        assert mail.stage == "uncertain"


class TestOperations:
    def test_lists_what_is_uncertain_and_sends_it_again_when_a_person_says_so(self, postman, client_of, olga):
        postman.answers.append("hang up")
        mail = plan("invitation:1", subject="Secret words")
        outbox.send_due_mail()
        client = client_of(olga)
        page = client.get("/operations/").text
        assert f"invitation {mail.pk}" in page and "Secret words" not in page
        client.post(f"/operations/mail/{mail.pk}/retry/")
        assert outbox.send_due_mail() == 1

    @pytest.mark.parametrize("key", ["x", "999999999"])
    def test_finds_nothing_to_try_again(self, key):
        assert stuck.retry(key) is False


SENDER = """
import django; django.setup()
from django.conf import settings
settings.MAILERS = {mailers!r}
settings.DATABASES["default"]["NAME"] = {name!r}
from correspondence import outbox
outbox.send_due_mail()
"""


@pytest.mark.django_db(transaction=True)
class TestKill:
    def test_between_sending_and_the_answer_leaves_it_uncertain(self, postman):
        """kill -9 while the server holds its answer back: it got the message, nobody may send it again."""
        postman.answers.append("never")
        mail = plan()
        mailers, name = django_settings.MAILERS, connection.settings_dict["NAME"]
        sender = subprocess.Popen(
            [sys.executable, "-c", SENDER.format(mailers=mailers, name=name)],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "crm_site.settings"}, cwd=django_settings.BASE_DIR,
        )  # fmt: skip
        try:
            assert postman.arrived.wait(60)
        finally:
            sender.send_signal(signal.SIGKILL)
            sender.wait()
        mail.refresh_from_db()
        assert mail.stage == "sending"
        OutgoingMail.objects.update(lease_until=mail.sending_at)
        assert outbox.send_due_mail() == 0
        mail.refresh_from_db()
        assert mail.stage == "uncertain" and len(postman.taken) == 1

    def test_four_senders_at_once_send_each_once(self, postman):
        for number in range(20):
            plan(f"mail {number}")

        def work():
            outbox.send_due_mail()
            connection.close()

        senders = [threading.Thread(target=work) for _ in range(4)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        assert len(postman.taken) == 20 and OutgoingMail.objects.filter(stage="sent").count() == 20
