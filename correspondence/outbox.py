"""Mail on its way out: planned → sending (committed before the connection opens) → sent, refused or uncertain.

At most once: a message whose end is unknown becomes uncertain and waits for a person. One that certainly was not
handed over (no connection, a temporary refusal) goes back to planned and is tried again for three days.
"""

import logging
import re
import smtplib
import time
import uuid
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import mailers
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from correspondence.models import OutgoingMail
from correspondence.wire import CrmMessage

log = logging.getLogger(__name__)
Stage = OutgoingMail.Stage

_ADDRESS = re.compile(r"^[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+$")
LEASE = 60  # seconds a message may be `sending` before its end counts as unknown; the connection's own limit is 10
FIRST_PAUSE, LONGEST_PAUSE = 30, 3600  # seconds before the next try
GIVE_UP_AFTER = timedelta(days=3)


class NotAnAddress(ValueError):
    """The recipient is not exactly one e-mail address."""


def post(
    key: str, to: str, subject: str, text: str, *, html: str = "", headers: dict[str, str] | None = None, lead=None,
    person=None, mailer: str = "default", due_at: datetime | None = None,
) -> OutgoingMail:  # fmt: skip
    """Plan one message inside the caller's transaction; the same key again returns what was planned. Raises NotAnAddress.

    Line breaks in subject and headers become spaces: nothing a stranger typed can add a header or a recipient.
    """
    to = to.strip()
    if len(to) > 320 or not _ADDRESS.match(to):
        raise NotAnAddress(key)
    planned = OutgoingMail(
        key=key, to=to, subject=_one_line(subject)[:300], text=text, html=html, lead=lead, person=person, mailer=mailer,
        headers={_one_line(name): _one_line(value) for name, value in (headers or {}).items()}, message_id=_new_message_id(),
        due_at=due_at or timezone.now(),
    )  # fmt: skip
    OutgoingMail.objects.bulk_create([planned], ignore_conflicts=True)
    return OutgoingMail.objects.get(key=key)


def send_due_mail(*, limit: int = 100, seconds: float = 20) -> int:
    """Send what is due, one by one, for at most `seconds`; return how many were handed over. Safe in parallel."""
    mark_uncertain()
    until, sent = time.monotonic() + seconds, 0
    for _ in range(limit):
        if time.monotonic() > until:
            break
        claimed = OutgoingMail.objects.claim(limit=1, lease=LEASE, stage=Stage.PLANNED)
        if not claimed:
            break
        sent += _send(claimed[0])
    return sent


def mark_uncertain() -> int:
    """Say of messages whose sender stopped while sending that their end is unknown. Never sends anything."""
    stale = OutgoingMail.objects.filter(stage=Stage.SENDING, lease_until__lt=Now())
    return stale.update(
        stage=Stage.UNCERTAIN, state=OutgoingMail.State.STUCK, token=None, lease_until=None, settled_at=Now(),
        last_error="its sender stopped before the mail server's answer was known",
    )  # fmt: skip


def settle(mail: OutgoingMail, stage: str) -> bool:
    """A person says what became of an uncertain message: sent, refused, or planned to send it once more."""
    if stage not in OutgoingMail.MOVES[Stage.UNCERTAIN]:
        raise ValueError(f"an uncertain message can't become {stage}")
    again = {"state": OutgoingMail.State.WAITING, "attempts": 0, "due_at": Now(), "settled_at": None, "last_error": ""}
    closed = {"state": OutgoingMail.State.DONE, "settled_at": Now()}
    uncertain = OutgoingMail.objects.filter(pk=mail.pk, stage=Stage.UNCERTAIN)
    return uncertain.update(stage=stage, **(again if stage == Stage.PLANNED else closed)) == 1


def _send(mail: OutgoingMail) -> bool:
    """Hand one claimed message to the mail server and write down how that ended; True when it took it."""
    if not _mark_sending(mail):
        return False
    try:
        message = _message(mail)
        connection = mailers[mail.mailer]
    except Exception as error:  # a message that can't even be written: nothing was handed over, and nothing will be
        log.exception("a mail could not be written", extra={"mail": mail.pk})
        return _refuse(mail, f"{type(error).__name__}: {error}")
    try:
        return _deliver(mail, message, connection)
    finally:
        _hang_up(connection)


def _deliver(mail: OutgoingMail, message: CrmMessage, connection) -> bool:
    try:
        connection.open()
    except Exception as error:  # noqa: BLE001 - whatever it is, no message was handed over
        return _put_off(mail, error)
    try:
        connection.send_messages([message])
    except Exception as error:  # noqa: BLE001 - every way a delivery can end is one of three states
        return _settle_failure(mail, error)
    return mail.finish(stage=Stage.SENT, settled_at=Now(), answer="accepted")


def _mark_sending(mail: OutgoingMail) -> bool:
    """Commit `sending` before the connection opens: from here on the message is never sent by itself again."""
    with transaction.atomic(durable=True):
        held = OutgoingMail.objects.filter(pk=mail.pk, token=mail.token, stage=Stage.PLANNED)
        return held.update(stage=Stage.SENDING, sending_at=Now(), lease_until=Now() + timedelta(seconds=LEASE)) == 1


def _message(mail: OutgoingMail) -> CrmMessage:
    headers = {"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated", **mail.headers}
    message = CrmMessage(mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.to], headers=headers)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    message.message().as_bytes()
    return message


def _settle_failure(mail: OutgoingMail, error: Exception) -> bool:
    """Tell a refusal (final or for now) from an end nobody knows."""
    code = _code_of(error)
    if code is None:
        log.warning("the end of a mail is unknown", extra={"mail": mail.pk, "error": type(error).__name__})
        mail.finish(OutgoingMail.State.STUCK, stage=Stage.UNCERTAIN, settled_at=Now(),
                    last_error=f"the mail server's answer is unknown ({type(error).__name__})")
        return False
    return _put_off(mail, error) if 400 <= code < 500 else _refuse(mail, str(error))


def _code_of(error: Exception) -> int | None:
    """Return the server's answer to MAIL, RCPT or DATA; None when it gave none, or the address can't be written."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max(code for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code
    if isinstance(error, ValueError | smtplib.SMTPNotSupportedError):
        return 553
    return None


def _refuse(mail: OutgoingMail, answer: str) -> bool:
    mail.finish(stage=Stage.REFUSED, settled_at=Now(), answer=answer[:2000])
    return False


def _put_off(mail: OutgoingMail, error: Exception) -> bool:
    """Return to planned what certainly was not handed over; give up after three days."""
    if timezone.now() - mail.created_at > GIVE_UP_AFTER:
        return _refuse(mail, f"not accepted within three days: {type(error).__name__}: {error}")
    pause = min(FIRST_PAUSE * 2 ** min(mail.deferrals, 10), LONGEST_PAUSE)
    held = OutgoingMail.objects.filter(pk=mail.pk, token=mail.token, stage=Stage.SENDING)
    held.update(
        stage=Stage.PLANNED, state=OutgoingMail.State.WAITING, token=None, lease_until=None, attempts=0,
        deferrals=F("deferrals") + 1, due_at=Now() + timedelta(seconds=pause), last_error=f"{type(error).__name__}: {error}"[:2000],
    )  # fmt: skip
    return False


def _hang_up(connection) -> None:
    try:
        connection.close()
    except Exception:  # noqa: BLE001 - the message's end is known by now
        log.info("the mail server did not say goodbye")


def _one_line(text) -> str:
    return " ".join(str(text).split())


def _new_message_id() -> str:
    """Return an id of at most 77 characters, so that no policy folds it."""
    host = (urlsplit(settings.PUBLIC_URL).hostname or "localhost")[:40].strip(".-") or "localhost"
    return f"<{uuid.uuid4().hex}@{host}>"
