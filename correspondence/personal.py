"""Mail to a person: whom to, and what it said."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from core.personal_data import ERASED, clear, register
from correspondence.models import OutgoingMail
from leads.personal import leads


def mails(addresses: Iterable[str], phones: Iterable[str]) -> QuerySet:
    to = OutgoingMail._base_manager.annotate(to_key=Lower("to"))
    return to.filter(Q(to_key__in=addresses) | Q(lead__in=leads(addresses, phones)))


register(
    OutgoingMail, columns=["to", "subject", "text", "html", "headers", "answer", "last_error"], find=mails,
    blank=clear(to=ERASED, subject="", text="", html="", headers={}, answer="", last_error=""),
    impersonal=["key", "mailer", "message_id"],
)  # fmt: skip
