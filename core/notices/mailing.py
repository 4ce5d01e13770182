"""Notices by mail for people who are away: one message for all that waits, each notice in one message at most."""

import logging
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Min, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import business, mail
from core.notices import kinds, presence
from core.notices.models import Notice, NoticeWishes
from core.notices.verbs import MOST_ROWS

log = logging.getLogger(__name__)

STALE = timedelta(hours=24)  # older news is no longer worth a mail
PEOPLE_AT_ONCE = 100
LINES = 20
NAMED = 10  # records of one digest


def mail_those_away(*, at: datetime) -> int:
    """Plan one mail for each person who is away and has unread notices that want one; returns how many mails."""
    waiting = Notice.objects.unread().filter(by_mail=True, mailed_at__isnull=True, at__gt=at - STALE, at__lte=at)
    oldest: dict[int, datetime] = dict(waiting.order_by().values("person").annotate(first=Min("at")).values_list("person", "first"))
    minutes = {**dict.fromkeys(oldest, NoticeWishes().away_minutes),
               **dict(NoticeWishes.objects.filter(person__in=oldest).values_list("person", "away_minutes"))}  # fmt: skip
    patient = {pk: minutes[pk] for pk in oldest if oldest[pk] <= at - timedelta(minutes=minutes[pk])}
    away = presence.away_since(patient, at=at)
    people = get_user_model()._base_manager.filter(pk__in=away, is_active=True).order_by("pk")
    return sum(_tried(person, at=at) for person in people[:PEOPLE_AT_ONCE])


def _tried(person, *, at: datetime) -> bool:
    """Mail one person; where that fails it is tried again with the next sweep, and the others have theirs all the same."""
    try:
        return _mail(person, at=at)
    except Exception:
        log.exception("a person's notices could not be mailed", extra={"person": person.pk})
        return False


@transaction.atomic
def _mail(person, *, at: datetime) -> bool:
    """Put what waits for a person into the outbox, and mark it, in one transaction: a crash does neither."""
    waiting = Notice.objects.unread().filter(
        person=person, by_mail=True, mailed_at__isnull=True, at__gt=at - STALE, at__lte=at
    )
    rows = list(waiting.newest_first().select_for_update(skip_locked=True))
    if not rows:
        return False
    Notice.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=at)
    shown = _seen(rows, person)
    if not shown or not person.email:
        return False
    with translation.override(person.language or settings.LANGUAGE_CODE), timezone.override(person.zone):
        subject, context = _context(shown, person)
        _name_what(context["notices"], person)
        text = render_to_string("notices/mail/notices.txt", context)
        html = render_to_string("notices/mail/notices.html", context)
        mail.post(f"notices:{person.pk}:{rows[0].pk}", person.email, subject, text.strip() + "\n", html=html, person=person)
    return True


def _context(shown: list[Notice], person) -> tuple[str, dict[str, Any]]:
    """Return the subject, which says the newest and how much else there is, and what both forms of the mail are made of."""
    subject, others = str(shown[0]), len(shown) - 1
    heading, button, target = _("While you were away"), _("Open"), shown[0].url or reverse("core:notices")
    if others:
        said = ngettext("%(first)s, and %(n)s more notice", "%(first)s, and %(n)s more notices", others)
        subject = said % {"first": subject.rstrip("."), "n": others}
        heading = ngettext("%(n)s notice", "%(n)s notices", len(shown)) % {"n": len(shown)}
        button, target = _("Open the notices"), reverse("core:notices")
    return subject, {
        "subject": subject, "heading": heading, "notices": shown[:LINES], "more": len(shown) - LINES,
        "button": button, "target": target, "address": settings.PUBLIC_URL, "wishes": reverse("core:wishes"),
        "organisation": business.get("organisation_name"), "language": translation.get_language(),
        "reason": _("You get this because you were away; your profile says what comes by mail."),
    }  # fmt: skip


def _name_what(notices: list[Notice], person) -> None:
    """Give each digest the first records it is about, as far as the person may see them."""
    for notice in notices:
        if notice.n > 1 and notice.values.get("of"):
            keys = notice.values["rows"]
            rows = _rows_seen(notice.values["of"], set(keys), person).in_bulk()
            found = [rows[key] for key in keys if key in rows]
            unnamed = len(found) + (notice.n - len(keys) if len(keys) >= MOST_ROWS else 0) - NAMED
            notice.about, notice.further = found[:NAMED], max(unnamed, 0)


def _seen(rows: list[Notice], person) -> list[Notice]:
    """Leave out what is about a record the person may no longer see, unless that is just what the notice says."""
    by_model: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.row is not None and not _tells_of_loss(row):
            by_model[row.subject].add(row.row)
    visible = {subject: _visible(subject, keys, person) for subject, keys in by_model.items()}
    return [row for row in rows if row.row is None or _tells_of_loss(row) or row.row in visible[row.subject]]


def _tells_of_loss(row: Notice) -> bool:
    kind = kinds.KINDS.get(row.kind)
    return bool(kind and kind.tells_of_loss)


def _visible(subject: str, keys: set[int], person) -> set[int]:
    return set(_rows_seen(subject, keys, person).values_list("pk", flat=True))


def _rows_seen(subject: str, keys: set[int], person) -> QuerySet:
    manager = apps.get_model(subject)._default_manager
    rows = manager.visible_to(person) if hasattr(manager, "visible_to") else manager.all()
    return rows.filter(pk__in=keys).order_by()
