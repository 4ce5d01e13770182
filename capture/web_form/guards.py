"""Is this a person? Doubts never refuse a post, they set it aside where operations can let it in (30 days)."""

import re
from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from capture.rows import ask
from capture.web_form.tokens import TOO_FAST, TOO_OLD, Token
from core import business, limits

HONEYPOT = "homepage"
MOST_LINKS = 3
_LINK = re.compile(r"https?://|www\.|\[url|<a\s", re.IGNORECASE)
_MARKUP_LINK = re.compile(r"\[url\b|\[link\b|<a\s+href", re.IGNORECASE)
_COUNT = (
    "WITH before AS (SELECT count(*) AS posts FROM capture_formpost WHERE sender = %s AND at > now() - interval '1 minute'),"
    " noted AS (INSERT INTO capture_formpost (sender) VALUES (%s)) SELECT posts FROM before"
)


def doubt(request: HttpRequest, token: Token | None, answers: Mapping[str, str], *, at: datetime) -> str:
    """Return the code of what speaks against a person, "" when nothing does. Counts the post; one statement."""
    often = count_post(sender_of(request)) >= business.get("form_posts_per_minute")
    if request.POST.get(HONEYPOT):
        return "honeypot"
    if token is None:
        return "not_ours"
    age = at.timestamp() - token.shown
    if age < TOO_FAST:
        return "too_fast"
    if age > TOO_OLD:
        return "too_old"
    if often:
        return "too_many"
    return "links" if is_stuffed(answers) else ""


def sender_of(request: HttpRequest) -> str:
    """Return a keyed hash of the visitor's address: enough to count by, no address is kept."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:  # our own proxy appends the address it saw
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip() or address
    return salted_hmac("capture.sender", address, algorithm="sha256").hexdigest()


def count_post(sender: str) -> int:
    """Note a post and return how many the sender made in the minute before it."""
    return ask(_COUNT, [sender, sender])[0][0]


def forget_old_posts() -> int:
    """Drop the counted posts of past days, at most 10,000 at a time."""
    rows = ask("DELETE FROM capture_formpost WHERE id IN (SELECT id FROM capture_formpost WHERE at < now() - interval '1 day'"
               " ORDER BY id LIMIT 10000) RETURNING id")  # fmt: skip
    return len(rows)


def is_stuffed(answers: Mapping[str, str]) -> bool:
    """Tell whether the answers are there to carry links: too many, as markup, or in place of a name."""
    text = "\n".join(answers.values())
    name = " ".join(answers.get(key, "") for key in ("name", "first_name", "last_name", "company_name"))
    return len(_LINK.findall(text)) > MOST_LINKS or bool(_MARKUP_LINK.search(text)) or bool(_LINK.search(name))


business.declare("form_posts_per_minute", int, limits.FORM_POSTS_PER_MINUTE, _("Form posts a minute from one address"),
                 _("More are set aside, never refused."))  # fmt: skip
